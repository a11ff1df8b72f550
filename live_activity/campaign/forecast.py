"""What a campaign will send: activities, calls, and whether the rate limit and Apple's budget allow it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from live_activity.campaign.call_grain import DUE_WINDOW, describe_grain
from live_activity.campaign.model import Campaign
from live_activity.campaign.planning import Times, planned_for
from live_activity.core.content import Content
from live_activity.core.findings import Finding
from live_activity.core.formatting import count_of
from live_activity.decision.holding import IOS_LIFE
from live_activity.decision.live import MOST_VAIN_REPEATS, REPEATED_AFTER, earliest_update
from live_activity.decision.push import Kind, Outcome, Push
from live_activity.decision.words import same_state
from live_activity.segment import StagedActivity
from live_activity.timeline import Row, Timeline

# Apple publishes no budget of pushes an hour: a few are ideal. Above three in four minutes (45 an hour) we warn.
A_FEW, NEAR, TOO_MANY = 12, 45, 60
_HOUR, _MINUTE = timedelta(hours=1), timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Forecast:
    """What will be sent, without retries and repeats. Minutes are at the vendor's rate limit.

    `calls` are those for rows, without retries. Phones that are left behind cost more: `repeats` (of updates) and
    `settling` (pushes of the final content before the end), as expected where some phones never sync. `alerts` is how
    often a phone alerts in the activity that alerts most. `register_minutes` is how long registering and adding takes
    where most activities do it at once, `register_time` the time there is for it; `busiest_hour` the most pushes that
    one activity sends in an hour, `busiest_minute` the most updates of all activities in a minute; `longest` the
    longest planned life; `due_at_once` the most calls of all activities within ten seconds.
    """

    activities: int
    calls: Mapping[str, int]
    register_minutes: float
    register_time: timedelta
    busiest_hour: int
    busiest_minute: int
    longest: timedelta | None
    too_long: int
    repeats: int = 0
    settling: int = 0
    alerts: int = 0
    due_at_once: int = 0
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
    if campaign.device_started:
        # A part holds all activities with the same split values, and each of them is updated.
        plans = [plan for plan, part in zip(plans, parts, strict=True) for _ in range(part.people)]
    plans = [plan for plan in plans if plan.rows]
    ahead = timedelta(minutes=campaign.register_ahead_minutes) if times.given else timedelta(0)
    soonest = min((plan.times.starts_at for plan in plans), default=now)
    # Where the planned start is past (the campaign is late, or is rehearsed in its own time), the whole time counts.
    time_left = min(ahead, soonest - now) if soonest > now else ahead
    registers = _busiest(((plan.times.registers_at, 1) for plan in plans), ahead or _MINUTE)
    adds = _busiest(((plan.times.registers_at, plan.batches - 1) for plan in plans), ahead or _MINUTE)
    updates = [moment for plan in plans for moment in plan.updates]
    lives = [plan.life for plan in plans if plan.life is not None]
    found = Forecast(
        activities=len(plans),
        calls=_calls_to_opened(plans, updates) if campaign.device_started else _calls(plans, updates),
        register_minutes=0.0
        if campaign.device_started or not requests_per_minute
        else max(registers, adds) / requests_per_minute,
        register_time=time_left,
        busiest_hour=max((_busiest(((m, 1) for m in plan.pushes), _HOUR) for plan in plans), default=0),
        busiest_minute=_busiest(((moment, 1) for moment in updates), _MINUTE),
        longest=max(lives, default=None),
        too_long=sum(1 for life in lives if life > IOS_LIFE),
        repeats=sum(len(plan.repeats) for plan in plans),
        settling=sum(len(plan.settling) for plan in plans),
        alerts=max((plan.alerts for plan in plans), default=0),
        due_at_once=_busiest(((moment, 1) for plan in plans for moment in plan.pushes), DUE_WINDOW),
    )
    return replace(
        found, findings=tuple(_findings(found, given=times.given, requests_per_minute=requests_per_minute))
    )


def _calls(plans: Sequence[_Plan], updates: Sequence[datetime]) -> dict[str, int]:
    return {
        "register": len(plans),
        "add_users": sum(plan.batches - 1 for plan in plans),
        "start": len(plans),
        "update": len(updates),
        "end": len(plans),
    }


def _calls_to_opened(plans: Sequence[_Plan], updates: Sequence[datetime]) -> dict[str, int]:
    """The calls for activities that phones opened: each gets its first content by an update."""
    return {"register": 0, "add_users": 0, "start": 0, "update": len(plans) + len(updates), "end": len(plans)}


def expected_repeats(updates: Sequence[datetime]) -> list[datetime]:
    """When updates are repeated for phones that never sync: twice after the first update, then no more."""
    return [moment + after for moment in updates[:1] for after in REPEATED_AFTER[:MOST_VAIN_REPEATS]]


def budget_finding(pushes: int, sent: str) -> Finding | None:
    """A warning where the most pushes of an activity in one hour come near what phones take, or go beyond it.

    `sent` is the beginning of the message, such as "an activity is sent".
    """
    if pushes <= NEAR:
        return None
    over = pushes > TOO_MANY
    what = "and phones may drop what comes beyond" if over else "so few more would fit"
    return Finding.warning(
        "many_pushes" if over else "push_budget_near",
        f"{sent} {count_of(pushes, 'push', 'pushes')} within one hour, repeats included; Apple's budget is not "
        f"published, a few an hour are ideal, {what}; send fewer rows, or raise min_seconds_between_updates",
        where="campaign",
        column="min_seconds_between_updates",
    )


def describe_forecast(found: Forecast) -> Iterator[tuple[str, str]]:
    """The forecast for a person: a subject, and a line about it."""
    yield "calls", ", ".join(f"{number:,} {name}" for name, number in found.calls.items() if number)
    left = found.register_time / _MINUTE
    if found.calls["register"]:
        yield (
            "registering",
            f"about {max(found.register_minutes, 0.1):,.1f} minutes at the vendor's rate limit; it begins "
            f"{count_of(round(left), 'minute')} before the start",
        )
    if found.repeats or found.settling:
        repeats = count_of(found.repeats, "repeated update")
        settling = count_of(found.settling, "push", "pushes")
        yield "phones left behind", f"about {repeats} and {settling} of the final content before the end"
    if found.alerts:
        yield "alerts", f"a phone alerts at most {count_of(found.alerts, 'time')}"
    ideal = "" if found.busiest_hour <= A_FEW else "; Apple calls a few ideal"
    yield "pushes", f"at most {found.busiest_hour:,} an hour and activity{ideal}"
    if found.longest is not None:
        hours, minutes = found.longest / _HOUR, found.longest / _MINUTE
        longest = f"{hours:,.1f} hours" if hours >= 1 else f"{max(minutes, 0.1):,.1f} minutes"
        too_long = f"; {found.too_long:,} longer than the 8 hours of iOS" if found.too_long else ""
        yield "lives", f"at most {longest}{too_long}"
    yield "task runs", describe_grain(sum(found.calls.values()), found.due_at_once)


@dataclass(frozen=True, slots=True)
class _Plan:
    times: Times
    rows: int
    batches: int
    updates: tuple[datetime, ...]
    alerts: int

    @classmethod
    def of(
        cls, campaign: Campaign, timeline: Timeline, part: StagedActivity, *, whole: Times, now: datetime
    ) -> _Plan:
        times = planned_for(campaign, timeline, part.key, whole=whole)
        rows = timeline.for_key(part.key)
        gap = timedelta(seconds=campaign.min_seconds_between_updates)
        # Activities that phones open get their first content by an update.
        first = Kind.UPDATE if campaign.device_started else Kind.START
        sent = list(_updates(rows, times, gap, first=first))
        alerts = 1 + sum(_has_words(row) for _, row in sent)
        alerts += any(_has_words(row) for row in rows if row.event == "end")
        updates = tuple(moment for moment, _ in sent)
        return cls(times, len(rows), part.batches, updates, alerts)

    @property
    def repeats(self) -> list[datetime]:
        return expected_repeats(self.updates)

    @property
    def settling(self) -> list[datetime]:
        return [self.times.ends_at] if self.times.ends_at is not None else []

    @property
    def life(self) -> timedelta | None:
        ends_at = self.times.ends_at
        return ends_at - self.times.starts_at if ends_at is not None else None

    @property
    def pushes(self) -> Iterator[datetime]:
        yield self.times.starts_at
        yield from self.updates
        yield from self.repeats
        yield from self.settling
        if self.times.ends_at is not None:
            yield self.times.ends_at


def _updates(
    rows: Sequence[Row], times: Times, gap: timedelta, *, first: Kind
) -> Iterator[tuple[datetime, Row]]:
    """When content that differs from what is shown is sent between start and end, where every call succeeds.

    `first` is the kind of push that sends the first content. Of rows closer than the gap the newest is sent, once the
    gap is over; the end's content is not an update.
    """
    due = sorted(((row.due(times.starts_at), row.number, row) for row in rows), key=lambda each: each[:2])
    at_start = bisect_right(due, times.starts_at, key=lambda each: each[0])
    # Without a row that is due at the start, it starts with the first one.
    opening = max(at_start - 1, 0)
    content = due[opening][2].content if due else Content(None, None, {})
    shown = Push(first, content, times.starts_at, Outcome.DONE)
    place = opening + 1
    while place < len(due):
        moment, _, last = due[bisect_right(due, due[place][0], key=lambda each: each[0]) - 1]
        leaves = max(moment, earliest_update(shown, last.content, gap) or moment)
        if times.ends_at is not None and leaves >= times.ends_at:
            return
        place = bisect_right(due, leaves, key=lambda each: each[0])
        newest = due[place - 1][2]
        # A row that differs only in that it has no words is not sent.
        if newest.content != shown.content and (
            _has_words(newest) or not same_state(newest.content, shown.content)
        ):
            shown = Push(Kind.UPDATE, newest.content, leaves, Outcome.DONE)
            yield leaves, newest


def _busiest(moments: Iterable[tuple[datetime, int]], window: timedelta) -> int:
    """The largest sum of the numbers within any window of that length."""
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
    if (near := budget_finding(found.busiest_hour, "an activity is sent")) is not None:
        yield near
    if requests_per_minute and found.busiest_minute > requests_per_minute:
        late = found.busiest_minute / requests_per_minute
        yield Finding.warning(
            "busier_than_the_pace",
            f"{found.busiest_minute:,} updates are due within one minute, and {requests_per_minute:,} a minute may "
            f"be sent, so the last leave about {late:,.1f} minutes late; spread them",
            where="campaign",
            column="timeline",
        )


def _has_words(row: Row) -> bool:
    return row.content.title is not None or row.content.message is not None
