"""The ledger as CSV, for spreadsheets and other programs."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TextIO

from live_activity.ledger import Database, queries

_TABLES = {
    "pushes": (queries.pushes_table, queries.PUSH_COLUMNS),
    "activities": (queries.activities_table, queries.ACTIVITY_COLUMNS),
    "batches": (queries.batches_table, queries.BATCH_COLUMNS),
    "commands": (queries.commands_table, queries.COMMAND_COLUMNS),
    "findings": (queries.findings_table, queries.FINDING_COLUMNS),
}


def ledger_table(
    database: Database, name: str | None, table: str | None = None
) -> tuple[Mapping[str, str], queries.Rows]:
    """Columns and rows of all editions, or of one table of the newest edition of that name, by default its pushes.

    Raises `InvalidInput` if there is no campaign of that name.
    """
    if name is None:
        return queries.EDITION_COLUMNS, queries.editions_table(database)
    read, columns = _TABLES[table or "pushes"]
    return columns, read(database, queries.find_by_name(database, name).id)


def write_csv(file: TextIO, columns: Mapping[str, str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Writes the rows: times as RFC 3339, objects as JSON, None as an empty cell."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(row[name]) for name in columns] for row in rows)


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return value
