"""The plan of one activity, its stop request, and the counts of its pushes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from live_activity.core.statuses import StopStatus


@dataclass(frozen=True, slots=True)
class Plan:
    """When one activity starts, ends and expires, as planned now. Steering changes it, `next_step` never does.

    `ends_at` is our end at the latest; `expires_at` the vendor's, None before it was registered. `at_once`: it starts
    when everybody was added, and until then no time that counts from its start is known. `hold_end`: for how long a
    stale timeline or a guard may hold an end that is due.
    """

    starts_at: datetime
    registers_at: datetime
    ends_at: datetime | None = None
    expires_at: datetime | None = None
    at_once: bool = False
    refresh_before: timedelta = timedelta(0)
    gap: timedelta = timedelta(0)
    cancel_title: str | None = None
    cancel_message: str | None = None
    hold_end: timedelta = timedelta(minutes=60)


@dataclass(frozen=True, slots=True)
class StopRequest:
    """A request that the activity be closed: `why` is the status it ends in. Stopping is final.

    `hurry` settles for a few seconds only, `settles` is False where nothing but /end may be sent.
    """

    why: StopStatus
    at: datetime
    title: str | None = None
    message: str | None = None
    hurry: bool = False
    settles: bool = True


@dataclass(frozen=True, slots=True)
class Counts:
    """The report's counts of pushes.

    `sent`: rows that were sent as updates. `repeated`: updates sent again for phones left behind. `settled`: pushes of
    the final content before the end. `failed`: contents that were tried, and are not known to have arrived. `alerts`:
    pushes with title or message, at each of which a phone alerts.
    """

    sent: int = 0
    repeated: int = 0
    superseded: int = 0
    unchanged: int = 0
    failed: int = 0
    settled: int = 0
    alerts: int = 0
