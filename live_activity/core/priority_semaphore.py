"""A line in which the most urgent goes first: `end`, then `start`, then whoever waits longest."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

# Who wakes at the same moment comes within so many turns of the event loop; the line forms before it is served.
_TO_FORM = 4
_RANKS = {"end": 0, "start": 1}


class PrioritySemaphore:
    """So many places, given to the most urgent of those who wait. Belongs to one event loop.

    `forms`: a free place is not given at once, but after all who come at the same moment stand in line.
    """

    def __init__(self, places: int, *, forms: bool = True) -> None:
        self._free = places
        self._to_form = _TO_FORM if forms else 0
        self._waiting: list[tuple[int, datetime, int, int, asyncio.Future[None]]] = []
        self._order = itertools.count()
        self._forming = False

    @asynccontextmanager
    async def place(self, endpoint: str, since: datetime, *, number: int = 0) -> AsyncIterator[None]:
        """A place for as long as the block lasts. `since` is when the call was due, `number` decides between equals."""
        loop = asyncio.get_running_loop()
        served: asyncio.Future[None] = loop.create_future()
        rank = _RANKS.get(endpoint, len(_RANKS))
        heapq.heappush(self._waiting, (rank, since, number, next(self._order), served))
        self._look(loop)
        try:
            await served
            yield
        finally:
            if served.done() and not served.cancelled():
                self._free += 1
                self._look(loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        if not self._to_form:
            self._serve()
        elif not self._forming:
            self._forming = True
            loop.call_soon(self._form, self._to_form)

    def _form(self, turns: int) -> None:
        if turns:
            asyncio.get_running_loop().call_soon(self._form, turns - 1)
            return
        self._forming = False
        self._serve()

    def _serve(self) -> None:
        while self._free and self._waiting:
            served = heapq.heappop(self._waiting)[-1]
            if not served.done():
                self._free -= 1
                served.set_result(None)
