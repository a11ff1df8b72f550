"""Activities that phones opened themselves, and that the API answers 404 to: unknown, ended or expired.

The API does not tell the three apart. An activity that it never knew may become known later: pushes are repeated until
its end.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from live_activity.decision.push import Kind, Push
from live_activity.decision.state import ActivityState

NOT_FOUND: Final = "not_found"
NEVER_KNOWN = "the API did not know it: its id is unknown, or it ended or expired before"
KNOWN_NO_MORE = "the API no longer knew it: its person or the app ended it, or it expired"
# When the same content is tried again, doubling from the first pause to the last; new content is tried at once.
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=10)


def after_not_found(state: ActivityState, push: Push) -> ActivityState:
    """The state of an activity that a phone opened, after a push to it was answered 404."""
    times = state.not_found + 1
    if state.known or push.kind in (Kind.SETTLE, Kind.END):
        why = KNOWN_NO_MORE if state.known else NEVER_KNOWN
        return replace(state, not_found=times, over=NOT_FOUND, why=why)
    pause = min(FIRST_PAUSE * 2 ** min(times - 1, 10), LONGEST_PAUSE)
    return replace(state, not_found=times, not_before=push.at + pause)
