"""What one activity does next: a pure function of its rows, its recorded state and the time.

    before the start      wait -> enrol -> refresh -> start      `before_start`
    while it is live      wait, update, repeat                   `live`
    once it must close    settle -> end                          `closing`
    over                  nothing any more

Running, resuming, cancelling, device-started campaigns and recovery all loop over `next_step`; they differ only in
what is recorded.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from live_activity.decision.before_start import before_start, never_started
from live_activity.decision.closing import SETTLING, close
from live_activity.decision.ending import closes, decided_end, end_held_until, end_of, held_end_times
from live_activity.decision.expiring import left_to_expire
from live_activity.decision.holding import LAST_CALL
from live_activity.decision.live import REPEATED_AFTER, live
from live_activity.decision.schedule import Schedule
from live_activity.decision.state import ActivityState
from live_activity.decision.steps import (
    End,
    Enrol,
    Finished,
    MarkUnchanged,
    Refresh,
    Settle,
    Start,
    Step,
    Update,
    Wait,
)

__all__ = [
    "LAST_CALL",
    "REPEATED_AFTER",
    "SETTLING",
    "End",
    "Enrol",
    "Finished",
    "MarkUnchanged",
    "Refresh",
    "Settle",
    "Start",
    "Step",
    "Update",
    "Wait",
    "closes",
    "end_held_until",
    "end_of",
    "held_end_times",
    "next_step",
]


def next_step(rows: Schedule, state: ActivityState, now: datetime) -> Step:
    """What the activity does at `now`, given its rows (in order of their places) and what is recorded of it."""
    if state.over is not None:
        return Finished(state.over, state.why)
    if state.plan.expires_at is not None and now >= state.plan.expires_at:
        return left_to_expire(state, "the vendor's expiry passed before it could be ended")
    end = decided_end(rows, state)
    closing = closes(rows, state, now)
    if not closing and end is not None and now >= end:
        return _held(rows, state, now, end)
    if not state.started and not (closing and state.start_unknown):
        return never_started(state) if closing else before_start(rows, state, now, end)
    return close(rows, state, now) if closing else live(rows, state, now, end)


def _held(rows: Schedule, state: ActivityState, now: datetime, end: datetime) -> Step:
    """The next step while the end is held: rows due before it and corrections by hand are still sent."""
    until = end_held_until(state, end)
    if not state.started:
        return Wait(until)
    after = frozenset(each.place for each in rows.rows if each.due >= end)
    return live(rows, replace(state, held=state.held | after), now, until)
