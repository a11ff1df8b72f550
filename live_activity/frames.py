"""Reports and the ledger as pandas DataFrames. No frame of the ledger holds a person's id."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from live_activity.core.report import ActivityReport, Report
from live_activity.core.settings import settings
from live_activity.ledger import Database, queries
from live_activity.tables import DamagedRow, TableRow, open_table

_LEDGER_TIMES = ("edition", "planned_start")
_TIMES = ("started_at", "ended_at")


def report_frame(report: Report) -> pd.DataFrame:
    """A row an activity: a column for each split value, then the activity's numbers and times (in UTC).

    Counts by name are columns of their own: `updates.sent`, `skipped.no_token`.
    """
    # The columns of an activity without anything are those of an empty frame.
    rows = [_activity(each) for each in report.activities]
    names = dict.fromkeys(name for row in rows for name in row) or _activity(ActivityReport(status=""))
    frame = pd.DataFrame(rows, columns=list(names))
    for name in frame.columns:
        if str(name).startswith("skipped."):
            frame[name] = frame[name].fillna(0).astype("int64")
    return _with_times(frame, _TIMES)


def findings_frame(report: Report) -> pd.DataFrame:
    """A row a finding: severity, code, message, where, row and column."""
    return _findings(each.model_dump() for each in report.findings)


def rejects_frame(report: Report) -> pd.DataFrame:
    """The rejected rows of the segment: line, insider_id and reason. It holds ids of people: keep it where they may be.

    Raises `InvalidInput` where they were deleted, `keep_days` after the end.
    """
    columns = {"line": "int64", "insider_id": "str", "reason": "str"}
    place = report.segment.rejects_file
    if place is None:
        return pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in columns.items()})
    table = open_table(place, where="rejects_file")
    rows = [(row.cells["line"], row.cells["insider_id"], row.cells["reason"]) for row in _sound(table.rows())]
    return pd.DataFrame(rows, columns=list(columns)).astype(columns)


def pushes_frame(name: str) -> pd.DataFrame:
    """The pushes of a campaign's newest edition, a row each. Raises `InvalidInput` where there is no such campaign."""
    return read_ledger(name).pushes


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the ledger knows, as DataFrames.

    `editions` has a row for each edition, of that name or of all; the others are of the newest edition of the name,
    and empty where none was asked for. Their columns are documented in `live_activity.ledger.queries`.
    """

    editions: pd.DataFrame
    activities: pd.DataFrame
    pushes: pd.DataFrame
    batches: pd.DataFrame
    commands: pd.DataFrame
    findings: pd.DataFrame


def read_ledger(name: str | None = None) -> Ledger:
    """The ledger of LIVE_ACTIVITY_DATABASE_URL: all editions, and with a name everything in its newest one.

    The newest edition is one of a test or a run, and one of a rehearsal only where there is no other.
    Raises `InvalidInput` where there is no campaign of that name.
    """
    database = Database(settings().database_url)
    try:
        edition = queries.find_by_name(database, name) if name is not None else None
        editions = queries.editions_table(database)

        def part(table: Callable[[Database, str], queries.Rows], columns: Mapping[str, str]) -> pd.DataFrame:
            return _frame(table(database, edition.id) if edition is not None else [], columns)

        return Ledger(
            editions=_frame(
                [row for row in editions if name is None or row["name"] == name], queries.EDITION_COLUMNS
            ),
            activities=part(queries.activities_table, queries.ACTIVITY_COLUMNS),
            pushes=part(queries.pushes_table, queries.PUSH_COLUMNS),
            batches=part(queries.batches_table, queries.BATCH_COLUMNS),
            commands=part(queries.commands_table, queries.COMMAND_COLUMNS),
            findings=_findings(queries.findings_table(database, edition.id) if edition is not None else ()),
        )
    finally:
        database.close()


def _frame(rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str]) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows), columns=list(columns))
    return _with_times(frame, [name for name in columns if name.endswith("_at") or name in _LEDGER_TIMES])


def _findings(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows), columns=list(queries.FINDING_COLUMNS))
    return frame.astype({"row": "Int64"})


def _with_times(frame: pd.DataFrame, names: Iterable[str]) -> pd.DataFrame:
    for name in names:
        if name in frame.columns:
            frame[name] = pd.to_datetime(frame[name], utc=True)
    return frame


def _activity(report: ActivityReport) -> dict[str, Any]:
    values = report.model_dump(exclude={"key", "overrides"})
    nested = {name: values.pop(name) for name in ("updates", "skipped")}
    counts = {f"{name}.{part}": count for name, parts in nested.items() for part, count in parts.items()}
    return {**report.key, **values, **counts}


def _sound(rows: Iterable[TableRow | DamagedRow]) -> Iterable[TableRow]:
    return (row for row in rows if isinstance(row, TableRow))
