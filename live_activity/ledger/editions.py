"""Editions: which occasion of a campaign a run plays, new or continued (DESIGN, Words and rules 1 to 4)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, insert, select, update

from live_activity.core.findings import Finding, InvalidInput
from live_activity.ledger.database import Database
from live_activity.ledger.last_good_reading import read_reading
from live_activity.ledger.process_identity import held
from live_activity.ledger.schema import editions, readings, runs
from live_activity.sources.timeline_source import Shape

FINISHED = frozenset({"ended", "missed", "rejected", "cancelled", "failed"})
# What may not change under a living campaign: everything that says who is in it and what the phones know it by.
FIXED = ("activity_type", "segment", "id_column", "split_by", "defaults")


@dataclass(frozen=True, slots=True)
class EditionRequest:
    """Which campaign somebody wants played. `scheduled` is when its run was to begin, None where that was not said.

    `planned_start` is None where it is "at once".

    `decision` is what was said of its start before anything began: whoever continues it need not ask.
    """

    account: str
    mode: str
    name: str
    planned_start: datetime | None
    parameters: Mapping[str, Any]
    scheduled: datetime | None = None
    flow_run_id: str | None = None
    again: bool = False
    edition_id: str | None = None
    device_started: bool = False
    decision: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class EditionRecord:
    """An edition as the ledger has it."""

    id: str
    account: str
    mode: str
    name: str
    planned_start: datetime | None
    start_given: bool
    scheduled: datetime | None
    flow_run_id: str | None
    parameters: Mapping[str, Any]
    status: str
    created_at: datetime
    ended_at: datetime | None
    folder: str | None
    segment: Mapping[str, Any] | None
    first_seen_times: Any
    stop_request: Mapping[str, Any] | None
    report: Mapping[str, Any] | None
    decision: Mapping[str, Any] | None
    owner: Mapping[str, Any] | None
    lease_token: int
    lease_until: float
    tries: int
    next_try_at: float
    discarded_at: datetime | None

    @property
    def device_started(self) -> bool:
        """Whether phones opened its activities themselves, so that nobody is registered and nothing started."""
        return bool(self.segment and self.segment.get("device_started"))

    @property
    def finished(self) -> bool:
        """Whether nothing more will ever be sent for it."""
        return self.status in FINISHED


def open_edition(database: Database, asked: EditionRequest, *, now: datetime) -> tuple[EditionRecord, bool]:
    """The edition that `asked` plays, and whether it continues one that was begun before.

    A flow run is always the same edition. A run by hand continues the newest unfinished one of its name, unless its
    planned start differs. Rehearsals always open a new one.

    Raises `InvalidInput` where the edition is over (and `again` is not said), or where what may not change did.
    """
    with database.writing() as connection:
        database.lock(connection, f"{asked.account}/{asked.mode}/{asked.name}")
        found = _of_run(connection, asked) or _by_hand(connection, asked)
        if found is not None and found.finished:
            raise _over(found)
        if found is not None:
            _told_if_changed(found, asked)
            if held(found.owner, until=found.lease_until, now=database.now(connection)):
                # Its owner lives, and whoever asks is told so by the lease: nothing of the owner's is touched.
                return found, True
            values: dict[str, Any] = {"parameters": dict(asked.parameters)}
            if asked.flow_run_id is not None:
                values["flow_run_id"] = asked.flow_run_id
            connection.execute(update(editions).where(editions.c.id == found.id).values(values))
            _plays(connection, asked.flow_run_id, found.id)
            return _one(connection, editions.c.id == found.id), True
        identity = str(uuid.uuid4())
        connection.execute(
            insert(editions).values(
                id=identity,
                account=asked.account,
                mode=asked.mode,
                name=asked.name,
                planned_start=asked.planned_start,
                start_given=asked.planned_start is not None,
                scheduled=asked.scheduled,
                flow_run_id=asked.flow_run_id,
                parameters=dict(asked.parameters),
                status="running",
                created_at=now,
                segment={"device_started": True} if asked.device_started else None,
                decision=dict(asked.decision) if asked.decision is not None else None,
            )
        )
        _plays(connection, asked.flow_run_id, identity)
        return _one(connection, editions.c.id == identity), False


def edition_to_continue(database: Database, asked: EditionRequest) -> EditionRecord | None:
    """The unfinished edition that `open_edition` would continue; None where it would open a new one, or none."""
    with database.reading() as connection:
        try:
            found = _of_run(connection, asked) or _by_hand(connection, asked)
        except InvalidInput:
            return None
    return found if found is not None and not found.finished else None


def last_reading(database: Database, edition_id: str, path: str) -> Shape | None:
    """What the last good reading of the edition's timeline at that path saw."""
    with database.reading() as connection:
        return read_reading(connection, edition_id, path)


def withdraw(database: Database, edition_id: str) -> None:
    """Takes an edition back that was opened and could not begin."""
    with database.writing() as connection:
        for table in (runs, readings):
            connection.execute(delete(table).where(table.c.edition_id == edition_id))
        connection.execute(delete(editions).where(editions.c.id == edition_id))


