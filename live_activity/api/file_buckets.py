"""The places that the processes of one machine share, in a file."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import timedelta
from pathlib import Path

from pyrate_limiter import SQLiteBucket

from live_activity.api.rate_buckets import MARGIN, WINDOW, WallMilliseconds, put, rates_of
from live_activity.core.clock import Clock

_BUSY_MS = 5_000


class SharedFileBucket:
    """Places that every process of one machine shares which names the same file.

    Raises `sqlite3.Error` or `OSError` where the file cannot be used.
    """

    def __init__(self, requests_per_minute: int, clock: Clock, file: Path) -> None:
        self._rates = rates_of(requests_per_minute)
        self._time = WallMilliseconds(clock)
        self._file = file
        self._bucket: SQLiteBucket | None = None

    async def take(self) -> timedelta | None:
        """Takes a place and says None, or says after how long one will be free, if no other process is first."""
        # In a thread: another process may be at it.
        return await asyncio.to_thread(self._take)

    def close(self) -> None:
        """Closes the file, which stays: it is the other processes' too."""
        if self._bucket is not None:
            self._bucket.conn.close()
            self._bucket = None

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
                wait = put(bucket, now)
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
