"""How much of the vendor's rate limit is used, and that it is never exceeded, in virtual time.

    python -m benchmarks.rate_limit [--limit 1000] [--minutes 10]

Callers ask for a slot without pause. The vendor counts a call when it arrives, at a random time between its slot and
its answer. `used` is the sustained rate as a share of the limit; `most in 60 s` is the largest number of arrivals in
any window of 60 s. If answers are slow, the calls in flight limit the rate as well.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from bisect import bisect_right
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from live_activity.api import RateLimiter
from live_activity.core.clock import run_all, sleep
from live_activity.core.virtual_clock import VirtualClock

START = datetime(2026, 7, 19, 18, tzinfo=UTC)
WINDOW = timedelta(seconds=60)
GOAL = 0.97
CALLERS = 200

# Where slots are kept, the name of the case, seconds until the answer, whether the goal applies.
CASES: list[tuple[str, str, Callable[[Random], float], bool]] = [
    ("memory", "50 ms", lambda _chance: 0.05, True),
    ("memory", "0.1 to 1 s", lambda chance: chance.uniform(0.1, 1.0), True),
    ("memory", "1 s", lambda _chance: 1.0, True),
    ("memory", "1 s, one in 100: 30 s", lambda chance: 30.0 if chance.random() < 0.01 else 1.0, False),
    ("memory", "30 s", lambda _chance: 30.0, False),
    ("file", "0.1 to 1 s", lambda chance: chance.uniform(0.1, 1.0), True),
]


async def arrivals(
    limiter: RateLimiter, clock: VirtualClock, answer: Callable[[Random], float], *, minutes: float
) -> list[datetime]:
    """Returns when the calls of many callers arrive; the callers wait only for the limiter and for answers."""
    chance = Random(1)
    until = START + timedelta(minutes=minutes)
    arrived: list[datetime] = []

    async def call_again_and_again() -> None:
        while clock.now() < until:
            async with limiter.slot("update"):
                seconds = answer(chance)
                on_its_way = chance.uniform(0, seconds)
                await sleep(clock, on_its_way)
                if clock.now() < until:
                    arrived.append(clock.now())
                await sleep(clock, seconds - on_its_way)

    with clock.working():
        await run_all(clock, [call_again_and_again() for _ in range(CALLERS)])
    return sorted(arrived)


def main() -> int:
    """Prints a line for each case. Returns 1 if the limit was exceeded, or less of it was used than the goal."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--limit", type=int, default=1000, help="requests per minute")
    parser.add_argument("--minutes", type=float, default=6, help="of virtual time")
    asked = parser.parse_args()
    failed = False
    columns = (
        f"{'kept in':8} {'answers after':22} {'arrivals':>9} {'used':>7} {'most in 60 s':>13} {'real s':>7}"
    )
    print(columns)
    for kept, name, answer, has_goal in CASES:
        began = time.perf_counter()
        clock = VirtualClock(START)
        with tempfile.TemporaryDirectory() as folder:
            limiter = (
                RateLimiter.in_memory(asked.limit, clock)
                if kept == "memory"
                else RateLimiter.of_machine(asked.limit, clock, folder=Path(folder), account="bench")
            )
            moments = asyncio.run(arrivals(limiter, clock, answer, minutes=asked.minutes))
            limiter.close()
        most = max(bisect_right(moments, moment + WINDOW) - place for place, moment in enumerate(moments))
        later = zip(moments, moments[asked.limit :], strict=False)
        cycles = [(again - moment) / WINDOW for moment, again in later]
        used = len(cycles) / sum(cycles)
        failed |= most > asked.limit or (has_goal and used < GOAL)
        took = time.perf_counter() - began
        print(f"{kept:8} {name:22} {len(moments):9,} {used:7.1%} {most:13,} {took:7.1f}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
