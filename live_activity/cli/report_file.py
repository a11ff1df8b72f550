"""The files that `--report` and `--html` name."""

from __future__ import annotations

import json
import os
import tempfile
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from live_activity.campaign.inputs import Inputs
from live_activity.campaign.model import Campaign
from live_activity.cli.console import err, out
from live_activity.core.events import Event
from live_activity.core.findings import InvalidInput, invalid
from live_activity.core.report import Report
from live_activity.engine.edition import Edition

if TYPE_CHECKING:
    from live_activity.views.report_data import ReportData


class ReportFiles:
    """Where the report of one command goes: to a JSON file, to a page, and to the browser.

    `watch` is a companion that keeps what the page shows of an edition beyond its report.
    """

    def __init__(
        self, json_file: Path | None = None, html_file: Path | None = None, *, open_html: bool = False
    ) -> None:
        self._json, self._html, self._open = json_file, html_file, open_html
        self._data: ReportData | None = None
        self._campaign: Campaign | None = None
        self._inputs: Inputs | None = None
        self._found: dict[Path, int | None] = {}

    @property
    def wants_page(self) -> bool:
        """Whether a page is asked for."""
        return self._html is not None or self._open

    def expect(self) -> None:
        """Checks before anything is played that the files can be written. Raises `InvalidInput`."""
        for file in (self._json, self._html):
            if file is not None:
                _expect(file)
                self._found[file] = _last_change(file)

    def about(self, campaign: Campaign, inputs: Inputs) -> None:
        """Keeps what the page shows if nothing is played."""
        self._campaign, self._inputs = campaign, inputs

    @asynccontextmanager
    async def watch(self, edition: Edition) -> AsyncIterator[None]:
        """Keeps what the page shows of an edition that is played, before its ledger and its sandbox are closed."""
        reports: list[Report] = []

        def remember(event: Event) -> None:
            if event.type == "reported":
                reports.append(event.figures["report"])

        edition.event_handlers.append(remember)
        try:
            yield
        finally:
            # Imported here: a page is seldom asked for, and its drawing code takes a while to import.
            from live_activity.views.report_data import data_of_edition

            try:
                self._data = data_of_edition(edition, reports[-1] if reports else None)
            except Exception as problem:  # a page must not change how a campaign ends
                err.print(f"the page is incomplete: {type(problem).__name__}: {problem}", style="yellow")

    def write_after_takeover(self, report: Report) -> None:
        """Writes the report of a run that lost its campaign, unless the run that took over wrote its own there."""
        if all(_last_change(file) == found for file, found in self._found.items()):
            self.write(report)

    def write(self, report: Report) -> None:
        """Writes the report. Raises `InvalidInput` if a file cannot be written."""
        if self._json is not None:
            text = json.dumps(report.as_json(), indent=2, ensure_ascii=False) + "\n"
            _write(self._json, text)
        if self.wants_page:
            self._write_page(report)

    def _write_page(self, report: Report) -> None:
        from live_activity.views.html_report import html_report
        from live_activity.views.report_data import data_of_inputs

        if self._data is not None:
            data = replace(self._data, report=report)
        else:
            data = data_of_inputs(report, self._campaign, self._inputs)
        file = self._html or Path(tempfile.mkdtemp(prefix="live-activity-")) / "report.html"
        _write(file, html_report(data))
        if not self._open:
            return
        if webbrowser.open(file.resolve().as_uri()):
            out.print(f"the report is open in the browser: {file}")
        else:
            err.print(f"no browser can be opened here; the report is {file}", style="yellow")


def _last_change(file: Path) -> int | None:
    return file.stat().st_mtime_ns if file.exists() else None


def _expect(file: Path) -> None:
    if not file.parent.is_dir():
        raise _unwritable(file, f"there is no folder {file.parent}; make it, or write the report elsewhere")
    if file.is_dir() or not os.access(file if file.exists() else file.parent, os.W_OK):
        raise _unwritable(file, "the report may not be written there; choose another place")


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, "utf-8")
    except OSError as error:
        raise _unwritable(file, f"the report cannot be written: {error.strerror}") from None


def _unwritable(file: Path, why: str) -> InvalidInput:
    return invalid("report_unwritable", why, where=str(file))
