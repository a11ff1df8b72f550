"""How long an end that is due may be held, and when people are notified of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# An end with an impossible value is held for so long, however long other reasons may hold one.
HELD_IF_IMPOSSIBLE = timedelta(minutes=10)
# iOS ends an activity 8 hours after its start; a held end comes so long before that.
IOS_LIFE = timedelta(hours=8)
BEFORE_IOS_ENDS_IT = timedelta(minutes=5)
# A held end comes so long before the vendor's expiry: the time to settle and end.
LAST_CALL = timedelta(minutes=3)


class HoldReason(StrEnum):
    """Why an end is held."""

    STALE = "stale"  # the timeline has not been read well for long, so its end may not be the end
    ASK = "ask"  # a guard waits for a person's answer
    IMPOSSIBLE = "impossible"  # the end's content has a value that cannot be


@dataclass(frozen=True, slots=True)
class Hold:
    """An end that is held, and since when. What a guard holds is kept out of the content by `ActivityState.held`."""

    reason: HoldReason
    since: datetime


@dataclass(frozen=True, slots=True)
class HoldTimes:
    """When people are notified of a held end: when it begins, halfway, and when it ends."""

    begins: datetime
    halfway: datetime
    ends: datetime


def hold_times(begins: datetime, until: datetime) -> HoldTimes:
    """The three moments of a hold."""
    return HoldTimes(begins, begins + (until - begins) / 2, until)
