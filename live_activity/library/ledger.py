"""The ledger as pandas DataFrames, which hold no person's id."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from live_activity.core.settings import settings
from live_activity.ledger import Database, queries
from live_activity.library.frames import TEXT, TIME, findings_frame, typed_frame

_TIMES = ("edition", "planned_start")
_FLAGS = ("words", "recorded_late", "done")
_OBJECTS = ("key", "arguments", "overrides", "held")
_EDITION_COUNTS = ("accepted", "rejected")
_ACTIVITY_COUNTS = ("number",)
_PUSH_COUNTS = ("number", "row", "status", "triggered", "unsynced", "superseded")
_BATCH_COUNTS = (
    *("number", "batch", "people", "status"),
    *("matched", "unprocessed", "gdpr_denied", "skipped"),
)
_COMMAND_COUNTS = ("id",)


@dataclass(frozen=True, slots=True)
class Ledger:
    """The content of the ledger as DataFrames.

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
    """Reads the ledger of LIVE_ACTIVITY_DATABASE_URL: all editions, and with a name everything in its newest one.

    The newest edition is one of a test or a run, and one of a rehearsal only where there is no other.
    Raises `InvalidInput` where there is no campaign of that name.
    """
    database = Database(settings().database_url)
    try:
        edition = queries.find_by_name(database, name) if name is not None else None
        editions = queries.editions_table(database)

        def part(
            table: Callable[[Database, str], queries.Rows], columns: Mapping[str, str], counts: Sequence[str]
        ) -> pd.DataFrame:
            rows = table(database, edition.id) if edition is not None else []
            return typed_frame(rows, _dtypes(columns, counts))

        return Ledger(
            editions=typed_frame(
                [row for row in editions if name is None or row["name"] == name],
                _dtypes(queries.EDITION_COLUMNS, _EDITION_COUNTS),
            ),
            activities=part(queries.activities_table, queries.ACTIVITY_COLUMNS, _ACTIVITY_COUNTS),
            pushes=part(queries.pushes_table, queries.PUSH_COLUMNS, _PUSH_COUNTS),
            batches=part(queries.batches_table, queries.BATCH_COLUMNS, _BATCH_COUNTS),
            commands=part(queries.commands_table, queries.COMMAND_COLUMNS, _COMMAND_COUNTS),
            findings=findings_frame(
                queries.findings_table(database, edition.id) if edition is not None else ()
            ),
        )
    finally:
        database.close()


def _dtypes(columns: Mapping[str, str], counts: Sequence[str]) -> dict[str, Any]:
    def dtype_of(name: str) -> Any:
        if name in counts:
            return "Int64"
        if name in _FLAGS:
            return "boolean"
        if name in _OBJECTS:
            return object
        return TIME if name.endswith("_at") or name in _TIMES else TEXT

    return {name: dtype_of(name) for name in columns}
