"""Editions as the ledger has them, and how to find them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, or_, select

from live_activity.core.findings import invalid
from live_activity.core.statuses import FINISHED
from live_activity.core.table_shape import TableShape
from live_activity.ledger.database import Database
from live_activity.ledger.errors import LedgerUnreadable, reason
from live_activity.ledger.readings import read_reading
from live_activity.ledger.schema import commands, editions, folders, runs
from live_activity.ledger.stop_file import StopFile, read_stop_beside


@dataclass(frozen=True, slots=True)
class EditionRequest:
    """The campaign that is to be played. `scheduled` is the time for which its run was scheduled, None for no schedule.

    `planned_start` is None where it is "at once". `decision` is an approval that was given beforehand: a run that
    continues the edition need not ask for it. `functions_folder` is the folder of the campaign file, where it names
    functions as tables.
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
    decision: Mapping[str, Any] | None = None
    functions_folder: str | None = None


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
    progress: Mapping[str, Any] | None
    decision: Mapping[str, Any] | None
    owner: Mapping[str, Any] | None
    lease_token: int
    lease_until: float
    tries: int
    next_try_at: float
    discarded_at: datetime | None
    functions_folder: str | None

    @property
    def device_started(self) -> bool:
        """Whether phones opened its activities themselves, so that nobody is registered and nothing started."""
        return self.parameters.get("activities") is not None

    @property
    def table_of_ids(self) -> str | None:
        """The table that says who: the segment, or the activities that phones opened."""
        found: str | None = self.parameters.get("activities") or self.parameters.get("segment")
        return found

    @property
    def tables_with_ids(self) -> set[str]:
        """Every table with ids that it names: the segment and the excluded people."""
        return {table for table in (self.table_of_ids, self.parameters.get("exclude")) if table}

    @property
    def finished(self) -> bool:
        """Whether nothing more will ever be sent for it."""
        return self.status in FINISHED


@dataclass(frozen=True, slots=True)
class RunOfEdition:
    """A flow run and the edition that it played. It is superseded once another run continued the edition."""

    flow_run_id: str
    edition: EditionRecord

    @property
    def superseded_by(self) -> str | None:
        """The flow run that plays the edition in its place; None where this one still plays it."""
        newest = self.edition.flow_run_id
        return newest if newest != self.flow_run_id else None


def find_edition(database: Database, edition_id: str) -> EditionRecord:
    """The edition of that id. Raises `InvalidInput` where there is none."""
    with database.reading() as connection:
        return one(connection, editions.c.id == edition_id)


def newest_edition(database: Database, name: str, *, mode: str | None = None) -> EditionRecord | None:
    """The newest edition of that name, unfinished ones first; rehearsals only where `mode` says so."""
    modes = editions.c.mode == mode if mode is not None else editions.c.mode != "rehearse"
    with database.reading() as connection:
        rows = connection.execute(
            select(editions).where(editions.c.name == name, modes).order_by(editions.c.created_at.desc())
        ).all()
    records = [as_record(row) for row in rows]
    return next((record for record in records if not record.finished), records[0] if records else None)


def all_editions(database: Database, *, unfinished: bool = False) -> list[EditionRecord]:
    """Every edition, newest first; `unfinished` leaves out those that are over, and rehearsals."""
    asked = select(editions).order_by(editions.c.created_at.desc())
    if unfinished:
        asked = asked.where(editions.c.status.not_in(FINISHED), editions.c.mode != "rehearse")
    with database.reading() as connection:
        return [as_record(row) for row in connection.execute(asked).all()]


def editions_with_people(database: Database) -> list[EditionRecord]:
    """Editions that are over and whose staged people were not deleted yet, newest first."""
    asked = (
        select(editions)
        .where(editions.c.ended_at.is_not(None), editions.c.discarded_at.is_(None))
        .order_by(editions.c.created_at.desc())
    )
    with database.reading() as connection:
        return [as_record(row) for row in connection.execute(asked).all()]


