"""The places that an endpoint has in a minute: who asks is given one, or told when to ask again.

Counting is pyrate-limiter's, a sliding window that is exact to the millisecond. Waiting is not: its limiter sleeps on
the event loop's time, and a campaign lives by its own.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from pyrate_limiter import AbstractBucket, AbstractClock, InMemoryBucket, Rate, RateItem, SQLiteBucket

from live_activity.clock import Clock

WINDOW = timedelta(minutes=1)
# A call reaches the server some time after its turn, one sooner, another later; so our minute is longer than its.
MARGIN = timedelta(seconds=1)

_INTERVAL_MS = (WINDOW + MARGIN) // timedelta(milliseconds=1)
_BUSY_MS = 5_000
_log = logging.getLogger(__name__)


class Places(Protocol):
    """The places of one endpoint."""

    async def take(self) -> timedelta | None:
        """Takes a place and says None, or says after how long one may be free."""
        ...

    def close(self) -> None:
        """Gives back what is held open."""
        ...


class WallMilliseconds(AbstractClock):
    """The campaign's clock, as pyrate-limiter reads clocks."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> int:
        """Milliseconds since 1970."""
        return int(self._clock.now().timestamp() * 1000)


class SteadyMilliseconds(WallMilliseconds):
    """The same, but never running back: where the machine's clock was set back, time simply goes on."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self._latest = super().now()
        self._set_back_by = 0

    def now(self) -> int:
        """Milliseconds since 1970, plus all by which the clock was ever set back."""
        now = super().now() + self._set_back_by
        if now < self._latest:
            self._set_back_by += self._latest - now
        self._latest = max(self._latest, now)
        return self._latest


class OwnPlaces:
    """Places of this object alone."""

    def __init__(self, requests_per_minute: int, clock: Clock) -> None:
        self._time = SteadyMilliseconds(clock)
        self._bucket = InMemoryBucket([Rate(requests_per_minute, _INTERVAL_MS)])

    async def take(self) -> timedelta | None:
        """Takes a place and says None, or says after how long one will be free."""
        now = self._time.now()
        self._bucket.leak(now)
        return _put(self._bucket, now)

    def close(self) -> None:
        """Gives back what is held open: nothing."""
        self._bucket.close()


class SharedPlaces:
    """Places that every process of one machine shares which names the same file.

    Where the file cannot be used, this process goes on with places of its own: the vendor's 429 is then the only
    thing that keeps the processes apart, and a campaign that can be ended is worth more.
    """

    def __init__(self, requests_per_minute: int, clock: Clock, file: Path) -> None:
        self._rates = [Rate(requests_per_minute, _INTERVAL_MS)]
        self._time = WallMilliseconds(clock)
        self._file = file
        self._bucket: SQLiteBucket | None = None
        self._own = OwnPlaces(requests_per_minute, clock)
        self._told = False

    async def take(self) -> timedelta | None:
        """Takes a place and says None, or says after how long one will be free, if no other process is first."""
        try:
            # In a thread: another process may be at it.
            return await asyncio.to_thread(self._take)
        except (sqlite3.Error, OSError) as trouble:
            if not self._told:
                _log.warning("the pace is kept by this process alone: its file cannot be used (%s)", trouble)
                self._told = True
            return await self._own.take()

    def close(self) -> None:
        """Closes the file, which stays: it is the other processes' too."""
        if self._bucket is not None:
            self._bucket.conn.close()
            self._bucket = None
        self._own.close()

    def _take(self) -> timedelta | None:
        if self._bucket is None:
            self._bucket = self._opened()
        bucket = self._bucket
        # The lock is for a waiter that was cancelled while its thread still works.
        with bucket.lock:
            # The bucket counts, then inserts; only a transaction around both keeps other processes out in between.
            # Each of its methods commits what it did.
            bucket.conn.execute("BEGIN IMMEDIATE")
            try:
                now = self._time.now()
                wait = _put(bucket, now)
                if wait is None:
                    bucket.conn.execute("BEGIN IMMEDIATE")
                    bucket.leak(now)
                elif wait > WINDOW + 2 * MARGIN:
                    # Entries of the future: the machine's clock was set back.
                    bucket.flush()
                    return timedelta()
                return wait
            finally:
                bucket.conn.rollback()

    def _opened(self) -> SQLiteBucket:
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        bucket = SQLiteBucket.init_from_file(self._rates, table="calls", db_path=str(self._file))
        bucket.conn.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
        # Whatever the disk forgets when the machine dies is older than a minute when it is back.
        bucket.conn.execute("PRAGMA synchronous=OFF")
        return bucket


def shared_file(folder: Path, *, account: str, endpoint: str) -> Path:
    """Where the places of an account's endpoint are kept: a file each, so that none waits for another's lock."""
    return folder / f"{hashlib.sha256(account.encode()).hexdigest()[:16]}-{endpoint}.sqlite"


def _put(bucket: AbstractBucket, now: int) -> timedelta | None:
    item = RateItem("call", now)
    if bucket.put(item):
        return None
    wait = bucket.waiting(item)
    # The type allows for buckets that answer asynchronously, which these two are not.
    assert isinstance(wait, int)
    return timedelta(milliseconds=max(wait, 1))
