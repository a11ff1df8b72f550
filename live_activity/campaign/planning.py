"""When a campaign starts, ends and expires, and what is to be told about it before anything is sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from live_activity.campaign.model import Campaign
from live_activity.core.findings import Finding, Severity
from live_activity.sources.saved_query import is_query
from live_activity.tables.file import is_url
from live_activity.tables.python_function import is_python
from live_activity.timeline import Row, Timeline

# The vendor's bounds of `ends_at` at /register are 5 minutes and 7 days; we stay inside (Time and content 4).
NEAREST_EXPIRY, FARTHEST_EXPIRY = timedelta(minutes=6), timedelta(days=7) - timedelta(minutes=5)
# iOS ends an activity after 8 hours (reference/activitykit.md, Life).
IOS_LIFE = timedelta(hours=8)
AFTER_THE_END = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Times:
    """The planned times of a campaign, or of one of its activities.

    `given` says whether anything named the start; else it is at once. `default` is where an activity starts that
    has no start row, as far as anything names that for all of them.
    """

    starts_at: datetime
    given: bool
    ends_at: datetime | None
    registers_at: datetime
    default: datetime | None = None


def planned(
    campaign: Campaign, timeline: Timeline, *, now: datetime, scheduled: datetime | None = None
) -> Times:
    """When the campaign registers first, starts first, and ends last: one activity's times, or those of all together.

    `now` is also where a campaign that started at once began.
    """
    default = default_start(campaign, scheduled)
    parts = [
        _planned(campaign, timeline.for_key(key), live=timeline.live, default=default, now=now)
        for key in named_keys(timeline)
    ]
    given = [part.starts_at for part in parts if part.given]
    ends = [part.ends_at for part in parts if part.ends_at is not None]
    return Times(
        starts_at=min(given, default=now),
        given=bool(given),
        ends_at=max(ends) if len(ends) == len(parts) else None,
        registers_at=min(part.registers_at for part in parts),
        default=default,
    )


def default_start(campaign: Campaign, scheduled: datetime | None) -> datetime | None:
    """Where an activity starts that has no start row: `starts_at`, else by the schedule (Time and content 2 and 9)."""
    ahead = timedelta(minutes=campaign.register_ahead_minutes)
    return campaign.starts_at or (scheduled + ahead if scheduled is not None else None)


def planned_for(campaign: Campaign, timeline: Timeline, key: Mapping[str, str], *, whole: Times) -> Times:
    """When the activity of these split values starts, ends and registers, by its own rows.

    One that no row reaches waits until the whole campaign ends, in case rows for it are written yet.
    """
    if not timeline.rows:
        return whole
    rows = timeline.for_key(key)
    if not rows and not timeline.live and whole.ends_at is not None:
        return Times(whole.ends_at, True, whole.ends_at, whole.ends_at, whole.default)
    now = whole.registers_at if whole.given else whole.starts_at
    return _planned(campaign, rows, live=timeline.live, default=whole.default, now=now)


def named_keys(timeline: Timeline) -> list[Mapping[str, str]]:
    """The split values that rows name, each as far as it goes; without any, the one key of everything."""
    by_columns: dict[tuple[str, ...], dict[tuple[str, ...], Mapping[str, str]]] = {}
    for row in timeline.rows:
        columns = tuple(sorted(row.key))
        by_columns.setdefault(columns, {}).setdefault(tuple(row.key[name] for name in columns), row.key)
    found: list[Mapping[str, str]] = []
    for columns, keys in by_columns.items():
        # A row that names less only adds to the activities of those that name more.
        said_elsewhere = {
            tuple(key[name] for name in columns)
            for others, named in by_columns.items()
            if set(others) > set(columns)
            for key in named.values()
        }
        found += [key for values, key in keys.items() if values not in said_elsewhere]
    return found or [{}]


def _planned(
    campaign: Campaign, rows: Sequence[Row], *, live: bool, default: datetime | None, now: datetime
) -> Times:
    """The start row's time, else `starts_at`, else the scheduled time plus the minutes of registering ahead.

    Else the first row's time, else now (Time and content 2 and 9).
    """
    ahead = timedelta(minutes=campaign.register_ahead_minutes)
    start_row = next((row for row in rows if row.event == "start"), None)
    named = (
        _time_of(start_row)
        or default
        or min((row.at for row in rows if isinstance(row.at, datetime)), default=None)
    )
    if live and start_row is None and default is None:
        named = None
    starts_at = named if named is not None else now
    return Times(
        starts_at=starts_at,
        given=named is not None,
        ends_at=planned_end(campaign, rows, starts_at),
        registers_at=starts_at - ahead if named is not None else starts_at,
        default=default,
    )


def planned_end(campaign: Campaign, rows: Sequence[Row], starts_at: datetime) -> datetime | None:
    """The end row's time, at the latest `ends_at`, else the last row's time (Time and content 3)."""
    ends = [row.due(starts_at) for row in rows if row.event == "end"]
    if campaign.ends_at is not None:
        return min(max(ends, default=campaign.ends_at), campaign.ends_at)
    if ends:
        return max(ends)
    return max((row.due(starts_at) for row in rows), default=None)


def vendor_expiry(times: Times, *, now: datetime) -> datetime:
    """`ends_at` for a /register call made now: it leaves our end room to move (Time and content 4)."""
    wanted = max(times.ends_at or times.starts_at, times.starts_at + IOS_LIFE) + AFTER_THE_END
    return min(max(wanted, now + NEAREST_EXPIRY), now + FARTHEST_EXPIRY)


def is_live(campaign: Campaign, timeline: Timeline) -> bool:
    """Whether rows may still come that nobody can foresee: a URL, a saved query, or rows without times."""
    path = campaign.timeline
    return timeline.live or is_url(path) or is_query(path) or is_python(path)


def time_findings(
    campaign: Campaign, timeline: Timeline, times: Times, *, now: datetime
) -> Iterator[Finding]:
    """What is wrong or worth knowing about the times, before anything is sent."""
    # Of a table that cannot be read nobody knows whether its rows have times.
    known = timeline if timeline.readable else Timeline(())
    if is_live(campaign, known) and campaign.ends_at is None:
        yield _told(
            "error",
            "live_needs_ends_at",
            "the timeline is live (a URL, a query, or rows without times), so nobody knows its end; add 'ends_at: ...'",
            "ends_at",
        )
        return
    if any(finding.severity == "error" for finding in timeline.findings):
        return  # with rows left out, what the others add up to only leads astray
    yield from _told_of_each(campaign, timeline, times)
    if times.ends_at is not None and times.ends_at <= now:
        yield _told(
            "warning",
            "lies_in_the_past",
            f"everything lies in the past (the end was {times.ends_at:%Y-%m-%d %H:%M} UTC); "
            "a run would start nothing, a rehearsal plays it in its own time",
            "timeline",
        )


def _told_of_each(campaign: Campaign, timeline: Timeline, whole: Times) -> Iterator[Finding]:
    """What is to be told of the activities' times: each thing once, with the first activity that it holds for."""
    firsts: dict[str, Finding] = {}
    counts: Counter[str] = Counter()
    for key in named_keys(timeline):
        times = planned_for(campaign, timeline, key, whole=whole)
        rows = timeline.for_key(key)
        for finding in _told_of_one(campaign, rows, times, live=timeline.live):
            name = f"{' '.join(key.values())}: " if key else ""
            firsts.setdefault(
                finding.code, finding.model_copy(update={"message": f"{name}{finding.message}"})
            )
            counts[finding.code] += 1
    for code, finding in firsts.items():
        more = f" (and so for {counts[code] - 1:,} more activities)" if counts[code] > 1 else ""
        yield finding.model_copy(update={"message": finding.message + more})


