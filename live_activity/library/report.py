"""The report of a campaign, whose parts are also pandas DataFrames."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from live_activity.core import report as core_report
from live_activity.core.report import ActivityReport
from live_activity.library.frames import TEXT, TIME, findings_frame, typed_frame
from live_activity.tables import DamagedRow, TableRow, open_table

_TIMES = ("started_at", "ended_at")
_TEXTS = ("activity_id", "status", "why")


class Report(core_report.Report):
    """What happened to a campaign: its parts as attributes, and as pandas DataFrames."""

    def __repr__(self) -> str:
        """One line, as a notebook shows it; `model_dump()` has everything."""
        return f"<Report of {self.campaign} ({self.mode}): {self.summary}>"

    __str__ = __repr__

    def to_frame(self) -> pd.DataFrame:
        """A row an activity: a column for each split value, then the activity's numbers and times (in UTC).

        A split column that has the name of one of these, such as `status`, becomes `key.status`. Counts by name are
        columns of their own: `updates.sent`, `skipped.push_to_start_token_missing`.
        """
        # An empty activity has the columns of an empty frame.
        without = _activity(ActivityReport(status=""))
        keys = {
            name: f"key.{name}" if name in without else name for each in self.activities for name in each.key
        }
        skipped = dict.fromkeys(f"skipped.{name}" for each in self.activities for name in each.skipped)
        rows = [
            {keys[name]: value for name, value in each.key.items()}
            | {**dict.fromkeys(skipped, 0), **_activity(each)}
            for each in self.activities
        ]
        dtypes = {**dict.fromkeys(without, "int64"), **dict.fromkeys((*keys.values(), *_TEXTS), TEXT)}
        dtypes |= {**dict.fromkeys(_TIMES, TIME), **dict.fromkeys(skipped, "int64")}
        return typed_frame(rows, {name: dtypes[name] for name in (*keys.values(), *without, *skipped)})

    def findings_frame(self) -> pd.DataFrame:
        """A row a finding: severity, code, message, where, row and column."""
        return findings_frame(each.model_dump() for each in self.findings)

    def rejects_frame(self) -> pd.DataFrame:
        """The rejected rows of the segment: line, insider_id and reason. It holds ids of people: keep it private.

        Raises `InvalidInput` where they were deleted, `keep_days` after the end.
        """
        place = self.segment.rejects_file
        rows = [] if place is None else _sound(open_table(place, where="rejects_file").rows())
        return typed_frame((row.cells for row in rows), {"line": "int64", "insider_id": TEXT, "reason": TEXT})


def _activity(report: ActivityReport) -> dict[str, Any]:
    values = report.model_dump(exclude={"key", "overrides"})
    nested = {name: values.pop(name) for name in ("updates", "skipped")}
    counts = {f"{name}.{part}": count for name, parts in nested.items() for part, count in parts.items()}
    return {**values, **counts}


def _sound(rows: Iterable[TableRow | DamagedRow]) -> Iterable[TableRow]:
    return (row for row in rows if isinstance(row, TableRow))
