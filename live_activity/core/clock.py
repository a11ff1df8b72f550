"""Campaign time: schedule, expiry, sync, settling, gaps, pace and backoff go through a clock.

Three clocks share one protocol. `RealClock` is the system's. `VirtualClock` is for rehearsals: time stands still while
anybody works, and jumps to the next moment that somebody waits for once nobody does. `ScaledClock` runs a rehearsal
for watching, a given number of times faster than real time. Real time (the lease, HTTP timeouts) goes through none of
them.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

# The task that said it was busy, None where nobody has or it only waits; a task that a busy one starts inherits it.
_at_work: ContextVar[asyncio.Task[Any] | None] = ContextVar("at_work", default=None)

# A long real sleep is cut into pieces: the system's clock may be set, or the machine suspended, in between.
_LONGEST_SLEEP = 30.0


class Clock(Protocol):
    """Reads campaign time and waits for it."""

    def now(self) -> datetime:
        """The current time in UTC."""
        ...

    def working(self) -> contextlib.AbstractContextManager[None]:
        """Marks the calling asyncio task as busy: a virtual clock stands still meanwhile, except in its waits."""
        ...

    async def sleep_until(self, moment: datetime | None, wake: asyncio.Event | None = None) -> bool:
        """Waits until the moment (None: for ever) or until `wake` is set; True when `wake` came first."""
        ...

    async def wait(self, *futures: asyncio.Future[Any], return_when: str = asyncio.ALL_COMPLETED) -> None:
        """Waits for tasks or futures as `asyncio.wait` does, while campaign time may pass."""
        ...

    def when_idle(self, callback: Callable[[], None]) -> None:
        """Calls back once everybody who is ready at this moment has had a turn.

        A virtual clock calls back when nobody works any more and before time moves on; a real clock at the next
        iteration of the event loop.
        """
        ...


class Signal(asyncio.Event):
    """An event whose sleepers are woken by `set` itself.

    A virtual clock knows of it at once that somebody is about to work. Sleeping on it needs no helper task.
    """

    def __init__(self) -> None:
        super().__init__()
        self._callbacks: dict[int, Callable[[], None]] = {}
        self._numbers = itertools.count()

    def set(self) -> None:
        super().set()
        for callback in list(self._callbacks.values()):
            callback()

    @contextlib.contextmanager
    def calling(self, callback: Callable[[], None]) -> Iterator[None]:
        """Has `set` call back for as long as the block lasts."""
        number = next(self._numbers)
        self._callbacks[number] = callback
        try:
            yield
        finally:
            del self._callbacks[number]


async def sleep(clock: Clock, seconds: float) -> None:
    """Waits so many seconds of campaign time."""
    await clock.sleep_until(clock.now() + timedelta(seconds=seconds))


async def run_all(clock: Clock, work: Iterable[Awaitable[Any]]) -> None:
    """Awaits all of it concurrently, each as a busy task of its own, while campaign time may pass.

    When one fails, the others are cancelled and its error is raised.
    """

    async def busy(awaitable: Awaitable[Any]) -> None:
        with clock.working():
            await awaitable

    tasks = [asyncio.create_task(busy(each)) for each in work]
    for task in tasks:
        task.add_done_callback(_take_error)
    try:
        await clock.wait(*tasks, return_when=asyncio.FIRST_EXCEPTION)
        failed = [task for task in tasks if task.done() and not task.cancelled() and task.exception()]
    finally:
        for task in tasks:
            task.cancel()
        await clock.wait(*tasks)
    for task in failed or tasks:
        task.result()


def _take_error(task: asyncio.Task[None]) -> None:
    """Keeps Python from writing to the console that a task failed as well, beside the one whose error is raised."""
    if not task.cancelled():
        task.exception()


class RealClock:
    """The system's time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def working(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()

    async def sleep_until(self, moment: datetime | None, wake: asyncio.Event | None = None) -> bool:
        while True:
            if wake is not None and wake.is_set():
                return True
            left = _LONGEST_SLEEP if moment is None else self._real_seconds(moment - self.now())
            if left <= 0:
                return False
            await _sleep_real(min(left, _LONGEST_SLEEP), wake)

    async def wait(self, *futures: asyncio.Future[Any], return_when: str = asyncio.ALL_COMPLETED) -> None:
        if futures:
            await asyncio.wait(futures, return_when=return_when)

    def when_idle(self, callback: Callable[[], None]) -> None:
        asyncio.get_running_loop().call_soon(callback)

    def _real_seconds(self, campaign_time: timedelta) -> float:
        return campaign_time.total_seconds()


class ScaledClock(RealClock):
    """Begins at `start` and runs `speed` times as fast as real time."""

    def __init__(self, start: datetime, *, speed: float) -> None:
        self._start = start
        self._speed = speed
        self._began = datetime.now(UTC)

    def now(self) -> datetime:
        return self._start + (datetime.now(UTC) - self._began) * self._speed

    def _real_seconds(self, campaign_time: timedelta) -> float:
        return campaign_time.total_seconds() / self._speed


