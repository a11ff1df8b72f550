"""Activities that cannot be ended: they are left to expire, which is a failure unless somebody was reached."""

from __future__ import annotations

from live_activity.decision.state import ActivityState
from live_activity.decision.steps import Finished

START_UNKNOWN = (
    "nobody is known to have been reached: the call that starts it was not answered, and no phone could be sent the "
    "final content; phones may show what it started with until it expires"
)
START_FAILED = (
    "never started: each call that starts it failed until its end, so nobody was sent anything, and the "
    "registration is left to expire"
)
START_BLOCKED = (
    "never started: its start row could not be sent and was not corrected, so nobody was sent anything"
)
ALL_REFUSED = "the API refused all that was sent to it, so nobody was reached: it is left to expire"


def left_to_expire(state: ActivityState, why: str) -> Finished:
    """How an activity finishes that is left to expire; `failed` where its start was tried and is not confirmed."""
    if state.opened_by_phone and state.refused and state.arrived is None:
        return Finished("failed", ALL_REFUSED)
    if state.started or state.tried is None:
        return Finished("expired", why)
    return Finished("failed", START_UNKNOWN if state.start_unknown else START_FAILED)
