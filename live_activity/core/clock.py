"""Campaign time: schedule, expiry, sync, settle, gaps, pace and backoff go through a clock.

Three clocks share one shape. `RealClock` is the world's. `VirtualClock` is for rehearsals: time stands still while
anybody works, and jumps to the next moment somebody waits for once nobody does. `ScaledClock` plays a rehearsal
for watching, so many times faster than the world. Real time (lease, HTTP timeouts) goes through none of
them (DESIGN, Time and content 10).
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

_at_work: ContextVar[bool] = ContextVar("at_work", default=False)


class Clock(Protocol):
    """What tells campaign time and waits for it."""

    def now(self) -> datetime:
        """The moment it is, in UTC."""
        ...

    def working(self) -> contextlib.AbstractContextManager[None]:
        """Marks the calling asyncio task as busy: a virtual clock stands still meanwhile, except in its waits."""
        ...

    def idle(self) -> contextlib.AbstractContextManager[None]:
        """Marks a stretch of busy work that only waits for others (a gather, an event)."""
        ...

    async def sleep_until(self, moment: datetime | None, wake: asyncio.Event | None = None) -> bool:
        """Waits until the moment (None: for ever) or until `wake` is set; True when `wake` came first."""
        ...


async def sleep(clock: Clock, seconds: float) -> None:
    """Waits so many seconds of campaign time."""
    await clock.sleep_until(clock.now() + timedelta(seconds=seconds))


class RealClock:
    """The world's time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def working(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()

    def idle(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()

    async def sleep_until(self, moment: datetime | None, wake: asyncio.Event | None = None) -> bool:
        # A long sleep is cut: the system's clock may be set, or the machine put to sleep, in between.
        while True:
            left = 3600.0 if moment is None else (moment - self.now()).total_seconds()
            if wake is not None and wake.is_set():
                return True
            if left <= 0:
                return False
            await _sleep_real(min(left, 30.0), wake)


class ScaledClock(RealClock):
    """Begins at `start` and runs `speed` times as fast as the world."""

    def __init__(self, start: datetime, *, speed: float) -> None:
        self._start = start
        self._speed = speed
        self._began = datetime.now(UTC)

    def now(self) -> datetime:
        return self._start + (datetime.now(UTC) - self._began) * self._speed

    async def sleep_until(self, moment: datetime | None, wake: asyncio.Event | None = None) -> bool:
        while True:
            left = 3600.0 if moment is None else (moment - self.now()).total_seconds() / self._speed
            if wake is not None and wake.is_set():
                return True
            if left <= 0:
                return False
            await _sleep_real(min(left, 30.0), wake)


class VirtualClock:
    """Begins at `start`, stands still while anybody works, and jumps once everybody waits.

    `now` may be read from any thread; everything else belongs to one event loop.
    """

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._working = 0
        self._sleepers: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self._order = itertools.count()
        self._turns = 0
        self._looking: asyncio.AbstractEventLoop | None = None

    def now(self) -> datetime:
        return self._now

    @contextlib.contextmanager
    def working(self) -> Iterator[None]:
        token = _at_work.set(True)
        self._working += 1
        try:
            yield
        finally:
            self._working -= 1
            _at_work.reset(token)
            self._look_later()

    @contextlib.contextmanager
    def idle(self) -> Iterator[None]:
        if not _at_work.get():
            yield
            return
        token = _at_work.set(False)
        self._working -= 1
        self._look_later()
        try:
            yield
        finally:
            self._working += 1
            _at_work.reset(token)

    async def sleep_until(self, moment: datetime | None, wake: asyncio.Event | None = None) -> bool:
        if wake is not None and wake.is_set():
            return True
        if moment is not None and moment <= self._now:
            return False
        timer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if moment is not None:
            heapq.heappush(self._sleepers, (moment, next(self._order), timer))
            self._look_later()
        with self.idle():
            try:
                if wake is None:
                    await timer
                    return False
                woken = asyncio.ensure_future(wake.wait())
                first: list[asyncio.Future[Any]] = [timer, woken]
                try:
                    await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    woken.cancel()
                return not timer.done()
            finally:
                timer.cancel()

    def _look_later(self) -> None:
        # Some turns later: an event or a timer that is set takes up to four turns to reach whoever waits for it,
        # and they must get to say that they work. One look for all: a second one would jump past those whom the
        # first has woken.
        with contextlib.suppress(RuntimeError):
            loop = asyncio.get_running_loop()
            self._turns = 6
            if self._looking is not loop:
                self._looking = loop
                loop.call_soon(self._look)

    def _look(self) -> None:
        if self._working:
            self._looking = None
            return
        if self._turns:
            self._turns -= 1
            asyncio.get_running_loop().call_soon(self._look)
            return
        self._looking = None
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        if not self._sleepers:
            return
        self._now = max(self._now, self._sleepers[0][0])
        while self._sleepers and self._sleepers[0][0] <= self._now:
            timer = heapq.heappop(self._sleepers)[2]
            if not timer.done():
                timer.set_result(None)


async def _sleep_real(seconds: float, wake: asyncio.Event | None) -> None:
    if wake is None:
        await asyncio.sleep(seconds)
        return
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(wake.wait(), seconds)
