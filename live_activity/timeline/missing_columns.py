"""Finds the `at` or `event` column of a timeline that has neither under its name, by what the cells hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from live_activity.core.findings import Finding
from live_activity.core.times import parse_time
from live_activity.timeline.cells import EVENTS, is_blank
from live_activity.timeline.columns import Columns, misspelt


class MissingColumns:
    """Looks at the cells of plain columns while rows are read; a column is dropped at its first other value."""

    def __init__(self, columns: Columns, *, zone: ZoneInfo) -> None:
        reported = {finding.column for finding in columns.findings if finding.severity != "info"}
        plain = [name for name in columns.plain if name not in reported]
        self._zone = zone
        self._events: dict[str, bool] = {} if "event" in columns.names else dict.fromkeys(plain, False)
        self._times: dict[str, bool] = {} if "at" in columns.names else dict.fromkeys(plain, False)

    def look_at(self, cells: Mapping[str, object]) -> None:
        """Looks at one row."""
        for name in [*self._events]:
            cell = cells.get(name)
            if is_blank(cell):
                continue
            word = cell.strip().casefold() if isinstance(cell, str) else ""
            if word not in EVENTS:
                del self._events[name]
            elif word != "update":
                self._events[name] = True
        for name in [*self._times]:
            cell = cells.get(name)
            if is_blank(cell):
                continue
            if self._is_time(cell):
                self._times[name] = True
            else:
                del self._times[name]

    def join(self, other: MissingColumns) -> None:
        """Adds what another instance has seen."""
        for mine, others in ((self._events, other._events), (self._times, other._times)):
            for name in [*mine]:
                if name in others:
                    mine[name] |= others[name]
                else:
                    del mine[name]

    def findings(self) -> Iterator[Finding]:
        """The findings after all rows were looked at."""
        for name, is_event in self._events.items():
            if is_event:
                yield Finding.error("column_misspelt", misspelt(name, "event"), column=name)
        for name, is_time in self._times.items():
            if is_time:
                message = (
                    f"holds times, and there is no column at, so every row is due when it is first seen; "
                    f"rename {name} to at if it says when its row is due"
                )
                yield Finding.warning("column_near_miss", message, column=name)

    def _is_time(self, cell: object) -> bool:
        if not isinstance(cell, str | datetime | timedelta):
            return False
        try:
            return parse_time(cell, zone=self._zone) is not None
        except ValueError:
            return False
