"""The places that an endpoint has in a minute: who asks is given one, or told when to ask again.

Counting is pyrate-limiter's, a sliding window that is exact to the millisecond. Waiting is not: its limiter sleeps on
the event loop's time, and a campaign lives by its own.
"""

from __future__ import annotations

import logging
import sqlite3
from datetime import timedelta
from typing import Protocol

from pyrate_limiter import AbstractBucket, AbstractClock, InMemoryBucket, Rate, RateItem
from redis import RedisError

from live_activity.core.clock import Clock

WINDOW = timedelta(minutes=1)
# A call reaches the server some time after its turn, one sooner, another later; so our minute is longer than its.
MARGIN = timedelta(seconds=1)

_log = logging.getLogger(__name__)


class RateBucket(Protocol):
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


class OwnBucket:
    """Places of this object alone."""

    def __init__(self, requests_per_minute: int, clock: Clock) -> None:
        self._time = SteadyMilliseconds(clock)
        self._bucket = InMemoryBucket(rates_of(requests_per_minute))

    async def take(self) -> timedelta | None:
        """Takes a place and says None, or says after how long one will be free."""
        now = self._time.now()
        self._bucket.leak(now)
        return put(self._bucket, now)

    def close(self) -> None:
        """Gives back what is held open: nothing."""
        self._bucket.close()


class SharedOrOwnBucket:
    """Places that are shared with other processes, or own ones where those cannot be used.

    The vendor's 429 is then the only thing that keeps the processes apart: a campaign that can be ended is worth more.
    """

    # How often it is tried again, in turns: what is away costs time to ask, which a call that is due has not.
    _SKIPPED = 20

    def __init__(self, shared: RateBucket, own: RateBucket, *, what: str) -> None:
        """`what` names what is shared, for the log."""
        self._shared = shared
        self._own = own
        self._what = what
        self._told = False
        self._skips = 0

    async def take(self) -> timedelta | None:
        """Takes a place and says None, or says after how long one will be free, if no other process is first."""
        if self._skips:
            self._skips -= 1
            return await self._own.take()
        try:
            return await self._shared.take()
        except (sqlite3.Error, RedisError, OSError) as trouble:
            self._skips = self._SKIPPED
            if not self._told:
                _log.warning(
                    "the pace is kept by this process alone: %s cannot be used (%s)", self._what, trouble
                )
                self._told = True
            return await self._own.take()

    def close(self) -> None:
        """Gives both back."""
        self._shared.close()
        self._own.close()


def rates_of(requests_per_minute: int) -> list[Rate]:
    """The limit as pyrate-limiter takes it."""
    return [Rate(requests_per_minute, (WINDOW + MARGIN) // timedelta(milliseconds=1))]


def put(bucket: AbstractBucket, now: int) -> timedelta | None:
    """Puts one call at `now` (milliseconds) into the bucket and says None, or says after how long it may fit."""
    item = RateItem("call", now)
    if bucket.put(item):
        return None
    wait = bucket.waiting(item)
    # The type allows for buckets that answer asynchronously, which ours are not.
    assert isinstance(wait, int)
    return timedelta(milliseconds=max(wait, 1))
