"""The calls of many activities share task runs: a task run a call costs more than the call, and nobody reads 16,000.

Each call is still retried by itself and has lines of its own, in the log of the round that was open when it was made;
the ledger has each as ever. A round lasts a few seconds; nobody waits for it, so a call leaves when it is due.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any, cast

from prefect import get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from live_activity.api import ApiError
from live_activity.core.clock import Clock
from live_activity.core.events import PROBLEMS, Event
from live_activity.engine.edition import Edition

# Up to so many activities have a task run a call; Prefect's server takes about 80 task runs a second at most.
FEW = 12
# How often a call is repeated: with backoff and jitter about four minutes of trying; what is left then is the heart's
# to decide.
PATIENCE = 8
# A round ends after so many seconds of real time, or so many lines, whichever is first.
ROUND_SECONDS, ROUND_LINES = 5.0, 500
# How long the end of a campaign waits for a Prefect server that is busy or gone.
SHOWN_SECONDS = 30.0


class _Round:
    """What is told while one round lasts; None ends it."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.lines: asyncio.Queue[tuple[int, str] | None] = asyncio.Queue()
        self.calls: Counter[str] = Counter()
        self.failed = 0
        self.over = False
        self._told = 0

    def tells(self, level: int, line: str) -> None:
        """Takes one line in."""
        self._told += 1
        self.lines.put_nowait((level, line))
        if self._told >= ROUND_LINES:
            self.ends()

    def ends(self) -> None:
        """Takes no more lines."""
        if not self.over:
            self.over = True
            self.lines.put_nowait(None)

    def summary(self) -> str:
        """How many calls of which kind, and how many failed for good."""
        calls = ", ".join(f"{number:,} {name}" for name, number in self.calls.items()) or "no calls"
        return f"{calls}; {self.failed:,} failed" if self.failed else calls


@task(task_run_name="round {number}, from {begins}", cache_policy=NO_CACHE, persist_result=False)
async def calls_of_a_round(number: int, begins: str, round_: _Round) -> State[None]:
    """Shows the calls of a few seconds, a line each; it has failed when one of them failed for good."""
    logger = get_run_logger()
    while (line := await round_.lines.get()) is not None:
        logger.log(*line)
    ended = Failed if round_.failed else Completed
    return ended(message=round_.summary())


class GroupedCalls:
    """Makes the calls of an edition with many activities, and shows them round by round."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._number = 0
        self._open: _Round | None = None
        self._shown: set[asyncio.Task[object]] = set()

    async def make(self, name: str, call: Callable[[], Awaitable[None]]) -> None:
        """Makes one call, and repeats it as its task would; each attempt waits as long as the last answer asked."""
        self._round().calls[name.split(" ", 1)[0]] += 1
        for attempt in range(1, PATIENCE + 2):
            try:
                await call()
                return
            except ApiError as failed:
                if not failed.safe_to_repeat or attempt > PATIENCE:
                    self._round().failed += 1
                    self._round().tells(logging.ERROR, f"{name}: {failed}")
                    raise
                again = f"it goes again ({attempt} of {PATIENCE})"
                self._round().tells(logging.WARNING, f"{name}: {failed}; {again}")

    def takes(self, told: Event) -> bool:
        """Whether the line is a call's, and so stands in the log of its round."""
        if told.activity is None or told.sort == "steered" or told.sort in PROBLEMS:
            return False
        self._round().tells(logging.INFO, f"{told.at:%H:%M:%S}  {told.activity}: {told.message}")
        return True

    async def close(self) -> None:
        """Ends the open round, and waits until all are shown, but not for ever: the ledger has it all."""
        if self._open is not None:
            self._open.ends()
        if self._shown:
            await asyncio.wait(self._shown, timeout=SHOWN_SECONDS)

    def _round(self) -> _Round:
        if self._open is not None and not self._open.over:
            return self._open
        self._number += 1
        self._open = opened = _Round(self._number)
        begins = f"{self._clock.now():%H:%M:%S}"
        # Prefect's types do not say that a state of an async task is awaited, too.
        run = cast(
            "Coroutine[Any, Any, object]", calls_of_a_round(opened.number, begins, opened, return_state=True)
        )
        showing = asyncio.create_task(run)
        self._shown.add(showing)
        showing.add_done_callback(self._shown.discard)
        asyncio.get_running_loop().call_later(ROUND_SECONDS, opened.ends)
        return opened


ROUNDS: ContextVar[GroupedCalls | None] = ContextVar("rounds", default=None)
"""Who makes the calls of the edition that this context plays; None where each call is a task run."""


@asynccontextmanager
async def in_rounds(edition: Edition) -> AsyncIterator[None]:
    """Makes the calls in rounds for as long as the block lasts, where there are more than a few activities."""
    if len(edition.activities) <= FEW or ROUNDS.get() is not None:
        yield
        return
    rounds = GroupedCalls(edition.clock)
    before = ROUNDS.set(rounds)
    try:
        yield
    finally:
        ROUNDS.reset(before)
        with edition.clock.idle():
            await rounds.close()
