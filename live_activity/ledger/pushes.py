"""Pushes in the ledger: recorded before they are sent, and again when they were answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from live_activity.core.content import Content
from live_activity.decision.schedule import Place
from live_activity.decision.state import Kind, Outcome, Push
from live_activity.ledger.schema import pushes
from live_activity.ledger.values import inserted_key, integer, plain, short

# The code of a push of which no byte was sent: it is not counted as a call.
NEVER_LEFT = "NEVER_LEFT"
_INTENDED = "intended"


@dataclass(frozen=True, slots=True)
class PushEntry:
    """A push with what the ledger knows besides: whether it carried words, and when it went through each step.

    `row_seen_at` is when its row was first read in the feed, `sent_at` when its first byte left. `recorded_late`: it
    was sent while the ledger could not be written.
    """

    id: int
    number: int
    push: Push
    words: bool
    row_seen_at: datetime | None
    intended_at: datetime
    sent_at: datetime | None
    answered_at: datetime | None
    recorded_late: bool


@dataclass(frozen=True, slots=True)
class PushAnswer:
    """The outcome of a push. `sent_at` is when its first byte left, None where that is not known."""

    push: Push
    at: datetime
    status: int | None = None
    code: str | None = None
    error: str | None = None
    sent_at: datetime | None = None

    def columns(self) -> dict[str, Any]:
        """The answer as the table has it."""
        wait = self.push.wait
        return {
            "outcome": self.push.outcome.value,
            "answered_at": self.at,
            "sent_at": self.sent_at,
            "status": self.status,
            "code": short(self.code, pushes.c.code),
            "triggered": integer(self.push.triggered) or 0,
            "unsynced": integer(self.push.unsynced),
            "wait_seconds": wait.total_seconds() if wait is not None else None,
            "error": plain(self.error),
        }


def insert_push(
    connection: Connection,
    edition_id: str,
    number: int,
    push: Push,
    *,
    words: bool,
    row_seen_at: datetime | None,
    attributes: Mapping[str, Any] | None = None,
    late: PushAnswer | None = None,
) -> int:
    """Records that a push is about to be sent, or with `late` one that was sent and answered before.

    `attributes` are those that a start gives its activity. Returns the entry's id.
    """
    done = connection.execute(
        insert(pushes).values(
            edition_id=edition_id,
            number=number,
            kind=push.kind.value,
            content=push.content.body(attributes or None),
            place_due=push.place.due if push.place is not None else None,
            place_number=push.place.number if push.place is not None else None,
            passed=integer(push.passed),
            row_seen_at=row_seen_at,
            words=words,
            intended_at=push.at,
            recorded_late=late is not None,
            **(
                late.columns()
                if late is not None
                else {"outcome": push.outcome.value if push.kind is Kind.UNCHANGED else _INTENDED}
            ),
        )
    )
    return inserted_key(done)


def answer_push(connection: Connection, entry: int, answer: PushAnswer) -> None:
    """Records the outcome of a push."""
    connection.execute(update(pushes).where(pushes.c.id == entry).values(answer.columns()))


def select_pushes(connection: Connection, edition_id: str) -> list[PushEntry]:
    """Every push, oldest first; one that never was answered is `UNKNOWN`."""
    rows = connection.execute(
        select(pushes).where(pushes.c.edition_id == edition_id).order_by(pushes.c.id)
    ).all()
    return [_entry(row) for row in rows]


def count_pushes(connection: Connection, edition_id: str) -> dict[str, int]:
    """HTTP requests by endpoint; one that certainly never left is not counted."""
    rows = connection.execute(
        select(pushes.c.kind, func.count())
        .where(
            pushes.c.edition_id == edition_id,
            pushes.c.kind != Kind.UNCHANGED.value,
            func.coalesce(pushes.c.code, "") != NEVER_LEFT,
        )
        .group_by(pushes.c.kind)
    ).all()
    counted: dict[str, int] = {}
    for kind, number in rows:
        endpoint = kind if kind in ("start", "end") else "update"
        counted[endpoint] = counted.get(endpoint, 0) + number
    return counted


def _entry(row: Any) -> PushEntry:
    push = Push(
        kind=Kind(row.kind),
        content=Content.from_body(row.content),
        at=row.intended_at,
        outcome=Outcome.UNKNOWN if row.outcome == _INTENDED else Outcome(row.outcome),
        place=Place(row.place_due, row.place_number) if row.place_due is not None else None,
        passed=row.passed,
        triggered=row.triggered,
        unsynced=row.unsynced,
        wait=timedelta(seconds=row.wait_seconds) if row.wait_seconds is not None else None,
    )
    return PushEntry(
        id=row.id,
        number=row.number,
        push=push,
        words=row.words,
        row_seen_at=row.row_seen_at,
        intended_at=row.intended_at,
        sent_at=row.sent_at,
        answered_at=row.answered_at,
        recorded_late=row.recorded_late,
    )
