"""What recovery writes about editions that no run plays. Each entry is made only while that is still true."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update

from live_activity.core.statuses import StopStatus
from live_activity.ledger.database import Database
from live_activity.ledger.edition_record import EditionRecord
from live_activity.ledger.process_identity import held
from live_activity.ledger.schema import editions
from live_activity.ledger.stop_requests import record_stop, stop_values


def claim(
    database: Database, edition: EditionRecord, *, most_tries: int, pause: float, at_once: bool
) -> bool:
    """Claims the recovery of an edition for `pause` seconds; False where another process has it, or it needs none.

    `at_once` does not wait for the pause after the last try.
    """
    with database.writing() as connection:
        database.lock(connection, f"lease {edition.id}")
        now = database.now(connection)
        row = connection.execute(
            select(
                editions.c.owner,
                editions.c.lease_until,
                editions.c.tries,
                editions.c.next_try_at,
                editions.c.status,
            )
            .where(editions.c.id == edition.id)
            .with_for_update()
        ).one_or_none()
        if row is None or row.status != edition.status or row.tries >= most_tries:
            return False
        if held(row.owner, until=row.lease_until, now=now) or (row.next_try_at > now and not at_once):
            return False
        connection.execute(
            update(editions)
            .where(editions.c.id == edition.id)
            .values(tries=row.tries + 1, next_try_at=now + pause)
        )
        return True


def give_up(database: Database, edition: EditionRecord, *, at: datetime) -> bool:
    """Records an edition without a live run as failed; False where it has one, or is over.

    A halted owner that continues later finds that the lease is not its own any more.
    """
    with database.writing() as connection:
        database.lock(connection, f"lease {edition.id}")
        row = connection.execute(
            select(editions.c.owner, editions.c.lease_until, editions.c.lease_token, editions.c.status)
            .where(editions.c.id == edition.id)
            .with_for_update()
        ).one_or_none()
        if row is None or row.status != edition.status:
            return False
        if held(row.owner, until=row.lease_until, now=database.now(connection)):
            return False
        connection.execute(
            update(editions)
            .where(editions.c.id == edition.id)
            .values(
                status="failed", ended_at=at, owner=None, lease_until=0.0, lease_token=row.lease_token + 1
            )
        )
        return True


def stop_unowned(
    database: Database, edition: EditionRecord, why: StopStatus, *, author: str, at: datetime
) -> bool:
    """Records recovery's own stop request for an edition without a live run; False where it has one."""
    with database.writing() as connection:
        row = connection.execute(
            select(editions.c.owner, editions.c.lease_until)
            .where(editions.c.id == edition.id)
            .with_for_update()
        ).one_or_none()
        if row is None or held(row.owner, until=row.lease_until, now=database.now(connection)):
            return False
        return record_stop(connection, edition.id, stop_values(why, author=author, at=at))


def mark_discarded(database: Database, edition: EditionRecord, *, at: datetime) -> None:
    """Records that the staged people of an edition that is over were deleted."""
    with database.writing() as connection:
        connection.execute(update(editions).where(editions.c.id == edition.id).values(discarded_at=at))
