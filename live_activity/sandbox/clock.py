"""The sandbox's own clock, which `PUT /sandbox/clock` stops, steps and runs."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from live_activity.core.clock import Clock

MOST_SPEED = 100_000.0
_MOST_STEP = timedelta(days=366)
# Early enough that ends and expiries after it are still valid dates.
_LATEST = datetime(9000, 1, 1, tzinfo=UTC)


class SandboxClock:
    """Follows another clock until it is stopped, stepped forward or run at another speed.

    It never goes back. `now` may be called from any thread.
    """

    def __init__(self, inner: Clock) -> None:
        self._inner = inner
        self._lock = threading.Lock()
        self.reset()

    @property
    def running(self) -> bool:
        """Whether its time passes by itself."""
        return self._speed > 0

    @property
    def speed(self) -> float:
        """How fast it runs, or how fast it ran before it was stopped."""
        return self._last_speed

    def now(self) -> datetime:
        """The time of the sandbox."""
        with self._lock:
            return self._now()

    def reset(self) -> None:
        """Follows the other clock again, exactly."""
        with self._lock:
            self._ours: datetime | None = None
            self._speed = self._last_speed = 1.0

    def stop(self) -> None:
        """Stops the clock until it is stepped or run."""
        with self._lock:
            self._anchor()
            self._speed = 0.0

    def step(self, length: timedelta) -> None:
        """Moves forward at once, and stays stopped or running as before. Raises ValueError for a step too long."""
        if not timedelta(0) <= length <= _MOST_STEP:
            raise ValueError("a step is between 0 seconds and 366 days")
        with self._lock:
            self._anchor()
            assert self._ours is not None
            if self._ours + length > _LATEST:
                raise ValueError("the step leads beyond the year 9000")
            self._ours += length

    def run(self, speed: float | None = None) -> None:
        """Runs on from the current time; without a speed as fast as before."""
        with self._lock:
            self._anchor()
            self._speed = self._last_speed = speed if speed is not None else self._last_speed

    def working(self) -> contextlib.AbstractContextManager[None]:
        return self._inner.working()

    async def wait(self, *futures: asyncio.Future[Any], return_when: str = asyncio.ALL_COMPLETED) -> None:
        await self._inner.wait(*futures, return_when=return_when)

    def when_idle(self, callback: Callable[[], None]) -> None:
        self._inner.when_idle(callback)

    async def sleep_until(self, moment: datetime | None, wake: asyncio.Event | None = None) -> bool:
        return await self._inner.sleep_until(moment, wake)

    def _now(self) -> datetime:
        inner = self._inner.now()
        if self._ours is None:
            return inner
        try:
            return min(self._ours + (inner - self._theirs) * self._speed, _LATEST)
        except OverflowError:
            return _LATEST

    def _anchor(self) -> None:
        self._ours, self._theirs = self._now(), self._inner.now()
