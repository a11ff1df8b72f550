"""Calls that share task runs: for thousands of calls, one task run each would cost more than the calls themselves.

Each call is still retried by itself, is recorded in the ledger by itself, and has log lines of its own, in the task
run of the group that is open at that time. A group lasts a few seconds; no call waits for it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, cast

from prefect import get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from live_activity.api import ApiError
from live_activity.core.clock import Clock
from live_activity.core.events import PROBLEMS, Event
from live_activity.engine.campaign_calls import RETRIES
from live_activity.engine.direct_calls import with_retries

# A group ends after so many seconds of real time, or so many log lines, whichever is first.
GROUP_SECONDS, GROUP_LINES = 5.0, 500
# How long the end of a campaign waits for a Prefect server that is busy or does not answer.
SHOWN_SECONDS = 30.0


class _Group:
    """The log lines of one group while it is open; None is the last of them."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.lines: asyncio.Queue[tuple[int, str] | None] = asyncio.Queue()
        self.calls: Counter[str] = Counter()
        self.failed = 0
        self.over = False
        self._count = 0

    def add(self, level: int, line: str) -> None:
        """Adds one line."""
        self._count += 1
        self.lines.put_nowait((level, line))
        if self._count >= GROUP_LINES:
            self.end()

    def end(self) -> None:
        """Takes no more lines."""
        if not self.over:
            self.over = True
            self.lines.put_nowait(None)

    def summary(self) -> str:
        """The number of calls of each kind, and of calls that finally failed."""
        calls = ", ".join(f"{number:,} {name}" for name, number in self.calls.items()) or "no calls"
        return f"{calls}; {self.failed:,} failed" if self.failed else calls


@task(task_run_name="calls {number}, from {begins}", cache_policy=NO_CACHE, persist_result=False)
async def show_calls(number: int, begins: str, group: _Group) -> State[str]:
    """Shows the calls of a few seconds, one line each; fails if a call failed for good."""
    logger = get_run_logger()
    while (line := await group.lines.get()) is not None:
        logger.log(*line)
    summary = group.summary()
    if group.failed:
        return Failed(message=summary)
    return Completed(message=summary, data=summary)


class GroupedCalls:
    """Makes calls that share task runs, and logs them group by group."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._number = 0
        self._open: _Group | None = None
        self._shown: set[asyncio.Task[object]] = set()

    async def make(self, kind: str, whose: str, call: Callable[[], Awaitable[str]]) -> str:
        """Makes one call of that kind, and repeats it as its task would; `whose` names its activity and batch."""

        def log_retry(failed: ApiError, retry: int) -> None:
            again = f"it is sent again ({retry} of {RETRIES})"
            self._group().add(logging.WARNING, f"{kind} {whose}: {failed}; {again}")

        self._group().calls[kind] += 1
        try:
            return await with_retries(call, on_retry=log_retry)()
        except ApiError as failed:
            self._group().failed += 1
            self._group().add(logging.ERROR, f"{kind} {whose}: {failed}")
            raise

    def log(self, event: Event) -> bool:
        """Logs the event of a call in its group; False if it belongs in the log of the flow run."""
        if event.activity is None or event.type == "steered" or event.type in PROBLEMS:
            return False
        self._group().add(logging.INFO, f"{event.at:%H:%M:%S}  {event.activity}: {event.message}")
        return True

    async def close(self) -> None:
        """Ends the open group and waits until all groups are logged, for a limited time: the ledger has all calls."""
        if self._open is not None:
            self._open.end()
        if self._shown:
            shown = asyncio.ensure_future(asyncio.wait(self._shown, timeout=SHOWN_SECONDS))
            await self._clock.wait(shown)

    def _group(self) -> _Group:
        if self._open is not None and not self._open.over:
            return self._open
        self._number += 1
        self._open = opened = _Group(self._number)
        begins = f"{self._clock.now():%H:%M:%S}"
        # Prefect's types do not say that the state of an async task must be awaited.
        run = cast(
            "Coroutine[Any, Any, object]", show_calls(opened.number, begins, opened, return_state=True)
        )
        showing = asyncio.create_task(run)
        self._shown.add(showing)
        showing.add_done_callback(self._shown.discard)
        asyncio.get_running_loop().call_later(GROUP_SECONDS, opened.end)
        return opened
