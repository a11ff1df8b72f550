"""Closing: the final content is sent to phones that were left behind, then the end is sent, once."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

from live_activity.core.content import Content
from live_activity.decision.expiring import left_to_expire
from live_activity.decision.schedule import Schedule
from live_activity.decision.state import ActivityState
from live_activity.decision.steps import End, Finished, Settle, Step, Wait, latest
from live_activity.decision.wanted import Wanted, final
from live_activity.decision.words import same_state

# When the final content is sent to phones that were left behind, counted from the first time.
SETTLING = tuple(timedelta(seconds=seconds) for seconds in (0, 5, 15, 35))
# How long after settling began /end is sent, however many phones are behind by then; it reaches those that have synced
# meanwhile. A continued activity does not begin to settle again.
SETTLED_BY = timedelta(seconds=75)
# A stop that must fit into Prefect's 30 s settles for no longer than this.
HURRIED = timedelta(seconds=10)
# How many failures in a row leave a close to recovery. The pauses add up to 3 minutes on average, and to 6 minutes at
# most, unless an answer asks for longer ones.
GIVE_UP_AFTER = 12
NOBODY_SYNCED = "no phone had synced when the grace period was over: it is left to expire"
# From one settling push to the next.
_SPACES = (timedelta(0), *(after - before for before, after in pairwise(SETTLING)))


def close(rows: Schedule, state: ActivityState, now: datetime) -> Step:
    """The next step of an activity that is being closed."""
    found = final(rows, state, now)
    if found is None and state.opened_by_phone:
        return left_to_expire(state, "no row was due for it, so nothing was sent: it is left to expire")
    if found is None:
        return Finished("failed", "nothing was ever due, so there is no content to end with")
    if state.end_failures >= GIVE_UP_AFTER:
        return Finished("failed", "could not be closed: too many calls failed in a row", left_open=True)
    # After an end that may have arrived nothing is sent but the end again.
    settles = not state.end_sent and (state.stop_request is None or state.stop_request.settles)
    if settles and not state.clean and found.content.fingerprint not in state.refused:
        if (step := _settle(found, state, now)) is not None:
            return step
        if state.end_tried and state.not_synced:
            return left_to_expire(state, NOBODY_SYNCED)
    if state.end_tried and state.not_synced > len(SETTLING) + 1:
        return left_to_expire(state, NOBODY_SYNCED)
    pause = state.end_not_before if state.end_failures or not settles else None
    if pause is not None and now < pause:
        return Wait(pause)
    return End(found.content, found.place, found.passed, words=found.words or state.must_say(found.content))


def _settle(found: Wanted, state: ActivityState, now: datetime) -> Settle | Wait | None:
    """The next settling push, the wait for it or for the end; None when it is time for the end.

    After a push that reached no more phones it only waits: /end reaches the phones that have synced by then. Final
    content that was corrected meanwhile is sent at once.
    """
    since = state.settling_since or now
    hurried = state.stop_request is not None and state.stop_request.hurry and not state.end_tried
    until = since + (HURRIED if hurried else SETTLED_BY)
    if now >= until:
        return None
    at = _next_push(found, state, since)
    # The pause after a 412 does not delay settling, which has times of its own.
    at = latest(at, state.not_before if state.failures else None) if at is not None else None
    if at is not None and at < until:
        if now < at:
            return Wait(at)
        return Settle(found.content, found.place, found.passed, found.words or state.must_say(found.content))
    return None if hurried else Wait(until)


def _next_push(found: Wanted, state: ActivityState, since: datetime) -> datetime | None:
    if state.settles and state.final is not None and _is_corrected(state.final, found):
        return since
    if state.settled_in_vain or state.settles >= len(SETTLING):
        return None
    after_the_last = state.settled_at + _SPACES[state.settles] if state.settled_at is not None else None
    return latest(since + SETTLING[state.settles], after_the_last)


def _is_corrected(settled: Content, found: Wanted) -> bool:
    """Whether the final content differs from what was sent; words that have gone along already do not count."""
    return settled != found.content and (found.words or not same_state(settled, found.content))
