"""The pushes of an edition, as the desk reads them from the ledger."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, case, func, select

from live_activity.decision.push import Kind, Outcome
from live_activity.ledger import Database
from live_activity.ledger.schema import activities, pushes

_IDS_AT_ONCE = 1000
_ARRIVED = (Outcome.DONE.value, Outcome.UNKNOWN.value)


@dataclass(frozen=True, slots=True)
class PushRow:
    """One push, or a row that was found unchanged."""

    id: int
    number: int
    kind: str
    content: Mapping[str, Any]
    row: int | None
    due_at: datetime | None
    row_seen_at: datetime | None
    at: datetime
    sent_at: datetime | None
    outcome: str
    triggered: int
    unsynced: int | None
    words: bool
    passed: int
    error: str | None


def shown_at(database: Database, edition_id: str, number: int, push_id: int) -> PushRow | None:
    """The newest push of an activity that may have reached phones, up to and including the push with that id."""
    with database.reading() as connection:
        row = connection.execute(
            select(pushes)
            .where(
                pushes.c.edition_id == edition_id,
                pushes.c.number == number,
                pushes.c.id <= push_id,
                pushes.c.kind != Kind.UNCHANGED.value,
                pushes.c.outcome.in_(_ARRIVED),
            )
            .order_by(pushes.c.id.desc())
            .limit(1)
        ).first()
    return _push(row) if row is not None else None


def newest_push_rows(
    database: Database, edition_id: str, *, most: int, number: int | None = None
) -> list[PushRow]:
    """The newest pushes of an edition, or of one of its activities, newest first."""
    asked = select(pushes).where(pushes.c.edition_id == edition_id, pushes.c.kind != Kind.UNCHANGED.value)
    if number is not None:
        asked = asked.where(pushes.c.number == number)
    with database.reading() as connection:
        return [
            _push(row) for row in connection.execute(asked.order_by(pushes.c.id.desc()).limit(most)).all()
        ]


def ends_of_first_activity(database: Database, edition_id: str) -> tuple[dict[str, str], list[PushRow]]:
    """The split values of an edition's first activity, and its first and its last push; fewer where it has fewer.

    The split values are left out where it is the only activity.
    """
    own = pushes.c.edition_id == edition_id, pushes.c.number == 0, pushes.c.outcome == Outcome.DONE.value
    with database.reading() as connection:
        ends = [
            connection.execute(select(pushes).where(*own).order_by(order).limit(1)).first()
            for order in (pushes.c.id, pushes.c.id.desc())
        ]
        keys = (
            connection.execute(
                select(activities.c.key)
                .where(activities.c.edition_id == edition_id)
                .order_by(activities.c.number)
                .limit(2)
            )
            .scalars()
            .all()
        )
    found = {row.id: _push(row) for row in ends if row is not None}
    return (dict(keys[0] or {}) if len(keys) > 1 else {}), list(found.values())


@dataclass(frozen=True, slots=True)
class NewestPushes:
    """The newest pushes of each activity, by its number.

    `shown` is the newest that may have reached phones, `last` the newest of all, `row` the newest from a row of the
    timeline; `attributes` are those of the start.
    """

    shown: Mapping[int, PushRow]
    last: Mapping[int, PushRow]
    row: Mapping[int, PushRow]
    attributes: Mapping[int, Mapping[str, Any]]


def newest_of_each(connection: Connection, edition_id: str) -> NewestPushes:
    """The newest pushes of the activities of an edition."""
    sent = pushes.c.kind != Kind.UNCHANGED.value
    conditions = (
        and_(sent, pushes.c.outcome.in_(_ARRIVED)),
        sent,
        pushes.c.place_number.is_not(None),
        pushes.c.kind == Kind.START.value,
    )
    ids = connection.execute(
        select(pushes.c.number, *(func.max(case((each, pushes.c.id))) for each in conditions))
        .where(pushes.c.edition_id == edition_id)
        .group_by(pushes.c.number)
    ).all()
    # The first three are mostly the same push, so each push is read once.
    wanted = {found for row in ids for found in row[1:4] if found is not None}
    rows = {each.id: each for each in map(_push, _rows(connection, (pushes,), wanted))}
    starts = {row[4] for row in ids if row[4] is not None}
    contents = dict(tuple(row) for row in _rows(connection, (pushes.c.id, pushes.c.content), starts))

    def newest(place: int) -> dict[int, PushRow]:
        return {row.number: rows[row[place]] for row in ids if row[place] in rows}

    return NewestPushes(
        newest(1),
        newest(2),
        newest(3),
        {row.number: (contents.get(row[4]) or {}).get("attributes") or {} for row in ids},
    )


def _rows(connection: Connection, columns: tuple[Any, ...], ids: Collection[int]) -> list[Row[Any]]:
    """The pushes with these ids, a thousand at a time: a database limits the values in one query."""
    found: list[Row[Any]] = []
    wanted = sorted(ids)
    for first in range(0, len(wanted), _IDS_AT_ONCE):
        asked = select(*columns).where(pushes.c.id.in_(wanted[first : first + _IDS_AT_ONCE]))
        found += connection.execute(asked).all()
    return found


def _push(row: Row[Any]) -> PushRow:
    return PushRow(
        id=row.id,
        number=row.number,
        kind=row.kind,
        content=row.content or {},
        row=row.place_number,
        due_at=row.place_due,
        row_seen_at=row.row_seen_at,
        at=row.intended_at,
        sent_at=row.sent_at,
        outcome=row.outcome,
        triggered=row.triggered,
        unsynced=row.unsynced,
        words=row.words,
        passed=row.passed,
        error=row.error,
    )
