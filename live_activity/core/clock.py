"""Campaign time: schedule, expiry, sync, settling, gaps, rate limits and backoff go through a clock.

Three clocks share one protocol. `RealClock` is the system's. `VirtualClock` (in `virtual_clock.py`) is for rehearsals:
hours pass in seconds. `ScaledClock` runs a rehearsal for watching, a given number of times faster than real time. Real
time (the lease, HTTP timeouts) goes through none of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Awaitable, Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

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
        """Calls `callback` once every task that is ready at this moment has had a turn.

        A virtual clock calls it when no task is busy any more and before time moves on; a real clock at the next
        iteration of the event loop.
        """
        ...


class Signal(asyncio.Event):
    """An event whose sleepers are woken by `set` itself.

    So a virtual clock knows at once that a task is about to work, and sleeping on it needs no helper task.
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
    """Waits for `seconds` of campaign time."""
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
    """Retrieves a task's error, so that asyncio does not log it beside the one that is raised."""
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


async def _sleep_real(seconds: float, wake: asyncio.Event | None) -> None:
    if wake is None:
        await asyncio.sleep(seconds)
        return
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await wake.wait()
