"""The ledger told to a person or a program: every edition in short, or one in full."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table, select

from live_activity.findings import wrong
from live_activity.ledger.editions import EditionRecord, all_editions, newest_edition
from live_activity.ledger.store import Store
from live_activity.ledger.tables import activities, batches, commands, pushes
from live_activity.names import did_you_mean


def overview(store: Store) -> list[dict[str, Any]]:
    """Every edition, newest first."""
    return [_short(edition) for edition in all_editions(store)]


def whole(store: Store, name: str) -> dict[str, Any]:
    """The newest edition of that name with its activities, batches, pushes and commands.

    Raises `WrongInput` where there is none, with the nearest names that there are.
    """
    edition = newest_edition(store, name) or newest_edition(store, name, mode="rehearse")
    if edition is None:
        names = {each.name for each in all_editions(store)}
        raise wrong("no_such_campaign", f"the ledger has no campaign {name!r}{did_you_mean(name, names)}")
    return {
        **_short(edition),
        "parameters": dict(edition.parameters),
        "segment": edition.segment,
        "wish": edition.wish,
        "decision": edition.decision,
        "activities": _rows(store, activities, edition),
        "batches": _rows(store, batches, edition),
        "pushes": _rows(store, pushes, edition),
        "commands": _rows(store, commands, edition),
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


def _rows(store: Store, table: Table, edition: EditionRecord) -> list[dict[str, Any]]:
    asked = select(table).where(table.c.edition_id == edition.id).order_by(*table.primary_key.columns)
    with store.reading() as connection:
        return [
            {name: value for name, value in row._mapping.items() if name not in ("id", "edition_id")}
            for row in connection.execute(asked)
        ]