def _told_of_one(campaign: Campaign, rows: Sequence[Row], times: Times, *, live: bool) -> Iterator[Finding]:
    start_due = _time_of(next((row for row in rows if row.event == "start"), None))
    if start_due is not None and campaign.starts_at is not None and start_due != campaign.starts_at:
        yield _told(
            "warning",
            "start_disagrees",
            f"the start row says {start_due:%Y-%m-%d %H:%M:%S} UTC, starts_at says "
            f"{campaign.starts_at:%Y-%m-%d %H:%M:%S} UTC; the row wins",
            "starts_at",
        )
    first = min((row.due(times.starts_at) for row in rows), default=None)
    if first is not None and first > times.starts_at and not live:
        yield _told(
            "warning",
            "start_before_content",
            f"the first row's time is {first:%Y-%m-%d %H:%M:%S} UTC, after the planned start; "
            "it starts with that row",
            "starts_at",
        )
    end_row = max((row.due(times.starts_at) for row in rows if row.event == "end"), default=None)
    if end_row is not None and campaign.ends_at is not None and campaign.ends_at < end_row:
        yield _told(
            "warning",
            "end_disagrees",
            f"ends_at comes before the end row's time ({end_row:%Y-%m-%d %H:%M:%S} UTC); ends_at wins",
            "ends_at",
        )
    if times.ends_at is None:
        return
    if times.ends_at <= times.starts_at and rows:
        yield _told(
            # One activity of many must not keep all the others from being played.
            "warning" if campaign.split_by else "error",
            "end_before_start",
            "the end is not after the start; nothing would be shown",
            "ends_at",
        )
    if times.ends_at > times.registers_at + FARTHEST_EXPIRY:
        yield _told(
            "error",
            "end_beyond_expiry",
            f"the end comes more than 7 days after people are registered (at {times.registers_at:%Y-%m-%d %H:%M} "
            "UTC); the vendor keeps no activity that long",
            "ends_at",
        )
    elif times.ends_at > times.starts_at + IOS_LIFE:
        dies = times.starts_at + IOS_LIFE
        unseen = sum(1 for row in rows if dies < row.due(times.starts_at) <= times.ends_at)
        yield _told(
            "warning",
            "longer_than_ios",
            f"the activity is longer than the 8 hours that iOS keeps one alive: iOS ends it at "
            f"{dies:%Y-%m-%d %H:%M} UTC, and {_rows(unseen)} after that, the end too, will not be shown; "
            "start it later, or end it sooner",
            "ends_at",
        )


def _rows(number: int) -> str:
    return f"{number:,} row" if number == 1 else f"{number:,} rows"


def _time_of(row: Row | None) -> datetime | None:
    return row.at if row is not None and isinstance(row.at, datetime) else None


def _told(severity: Severity, code: str, message: str, column: str) -> Finding:
    return Finding(severity=severity, code=code, message=message, where="campaign", column=column)
