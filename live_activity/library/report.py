"""The report of a campaign, whose parts are also pandas DataFrames."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from live_activity.core import report as core_report
from live_activity.core.report import ActivityReport
from live_activity.library.frames import findings_frame, with_times
from live_activity.tables import DamagedRow, TableRow, open_table

_TIMES = ("started_at", "ended_at")


class Report(core_report.Report):
    """What happened to a campaign: its parts as attributes, and as pandas DataFrames."""

    def to_frame(self) -> pd.DataFrame:
        """A row an activity: a column for each split value, then the activity's numbers and times (in UTC).

        Counts by name are columns of their own: `updates.sent`, `skipped.no_token`.
        """
        # The columns of an activity without anything are those of an empty frame.
        rows = [_activity(each) for each in self.activities]
        names = dict.fromkeys(name for row in rows for name in row) or _activity(ActivityReport(status=""))
        frame = pd.DataFrame(rows, columns=list(names))
        for name in frame.columns:
            if str(name).startswith("skipped."):
                frame[name] = frame[name].fillna(0).astype("int64")
        return with_times(frame, _TIMES)

    def findings_frame(self) -> pd.DataFrame:
        """A row a finding: severity, code, message, where, row and column."""
        return findings_frame(each.model_dump() for each in self.findings)

    def rejects_frame(self) -> pd.DataFrame:
        """The rejected rows of the segment: line, insider_id and reason. It holds ids of people: keep it private.

        Raises `InvalidInput` where they were deleted, `keep_days` after the end.
        """
        columns = {"line": "int64", "insider_id": "str", "reason": "str"}
        place = self.segment.rejects_file
        if place is None:
            return pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in columns.items()})
        table = open_table(place, where="rejects_file")
        rows = [
            (row.cells["line"], row.cells["insider_id"], row.cells["reason"]) for row in _sound(table.rows())
        ]
        return pd.DataFrame(rows, columns=list(columns)).astype(columns)


def _activity(report: ActivityReport) -> dict[str, Any]:
    values = report.model_dump(exclude={"key", "overrides"})
    nested = {name: values.pop(name) for name in ("updates", "skipped")}
    counts = {f"{name}.{part}": count for name, parts in nested.items() for part, count in parts.items()}
    return {**report.key, **values, **counts}


def _sound(rows: Iterable[TableRow | DamagedRow]) -> Iterable[TableRow]:
    return (row for row in rows if isinstance(row, TableRow))
