"""The commands that look at a campaign file or play it: check, rehearse, test and run."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from live_activity.campaign.inputs import Inputs
from live_activity.campaign.model import Campaign, Mode
from live_activity.campaign.read_file import read_campaign_file
from live_activity.cli.campaign_file import inputs_to_show, is_open, report_without_run
from live_activity.cli.console import ConsoleOutput, err, print_check, print_report
from live_activity.cli.exit_codes import DONE, FAILED, WRONG_INPUT, exit_code_of
from live_activity.cli.report_file import ReportFiles
from live_activity.core.crash_report import report_crash
from live_activity.core.findings import Finding, InvalidInput
from live_activity.core.formatting import count_of
from live_activity.core.source_access import SourceAccess
from live_activity.engine.notifications import NotPlayed, notify_not_played
from live_activity.engine.play_campaign import Host, play_campaign
from live_activity.engine.run_preview import run_preview
from live_activity.engine.run_request import RunRequest
from live_activity.engine.signals import cancel_on_signals
from live_activity.ledger import LedgerUnwritable, LostLease, Owned


def check_file(file: Path, *, files: ReportFiles) -> int:
    """Looks at a campaign file and at everything that it names. Returns the exit code."""
    campaign, inputs, _ = _look_at(file, "check", files)
    files.write(report_without_run(campaign, "check", "checked", inputs.findings, inputs))
    print_check(campaign, inputs, preview=run_preview(campaign, inputs, now=datetime.now(UTC)))
    return WRONG_INPUT if inputs.errors else DONE


def play_file(
    file: Path,
    mode: Mode,
    *,
    files: ReportFiles,
    speed: float | None = None,
    yes: bool = False,
    again: bool = False,
) -> int:
    """Plays a campaign file. Returns the exit code; the report is written on failure too."""
    campaign, inputs, access = _look_at(file, mode, files, ask=not yes)
    if mode in ("run", "test") and not yes and not _agreed(campaign, inputs):
        return FAILED
    request = RunRequest(
        campaign,
        mode,
        again=again,
        speed=speed,
        base=str(file.parent.resolve()),
        agreed="--yes at a shell" if yes else "yes at a terminal",
        access=access,
    )
    output = ConsoleOutput()
    status, findings = "cancelled", list(inputs.findings)
    signal.signal(signal.SIGTERM, terminate)
    try:
        companions = (files.watch,) if files.wants_page else ()
        host = Host(event_handlers=(output,), companions=companions)
        run_until_stopped(lambda: _play(request, host))
    except InvalidInput as wrong:
        report = report_without_run(campaign, mode, "failed", wrong.findings, inputs)
        files.write(report)
        raise
    except (Owned, LostLease, LedgerUnwritable) as stopped:
        err.print(str(stopped))
        finding = Finding.error("not_played", str(stopped), where=campaign.name)
        report = output.report or report_without_run(campaign, mode, "failed", [finding], inputs)
        files.write_after_takeover(report)
        return FAILED
    except KeyboardInterrupt:
        err.print("stopped")
    except Exception as unexpected:  # any error: the report is written and the exit code is right
        line = report_crash(unexpected)
        err.print(line, style="red")
        status, findings = "failed", [*findings, Finding.error("not_played", line, where=campaign.name)]
    if output.report is None:
        report = report_without_run(campaign, mode, status, findings, inputs)
        files.write(report)
        return FAILED
    files.write(output.report)
    print_report(output.report)
    return exit_code_of(output.report)


async def _play(request: RunRequest, host: Host) -> None:
    """Plays the campaign as a flow run if a Prefect server is named, else in this process."""
    if server := os.environ.get("PREFECT_API_URL"):
        # Imported here, because Prefect takes seconds to import.
        from live_activity.cli.flow_run import FlowRunUnavailable, play_as_flow_run

        try:
            await play_as_flow_run(request, host, server=server)
        except FlowRunUnavailable as refused:
            err.print(f"{refused}; the campaign is played without it, and no UI shows it", style="yellow")
        else:
            return
    with cancel_on_signals():
        await play_campaign(request, host)


class Terminated(KeyboardInterrupt):
    """Raised by SIGTERM. A plain KeyboardInterrupt that is raised in an import ends Python even if it is caught."""


def terminate(_number: int, _frame: Any) -> None:
    """Handles SIGTERM like Ctrl-C, until the campaign handles its signals itself."""
    raise Terminated


def run_until_stopped(start: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """Runs a coroutine. Raises `KeyboardInterrupt` if a signal stopped it."""
    try:
        return asyncio.run(start())
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


def _look_at(
    file: Path, mode: Mode, files: ReportFiles, *, ask: bool = True
) -> tuple[Campaign, Inputs, SourceAccess]:
    """Reads a campaign file and what it names; if nobody is asked, the staff is notified of wrong input."""
    files.expect()
    asked: Campaign | str = file.stem
    named, inputs = NotPlayed(file.stem, mode), None
    try:
        campaign, access = read_campaign_file(file, mode)
        named = NotPlayed(campaign.name, mode, campaign.account)
        inputs = inputs_to_show(campaign, mode, ask=ask, access=access)
        asked = campaign
        files.about(campaign, inputs)
        if mode != "check" and inputs.errors and not is_open(campaign.name, mode):
            raise InvalidInput(inputs.findings)
    except InvalidInput as wrong:
        files.write(report_without_run(asked, mode, "failed", wrong.findings, inputs))
        if not ask:
            notify_not_played(named, wrong)
        raise
    return campaign, inputs, access


def _agreed(campaign: Campaign, inputs: Inputs) -> bool:
    print_check(campaign, inputs, preview=run_preview(campaign, inputs, now=datetime.now(UTC)))
    count = inputs.people.accepted if inputs.people is not None else 0
    who = ("activity", "activities") if campaign.device_started else ("person", "people")
    try:
        return click.confirm(f"Send this to {count_of(count, *who)}?", default=False)
    except click.Abort:
        err.print("not started: nobody agreed; add --yes where nobody can be asked")
        return False