def wish_to_stop(
    database: Database,
    edition_id: str,
    why: str,
    *,
    at: datetime,
    title: str | None = None,
    message: str | None = None,
) -> None:
    """Writes the wish to stop, also for an edition of another's; the first one stays (rule 3: stopping is final)."""
    with database.writing() as connection:
        current = connection.execute(
            select(editions.c.stop_request).where(editions.c.id == edition_id).with_for_update()
        ).scalar_one()
        if current is None:
            connection.execute(
                update(editions)
                .where(editions.c.id == edition_id)
                .values(stop_request={"why": why, "at": at.isoformat(), "title": title, "message": message})
            )


def find_edition(database: Database, edition_id: str) -> EditionRecord:
    """The edition of that id."""
    with database.reading() as connection:
        return _one(connection, editions.c.id == edition_id)


def newest_edition(database: Database, name: str, *, mode: str | None = None) -> EditionRecord | None:
    """The newest edition of that name, living ones first; rehearsals only where `mode` says so."""
    modes = editions.c.mode == mode if mode is not None else editions.c.mode != "rehearse"
    with database.reading() as connection:
        rows = connection.execute(
            select(editions).where(editions.c.name == name, modes).order_by(editions.c.created_at.desc())
        ).all()
    records = [_record(row) for row in rows]
    return next((record for record in records if not record.finished), records[0] if records else None)


def all_editions(database: Database, *, unfinished: bool = False) -> list[EditionRecord]:
    """Every edition, newest first; `unfinished` leaves out those that are over, and rehearsals."""
    asked = select(editions).order_by(editions.c.created_at.desc())
    if unfinished:
        asked = asked.where(editions.c.status.not_in(FINISHED), editions.c.mode != "rehearse")
    with database.reading() as connection:
        return [_record(row) for row in connection.execute(asked).all()]


def _of_run(connection: Connection, asked: EditionRequest) -> EditionRecord | None:
    if asked.edition_id is not None:
        return _one(connection, editions.c.id == asked.edition_id)
    if asked.flow_run_id is None or asked.mode == "rehearse":
        return None
    row = connection.execute(
        select(editions)
        .join(runs, runs.c.edition_id == editions.c.id)
        .where(runs.c.flow_run_id == asked.flow_run_id)
    ).first()
    return _record(row) if row is not None else None


def _plays(connection: Connection, flow_run_id: str | None, edition_id: str) -> None:
    """Ties a flow run to its edition for good: a retry of it finds no other, whoever played the edition since."""
    if flow_run_id is None:
        return
    known = connection.execute(select(runs.c.edition_id).where(runs.c.flow_run_id == flow_run_id)).first()
    if known is None:
        connection.execute(insert(runs).values(flow_run_id=flow_run_id, edition_id=edition_id))


def _by_hand(connection: Connection, asked: EditionRequest) -> EditionRecord | None:
    if asked.mode == "rehearse":
        return None
    same = and_(
        editions.c.account == asked.account, editions.c.mode == asked.mode, editions.c.name == asked.name
    )
    rows = connection.execute(select(editions).where(same).order_by(editions.c.created_at.desc())).all()
    records = [_record(row) for row in rows]
    if asked.planned_start is not None:
        records = [record for record in records if record.planned_start == asked.planned_start]
    unfinished = next((record for record in records if not record.finished), None)
    # Of one that was not approved nobody was sent anything: whoever mends it may ask for a yes again.
    if unfinished is not None or not records or asked.again or records[0].status == "rejected":
        return unfinished
    raise _over(records[0])


def _over(last: EditionRecord) -> InvalidInput:
    ended = f" at {last.ended_at:%Y-%m-%d %H:%M} UTC" if last.ended_at is not None else ""
    return InvalidInput(
        [
            Finding(
                severity="error",
                code="edition_over",
                message=f"this edition of {last.name!r} is over ({last.status}{ended}); "
                "give it another start or another name, or play it once more with --again from a shell",
            )
        ]
    )


def _told_if_changed(found: EditionRecord, asked: EditionRequest) -> None:
    changed = [
        Finding(
            severity="error",
            code="fixed_parameter_changed",
            message=f"was {found.parameters.get(name)!r} when this edition began and is "
            f"{asked.parameters.get(name)!r} now; it cannot change while the campaign lives",
            where=asked.name,
            column=name,
        )
        for name in FIXED
        if name in found.parameters and found.parameters.get(name) != asked.parameters.get(name)
    ]
    if changed:
        raise InvalidInput(changed)


def _one(connection: Connection, which: ColumnElement[bool]) -> EditionRecord:
    return _record(connection.execute(select(editions).where(which)).one())


def _record(row: Row[Any]) -> EditionRecord:
    return EditionRecord(**{column.key: row._mapping[column] for column in editions.c})
