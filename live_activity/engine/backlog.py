"""A backlog: content that is due and was not sent for a while. It is reported while it lasts, and when it is over."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from live_activity.core.background import in_background
from live_activity.core.clock import sleep
from live_activity.core.findings import Finding
from live_activity.core.formatting import count_of
from live_activity.decision.live import earliest_update
from live_activity.decision.schedule import Place
from live_activity.decision.state import Outcome
from live_activity.decision.steps import latest
from live_activity.decision.wanted import wanted
from live_activity.engine.activity import LiveActivity
from live_activity.engine.edition import Edition

# Content that waits longer than this is a backlog: a few repeats of a failed call fit into it.
BACKLOG_AFTER = timedelta(seconds=60)
# How often a backlog that lasts is reported again.
REPORTED_EVERY = timedelta(minutes=15)
LOOK_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Waiting:
    """An activity whose content waits to be sent.

    `since`: when its oldest unsent row was in the feed and due, and the campaign's gap between updates had passed.
    """

    activity: LiveActivity
    place: Place
    since: datetime


def waiting_activities(edition: Edition, now: datetime) -> list[Waiting]:
    """The activities whose content has waited too long, the longest first."""
    found = [waits for each in edition.activities if (waits := _waits(each, now)) is not None]
    return sorted((each for each in found if now - each.since > BACKLOG_AFTER), key=lambda each: each.since)


def _waits(activity: LiveActivity, now: datetime) -> Waiting | None:
    """What waits and since when; None where nothing does, or where it waits on purpose or for phones to sync."""
    state = activity.state
    if not state.started or state.over is not None or state.frozen or activity.stopping:
        return None
    if state.held_end is not None or state.not_synced or activity.closing:
        return None
    # A push whose outcome is not known starts no gap: the content has waited since its own row was due.
    shown = state.shown if state.shown is not None and state.shown.outcome is Outcome.DONE else None
    rows = activity.schedule
    for index in range(rows.until(activity.answered_place), rows.due_by(now)):
        place = rows.rows[index].place
        if place not in state.held:
            found = wanted(rows, state, now)
            gap_over = earliest_update(shown, found.content, state.plan.gap) if found is not None else None
            return Waiting(activity, place, latest(place.due, activity.seen_at(place), gap_over) or place.due)
    return None


class BacklogWatch:
    """Looks for a backlog of one edition, and reports it."""

    def __init__(self, edition: Edition) -> None:
        self._edition = edition
        self._reported_at: datetime | None = None

    def look(self) -> None:
        """Looks once."""
        now = self._edition.clock.now()
        waiting = waiting_activities(self._edition, now)
        if not waiting:
            if self._reported_at is not None:
                self._edition.emit("note", "the backlog is over: all content that is due was sent")
            self._reported_at = None
            return
        if self._reported_at is not None and now - self._reported_at < REPORTED_EVERY:
            return
        self._reported_at = now
        message = _message(waiting, now, of=len(self._edition.activities))
        self._edition.emit("backlog", message, waiting=len(waiting))
        self._edition.add_finding(
            Finding.warning(
                "backlog", message, where=self._edition.campaign.name, row=waiting[0].place.number
            )
        )


@asynccontextmanager
async def watch_backlog(edition: Edition) -> AsyncIterator[None]:
    """Watches for a backlog of a live campaign for as long as the block lasts; does nothing in a rehearsal."""
    if edition.mode == "rehearse":
        yield
        return
    async with in_background(_look_again_and_again(edition)):
        yield


async def _look_again_and_again(edition: Edition) -> None:
    watch = BacklogWatch(edition)
    with edition.clock.working():
        while True:
            await sleep(edition.clock, LOOK_SECONDS)
            watch.look()


def _message(waiting: list[Waiting], now: datetime, *, of: int) -> str:
    longest = waiting[0]
    whose = f"{len(waiting):,} of {count_of(of, 'activity', 'activities')}: " if of > 1 else ""
    what = (
        f"{whose}content has waited for more than {BACKLOG_AFTER.total_seconds():.0f} s to be sent, "
        f"row {longest.place.number:,} for {(now - longest.since).total_seconds():.0f} s"
    )
    error = next((each.activity.last_error for each in waiting if each.activity.state.failures), None)
    if error is not None:
        return f"{what}; the last answer was: {error}"
    return f"{what}; the rate limit of the account may be used up, or its API does not answer"
