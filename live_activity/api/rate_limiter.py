"""The pace: who may call an endpoint, and when (reference, Wire: rate limit; DESIGN, Rules that hold everywhere 6)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path

from live_activity.api.file_buckets import SharedFileBucket, shared_file
from live_activity.api.rate_buckets import OwnBucket, RateBucket, SharedOrOwnBucket
from live_activity.api.redis_buckets import SharedRedisBucket, shared_key
from live_activity.core.clock import Clock
from live_activity.core.priority_semaphore import PrioritySemaphore


class RateLimiter(ABC):
    """Gives out turns. Each endpoint has an allowance of its own, so `end` never waits behind updates.

    Never more than so many turns in a minute, and a margin; that many may be taken at once, as the vendor's rule has
    it. Who waits longest is served first. Belongs to one event loop.
    """

    @abstractmethod
    async def acquire(self, endpoint: str, *, since: datetime | None = None) -> None:
        """Waits, on the campaign's clock, until the endpoint may be called once.

        `since` is when the call was due, None for now: who waits longest goes first, also after a retry.
        """

    def close(self) -> None:  # noqa: B027 - most paces hold nothing open
        """Gives back what is held open."""

    @staticmethod
    def in_memory(requests_per_minute: int, clock: Clock) -> RateLimiter:
        """A pace of this object alone; 0 is no limit. Raises `ValueError` for less."""
        return _pace(requests_per_minute, clock, lambda _endpoint: OwnBucket(requests_per_minute, clock))

    @staticmethod
    def of_machine(requests_per_minute: int, clock: Clock, *, folder: Path, account: str) -> RateLimiter:
        """A pace that all processes of this machine share which name the same folder and account; 0 is no limit.

        Between processes the order is whoever comes first when a place is free. The clock must be the world's, as
        theirs is. `account` is a name, never a key. Where the folder cannot be used, the pace is this object's alone.
        Raises `ValueError` for less than 0.
        """

        def places(endpoint: str) -> RateBucket:
            file = shared_file(folder, account=account, endpoint=endpoint)
            own = OwnBucket(requests_per_minute, clock)
            return SharedOrOwnBucket(SharedFileBucket(requests_per_minute, clock, file), own, what="its file")

        return _pace(requests_per_minute, clock, places)

    @staticmethod
    def of_all_machines(
        requests_per_minute: int, clock: Clock, *, redis_url: str, account: str
    ) -> RateLimiter:
        """The same for all workers, wherever they run, that name the same Redis and account.

        Raises `ValueError` for less than 0, and for an address that is none.
        """

        def places(endpoint: str) -> RateBucket:
            shared = SharedRedisBucket(requests_per_minute, redis_url, shared_key(account, endpoint))
            return SharedOrOwnBucket(shared, OwnBucket(requests_per_minute, clock), what="its Redis")

        return _pace(requests_per_minute, clock, places)


class _Unlimited(RateLimiter):
    async def acquire(self, endpoint: str, *, since: datetime | None = None) -> None:
        return


class _Queue:
    def __init__(self, places: RateBucket) -> None:
        self.places = places
        # Only who stands first asks for a place, the others sleep.
        self.first = PrioritySemaphore(1, forms=False)


class _Queued(RateLimiter):
    def __init__(self, clock: Clock, places: Callable[[str], RateBucket]) -> None:
        self._clock = clock
        self._places = places
        self._queues: dict[str, _Queue] = {}

    async def acquire(self, endpoint: str, *, since: datetime | None = None) -> None:
        if endpoint not in self._queues:
            self._queues[endpoint] = _Queue(self._places(endpoint))
        queue = self._queues[endpoint]
        async with AsyncExitStack() as leaving:
            with self._clock.idle():
                await leaving.enter_async_context(queue.first.place(endpoint, since or self._clock.now()))
            while (wait := await queue.places.take()) is not None:
                await self._clock.sleep_until(self._clock.now() + wait)

    def close(self) -> None:
        for queue in self._queues.values():
            queue.places.close()


def _pace(requests_per_minute: int, clock: Clock, places: Callable[[str], RateBucket]) -> RateLimiter:
    if requests_per_minute < 0:
        raise ValueError(f"requests_per_minute is {requests_per_minute}; it is 1 or more, or 0 for no limit")
    return _Queued(clock, places) if requests_per_minute else _Unlimited()
