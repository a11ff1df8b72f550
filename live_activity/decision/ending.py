"""When an activity ends: by its end row, at the latest at `ends_at`, and later only while its end is held."""

from __future__ import annotations

from datetime import datetime

from live_activity.decision.holding import (
    BEFORE_IOS_ENDS_IT,
    HELD_IF_IMPOSSIBLE,
    IOS_LIFE,
    LAST_CALL,
    Hold,
    HoldReason,
    HoldTimes,
    hold_times,
)
from live_activity.decision.schedule import Schedule
from live_activity.decision.state import ActivityState
from live_activity.decision.steps import earliest


def end_of(rows: Schedule, state: ActivityState) -> datetime | None:
    """When we end: the end row's time, at the latest `ends_at`; for rows without either, the last one's time."""
    last = state.plan.ends_at
    if state.plan.at_once:
        return last
    if rows.end is not None:
        return earliest(rows.end.due, last)
    return last if last is not None or not rows.rows else rows.rows[-1].due


def decided_end(rows: Schedule, state: ActivityState) -> datetime | None:
    """When the activity is to be ended, as far as that is decided yet."""
    # The approval request names its own deadline: before the decision, no end comes.
    if state.undecided:
        return None
    end = end_of(rows, state)
    if end is None and state.plan.expires_at is not None:
        # Its end is not known, as the run that took it over cannot read its rows. It is ended all the same.
        return state.plan.expires_at - LAST_CALL
    return end


def closes(rows: Schedule, state: ActivityState, now: datetime) -> bool:
    """Whether the activity is being closed. Once an end may have arrived, it stays so, even where the end is moved."""
    if state.stop_request is not None or state.end_sent:
        return True
    if not rows.rows and state.final is not None:
        return True  # its end was due by rows that cannot be read any more
    end = decided_end(rows, state)
    if end is None or now < end:
        return False
    held = end_held_until(state, end)
    return held is None or now >= held


def end_held_until(state: ActivityState, end: datetime) -> datetime | None:
    """Until when the last good content stays although the end has come; None where nothing holds the end.

    A stale timeline and a guard that asks hold it for `Plan.hold_end`, an impossible value for 10 minutes; all of
    them at most until shortly before iOS ends the activity itself, or the vendor's record of it expires: past that,
    phones see no end at all.
    """
    if state.stop_request is not None or not (state.started or state.start_unknown):
        return None
    lengths = {
        HoldReason.STALE: state.plan.hold_end,
        HoldReason.ASK: state.plan.hold_end,
        HoldReason.IMPOSSIBLE: HELD_IF_IMPOSSIBLE,
    }
    until = [max(hold.since, end) + lengths[hold.reason] for hold in _holds(state, end)]
    if not until:
        return None
    ios_ends_it = (state.started_at or state.plan.starts_at) + IOS_LIFE
    expires_at = state.plan.expires_at
    last_call = expires_at - LAST_CALL if expires_at is not None else None
    return earliest(max(until), ios_ends_it - BEFORE_IOS_ENDS_IT, last_call)


def held_end_times(rows: Schedule, state: ActivityState) -> HoldTimes | None:
    """When people are notified of the held end, None where the end would not be held."""
    end = decided_end(rows, state)
    until = end_held_until(state, end) if end is not None else None
    if end is None or until is None or until <= end:
        return None
    return hold_times(min(max(hold.since, end) for hold in _holds(state, end)), until)


def _holds(state: ActivityState, end: datetime) -> list[Hold]:
    stale = [Hold(HoldReason.STALE, end)] if state.stale else []
    return [*stale, state.held_end] if state.held_end is not None else stale
