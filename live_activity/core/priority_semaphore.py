"""A semaphore that serves the most urgent call first: `end`, then `start`, then the one that was due first."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from live_activity.core.clock import Clock, RealClock, Signal

_RANKS = {"end": 0, "start": 1}


class PrioritySemaphore:
    """A number of places, each given to the most urgent of the calls that wait. Belongs to one event loop.

    A free place is given when the clock is idle, so that the most urgent of all calls that come at the same moment is
    first, in whatever order they come; with `at_once` a free place is given as soon as a call asks.
    """

    def __init__(self, places: int, clock: Clock | None = None, *, at_once: bool = False) -> None:
        self._free = places
        self._clock = clock or RealClock()
        self._at_once = at_once
        self._waiting: list[tuple[int, datetime, int, int, Signal]] = []
        self._order = itertools.count()
        self._serving = False

    @asynccontextmanager
    async def place(self, endpoint: str, since: datetime, *, number: int = 0) -> AsyncIterator[None]:
        """A place for as long as the block lasts. `since` is when the call was due, `number` decides between equals."""
        served = Signal()
        rank = _RANKS.get(endpoint, len(_RANKS))
        entry = (rank, since, number, next(self._order), served)
        heapq.heappush(self._waiting, entry)
        self._serve_soon()
        try:
            await self._clock.sleep_until(None, served)
            yield
        finally:
            if served.is_set():
                self._free += 1
                self._serve_soon()
            else:
                self._waiting.remove(entry)
                heapq.heapify(self._waiting)

    def _serve_soon(self) -> None:
        if self._at_once:
            self._serve()
        elif not self._serving:
            self._serving = True
            self._clock.when_idle(self._serve)

    def _serve(self) -> None:
        self._serving = False
        while self._free and self._waiting:
            self._free -= 1
            heapq.heappop(self._waiting)[-1].set()
