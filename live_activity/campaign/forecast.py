"""What a campaign will send: activities, calls, and whether the rate limit and Apple's budget allow it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from live_activity.campaign.model import Campaign
from live_activity.campaign.planning import IOS_LIFE, Times, planned_for
from live_activity.core.findings import Finding
from live_activity.segment import StagedActivity
from live_activity.timeline import Row, Timeline

# Apple publishes no budget: a few an hour are ideal. Past one a minute we warn.
A_FEW, TOO_MANY = 12, 60
_HOUR, _MINUTE = timedelta(hours=1), timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Forecast:
    """What will be sent, without retries and repeats. Minutes are at the vendor's rate limit.

    `register_minutes` is what registering and adding takes where most activities do it at once, `register_time` the
    time there is for it; `busiest_hour` the most pushes that one activity sends in an hour, `busiest_minute` the most
    updates of all activities in one; `longest` the longest planned life.
    """

    activities: int
    calls: Mapping[str, int]
    register_minutes: float
    register_time: timedelta
    busiest_hour: int
    busiest_minute: int
    longest: timedelta | None
    too_long: int
    findings: tuple[Finding, ...] = ()


def forecast(
    campaign: Campaign,
    timeline: Timeline,
    times: Times,
    parts: Sequence[StagedActivity],
    *,
    now: datetime,
    requests_per_minute: int,
) -> Forecast:
    """The forecast for the segment's activities (`parts`); 0 requests a minute is no limit."""
    plans = [_Plan.of(campaign, timeline, part, whole=times, now=now) for part in parts]
    plans = [plan for plan in plans if plan.rows]
    ahead = timedelta(minutes=campaign.register_ahead_minutes) if times.given else timedelta(0)
    soonest = min((plan.times.starts_at for plan in plans), default=now)
    # What began late, or will be rehearsed in its own time, has the whole of it.
    time_left = min(ahead, soonest - now) if soonest > now else ahead
    registers = _busiest(((plan.times.registers_at, 1) for plan in plans), ahead or _MINUTE)
    adds = _busiest(((plan.times.registers_at, plan.batches - 1) for plan in plans), ahead or _MINUTE)
    updates = [moment for plan in plans for moment in plan.updates]
    lives = [plan.life for plan in plans if plan.life is not None]
    outlook = Forecast(
        activities=len(plans),
        calls={
            "register": len(plans),
            "add_users": sum(plan.batches - 1 for plan in plans),
            "start": len(plans),
            "update": len(updates),
            "end": len(plans),
        },
        register_minutes=max(registers, adds) / requests_per_minute if requests_per_minute else 0.0,
        register_time=time_left,
        busiest_hour=max((_busiest(((m, 1) for m in plan.pushes), _HOUR) for plan in plans), default=0),
        busiest_minute=_busiest(((moment, 1) for moment in updates), _MINUTE),
        longest=max(lives, default=None),
        too_long=sum(1 for life in lives if life > IOS_LIFE),
    )
    findings = _findings(outlook, given=times.given, requests_per_minute=requests_per_minute)
    return replace(outlook, findings=tuple(findings))


def describe_forecast(found: Forecast) -> Iterator[tuple[str, str]]:
    """The forecast for a person: a subject, and a line about it."""
    yield "calls", ", ".join(f"{number:,} {name}" for name, number in found.calls.items() if number)
    left = found.register_time / _MINUTE
    yield (
        "registering",
        f"about {max(found.register_minutes, 0.1):,.1f} minutes at the vendor's pace, of {left:,.0f}",
    )
    ideal = "" if found.busiest_hour <= A_FEW else "; Apple calls a few ideal"
    yield "pushes", f"at most {found.busiest_hour:,} an hour and activity{ideal}"
    if found.longest is not None:
        hours = found.longest / _HOUR
        too_long = f"; {found.too_long:,} longer than the 8 hours of iOS" if found.too_long else ""
        yield "lives", f"at most {hours:,.1f} hours{too_long}"


@dataclass(frozen=True, slots=True)
class _Plan:
    times: Times
    rows: int
    batches: int
    updates: tuple[datetime, ...]

    @classmethod
    def of(
        cls, campaign: Campaign, timeline: Timeline, part: StagedActivity, *, whole: Times, now: datetime
    ) -> _Plan:
        times = planned_for(campaign, timeline, part.key, whole=whole)
        rows = timeline.for_key(part.key)
        gap = timedelta(seconds=campaign.min_seconds_between_updates)
        return cls(times, len(rows), part.batches, tuple(_updates(rows, times, gap)))

    @property
    def life(self) -> timedelta | None:
        ends_at = self.times.ends_at
        return ends_at - self.times.starts_at if ends_at is not None else None

    @property
    def pushes(self) -> Iterator[datetime]:
        yield self.times.starts_at
        yield from self.updates
        if self.times.ends_at is not None:
            yield self.times.ends_at


def _updates(rows: Sequence[Row], times: Times, gap: timedelta) -> Iterator[datetime]:
    """When content that differs from what is shown is sent between start and end, where every call succeeds.

    Of rows closer than the gap the newest is sent, once the gap is over; the end's content is not an update.
    """
    due = sorted(((row.due(times.starts_at), row.number, row) for row in rows), key=lambda each: each[:2])
    at_start = bisect_right(due, times.starts_at, key=lambda each: each[0])
    # Without a row that is due at the start, it starts with the first one.
    shown = max(at_start - 1, 0)
    content = due[shown][2].content if due else None
    place, sent_at = shown + 1, None
    while place < len(due):
        leaves = due[place][0] if sent_at is None else max(due[place][0], sent_at + gap)
        if times.ends_at is not None and leaves >= times.ends_at:
            return
        place = bisect_right(due, leaves, key=lambda each: each[0])
        newest = due[place - 1][2].content
        if newest != content:
            content, sent_at = newest, leaves
            yield leaves


def _busiest(moments: Iterable[tuple[datetime, int]], window: timedelta) -> int:
    """The most that comes within any window of that length."""
    ordered = sorted(moments)
    times = [moment for moment, _ in ordered]
    sums = [0]
    for _, number in ordered:
        sums.append(sums[-1] + number)
    return max(
        (sums[bisect_left(times, moment + window)] - sums[i] for i, moment in enumerate(times)), default=0
    )


def _findings(found: Forecast, *, given: bool, requests_per_minute: int) -> Iterator[Finding]:
    left = found.register_time / _MINUTE
    if given and found.register_minutes > left:
        yield Finding.warning(
            "registers_too_late",
            f"registering everybody takes about {found.register_minutes:,.0f} minutes at "
            f"{requests_per_minute:,} calls a minute, and there are {left:,.0f} before the start, so it starts late; "
            "raise register_ahead_minutes, or start later",
            where="campaign",
            column="register_ahead_minutes",
        )
    if found.busiest_hour > TOO_MANY:
        yield Finding.warning(
            "many_pushes",
            f"an activity sends {found.busiest_hour:,} pushes in one hour; Apple's budget is not published, a few an "
            "hour are ideal, and phones may drop what comes beyond; send fewer rows, or raise "
            "min_seconds_between_updates",
            where="campaign",
            column="min_seconds_between_updates",
        )
    if requests_per_minute and found.busiest_minute > requests_per_minute:
        late = found.busiest_minute / requests_per_minute
        yield Finding.warning(
            "busier_than_the_pace",
            f"{found.busiest_minute:,} updates are due within one minute, and {requests_per_minute:,} a minute may "
            f"be sent, so the last leave about {late:,.1f} minutes late; spread them",
            where="campaign",
            column="timeline",
        )