class VirtualClock:
    """Begins at `start`, stands still while anybody works, and jumps once everybody waits.

    Whoever is woken counts as working from the moment of the wake-up, not from its next turn on the event loop: time
    cannot jump past somebody who is about to run. So the same campaign gives the same rehearsal each time.
    `now` may be read from any thread; everything else belongs to one event loop.
    """

    def __init__(self, start: datetime) -> None:
        self._now = start
        # Busy tasks, and sleepers that were woken and have not run since.
        self._working = 0
        self._sleepers: list[tuple[datetime, int, asyncio.Future[bool]]] = []
        # Waits that end by something that does not call us: each says whether it is about to end.
        self._about_to_end: dict[int, Callable[[], bool]] = {}
        self._when_idle: list[Callable[[], None]] = []
        self._numbers = itertools.count()
        self._check_number = -1

    def now(self) -> datetime:
        return self._now

    @contextlib.contextmanager
    def working(self) -> Iterator[None]:
        task = asyncio.current_task()
        if task is not None and _at_work.get() is task:
            yield  # it is busy already
            return
        token = _at_work.set(task)
        self._working += 1
        try:
            yield
        finally:
            self._working -= 1
            _at_work.reset(token)
            self._check_soon()

    async def sleep_until(self, moment: datetime | None, wake: asyncio.Event | None = None) -> bool:
        if wake is not None and wake.is_set():
            return True
        if moment is not None and moment <= self._now:
            return False
        woken: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        if moment is not None:
            heapq.heappush(self._sleepers, (moment, next(self._numbers), woken))
        with self._resting(), contextlib.ExitStack() as listening:
            if wake is not None:
                listening.enter_context(self._listening(wake, woken))
            try:
                return await woken
            finally:
                if woken.done() and not woken.cancelled():
                    self._working -= 1
                woken.cancel()

    async def wait(self, *futures: asyncio.Future[Any], return_when: str = asyncio.ALL_COMPLETED) -> None:
        def over() -> bool:
            done = [future for future in futures if future.done()]
            if return_when == asyncio.FIRST_COMPLETED and done:
                return True
            if return_when == asyncio.FIRST_EXCEPTION and any(
                not each.cancelled() and each.exception() is not None for each in done
            ):
                return True
            return len(done) == len(futures)

        if futures:
            with self._resting(), self._ending(over):
                await asyncio.wait(futures, return_when=return_when)

    def when_idle(self, callback: Callable[[], None]) -> None:
        self._when_idle.append(callback)
        self._check_soon()

    def _wake(self, woken: asyncio.Future[bool], *, by_event: bool) -> None:
        if not woken.done():
            self._working += 1
            woken.set_result(by_event)

    @contextlib.contextmanager
    def _resting(self) -> Iterator[None]:
        """The caller does not work for as long as the block lasts."""
        at_work = _at_work.get() is not None
        token = _at_work.set(None)
        self._working -= at_work
        self._check_soon()
        try:
            yield
        finally:
            self._working += at_work
            _at_work.reset(token)
            self._check_soon()

    @contextlib.contextmanager
    def _ending(self, about_to_end: Callable[[], bool]) -> Iterator[None]:
        number = next(self._numbers)
        self._about_to_end[number] = about_to_end
        try:
            yield
        finally:
            del self._about_to_end[number]

    @contextlib.contextmanager
    def _listening(self, event: asyncio.Event, woken: asyncio.Future[bool]) -> Iterator[None]:
        def wake(*_: object) -> None:
            self._wake(woken, by_event=True)

        if isinstance(event, Signal):
            with event.calling(wake):
                yield
            return
        waiting = asyncio.ensure_future(event.wait())
        waiting.add_done_callback(wake)
        try:
            with self._ending(event.is_set):
                yield
        finally:
            waiting.remove_done_callback(wake)
            waiting.cancel()

    def _check_soon(self) -> None:
        # The event loop keeps the order of what is scheduled: whoever was made ready before the last one went to rest
        # has run before the check, and counts as working.
        with contextlib.suppress(RuntimeError):
            self._check_number = next(self._numbers)
            asyncio.get_running_loop().call_soon(self._check, self._check_number)

    def _check(self, number: int) -> None:
        if number != self._check_number:
            return
        if self._working or any(about_to_end() for about_to_end in self._about_to_end.values()):
            return
        if self._when_idle:
            callbacks, self._when_idle = self._when_idle, []
            for callback in callbacks:
                callback()
            self._check_soon()
            return
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        if not self._sleepers:
            return
        self._now = max(self._now, self._sleepers[0][0])
        while self._sleepers and self._sleepers[0][0] <= self._now:
            self._wake(heapq.heappop(self._sleepers)[2], by_event=False)


async def _sleep_real(seconds: float, wake: asyncio.Event | None) -> None:
    if wake is None:
        await asyncio.sleep(seconds)
        return
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await wake.wait()
