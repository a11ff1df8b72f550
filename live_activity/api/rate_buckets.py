"""The slots of one endpoint in any 60 seconds, kept in memory or in a file that the processes of a machine share.

When a call arrives at the vendor is known only within bounds: after its slot was taken, and before it was answered or
failed. So a slot is occupied from the moment it is taken until a window after the answer; then no window of that
length holds more arrivals than there are slots, however long calls take. A slot whose owner died is free again a
window after its call must have ended.
"""

from __future__ import annotations

import asyncio
import hashlib
import heapq
import logging
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from live_activity.core.clock import Clock

WINDOW = timedelta(seconds=60)
# The vendor's clock and ours need not run equally fast, and a limit of "60 s" may include both ends.
MARGIN = timedelta(seconds=0.25)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `calls` calls in any window; `longest_call` is how long one may take from its slot to its answer."""

    calls: int
    longest_call: timedelta
    window: timedelta = WINDOW
    margin: timedelta = MARGIN

    @property
    def after_answer(self) -> int:
        """The milliseconds for which a call occupies its slot after its answer."""
        return _milliseconds(self.window + self.margin)

    @property
    def after_crash(self) -> int:
        """The milliseconds after which a slot that was never released is free again."""
        return _milliseconds(self.longest_call) + self.after_answer


class BucketUnavailable(Exception):
    """The shared slots cannot be reached."""


class RateBucket(Protocol):
    """The slots of one endpoint. A slot has a name that nobody else uses."""

    async def take(self, slot: str) -> timedelta | None:
        """Takes a slot and returns None; where none is free, returns how long to wait before asking again."""
        ...

    async def release(self, slot: str, *, used: bool) -> None:
        """Releases a slot: its call was answered or failed just now, or (not `used`) was never made."""
        ...

    def close(self) -> None:
        """Closes files and connections; slots stay taken."""
        ...


class MemoryBucket:
    """Slots of this object alone. Where the clock is set back, its time continues from the latest reading."""

    def __init__(self, limit: Limit, clock: Clock) -> None:
        self._limit = limit
        self._clock = clock
        self._latest = self._read_clock()
        self._set_back_by = 0
        self._free_at: dict[str, int] = {}
        self._by_time: list[tuple[int, str]] = []

    async def take(self, slot: str) -> timedelta | None:
        return self.take_now(slot)

    def take_now(self, slot: str) -> timedelta | None:
        """`take`, not as a coroutine."""
        now = self._now()
        while self._by_time and self._by_time[0][0] <= now:
            self._pop()
        while self._by_time and self._free_at.get(self._by_time[0][1]) != self._by_time[0][0]:
            self._pop()
        if len(self._free_at) < self._limit.calls:
            self._occupy(slot, now + self._limit.after_crash)
            return None
        return worth_waiting(self._by_time[0][0] - now, self._limit)

    async def release(self, slot: str, *, used: bool) -> None:
        self.release_now(slot, used=used)

    def release_now(self, slot: str, *, used: bool) -> None:
        """`release`, not as a coroutine."""
        if used:
            self._occupy(slot, self._now() + self._limit.after_answer)
        else:
            self._free_at.pop(slot, None)

    def close(self) -> None:
        pass

    def _occupy(self, slot: str, until: int) -> None:
        self._free_at[slot] = until
        heapq.heappush(self._by_time, (until, slot))

    def _pop(self) -> None:
        # An entry that does not agree with `_free_at` is out of date: its slot was released since.
        moment, slot = heapq.heappop(self._by_time)
        if self._free_at.get(slot) == moment:
            del self._free_at[slot]

    def _read_clock(self) -> int:
        return int(self._clock.now().timestamp() * 1000)

    def _now(self) -> int:
        now = self._read_clock() + self._set_back_by
        if now < self._latest:
            self._set_back_by += self._latest - now
        self._latest = max(self._latest, now)
        return self._latest


class FileBucket:
    """Slots shared by every process of one machine that names the same file.

    Raises `sqlite3.Error` or `OSError` where the file cannot be used.
    """

    _BUSY_SECONDS = 5.0

    def __init__(self, limit: Limit, clock: Clock, file: Path) -> None:
        self._limit = limit
        self._clock = clock
        self._file = file
        self._connection: sqlite3.Connection | None = None
        self._lock = threading.Lock()

    async def take(self, slot: str) -> timedelta | None:
        # In a thread: another process may hold the file's lock.
        return await asyncio.to_thread(self._take, slot)

    async def release(self, slot: str, *, used: bool) -> None:
        await asyncio.to_thread(self._release, slot, used)

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _take(self, slot: str) -> timedelta | None:
        with self._transaction() as connection:
            now = self._now()
            connection.execute("DELETE FROM slots WHERE free_at <= ?", (now,))
            # No process can have written a time that is so far ahead, so the machine's clock was set back.
            connection.execute(
                "UPDATE slots SET free_at = ? WHERE free_at > ?",
                (now + self._limit.after_answer, now + self._limit.after_crash),
            )
            taken, first = connection.execute("SELECT count(*), min(free_at) FROM slots").fetchone()
            if taken < self._limit.calls:
                connection.execute("INSERT INTO slots VALUES (?, ?)", (slot, now + self._limit.after_crash))
                return None
            return worth_waiting(first - now, self._limit)

    def _release(self, slot: str, used: bool) -> None:
        with self._transaction() as connection:
            if used:
                free_at = self._now() + self._limit.after_answer
                connection.execute("INSERT OR REPLACE INTO slots VALUES (?, ?)", (slot, free_at))
            else:
                connection.execute("DELETE FROM slots WHERE slot = ?", (slot,))

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            connection = self._open()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            connection = sqlite3.connect(
                self._file, timeout=self._BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            # What is lost when the machine crashes is older than a window when it runs again.
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("CREATE TABLE IF NOT EXISTS slots (slot TEXT PRIMARY KEY, free_at INTEGER)")
            connection.execute("CREATE INDEX IF NOT EXISTS slots_free_at ON slots (free_at)")
            self._connection = connection
        return self._connection

    def _now(self) -> int:
        return int(self._clock.now().timestamp() * 1000)


class SharedOrOwnBucket:
    """Shared slots, or own ones while the shared ones cannot be used.

    The process's own calls are counted in either case, so that it never exceeds the limit by itself. While the shared
    slots are unavailable, only the vendor's 429 limits several processes together: campaigns can still be ended then.
    """

    # How many slots are taken before the shared ones are asked again: asking costs time while they are unavailable.
    _SKIPPED = 20

    def __init__(self, shared: RateBucket, own: MemoryBucket, *, what: str) -> None:
        """`what` names the shared resource in log lines."""
        self._shared = shared
        self._own = own
        self._what = what
        self._warned = False
        self._skips = 0
        self._held: set[str] = set()

    async def take(self, slot: str) -> timedelta | None:
        if (wait := self._own.take_now(slot)) is not None:
            return wait
        if self._skips:
            self._skips -= 1
            return None
        self._held.add(slot)
        try:
            wait = await self._shared.take(slot)
        except (sqlite3.Error, BucketUnavailable, OSError) as error:
            self._skips = self._SKIPPED
            self._warn(error)
            return None
        if wait is not None:
            self._held.discard(slot)
            self._own.release_now(slot, used=False)
        return wait

    async def release(self, slot: str, *, used: bool) -> None:
        self._own.release_now(slot, used=used)
        if slot not in self._held:
            return
        self._held.discard(slot)
        try:
            await self._shared.release(slot, used=used)
        except (sqlite3.Error, BucketUnavailable, OSError) as error:
            self._warn(error)

    def close(self) -> None:
        self._shared.close()

    def _warn(self, error: Exception) -> None:
        if not self._warned:
            _log.warning(
                "the rate limit is kept by this process alone: %s cannot be used (%s)", self._what, error
            )
            self._warned = True


def shared_file(folder: Path, *, account: str, endpoint: str) -> Path:
    """The file of the slots of an account's endpoint: one for each, so that none waits for another's lock."""
    return folder / f"{hashed(account)}-{endpoint}.sqlite"


def hashed(account: str) -> str:
    """The hash of an account's name, as part of a file name or a key."""
    return hashlib.sha256(account.encode()).hexdigest()[:16]


def worth_waiting(until_first: int, limit: Limit) -> timedelta:
    """How long to wait before asking again, where the first slot is free in `until_first` milliseconds."""
    # A slot whose call is still under way may be released any time now, and is free a window later.
    return timedelta(milliseconds=max(min(until_first, limit.after_answer), 1))


def _milliseconds(time: timedelta) -> int:
    return time // timedelta(milliseconds=1)
