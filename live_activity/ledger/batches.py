"""Calls that add or remove a batch of people, in the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from live_activity.ledger.schema import batches
from live_activity.ledger.values import inserted_key, short

# The outcome of a call that was intended and not answered (yet).
INTENDED = "intended"
# Built once: each call executes both, and building a statement takes longer than executing it.
_INSERT = insert(batches)
_ANSWER = update(batches).where(batches.c.id == bindparam("entry"))


@dataclass(frozen=True, slots=True)
class BatchCall:
    """One call with a batch, and what the API answered. `activity_id` is the id that a registration returned."""

    number: int
    batch: int
    endpoint: str
    outcome: str
    counters: Mapping[str, Any]
    activity_id: str | None = None


def insert_batch(
    connection: Connection,
    edition_id: str,
    number: int,
    batch: int,
    *,
    endpoint: str,
    people: int,
    at: datetime,
) -> int:
    """Records that a batch is about to be sent; returns the entry's id."""
    done = connection.execute(
        _INSERT,
        {
            "edition_id": edition_id,
            "number": number,
            "batch": batch,
            "endpoint": endpoint,
            "people": people,
            "intended_at": at,
            "outcome": INTENDED,
        },
    )
    return inserted_key(done)


def answer_batch(
    connection: Connection,
    entry: int,
    *,
    outcome: str,
    at: datetime,
    status: int | None,
    code: str | None,
    counters: Mapping[str, Any],
    activity_id: str | None,
) -> None:
    """Records the outcome of a batch."""
    connection.execute(
        _ANSWER,
        {
            "entry": entry,
            "outcome": outcome,
            "answered_at": at,
            "status": status,
            "code": short(code, batches.c.code),
            "counters": dict(counters),
            "activity_id": activity_id,
        },
    )


def number_of(connection: Connection, entry: int) -> int:
    """The number of the activity that a batch belongs to."""
    return int(connection.execute(select(batches.c.number).where(batches.c.id == entry)).scalar_one())


def select_batches(connection: Connection, edition_id: str) -> list[BatchCall]:
    """Every call with a batch, oldest first."""
    rows = connection.execute(
        select(
            batches.c.number,
            batches.c.batch,
            batches.c.endpoint,
            batches.c.outcome,
            batches.c.counters,
            batches.c.activity_id,
        )
        .where(batches.c.edition_id == edition_id)
        .order_by(batches.c.id)
    ).all()
    return [
        BatchCall(row.number, row.batch, row.endpoint, row.outcome, row.counters or {}, row.activity_id)
        for row in rows
    ]


def count_batches(connection: Connection, edition_id: str) -> dict[str, int]:
    """HTTP requests by endpoint; one that certainly never left is not counted."""
    rows = connection.execute(
        select(batches.c.endpoint, func.count())
        .where(batches.c.edition_id == edition_id, batches.c.outcome != "never_left")
        .group_by(batches.c.endpoint)
    ).all()
    return {row[0]: row[1] for row in rows}
