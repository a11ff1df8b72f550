"""The clock of rehearsals: time stands still while a task is busy, and jumps to the next moment that is waited for."""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from live_activity.core.clock import Signal

# The task that marked itself as busy; None where none has, or where it only waits. Tasks that a busy task starts
# inherit it.
_at_work: ContextVar[asyncio.Task[Any] | None] = ContextVar("at_work", default=None)


class VirtualClock:
    """Begins at `start`, stands still while a task is busy, and jumps once all tasks wait.

    A task that is woken counts as busy from the moment of the wake-up, not from its next turn on the event loop: time
    cannot jump past a task that is about to run. So the same campaign gives the same rehearsal each time.
    `now` may be read from any thread; everything else belongs to one event loop.
    """

    def __init__(self, start: datetime) -> None:
        self._now = start
        # Busy tasks, and sleepers that were woken and have not run since.
        self._working = 0
        self._sleepers: list[tuple[datetime, int, asyncio.Future[bool]]] = []
        # Waits that end by something that does not call this clock: each says whether it is about to end.
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
        """Marks the caller as not busy for as long as the block lasts."""
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
        # The event loop runs callbacks in the order in which they were scheduled: a task that was made ready before the
        # last busy one began to wait has run before the check, and counts as busy.
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
