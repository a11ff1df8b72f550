"""The newest pushes of an edition, for people to look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from live_activity.decision.state import Kind
from live_activity.ledger.database import Database
from live_activity.ledger.schema import activities, pushes


@dataclass(frozen=True, slots=True)
class LoggedPush:
    """One push: what it was for, when its row was due and when it was sent, and the phones it reached and left behind.

    `number` is that of its activity, `content` what was to be shown, in the form of `Content.as_json`.
    """

    key: Mapping[str, str]
    kind: str
    due: datetime | None
    sent: datetime
    outcome: str
    reached: int
    left_behind: int | None
    row: int | None
    title: str | None
    error: str | None
    number: int = 0
    content: Mapping[str, Any] | None = field(default=None, repr=False)


def newest_pushes(database: Database, edition_id: str, *, most: int) -> list[LoggedPush]:
    """The last pushes, at most `most`, oldest first. Raises `LedgerUnreadable`."""
    asked = (
        select(pushes, activities.c.key)
        .join(
            activities,
            (activities.c.edition_id == pushes.c.edition_id) & (activities.c.number == pushes.c.number),
        )
        .where(pushes.c.edition_id == edition_id, pushes.c.kind != Kind.UNCHANGED.value)
        .order_by(pushes.c.id.desc())
        .limit(most)
    )
    with database.reading() as connection:
        rows = connection.execute(asked).all()
    return [_pushed(row) for row in reversed(rows)]


def _pushed(row: Any) -> LoggedPush:
    return LoggedPush(
        key=row.key or {},
        kind=row.kind,
        due=row.place_due,
        sent=row.sent_at or row.intended_at,
        outcome=row.outcome,
        reached=row.triggered,
        left_behind=row.unsynced,
        row=row.place_number,
        title=(row.content or {}).get("title"),
        error=row.error,
        number=row.number,
        content=row.content,
    )
