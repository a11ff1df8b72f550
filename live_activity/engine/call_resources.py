"""What the recorded calls of an edition share: its client, its ledger, its lease and its limits."""

from __future__ import annotations

import random
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from live_activity.api import ApiError, Client, RateLimiter, delay
from live_activity.api.rate_limiter import Slot
from live_activity.core.clock import Clock
from live_activity.core.priority_semaphore import PrioritySemaphore
from live_activity.core.virtual_clock import VirtualClock
from live_activity.engine.activity import LiveActivity
from live_activity.ledger import EditionLedger, LeaseHeartbeat


class CallResources:
    """The means to make calls for one edition, and the order in which they leave."""

    def __init__(
        self,
        client: Client,
        *,
        ledger: EditionLedger,
        heartbeat: LeaseHeartbeat,
        rate_limiter: RateLimiter,
        clock: Clock,
        chance: random.Random,
    ) -> None:
        self.client = client
        self.ledger = ledger
        self.heartbeat = heartbeat
        self.clock = clock
        self._rate_limiter = rate_limiter
        self._chance = chance
        # In virtual time one call at a time, so that a rehearsal of many activities gives the same result each time.
        # Otherwise the rate limiter bounds the calls in flight.
        self._in_flight = PrioritySemaphore(1 if isinstance(clock, VirtualClock) else sys.maxsize, clock)

    @asynccontextmanager
    async def slot(self, endpoint: str, *, since: datetime, number: int) -> AsyncIterator[Slot]:
        """Waits until a call may be sent; of several calls the one with the earliest `since` goes first.

        `number` decides between equals.
        """
        async with (
            self._rate_limiter.slot(endpoint, since=since, number=number) as slot,
            self._in_flight.place(endpoint, since, number=number),
        ):
            yield slot

    def backoff(self, failures: int, error: ApiError) -> timedelta:
        """How long a call waits after so many failures, of which this error is the last."""
        return timedelta(seconds=delay(failures, error=error, random=self._chance))


def registered_id(activity: LiveActivity) -> str:
    """The id that the API gave the activity. Raises `RuntimeError` where it was never registered."""
    if activity.activity_id is None:
        raise RuntimeError(f"{activity} was never registered, so nothing can be sent to it")
    return activity.activity_id
