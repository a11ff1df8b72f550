"""Which edition a run plays: a new one, or one that was begun before."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, delete, exists, insert, select, update

from live_activity.core.findings import Finding, InvalidInput, invalid
from live_activity.ledger.database import Database
from live_activity.ledger.edition_record import EditionRecord, EditionRequest, as_record, one
from live_activity.ledger.engines import OPENING_SECONDS
from live_activity.ledger.errors import AlreadyPlayed, LedgerUnwritable, LostLease
from live_activity.ledger.lease import LeaseToken
from live_activity.ledger.process_identity import held
from live_activity.ledger.schema import (
    activities,
    batches,
    commands,
    editions,
    folders,
    pushes,
    readings,
    runs,
)

# The parameters that may not change while a campaign runs: they say who is in it, and by which type phones know it.
FIXED = ("activity_type", "segment", "activities", "id_column", "split_by", "defaults")


def open_edition(database: Database, request: EditionRequest, *, now: datetime) -> tuple[EditionRecord, bool]:
    """The edition that the request is for, and whether it continues one that was begun before.

    A flow run always plays the same edition. A run by hand continues the newest unfinished one of its name, unless
    its planned start differs. Rehearsals always open a new one. Changed parameters take effect when the lease is taken
    with them.

    Raises `InvalidInput` where the edition is over (and `again` is not set), or where something fixed was changed;
    `AlreadyPlayed` where the request's own flow run has played it to the end; `LostLease` where it is over and the
    request names it.
    """
    with database.writing(wait=OPENING_SECONDS) as connection:
        database.lock(connection, f"{request.account}/{request.mode}/{request.name}")
        found = _of_run(connection, request) or _by_hand(connection, request)
        if found is not None and found.finished:
            if request.edition_id is not None:
                # This run was asked to continue the edition, and another run has finished it in the meantime.
                raise LostLease(f"another run finished {found.name!r} before this one began ({found.status})")
            if found.report is not None:
                raise AlreadyPlayed(str(_over(found)), report=found.report)
            raise _over(found)
        if found is not None:
            _refuse_changes(found, request)
            if held(found.owner, until=found.lease_until, now=database.now(connection)):
                # Taking the lease will raise `Owned`: an edition with a live owner is not changed here.
                return found, True
            if request.flow_run_id is not None:
                connection.execute(
                    update(editions).where(editions.c.id == found.id).values(flow_run_id=request.flow_run_id)
                )
                _record_run(connection, request.flow_run_id, found.id, now=now)
            return one(connection, editions.c.id == found.id), True
        identity = str(uuid.uuid4())
        connection.execute(insert(editions).values(id=identity, created_at=now, **_new(request)))
        if request.flow_run_id is not None:
            _record_run(connection, request.flow_run_id, identity, now=now)
        return one(connection, editions.c.id == identity), False


def edition_for(database: Database, request: EditionRequest) -> EditionRecord | None:
    """The edition that `open_edition` would continue; None where it would open a new one. Writes nothing.

    Raises `InvalidInput` where it would be refused.
    """
    with database.reading() as connection:
        found = _of_run(connection, request) or _by_hand(connection, request)
    if found is not None and found.finished:
        raise _over(found)
    if found is not None:
        _refuse_changes(found, request)
    return found


def edition_to_continue(database: Database, request: EditionRequest) -> EditionRecord | None:
    """The unfinished edition that `open_edition` would continue; None where it would open a new one, or none."""
    with database.reading() as connection:
        try:
            found = _of_run(connection, request) or _by_hand(connection, request)
        except InvalidInput:
            return None
    return found if found is not None and not found.finished else None


def withdraw(database: Database, edition_id: str, lease_token: LeaseToken | None = None) -> None:
    """Deletes an edition that was opened and could not begin.

    Without a token, no run may ever have taken its lease; with one, the lease must still be the token's. Raises
    `LostLease` where another run has it, `LedgerUnwritable` where calls were made for it already.
    """
    with database.writing(wait=OPENING_SECONDS) as connection:
        row = connection.execute(
            select(editions.c.lease_token, editions.c.owner)
            .where(editions.c.id == edition_id)
            .with_for_update()
        ).one_or_none()
        if row is None:
            return
        if row.lease_token != (lease_token.token if lease_token is not None else 0):
            raise LostLease.to(row.owner)
        sent = [exists().where(table.c.edition_id == edition_id) for table in (batches, pushes)]
        if any(connection.execute(select(each)).scalar_one() for each in sent):
            raise LedgerUnwritable(
                "the edition cannot be withdrawn: calls were made for it already", temporary=False
            )
        for table in (runs, readings, folders, commands, activities):
            connection.execute(delete(table).where(table.c.edition_id == edition_id))
        connection.execute(delete(editions).where(editions.c.id == edition_id))


def _new(request: EditionRequest) -> dict[str, Any]:
    return {
        "account": request.account,
        "mode": request.mode,
        "name": request.name,
        "planned_start": request.planned_start,
        "start_given": request.planned_start is not None,
        "scheduled": request.scheduled,
        "flow_run_id": request.flow_run_id,
        "parameters": dict(request.parameters),
        "status": "running",
        "decision": dict(request.decision) if request.decision is not None else None,
        "functions_folder": request.functions_folder,
    }


def _of_run(connection: Connection, request: EditionRequest) -> EditionRecord | None:
    if request.edition_id is not None:
        return one(connection, editions.c.id == request.edition_id)
    if request.flow_run_id is None or request.mode == "rehearse":
        return None
    row = connection.execute(
        select(editions)
        .join(runs, runs.c.edition_id == editions.c.id)
        .where(runs.c.flow_run_id == request.flow_run_id)
    ).first()
    return as_record(row) if row is not None else None


def _record_run(connection: Connection, flow_run_id: str, edition_id: str, *, now: datetime) -> None:
    """Ties a flow run to its edition permanently, so that a retry finds the same edition, even after a takeover."""
    known = connection.execute(select(runs.c.edition_id).where(runs.c.flow_run_id == flow_run_id)).first()
    if known is None:
        connection.execute(insert(runs).values(flow_run_id=flow_run_id, edition_id=edition_id, began_at=now))


def _by_hand(connection: Connection, request: EditionRequest) -> EditionRecord | None:
    if request.mode == "rehearse":
        return None
    same = and_(
        editions.c.account == request.account,
        editions.c.mode == request.mode,
        editions.c.name == request.name,
    )
    rows = connection.execute(select(editions).where(same).order_by(editions.c.created_at.desc())).all()
    records = [as_record(row) for row in rows]
    if request.planned_start is not None:
        records = [record for record in records if record.planned_start == request.planned_start]
    unfinished = next((record for record in records if not record.finished), None)
    # Nothing was sent for an edition that was not approved: after a correction, approval may be asked for again.
    if unfinished is not None or not records or request.again or records[0].status == "rejected":
        return unfinished
    raise _over(records[0])


def _over(last: EditionRecord) -> InvalidInput:
    ended = f" at {last.ended_at:%Y-%m-%d %H:%M} UTC" if last.ended_at is not None else ""
    return invalid(
        "edition_over",
        f"this edition of {last.name!r} is over ({last.status}{ended}); "
        "give it another start or another name, or play it once more with --again (in Python again=True)",
    )


def _refuse_changes(found: EditionRecord, request: EditionRequest) -> None:
    changed = [
        Finding.error(
            "fixed_parameter_changed",
            f"was {found.parameters.get(name)!r} when this edition began and is "
            f"{request.parameters.get(name)!r} now; it cannot change while the campaign runs",
            where=request.name,
            column=name,
        )
        for name in FIXED
        if name in found.parameters and found.parameters.get(name) != request.parameters.get(name)
    ]
    if changed:
        raise InvalidInput(changed)
