"""Polling: the timeline is looked at again, believed where the reading is good, and called stale where none is.

A poll that fails is tried again, then told, and the campaign goes on with what it has. `edition.polled_at` is when the
last good poll was.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from live_activity.core.clock import sleep
from live_activity.core.findings import Finding, InvalidInput
from live_activity.decision.next_step import end_held_until, end_of
from live_activity.engine.activity import LiveActivity
from live_activity.engine.edition import Edition
from live_activity.tables.http import ServerBusy

# A failed poll is tried again after so many seconds of campaign time: a file may be half saved, a server busy.
PAUSES = (1.0, 3.0)
# A poll that goes on for so long while the source is old says nothing good: it does not hold up what is told of that.
HANGING = timedelta(seconds=5)

Read = Callable[[Edition], Awaitable[Sequence[Finding]]]


class Poller:
    """The polls of one edition, and what was told of those that failed."""

    def __init__(self, edition: Edition, read: Read) -> None:
        """`read` takes the changed rows in (`read_again`), and gives what kept it from doing so."""
        self._edition = edition
        self._read = read
        self._stale = edition.unread
        self._told: frozenset[str] = frozenset()
        self._held: set[int] = set()
        self._is_busy = False

    @property
    def next_poll_at(self) -> datetime:
        """When to look again: after `poll_seconds`, or earlier for what waits for a confirming reading."""
        edition = self._edition
        at = edition.clock.now() + timedelta(seconds=edition.campaign.poll_seconds)
        again = edition.feed.look_again_at
        return at if again is None else min(at, max(again, edition.clock.now() + timedelta(seconds=1)))

    async def poll(self) -> None:
        """Looks once, with the repeats that a failure gets; tells what is to be told, and in time if it hangs."""
        watch = asyncio.create_task(self._watched()) if self._edition.source.far else None
        try:
            await self._polled()
        finally:
            if watch is not None:
                watch.cancel()

    async def _polled(self) -> None:
        problems = await self._looked()
        for pause in PAUSES:
            if not problems or self._is_busy:
                break  # a server that is busy is asked once a poll
            await sleep(self._edition.clock, min(pause, self._edition.campaign.poll_seconds))
            problems = await self._looked()
        if problems:
            self._failed(problems)
        else:
            self._succeeded()
        self._tell_held_ends()

    async def _watched(self) -> None:
        """Grows stale while a poll hangs: the end may come before the poll gives up."""
        edition = self._edition
        with edition.clock.working():
            due = max(edition.polled_at + self._limit, edition.clock.now() + HANGING)
            await edition.clock.sleep_until(due)
            while True:
                self._grows_stale()
                self._tell_held_ends()
                await sleep(edition.clock, HANGING.total_seconds())

    async def _looked(self) -> Sequence[Finding]:
        self._is_busy = False
        try:
            changed = await self._changed()
        except InvalidInput as invalid:
            self._is_busy = isinstance(invalid, ServerBusy)
            return invalid.findings
        if changed:
            return await self._read(self._edition)
        self._edition.confirms()
        return ()

    async def _changed(self) -> bool:
        source = self._edition.source
        return await asyncio.to_thread(source.changed) if source.far else source.changed()

    def _succeeded(self) -> None:
        edition = self._edition
        edition.polled_at = edition.clock.now()
        self._told = frozenset()
        if not self._stale:
            return
        self._stale = False
        self._held.clear()
        edition.tell("note", "the timeline is read well again")
        for activity in edition.activities:
            activity.change(stale=False)

    def _failed(self, problems: Sequence[Finding]) -> None:
        edition = self._edition
        told = frozenset(str(finding) for finding in problems)
        # The same trouble at every poll is one piece of news.
        if told != self._told:
            for finding in problems:
                edition.tell("unread", f"the timeline could not be read: {finding}")
                edition.found(finding.model_copy(update={"severity": "warning"}))
        self._told = told
        self._grows_stale()

    @property
    def _limit(self) -> timedelta:
        return timedelta(minutes=self._edition.campaign.stale_minutes)

    def _grows_stale(self) -> None:
        edition, since = self._edition, self._edition.polled_at
        if self._stale or edition.clock.now() - since < self._limit:
            return
        self._stale = True
        what = (
            f"the timeline is stale: it was last read well at {since:%Y-%m-%d %H:%M:%S} UTC; "
            "the campaign goes on with what it has"
        )
        edition.tell("stale", what)
        edition.found(_finding("stale_source", what, edition))
        for activity in edition.activities:
            if activity.state.over is None:
                activity.change(stale=True)

    def _tell_held_ends(self) -> None:
        edition = self._edition
        if not self._stale:
            return
        held = {
            activity.number: until
            for activity in edition.activities
            if activity.number not in self._held and (until := _held_until(activity, edition.clock.now()))
        }
        if not held:
            return
        self._held |= held.keys()
        whose = (
            f"the end of {len(held):,} activities has come"
            if len(edition.activities) > 1
            else "the end has come"
        )
        what = (
            f"{whose}, and the timeline is stale: the last content stays until it is read well again, until it is "
            "steered with end_now, or until the vendor's expiry "
            f"({min(held.values()):%Y-%m-%d %H:%M} UTC)"
        )
        edition.tell("stale", what)
        edition.found(_finding("end_waits", what, edition))


async def read_again(edition: Edition) -> Sequence[Finding]:
    """Reads the changed timeline and hands its rows to the activities; what kept it from being read, else nothing."""
    source = edition.source
    try:
        # What takes time must not hold up a push that is due meanwhile.
        timeline = await asyncio.to_thread(edition.read_timeline)
    except InvalidInput as invalid:
        return invalid.findings
    if edition.source is not source:
        return ()  # it was told to follow another one meanwhile
    if not timeline.readable:
        return [each for each in timeline.findings if each.severity == "error" and each.row is None]
    judged = await asyncio.to_thread(edition.feed.judged, edition, timeline)
    if edition.source is not source:
        return ()
    if (refused := edition.feed.take(judged, edition)) is not None:
        source.reject()
        return [refused]
    edition.takes(timeline)
    return ()


def _held_until(activity: LiveActivity, now: datetime) -> datetime | None:
    end = end_of(activity.schedule, activity.state)
    if activity.state.over is not None or end is None or now < end:
        return None
    return end_held_until(activity.state, end)


def _finding(code: str, message: str, edition: Edition) -> Finding:
    return Finding(severity="warning", code=code, message=message, where=edition.source.where)
