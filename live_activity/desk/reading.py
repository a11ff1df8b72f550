"""What the desk reads from the ledger. No row that is read here has a person's id."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from live_activity.core.statuses import FINISHED
from live_activity.decision.guard_memory import GuardMemory
from live_activity.decision.push import Outcome
from live_activity.desk.push_rows import PushRow, newest_of_each
from live_activity.ledger import Command, Database, EditionRecord, find_edition
from live_activity.ledger.commands import select_commands
from live_activity.ledger.handoff import HandoffTimes, handoff_times
from live_activity.ledger.schema import activities, batches, commands, editions, pushes, readings
from live_activity.views.handoff import NEWEST

# How many of the newest entries a fingerprint is made from.
_TAIL = 400


@dataclass(frozen=True, slots=True)
class ActivityRow:
    """One activity of an edition, with the newest push that may have reached phones.

    `attributes` are those of its start; empty if phones started it themselves.
    """

    number: int
    key: Mapping[str, str]
    activity_type: str
    status: str
    why: str | None
    planned_start: datetime | None
    attributes: Mapping[str, Any]
    shown: PushRow | None


@dataclass(frozen=True, slots=True)
class OverRow:
    """An edition that is over, as the home page lists it."""

    id: str
    name: str
    mode: str
    status: str
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class People:
    """The sums over the answers to batches; only the newest answer of each batch counts.

    `sent` are people in calls that add, `removed` those in calls that remove.
    """

    matched: int = 0
    unprocessed: int = 0
    gdpr_denied: int = 0
    skipped: Mapping[str, int] | None = None
    unanswered: int = 0
    sent: int = 0
    removed: int = 0


@dataclass(frozen=True, slots=True)
class Ledger:
    """Everything that the desk reads about one edition."""

    edition: EditionRecord
    activities: tuple[ActivityRow, ...]
    commands: tuple[Command, ...]
    guards: Mapping[int, GuardMemory]
    feed_rows: int | None
    newest_row: Mapping[int, PushRow]
    last: Mapping[int, PushRow]
    totals: Mapping[tuple[str, str], int]
    alerts: int
    people: People
    handoff: HandoffTimes


def read_edition(database: Database, edition_id: str) -> Ledger:
    """Reads one edition. Raises `InvalidInput` if there is no such edition, and `LedgerUnreadable`."""
    edition = find_edition(database, edition_id)
    with database.reading() as connection:
        newest = newest_of_each(connection, edition_id)
        rows = connection.execute(
            select(activities).where(activities.c.edition_id == edition_id).order_by(activities.c.number)
        ).all()
        totals = connection.execute(
            select(pushes.c.kind, pushes.c.outcome, func.count())
            .where(pushes.c.edition_id == edition_id)
            .group_by(pushes.c.kind, pushes.c.outcome)
        ).all()
        alerts = connection.execute(
            select(func.count()).where(
                pushes.c.edition_id == edition_id,
                pushes.c.words.is_(True),
                pushes.c.outcome == Outcome.DONE.value,
            )
        ).scalar_one()
        read = connection.execute(
            select(readings.c["rows"], readings.c.state).where(readings.c.edition_id == edition_id)
        ).all()
        sent = tuple(select_commands(connection, edition_id, waiting=False))
        people = _people(connection, edition_id)
    return Ledger(
        edition=edition,
        activities=tuple(
            ActivityRow(
                row.number,
                row.key or {},
                row.activity_type,
                row.status,
                row.why,
                row.planned_start,
                newest.attributes.get(row.number, {}),
                newest.shown.get(row.number),
            )
            for row in rows
        ),
        commands=sent,
        guards=_guards([row.state for row in read]),
        feed_rows=max((row.rows for row in read), default=None),
        newest_row=newest.row,
        last=newest.last,
        totals={(kind, outcome): number for kind, outcome, number in totals},
        alerts=alerts,
        people=people,
        handoff=handoff_times(database, edition_id, newest=NEWEST),
    )


def unfinished_ids(database: Database) -> list[str]:
    """The ids of the editions that are not over, newest first; rehearsals are included."""
    asked = (
        select(editions.c.id).where(editions.c.status.not_in(FINISHED)).order_by(editions.c.created_at.desc())
    )
    with database.reading() as connection:
        return list(connection.execute(asked).scalars())


def newest_over(database: Database, most: int) -> list[OverRow]:
    """The newest editions that are over, without their reports."""
    columns = [editions.c[name] for name in OverRow.__dataclass_fields__]
    asked = select(*columns).where(editions.c.status.in_(FINISHED)).order_by(editions.c.created_at.desc())
    with database.reading() as connection:
        return [OverRow(*row) for row in connection.execute(asked.limit(most)).all()]


def count_editions(database: Database) -> dict[tuple[str, str], int]:
    """How many editions there are by mode and status."""
    asked = select(editions.c.mode, editions.c.status, func.count()).group_by(
        editions.c.mode, editions.c.status
    )
    with database.reading() as connection:
        return {(mode, status): number for mode, status, number in connection.execute(asked).all()}


def last_rehearsal(database: Database, name: str) -> str | None:
    """The id of the newest rehearsal of a campaign that is over."""
    asked = (
        select(editions.c.id)
        .where(editions.c.name == name, editions.c.mode == "rehearse", editions.c.status.in_(FINISHED))
        .order_by(editions.c.created_at.desc())
        .limit(1)
    )
    with database.reading() as connection:
        return connection.execute(asked).scalar()


def fingerprints(database: Database) -> dict[str, str]:
    """For each edition with recent entries, a digest that changes when it does. The cost is bounded."""
    found: dict[str, list[str]] = {}
    with database.reading() as connection:
        for row in connection.execute(
            select(
                editions.c.id,
                editions.c.status,
                editions.c.owner,
                editions.c.lease_token,
                editions.c.decision,
                editions.c.stop_request,
                editions.c.progress,
            )
            .order_by(editions.c.created_at.desc())
            .limit(_TAIL)
        ):
            found.setdefault(row.id, []).append(repr(tuple(row)[1:]))
        for table, answered in (
            (pushes, pushes.c.outcome),
            (commands, commands.c.obeyed_at),
            (batches, batches.c.outcome),
        ):
            asked = select(table.c.edition_id, table.c.id, answered).order_by(table.c.id.desc()).limit(_TAIL)
            for edition_id, number, value in connection.execute(asked):
                found.setdefault(edition_id, []).append(f"{number} {value}")
        for row in connection.execute(
            select(activities.c.edition_id, activities.c.status, func.count())
            .where(
                activities.c.edition_id.in_(select(editions.c.id).where(editions.c.status.not_in(FINISHED)))
            )
            .group_by(activities.c.edition_id, activities.c.status)
        ):
            found.setdefault(row[0], []).append(f"{row[1]} {row[2]}")
    return {name: hashlib.sha256("\n".join(parts).encode()).hexdigest() for name, parts in found.items()}


def _guards(states: list[Any]) -> dict[int, GuardMemory]:
    found: dict[int, GuardMemory] = {}
    for state in states:
        for number, memory in ((state or {}).get("guards") or {}).items():
            found[int(number)] = GuardMemory.from_json(memory)
    return found


def _people(connection: Connection, edition_id: str) -> People:
    newest: dict[tuple[int, int], Row[Any]] = {}
    asked = (
        select(batches.c.number, batches.c.batch, batches.c.people, batches.c.endpoint, batches.c.counters)
        .where(batches.c.edition_id == edition_id)
        .order_by(batches.c.id)
    )
    for row in connection.execute(asked):
        before = newest.get((row.number, row.batch))
        # A repeat that failed does not replace the answer before it.
        if before is None or row.counters or not before.counters:
            newest[row.number, row.batch] = row
    skipped: dict[str, int] = {}
    matched = unprocessed = denied = unanswered = sent = removed = 0
    for row in newest.values():
        counters = row.counters or {}
        if row.endpoint == "remove_users":
            removed += row.people
            matched -= counters.get("removed") or 0
            continue
        sent += row.people
        if not counters:
            unanswered += row.people
            continue
        matched += counters.get("matched") or 0
        unprocessed += counters.get("unprocessed") or 0
        denied += counters.get("gdpr_denied") or 0
        for reason, number in (counters.get("skipped") or {}).items():
            skipped[reason] = skipped.get(reason, 0) + number
    return People(matched, unprocessed, denied, skipped, unanswered, sent, removed)
