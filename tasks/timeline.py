"""Polling the timeline while the campaign lives."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from prefect import task
from prefect.cache_policies import NO_CACHE

from live_activity.core.findings import Finding
from live_activity.engine.edition import Edition
from live_activity.engine.polling import Poller, read_again
from live_activity.ledger import LedgerUnwritable, LostLease


@task(task_run_name="poll the timeline", cache_policy=NO_CACHE, persist_result=False)
async def poll(edition: Edition) -> Sequence[Finding]:
    """Reads the timeline again and hands its rows to the activities; what kept it from being read, else nothing."""
    before = edition.timeline.rows
    problems = await read_again(edition)
    if not problems and edition.timeline.rows != before:
        edition.tell("note", f"the timeline has changed: {len(edition.timeline.rows):,} rows")
    return problems


@asynccontextmanager
async def polling(edition: Edition) -> AsyncIterator[None]:
    """Looks at the timeline every `poll_seconds` for as long as the block lasts; only a changed one is a task run."""
    polls = asyncio.create_task(_polls(edition))
    try:
        yield
    finally:
        polls.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await polls


async def _polls(edition: Edition) -> None:
    poller = Poller(edition, poll)
    with edition.clock.working():
        while True:
            await edition.clock.sleep_until(poller.next_poll_at)
            await _survived(edition, poller)


async def _survived(edition: Edition, poller: Poller) -> None:
    try:
        await poller.poll()
    except (LedgerUnwritable, LostLease):
        pass  # met by the next call as well, and dealt with there
    except Exception as trouble:  # a poll that fails in a way nobody foresaw is no reason to end a campaign
        edition.tell("unread", f"the timeline could not be read: {type(trouble).__name__}")
