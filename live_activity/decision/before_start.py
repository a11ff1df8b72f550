"""Before the start: wait, enrol, refresh, start."""

from __future__ import annotations

from datetime import datetime

from live_activity.decision.expiring import START_BLOCKED, left_to_expire
from live_activity.decision.schedule import Schedule
from live_activity.decision.state import ActivityState
from live_activity.decision.steps import Enrol, Finished, Refresh, Start, Step, Wait, earliest, once
from live_activity.decision.wanted import Wanted, wanted


def before_start(rows: Schedule, state: ActivityState, now: datetime, end: datetime | None) -> Step:
    """The next step of an activity that is not known to have started, and whose end is not due."""
    plan = state.plan
    if not state.enrolled:
        return once(plan.registers_at, Enrol(), now, end)
    if not state.refreshed:
        return once(plan.starts_at - plan.refresh_before, Refresh(), now, end)
    if state.undecided:
        return Wait(None)
    if now < plan.starts_at:
        return Wait(earliest(plan.starts_at, end))
    if state.frozen or state.blocked:
        return Wait(end)
    found = wanted(rows, state, now)
    if found is None:
        return Wait(earliest(rows.next_due(now), end))
    return once(state.not_before, _start(rows, state, found), now, end)


def never_started(state: ActivityState) -> Finished:
    """The end of an activity that was never started: nothing is sent."""
    why = "never started: nobody was sent anything, and the registration is left to expire"
    if state.plan.expires_at is None:
        why = "never registered: nobody was sent anything"
    stop = state.stop_request
    if stop is not None and stop.why != "ended":
        return Finished(stop.why, why)
    if state.blocked:
        return Finished("failed", START_BLOCKED)
    # Without a start phones see no end, so the status is never `ended`.
    return left_to_expire(state, why)


def _start(rows: Schedule, state: ActivityState, found: Wanted) -> Start:
    opening, content = rows.opening, found.content
    return Start(
        content=content,
        attributes=opening.attributes if opening is not None else {},
        # The API refuses a start without words, so a late start with a row that has none uses the start row's words.
        title=content.title or (opening.content.title if opening is not None else None),
        message=content.message or (opening.content.message if opening is not None else None),
        place=found.place,
        passed=found.passed,
        again=state.start_unknown,
    )
