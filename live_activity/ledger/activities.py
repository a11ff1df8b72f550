"""The activities of an edition in the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from live_activity.ledger.schema import activities


@dataclass(frozen=True, slots=True)
class ActivityRecord:
    """One activity; `activity_id` is None before it was registered.

    `overrides` are fields that were set by hand, `held` what a guard or a withdrawal keeps back, both as their
    owner wrote them.
    """

    number: int
    key: Mapping[str, str]
    activity_type: str
    activity_id: str | None
    expires_at: datetime | None
    planned_start: datetime | None
    refreshed: bool
    status: str
    why: str | None
    overrides: Any = None
    held: Any = None


_FIELDS = tuple(ActivityRecord.__dataclass_fields__)


def insert_activities(connection: Connection, edition_id: str, found: Sequence[ActivityRecord]) -> None:
    """Records activities that are not there yet."""
    known = set(
        connection.execute(select(activities.c.number).where(activities.c.edition_id == edition_id)).scalars()
    )
    new = [
        {
            "edition_id": edition_id,
            "number": each.number,
            "key": dict(each.key),
            "activity_type": each.activity_type,
            "activity_id": each.activity_id,
            "planned_start": each.planned_start,
            "expires_at": each.expires_at,
            "status": each.status,
        }
        for each in found
        if each.number not in known
    ]
    if new:
        connection.execute(insert(activities), new)


def update_activity(connection: Connection, edition_id: str, number: int, values: Mapping[str, Any]) -> None:
    """Writes columns of one activity."""
    connection.execute(
        update(activities)
        .where(activities.c.edition_id == edition_id, activities.c.number == number)
        .values(**values)
    )


def select_activities(connection: Connection, edition_id: str) -> list[ActivityRecord]:
    """The activities, in order."""
    rows = connection.execute(
        select(activities).where(activities.c.edition_id == edition_id).order_by(activities.c.number)
    ).all()
    return [ActivityRecord(**{name: row._mapping[name] for name in _FIELDS}) for row in rows]
