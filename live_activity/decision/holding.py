"""How long an end that is due may be held, and when people are notified of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# How long an end with an impossible value is held, however long other reasons may hold one.
HELD_IF_IMPOSSIBLE = timedelta(minutes=10)
# iOS ends an activity 8 hours after its start; a held end is sent 5 minutes before that.
IOS_LIFE = timedelta(hours=8)
BEFORE_IOS_ENDS_IT = timedelta(minutes=5)
# How long before the vendor's expiry an end is sent that is held, or waits for the ledger: the time to settle and end.
LAST_CALL = timedelta(minutes=3)


class HoldReason(StrEnum):
    """Why an end is held."""

    STALE = "stale"  # the timeline has had no good reading for long, so the end in it may have changed
    ASK = "ask"  # a guard waits for a person's answer
    IMPOSSIBLE = "impossible"  # the end's content has an impossible value


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
    """The times when people are notified of a hold from `begins` to `until`."""
    return HoldTimes(begins, begins + (until - begins) / 2, until)
