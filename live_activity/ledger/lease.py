"""The lease: one live run holds an edition, and each of its writes proves with a token that it still does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from live_activity.ledger.database import Database
from live_activity.ledger.engines import OPENING_SECONDS
from live_activity.ledger.errors import LedgerUnwritable, LostLease, Owned
from live_activity.ledger.process_identity import held, same
from live_activity.ledger.schema import editions
from live_activity.ledger.stop_file import StopFile

LEASE_SECONDS = 15.0

# Built once, as each write begins with it.
_OWNER = select(editions.c.lease_token, editions.c.owner).where(editions.c.id == bindparam("edition"))
_LOCKED_OWNER = _OWNER.with_for_update()


@dataclass(frozen=True, slots=True)
class LeaseToken:
    """A lease that was taken: the token proves it in every write.

    `previous_owner` had not given the edition back when this lease was taken: its last calls may still be under way.
    """

    edition_id: str
    token: int
    previous_owner: Mapping[str, Any] | None = field(default=None, compare=False)

    @property
    def folder_name(self) -> str:
        """The name of a folder that only this run writes to."""
        return f"{self.edition_id}.{self.token}"


def take(
    database: Database,
    edition_id: str,
    *,
    owner: Mapping[str, Any],
    parameters: Mapping[str, Any] | None = None,
    stop: StopFile | None = None,
) -> LeaseToken:
    """Takes the lease. Raises `Owned` while another owner is alive, `LostLease` where the edition was withdrawn.

    An owner of this machine that is gone loses it at once, any other 15 s after its last heartbeat, by the
    database's time. `parameters` replace those of the edition. `stop` is what the owner before could only write
    beside the staged segment: it is recorded together with the change of owner, unless yet another run was faster.
    """
    with database.writing(wait=OPENING_SECONDS) as connection:
        database.lock(connection, f"lease {edition_id}")
        now = database.now(connection)
        row = connection.execute(
            select(editions.c.owner, editions.c.lease_until, editions.c.lease_token, editions.c.stop_request)
            .where(editions.c.id == edition_id)
            .with_for_update()
        ).one_or_none()
        if row is None:
            raise LostLease("this edition was withdrawn by another run that could not begin it; start again")
        if held(row.owner, until=row.lease_until, now=now) and not same(row.owner, owner):
            raise Owned(row.owner)
        values: dict[str, Any] = {
            "owner": dict(owner), "lease_until": now + LEASE_SECONDS, "lease_token": row.lease_token + 1
        }  # fmt: skip
        if parameters is not None:
            values["parameters"] = dict(parameters)
        if stop is not None and row.stop_request is None and stop.lease_token == row.lease_token:
            values["stop_request"] = stop.as_json()
        connection.execute(update(editions).where(editions.c.id == edition_id).values(values))
        return LeaseToken(edition_id, row.lease_token + 1, row.owner)


def beat(database: Database, lease_token: LeaseToken) -> bool:
    """Extends the lease; False where another process has it.

    A lease that ran out is extended as well, as long as nobody took it: then the token is unchanged, so that nobody
    can have written anything in between.
    """
    with database.writing() as connection:
        now = database.now(connection)
        done = connection.execute(
            update(editions)
            .where(editions.c.id == lease_token.edition_id, editions.c.lease_token == lease_token.token)
            .values(lease_until=now + LEASE_SECONDS)
        )
        if not done.rowcount:
            _row(connection, lease_token, lock=False)
        return bool(done.rowcount)


def give_back(database: Database, lease_token: LeaseToken) -> None:
    """Ends the lease at once, so that the next run need not wait; does nothing where the lease was lost."""
    with database.writing() as connection:
        connection.execute(
            update(editions)
            .where(editions.c.id == lease_token.edition_id, editions.c.lease_token == lease_token.token)
            .values(lease_until=0.0, owner=None)
        )


@contextmanager
def fenced(database: Database, lease_token: LeaseToken, *, durable: bool = False) -> Iterator[Connection]:
    """A transaction during which the lease cannot be taken over. Raises `LostLease` where it was taken over before."""
    with database.writing(durable=durable) as connection:
        row = _row(connection, lease_token, lock=True)
        if row.lease_token != lease_token.token:
            raise LostLease.to(row.owner)
        yield connection


def names_owner(database: Database, lease_token: LeaseToken) -> bool:
    """Whether the ledger still names this run as the owner. Only reads; raises `LedgerUnreadable`."""
    with database.reading() as connection:
        token = connection.execute(
            select(editions.c.lease_token).where(editions.c.id == lease_token.edition_id)
        ).scalar_one_or_none()
    return token == lease_token.token


def holds(connection: Connection, lease_token: LeaseToken) -> bool:
    """Whether the lease is this run's, within a transaction."""
    token = connection.execute(
        select(editions.c.lease_token).where(editions.c.id == lease_token.edition_id).with_for_update()
    ).scalar_one_or_none()
    return token == lease_token.token


def _row(connection: Connection, lease_token: LeaseToken, *, lock: bool) -> Any:
    asked = {"edition": lease_token.edition_id}
    row = connection.execute(_LOCKED_OWNER if lock else _OWNER, asked).one_or_none()
    if row is None:
        # Nobody deletes an edition that is owned: this is another ledger, or an old copy of it.
        raise LedgerUnwritable(
            "the ledger cannot be written: this edition is not in it; the database was replaced by another one"
        )
    return row
