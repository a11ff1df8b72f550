"""The rate limiter: who may call an endpoint, and when."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from live_activity.api.endpoints import ENDPOINTS
from live_activity.api.rate_buckets import (
    FileBucket,
    Limit,
    MemoryBucket,
    RateBucket,
    SharedOrOwnBucket,
    shared_file,
)
from live_activity.core.clock import Clock
from live_activity.core.priority_semaphore import PrioritySemaphore

# More calls than a slow server keeps open at the vendor's rate. Counted for each endpoint, so that `end` never waits
# behind updates that hang; the client opens as many connections, so that no call with a slot waits for one.
IN_FLIGHT_PER_ENDPOINT = 100

# Between a call's slot and its first byte lie a lease check and a write to the ledger, which may be slow.
_BEFORE_FIRST_BYTE = timedelta(seconds=30)

MakeBucket = Callable[[str], RateBucket | None]


class Slot:
    """The right to make one call. Release it when the call was answered or has failed."""

    def __init__(self, release: Callable[[bool], Any]) -> None:
        self._release = release
        self._released = False

    async def release(self, *, used: bool = True) -> None:
        """Releases the slot: the call was answered or failed just now; `used=False` where it was never made.

        Calling it again does nothing.
        """
        if not self._released:
            self._released = True
            await self._release(used)


class RateLimiter:
    """Gives out slots: never more calls than the limit arrive in any 60 seconds, however long they take.

    Each endpoint has slots of its own, so `end` never waits behind updates. The call that has waited longest is first.
    At most `IN_FLIGHT_PER_ENDPOINT` calls to an endpoint are under way. Belongs to one event loop.
    """

    def __init__(self, clock: Clock, bucket_of: MakeBucket) -> None:
        """`bucket_of` makes the bucket of an endpoint, None for no limit. Prefer the constructors below."""
        self._clock = clock
        self._bucket_of = bucket_of
        self._queues: dict[str, _Queue] = {}
        self._background: set[asyncio.Future[Any]] = set()

    @staticmethod
    def in_memory(requests_per_minute: int, clock: Clock) -> RateLimiter:
        """A limit of this object alone; 0 is no limit. Raises `ValueError` for less."""
        return _rate_limiter(requests_per_minute, clock, lambda limit, _endpoint: MemoryBucket(limit, clock))

    @staticmethod
    def of_machine(requests_per_minute: int, clock: Clock, *, folder: Path, account: str) -> RateLimiter:
        """A limit shared by the processes of this machine with the same folder and account; 0 is no limit.

        Between processes, the first that asks gets a free slot. The clock must be the system's, as in the others.
        `account` is a name, never a key. While the folder cannot be used, the limit is this object's alone.
        Raises `ValueError` for less than 0.
        """

        def bucket_of(limit: Limit, endpoint: str) -> RateBucket:
            shared = FileBucket(limit, clock, shared_file(folder, account=account, endpoint=endpoint))
            return SharedOrOwnBucket(shared, MemoryBucket(limit, clock), what="its file")

        return _rate_limiter(requests_per_minute, clock, bucket_of)

    @staticmethod
    def of_all_machines(
        requests_per_minute: int, clock: Clock, *, redis_url: str, account: str
    ) -> RateLimiter:
        """A limit shared by all workers, on any machine, with the same Redis and account; 0 is no limit.

        Raises `ValueError` for less than 0.
        """
        # Most programs need no Redis, and its client takes a while to import.
        from live_activity.api.redis_bucket import RedisBucket, shared_key

        def bucket_of(limit: Limit, endpoint: str) -> RateBucket:
            shared = RedisBucket(limit, redis_url, shared_key(account, endpoint))
            return SharedOrOwnBucket(shared, MemoryBucket(limit, clock), what="its Redis")

        return _rate_limiter(requests_per_minute, clock, bucket_of)

    @asynccontextmanager
    async def slot(
        self, endpoint: str, *, since: datetime | None = None, number: int = 0
    ) -> AsyncIterator[Slot]:
        """Waits, on the campaign's clock, for a slot of the endpoint, and holds it for as long as its call lasts.

        `since` is when the call was due, None for now: the call that was due first goes first, also after a retry;
        `number` decides between equals. The end of the block counts as the moment of the answer.
        """
        async with self._queue(endpoint).in_flight.place(endpoint, since or self._clock.now(), number=number):
            slot = await self._take(endpoint, since or self._clock.now(), number)
            try:
                yield slot
            finally:
                await slot.release()

    def close(self) -> None:
        """Closes files and connections. Slots that were used stay used."""
        for queue in self._queues.values():
            if queue.bucket is not None:
                queue.bucket.close()

    async def _take(self, endpoint: str, since: datetime, number: int) -> Slot:
        queue = self._queue(endpoint)
        bucket, name = queue.bucket, uuid.uuid4().hex
        if bucket is None:
            return Slot(_nothing)
        async with AsyncExitStack() as leaving:
            # Only the first in the queue asks for a slot, the others sleep.
            await leaving.enter_async_context(queue.first.place(endpoint, since, number=number))
            while (wait := await self._ask(bucket, name)) is not None:
                await self._clock.sleep_until(self._clock.now() + wait)
        return Slot(lambda used: bucket.release(name, used=used))

    async def _ask(self, bucket: RateBucket, name: str) -> timedelta | None:
        asking = asyncio.ensure_future(bucket.take(name))
        try:
            return await asyncio.shield(asking)
        except asyncio.CancelledError:
            # The thread that asks cannot be stopped; a slot that it still gets is handed back.
            self._in_background(_hand_back(bucket, name, asking))
            raise

    def _in_background(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    def _queue(self, endpoint: str) -> _Queue:
        if endpoint not in self._queues:
            self._queues[endpoint] = _Queue(self._bucket_of(endpoint), self._clock)
        return self._queues[endpoint]


class _Queue:
    def __init__(self, bucket: RateBucket | None, clock: Clock) -> None:
        self.bucket = bucket
        self.in_flight = PrioritySemaphore(IN_FLIGHT_PER_ENDPOINT, clock, at_once=True)
        self.first = PrioritySemaphore(1, clock, at_once=True)


async def _hand_back(bucket: RateBucket, name: str, asking: asyncio.Future[timedelta | None]) -> None:
    await asyncio.wait([asking])
    if not asking.cancelled() and asking.exception() is None and asking.result() is None:
        await bucket.release(name, used=False)


async def _nothing(_used: bool) -> None:
    return


def _rate_limiter(
    requests_per_minute: int, clock: Clock, make: Callable[[Limit, str], RateBucket]
) -> RateLimiter:
    if requests_per_minute < 0:
        raise ValueError(f"requests_per_minute is {requests_per_minute}; it is 1 or more, or 0 for no limit")
    deadlines = {endpoint.name: endpoint.deadline for endpoint in ENDPOINTS}
    longest = max(deadlines.values())

    def bucket_of(endpoint: str) -> RateBucket | None:
        if not requests_per_minute:
            return None
        call = timedelta(seconds=deadlines.get(endpoint, longest))
        return make(Limit(requests_per_minute, call + _BEFORE_FIRST_BYTE), endpoint)

    return RateLimiter(clock, bucket_of)
