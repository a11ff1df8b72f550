"""The ledger told to a person or a program: every edition in short, or one in full."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table, select

from live_activity.core.findings import invalid
from live_activity.core.suggestions import did_you_mean
from live_activity.ledger.database import Database
from live_activity.ledger.editions import EditionRecord, all_editions, newest_edition
from live_activity.ledger.schema import activities, batches, commands, pushes


def overview(database: Database) -> list[dict[str, Any]]:
    """Every edition, newest first."""
    return [_short(edition) for edition in all_editions(database)]


def whole(database: Database, name: str) -> dict[str, Any]:
    """The newest edition of that name with its activities, batches, pushes and commands.

    Raises `InvalidInput` where there is none, with the nearest names that there are.
    """
    edition = newest_edition(database, name) or newest_edition(database, name, mode="rehearse")
    if edition is None:
        names = {each.name for each in all_editions(database)}
        raise invalid("no_such_campaign", f"the ledger has no campaign {name!r}{did_you_mean(name, names)}")
    return {
        **_short(edition),
        "parameters": dict(edition.parameters),
        "segment": edition.segment,
        "wish": edition.stop_request,
        "decision": edition.decision,
        "activities": _rows(database, activities, edition),
        "batches": _rows(database, batches, edition),
        "pushes": _rows(database, pushes, edition),
        "commands": _rows(database, commands, edition),
    }


def _short(edition: EditionRecord) -> dict[str, Any]:
    return {
        "name": edition.name,
        "mode": edition.mode,
        "account": edition.account,
        "edition": edition.planned_start or edition.created_at,
        "status": edition.status,
        "created_at": edition.created_at,
        "ended_at": edition.ended_at,
        "owner": edition.owner,
    }


def _rows(database: Database, table: Table, edition: EditionRecord) -> list[dict[str, Any]]:
    asked = select(table).where(table.c.edition_id == edition.id).order_by(*table.primary_key.columns)
    with database.reading() as connection:
        return [
            {name: value for name, value in row._mapping.items() if name not in ("id", "edition_id")}
            for row in connection.execute(asked)
        ]
