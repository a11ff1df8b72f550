"""What a dead run left open: which editions are resumed, which only closed, and whose people are kept too long."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from sqlalchemy import select, update

from live_activity.campaign.model import Campaign
from live_activity.core.findings import InvalidInput
from live_activity.ledger import Database, EditionRecord, all_editions, held, wish_to_stop
from live_activity.ledger.schema import editions
from live_activity.segment import StagedSegment

# What cannot work (a key that is refused) is tried so often, at most so many seconds apart, then told and left. After
# half of the tries it is only closed: that needs neither the timeline nor the people's table.
MOST_TRIES = 12
RESUMED_AT_MOST = 6
FIRST_PAUSE, LONGEST_PAUSE = 15.0, 1800.0


@dataclass(frozen=True, slots=True)
class UnfinishedEdition:
    """An edition that nobody plays any more. It is resumed unless somebody asked it to stop, or it failed."""

    record: EditionRecord
    what: Literal["resume", "close"]

    @property
    def told(self) -> str:
        """What becomes of it, for a log."""
        return "it is played on" if self.what == "resume" else "it is closed"

    @property
    def campaign(self) -> Campaign:
        """The campaign as it was asked for."""
        return Campaign.model_validate(dict(self.record.parameters))


def unfinished_editions(
    database: Database, *, only: str | None = None, at_once: bool = False
) -> Iterator[UnfinishedEdition]:
    """Editions whose owner is gone, each with its turn taken: another reconciler at the same time gets others.

    `only` names one edition or one flow run; `at_once` does not wait for the pause after the last try.
    """
    for record in all_editions(database, unfinished=True):
        if only is not None and only not in (record.id, record.flow_run_id):
            continue
        if _taken(database, record, at_once=at_once):
            yield UnfinishedEdition(record, "close" if record.stop_request is not None else "resume")


def runs_left_open(database: Database) -> list[str]:
    """The flow runs whose editions nobody plays and nobody asked to stop."""
    return [
        record.flow_run_id
        for record in _left_open(database)
        if record.flow_run_id is not None and record.stop_request is None
    ]


def record_cancellation(database: Database, flow_run_id: str) -> None:
    """Notes the wish to stop of whoever cancelled a flow run; a wish that is there already stays."""
    for record in all_editions(database, unfinished=True):
        if record.flow_run_id == flow_run_id:
            wish_to_stop(database, record.id, "cancelled", at=datetime.now(UTC))


def close_what_cannot_be_resumed(database: Database, *, now: datetime) -> list[EditionRecord]:
    """Editions that so many runs could not play on get the wish to be closed as failed; which ones."""
    doubtful = [
        record
        for record in _left_open(database)
        if record.tries >= RESUMED_AT_MOST and record.stop_request is None
    ]
    for record in doubtful:
        wish_to_stop(database, record.id, "failed", at=now)
    return doubtful


def give_up_hopeless(database: Database, *, now: datetime) -> list[EditionRecord]:
    """Editions that were tried too often, and that nobody plays, are booked as failed: told, not tried for ever."""
    hopeless = [record for record in all_editions(database, unfinished=True) if record.tries >= MOST_TRIES]
    given_up = []
    with database.writing() as connection:
        for record in hopeless:
            done = connection.execute(
                update(editions)
                .where(editions.c.id == record.id, editions.c.lease_until < database.now(connection))
                .values(status="failed", ended_at=now)
            )
            if done.rowcount:
                given_up.append(record)
    return given_up


def discard_old_people(database: Database, *, now: datetime) -> int:
    """Deletes the staged people and rejects of editions that ended `keep_days` ago; how many editions."""
    done = 0
    for record in all_editions(database):
        if record.ended_at is None or record.folder is None or record.discarded_at is not None:
            continue
        keep = timedelta(days=int(record.parameters.get("keep_days", 30)))
        if now < record.ended_at + keep:
            continue
        for folder in (record.folder, *_deltas(database, record)):
            with contextlib.suppress(InvalidInput, FileNotFoundError):
                StagedSegment.load(folder).discard()
        with database.writing() as connection:
            connection.execute(update(editions).where(editions.c.id == record.id).values(discarded_at=now))
        done += 1
    return done


def _left_open(database: Database) -> list[EditionRecord]:
    with database.reading() as connection:
        now = database.now(connection)
    return [
        record
        for record in all_editions(database, unfinished=True)
        if not held(record.owner, until=record.lease_until, now=now)
    ]


def _taken(database: Database, record: EditionRecord, *, at_once: bool) -> bool:
    with database.writing() as connection:
        database.lock(connection, f"lease {record.id}")
        now = database.now(connection)
        row = connection.execute(
            select(
                editions.c.owner,
                editions.c.lease_until,
                editions.c.tries,
                editions.c.next_try_at,
                editions.c.status,
            ).where(editions.c.id == record.id)
        ).one()
        lives = held(row.owner, until=row.lease_until, now=now)
        early = row.next_try_at > now and not at_once
        if lives or early or row.tries >= MOST_TRIES or row.status != record.status:
            return False
        pause = min(FIRST_PAUSE * 2.0**row.tries, LONGEST_PAUSE)
        connection.execute(
            update(editions)
            .where(editions.c.id == record.id)
            .values(tries=row.tries + 1, next_try_at=now + pause)
        )
        return True


def _deltas(database: Database, record: EditionRecord) -> list[str]:
    from live_activity.ledger.schema import commands

    with database.reading() as connection:
        effects = connection.execute(
            select(commands.c.effect).where(
                commands.c.edition_id == record.id, commands.c.effect.is_not(None)
            )
        ).scalars()
        return [effect["folder"] for effect in effects if effect and "folder" in effect]
