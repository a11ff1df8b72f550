from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from live_activity.api import RateLimiter
from live_activity.core.priority_semaphore import PrioritySemaphore
from live_activity.core.virtual_clock import VirtualClock

NOON = datetime(2026, 7, 19, 12, tzinfo=UTC)


async def in_order(line: PrioritySemaphore, waiting: list[tuple[str, float]]) -> list[tuple[str, float]]:
    served: list[tuple[str, float]] = []

    async def one(endpoint: str, since: float) -> None:
        async with line.place(endpoint, NOON + timedelta(seconds=since)):
            served.append((endpoint, since))
            await asyncio.sleep(0)

    await asyncio.gather(*(one(*each) for each in waiting))
    return served


async def test_end_goes_first_then_start_then_the_longest_waiting() -> None:
    waiting = [
        ("update", 5.0),
        ("start", 9.0),
        ("update", 1.0),
        ("end", 8.0),
        ("register", 2.0),
        ("end", 3.0),
    ]
    assert await in_order(PrioritySemaphore(1), waiting) == [
        ("end", 3.0),
        ("end", 8.0),
        ("start", 9.0),
        ("update", 1.0),
        ("register", 2.0),
        ("update", 5.0),
    ]


async def test_a_cancelled_waiter_takes_no_place() -> None:
    line = PrioritySemaphore(1)
    async with line.place("update", NOON):
        waiting = asyncio.create_task(in_order(line, [("update", 1.0)]))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    assert await in_order(line, [("end", 0.0), ("update", 2.0)]) == [("end", 0.0), ("update", 2.0)]


async def test_a_failure_gives_the_place_back() -> None:
    line = PrioritySemaphore(1)
    with pytest.raises(ZeroDivisionError):
        async with line.place("update", NOON):
            raise ZeroDivisionError
    assert await in_order(line, [("update", 1.0)]) == [("update", 1.0)]


async def test_the_call_that_was_due_first_gets_the_next_slot() -> None:
    clock = VirtualClock(NOON)
    limiter = RateLimiter.in_memory(1, clock)
    served: list[int] = []

    async def asks(name: int, since: float) -> None:
        with clock.working():
            async with limiter.slot("update", since=NOON + timedelta(seconds=since)):
                served.append(name)

    await asyncio.gather(asks(0, 0), asks(1, 25), asks(3, 30), asks(2, 20))
    assert served == [0, 2, 1, 3]
