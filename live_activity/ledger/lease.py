"""The lease: one living run holds an edition; a heart that stops beating gives it up (DESIGN, rule 2)."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from live_activity.ledger.database import Database, LedgerUnwritable
from live_activity.ledger.process_identity import held, same
from live_activity.ledger.schema import editions

LEASE_SECONDS = 15.0
BEAT_SECONDS = 5.0


class Owned(Exception):
    """Another run that lives holds the edition."""

    def __init__(self, owner: Mapping[str, Any]) -> None:
        self.owner = owner
        run = f", run {owner['run']}" if owner.get("run") else ""
        super().__init__(
            f"this campaign is played by process {owner.get('pid')} on {owner.get('host')}{run}; "
            "stop that one first, or steer it"
        )


class LostLease(Exception):
    """Another run took the edition over, or nobody could be told that this one lives: nothing more is sent."""


@dataclass(frozen=True, slots=True)
class LeaseToken:
    """A lease that was taken: the token proves it in every write."""

    edition_id: str
    token: int


def take(database: Database, edition_id: str, *, owner: Mapping[str, Any]) -> LeaseToken:
    """Takes the lease. Raises `Owned` while another owner lives.

    An owner of this machine that is gone loses it at once, any other 15 s after its last heartbeat, by the
    database's time.
    """
    with database.writing() as connection:
        database.lock(connection, f"lease {edition_id}")
        now = database.now(connection)
        row = connection.execute(
            select(editions.c.owner, editions.c.lease_until, editions.c.lease_token).where(
                editions.c.id == edition_id
            )
        ).one()
        if held(row.owner, until=row.lease_until, now=now) and not same(row.owner, owner):
            raise Owned(row.owner)
        connection.execute(
            update(editions)
            .where(editions.c.id == edition_id)
            .values(owner=dict(owner), lease_until=now + LEASE_SECONDS, lease_token=row.lease_token + 1)
        )
        return LeaseToken(edition_id, row.lease_token + 1)


def beat(database: Database, lease_token: LeaseToken) -> bool:
    """Says that the owner lives; False when the lease is somebody else's by now."""
    with database.writing() as connection:
        now = database.now(connection)
        done = connection.execute(
            update(editions)
            .where(editions.c.id == lease_token.edition_id, editions.c.lease_token == lease_token.token)
            .values(lease_until=now + LEASE_SECONDS)
        )
        return done.rowcount == 1


def give_back(database: Database, lease_token: LeaseToken) -> None:
    """Ends the lease at once, so that a next run need not wait."""
    with database.writing() as connection:
        connection.execute(
            update(editions)
            .where(editions.c.id == lease_token.edition_id, editions.c.lease_token == lease_token.token)
            .values(lease_until=0.0, owner=None)
        )


class LeaseHeartbeat:
    """Beats from a thread of its own, so that a busy event loop does not lose the lease."""

    def __init__(self, database: Database, lease_token: LeaseToken) -> None:
        self._store = database
        self._holding = lease_token
        self._lost = False
        self._stopping = threading.Event()
        self._last = time.monotonic()
        self._thread = threading.Thread(target=self._live, name="lease", daemon=True)
        self._thread.start()

    def check(self) -> None:
        """Raises `LostLease` when it is another's, `LedgerUnwritable` when that cannot be known."""
        if not self._lost and time.monotonic() - self._last >= LEASE_SECONDS:
            # The ledger was away, or this process was halted: only the ledger knows who has it by now.
            self._beat()
        if self._lost:
            raise LostLease("another run took this campaign over")

    def stop(self) -> None:
        """Stops beating; the lease itself is given back apart."""
        self._stopping.set()
        self._thread.join(timeout=5)

    def _live(self) -> None:
        while not self._stopping.wait(BEAT_SECONDS):
            with contextlib.suppress(LedgerUnwritable):
                self._beat()

    def _beat(self) -> None:
        began = time.monotonic()
        if not beat(self._store, self._holding):
            self._lost = True
            self._stopping.set()
        self._last = max(self._last, began)
