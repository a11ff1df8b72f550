"""Polling: the timeline is read again, a good reading is taken over, and without one for long it is marked stale.

A poll that fails is tried again, then reported, and the campaign goes on with the rows that it has.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from live_activity.core.background import in_background
from live_activity.core.clock import sleep
from live_activity.core.findings import Finding, InvalidInput
from live_activity.core.threads import run_in_daemon_thread
from live_activity.engine.edition import Edition
from live_activity.engine.feed_judge import judge_reading, take_judgement
from live_activity.engine.progress import ProgressRecord
from live_activity.engine.timeline_feed import confirm_reading, read_timeline, take_timeline
from live_activity.ledger import LedgerUnwritable, LostLease
from live_activity.tables.http_errors import ServerBusy

# The pauses before a failed poll is tried again, in seconds of campaign time: a file may be half saved, a server busy.
PAUSES = (1.0, 3.0)
# A poll that takes longer than this does not delay the report that the timeline is stale.
HANGING = timedelta(seconds=5)

Read = Callable[[Edition], Awaitable[Sequence[Finding]]]


@asynccontextmanager
async def polling(edition: Edition, read: Read) -> AsyncIterator[None]:
    """Polls the timeline every `poll_seconds` for as long as the block lasts; `read` is called for a changed one."""
    async with in_background(_poll_again_and_again(edition, Poller(edition, read))):
        yield


async def _poll_again_and_again(edition: Edition, poller: Poller) -> None:
    progress = ProgressRecord(edition)
    with edition.clock.working():
        while True:
            next_poll_at = poller.next_poll_at
            progress.note(next_poll_at=next_poll_at, problems=poller.problems)
            await edition.clock.sleep_until(next_poll_at)
            try:
                await poller.poll()
            except (LedgerUnwritable, LostLease):
                pass  # the next call raises it as well, and there it is handled
            except Exception as error:  # a poll that fails in any way does not end a campaign
                edition.emit("unread", f"the timeline could not be read: {type(error).__name__}")


class Poller:
    """The polls of one edition, and the problems of those that failed."""

    def __init__(self, edition: Edition, read: Read) -> None:
        """`read` takes over the changed rows, and returns the findings that kept it from doing so; see `read_again`."""
        self._edition = edition
        self._read = read
        self._stale = edition.feed.unread
        self._last_problems: frozenset[str] = frozenset()
        self._is_busy = False

    @property
    def problems(self) -> tuple[str, ...]:
        """What was wrong with the newest poll; empty where it was good."""
        return tuple(sorted(self._last_problems))

    @property
    def next_poll_at(self) -> datetime:
        """When to poll again: after `poll_seconds`, or earlier if something waits for a confirming reading."""
        edition = self._edition
        now = edition.clock.now()
        at, again = now + timedelta(seconds=edition.campaign.poll_seconds), edition.feed.look_again_at
        return at if again is None else min(at, max(again, now + timedelta(seconds=1)))

    async def poll(self) -> None:
        """Polls once, and repeats a failed reading; reports problems, and that the timeline is stale while it hangs."""
        watch = asyncio.create_task(self._watch_hanging()) if self._edition.feed.source.far else None
        try:
            await self._poll_with_repeats()
        finally:
            if watch is not None:
                watch.cancel()

    async def _poll_with_repeats(self) -> None:
        problems = await self._poll_once()
        for pause in PAUSES:
            if not problems or self._is_busy:
                break  # a server that is busy is asked once a poll
            await sleep(self._edition.clock, min(pause, self._edition.campaign.poll_seconds))
            problems = await self._poll_once()
        if problems:
            self._failed(problems)
        else:
            self._succeeded()

    async def _watch_hanging(self) -> None:
        """Marks the timeline stale while a poll hangs: the end may come before the poll gives up."""
        edition = self._edition
        with edition.clock.working():
            due = max(edition.feed.polled_at + self._limit, edition.clock.now() + HANGING)
            await edition.clock.sleep_until(due)
            self._mark_stale_if_due()

    async def _poll_once(self) -> Sequence[Finding]:
        self._is_busy = False
        try:
            if await self._changed():
                return await self._read(self._edition)
            confirm_reading(self._edition)
            return ()
        except InvalidInput as unreadable:
            self._is_busy = isinstance(unreadable, ServerBusy)
            return unreadable.findings
        except (LedgerUnwritable, LostLease):
            raise
        except Exception as error:  # whatever goes wrong, the timeline was not read
            what = f"cannot be read ({type(error).__name__})"
            return [Finding.error("unreadable", what, where=self._edition.feed.source.where)]

    async def _changed(self) -> bool:
        source = self._edition.feed.source
        now = self._edition.clock.now()
        return await run_in_daemon_thread(source.changed, now) if source.far else source.changed(now)

    def _succeeded(self) -> None:
        edition = self._edition
        edition.feed.polled_at = edition.clock.now()
        edition.feed.polls.append((edition.feed.polled_at, True))
        self._last_problems = frozenset()
        if not self._stale:
            return
        self._stale = False
        edition.emit("note", "the timeline can be read again")
        for activity in edition.activities:
            activity.change(stale=False)

    def _failed(self, problems: Sequence[Finding]) -> None:
        edition = self._edition
        edition.feed.polls.append((edition.clock.now(), False))
        current = frozenset(str(finding) for finding in problems)
        # A problem that lasts is reported once.
        if current != self._last_problems:
            for finding in problems:
                edition.emit("unread", f"the timeline could not be read: {finding}")
                edition.add_finding(finding.model_copy(update={"severity": "warning"}))
        self._last_problems = current
        self._mark_stale_if_due()

    @property
    def _limit(self) -> timedelta:
        return timedelta(minutes=self._edition.campaign.stale_minutes)

    def _mark_stale_if_due(self) -> None:
        edition, since = self._edition, self._edition.feed.polled_at
        if self._stale or edition.clock.now() - since < self._limit:
            return
        self._stale = True
        what = (
            f"the timeline is stale: it was last read well at {since:%Y-%m-%d %H:%M:%S} UTC; "
            "the campaign goes on with what it has"
        )
        edition.emit("stale", what)
        edition.add_finding(_finding("stale_source", what, edition))
        for activity in edition.activities:
            if activity.state.over is None:
                activity.change(stale=True)


async def read_again(edition: Edition) -> Sequence[Finding]:
    """Reads the changed timeline and hands its rows to the activities; returns what kept it from being read."""
    source = edition.feed.source
    try:
        # In a thread: reading takes time, and must not delay a push that is due meanwhile.
        timeline = await run_in_daemon_thread(read_timeline, edition)
    except InvalidInput as invalid:
        return invalid.findings
    if edition.feed.source is not source:
        return ()  # the edition follows another timeline by now
    if not timeline.readable:
        return [each for each in timeline.findings if each.severity == "error" and each.row is None]
    judged = await run_in_daemon_thread(judge_reading, edition, timeline)
    if edition.feed.source is not source:
        return ()
    if (refused := take_judgement(edition, judged)) is not None:
        source.reject()
        return [refused]
    take_timeline(edition, timeline)
    return ()


def _finding(code: str, message: str, edition: Edition) -> Finding:
    return Finding(severity="warning", code=code, message=message, where=edition.feed.source.where)