def edition_of_run(database: Database, flow_run_id: str) -> RunOfEdition | None:
    """The edition that a flow run played, and whether another run plays it by now; None where it played none."""
    with database.reading() as connection:
        played = select(runs.c.edition_id).where(runs.c.flow_run_id == flow_run_id)
        row = connection.execute(
            select(editions)
            .where(or_(editions.c.flow_run_id == flow_run_id, editions.c.id.in_(played)))
            .order_by(editions.c.created_at.desc())
        ).first()
    return RunOfEdition(flow_run_id, as_record(row)) if row is not None else None


def runs_of_unfinished(database: Database) -> list[str]:
    """The flow runs that played editions which are not over; rehearsals are left out."""
    asked = (
        select(runs.c.flow_run_id)
        .join(editions, runs.c.edition_id == editions.c.id)
        .where(editions.c.status.not_in(FINISHED), editions.c.mode != "rehearse")
    )
    with database.reading() as connection:
        return list(connection.execute(asked).scalars())


def previous_run(database: Database, edition_id: str, *, but: str) -> str | None:
    """The newest flow run that played an edition, other than the one named; None where there was none."""
    with database.reading() as connection:
        found: str | None = connection.execute(
            select(runs.c.flow_run_id)
            .where(runs.c.edition_id == edition_id, runs.c.flow_run_id != but)
            .order_by(runs.c.began_at.desc())
        ).scalar()
    return found


def folders_of(database: Database, edition_id: str) -> list[str]:
    """Every folder in which people of an edition were staged, valid or not, the valid segment's first."""
    with database.reading() as connection:
        valid = connection.execute(select(editions.c.folder).where(editions.c.id == edition_id)).scalar()
        staged = connection.execute(
            select(folders.c.folder).where(folders.c.edition_id == edition_id).order_by(folders.c.created_at)
        ).scalars()
        effects = connection.execute(
            select(commands.c.effect).where(commands.c.edition_id == edition_id).order_by(commands.c.id)
        ).scalars()
        deltas = [effect["folder"] for effect in effects if effect and effect.get("folder")]
        return list(dict.fromkeys([*([valid] if valid else []), *staged, *deltas]))


def stop_beside(database: Database, edition: EditionRecord) -> StopFile | None:
    """A stop that the last owner could not record, and wrote beside the staged segment.

    It is handed to `take`, which records it. Raises `LedgerUnreadable` where the folders cannot be read.
    """
    if edition.stop_request is not None:
        return None
    try:
        inside = folders_of(database, edition.id)
        return read_stop_beside(inside, edition_id=edition.id, lease_token=edition.lease_token)
    except Exception as error:  # each kind of store raises its own
        raise LedgerUnreadable(
            f"whether {edition.name} was stopped cannot be read beside its staged segment: {reason(error)}"
        ) from None


def last_reading(database: Database, edition_id: str, path: str) -> TableShape | None:
    """The shape of the edition's timeline at that path when it was last read well."""
    with database.reading() as connection:
        return read_reading(connection, edition_id, path)


def one(connection: Connection, which: ColumnElement[bool]) -> EditionRecord:
    """The edition that meets the condition. Raises `InvalidInput` where there is none."""
    row = connection.execute(select(editions).where(which)).one_or_none()
    if row is None:
        raise invalid(
            "no_such_edition", "the ledger has no such edition; it was withdrawn, or is in another ledger"
        )
    return as_record(row)


def as_record(row: Row[Any]) -> EditionRecord:
    """A row of `la_editions`, read whole."""
    values = {column.name: row._mapping[column] for column in editions.c}
    if (values["segment"] or {}).get("device_started") and not values["parameters"].get("activities"):
        # Before there was a key for it, the table of activities stood in the place of the segment.
        table = values["parameters"].get("segment")
        values["parameters"] = {**values["parameters"], "segment": None, "activities": table}
    return EditionRecord(**values)
