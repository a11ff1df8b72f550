"""The ledger as pandas DataFrames, which hold no person's id."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from live_activity.core.settings import settings
from live_activity.ledger import Database, queries
from live_activity.library.frames import findings_frame, with_times

_LEDGER_TIMES = ("edition", "planned_start")


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
            findings=findings_frame(
                queries.findings_table(database, edition.id) if edition is not None else ()
            ),
        )
    finally:
        database.close()


def _frame(rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str]) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows), columns=list(columns))
    return with_times(frame, [name for name in columns if name.endswith("_at") or name in _LEDGER_TIMES])
