"""When a campaign starts, ends and expires, and the findings about these times."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from live_activity.campaign.activity_findings import each_once
from live_activity.campaign.model import Campaign
from live_activity.core.findings import Finding
from live_activity.core.formatting import count_of
from live_activity.decision.holding import IOS_LIFE
from live_activity.sources.saved_query import is_query
from live_activity.tables.file import is_url
from live_activity.tables.python_function import is_python
from live_activity.tables.stored_frame import is_stored_frame
from live_activity.timeline import Row, Timeline

# The vendor's bounds of `ends_at` at /register are 5 minutes and 7 days; we stay inside.
NEAREST_EXPIRY, FARTHEST_EXPIRY = timedelta(minutes=6), timedelta(days=7) - timedelta(minutes=5)
AFTER_THE_END = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Times:
    """The planned times of a campaign, or of one of its activities.

    `given` says whether anything named the start; else it is at once. `default` is the start of activities without a
    start row, where `starts_at` or the schedule names one.
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
    """The start of an activity without a start row: `starts_at`, else by the schedule; None without either."""
    ahead = timedelta(minutes=campaign.register_ahead_minutes)
    return campaign.starts_at or (scheduled + ahead if scheduled is not None else None)


def planned_for(campaign: Campaign, timeline: Timeline, key: Mapping[str, str], *, whole: Times) -> Times:
    """When the activity of these split values starts, ends and registers, by its own rows.

    An activity that no row reaches waits until the whole campaign ends, in case rows for it are still added.
    """
    if not timeline.rows:
        return whole
    rows = timeline.for_key(key)
    if not rows and not timeline.live and whole.ends_at is not None:
        return Times(whole.ends_at, True, whole.ends_at, whole.ends_at, whole.default)
    now = whole.registers_at if whole.given else whole.starts_at
    return _planned(campaign, rows, live=timeline.live, default=whole.default, now=now)


def named_keys(timeline: Timeline) -> list[Mapping[str, str]]:
    """The split values that rows name, without those that other rows name in more detail; `[{}]` without any."""
    by_columns: dict[tuple[str, ...], dict[tuple[str, ...], Mapping[str, str]]] = {}
    for row in timeline.rows:
        columns = tuple(sorted(row.key))
        by_columns.setdefault(columns, {}).setdefault(tuple(row.key[name] for name in columns), row.key)
    found: list[Mapping[str, str]] = []
    for columns, keys in by_columns.items():
        # A row that names fewer columns only adds to the activities of rows that name more.
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
    """The times by these rows: the start is the start row's time, else `default`, else the first row's time, else now.

    A live timeline's first row does not count as the start.
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
    """The end row's time, at the latest `ends_at`, else the last row's time."""
    ends = [row.due(starts_at) for row in rows if row.event == "end"]
    if campaign.ends_at is not None:
        return min(max(ends, default=campaign.ends_at), campaign.ends_at)
    if ends:
        return max(ends)
    return max((row.due(starts_at) for row in rows), default=None)


def vendor_expiry(times: Times, *, now: datetime) -> datetime:
    """`ends_at` for a /register call made now: it leaves our end room to move."""
    wanted = max(times.ends_at or times.starts_at, times.starts_at + IOS_LIFE) + AFTER_THE_END
    return min(max(wanted, now + NEAREST_EXPIRY), now + FARTHEST_EXPIRY)


def is_live(campaign: Campaign, timeline: Timeline) -> bool:
    """Whether rows may still be added while it is played: a URL, a saved query, or rows without times.

    A stored DataFrame does not change, even where it is stored under a URL.
    """
    path = campaign.timeline
    far = is_url(path) and not is_stored_frame(path)
    return timeline.live or far or is_query(path) or is_python(path)


def time_findings(
    campaign: Campaign,
    timeline: Timeline,
    times: Times,
    *,
    now: datetime,
    keys: Sequence[Mapping[str, str]] | None = None,
) -> Iterator[Finding]:
    """What is wrong or worth knowing about the times, before anything is sent.

    `keys` are the split values of the people; without them, those that rows name.
    """
    # Whether the rows of a table that cannot be read have times is not known.
    known = timeline if timeline.readable else Timeline(())
    if is_live(campaign, known) and campaign.ends_at is None:
        row = known.untimed
        why = "(a URL, a query, or rows without times)" if row is None else f"(row {row} has no time in at)"
        yield Finding.error(
            "live_needs_ends_at",
            f"the timeline is live {why}, so its end is unknown; "
            f"{'' if row is None else 'fill it in, or '}add 'ends_at: ...'",
            where="campaign",
            column="ends_at",
        )
        return
    if any(finding.severity == "error" for finding in timeline.findings):
        return  # with rows left out, findings about times would mislead
    found = _of_each(campaign, timeline, times, keys=named_keys(timeline) if keys is None else keys)
    yield from each_once(found, where="campaign")
    if times.ends_at is not None and times.ends_at <= now:
        yield Finding.warning(
            "lies_in_the_past",
            f"the whole timeline is in the past (the end was {_moment(times.ends_at)}); "
            f"a run would {'end the activities at once' if campaign.device_started else 'start nothing'}, "
            "a rehearsal plays it in its own time",
            where="campaign",
            column="timeline",
        )


def _of_each(
    campaign: Campaign, timeline: Timeline, whole: Times, *, keys: Sequence[Mapping[str, str]]
) -> Iterator[tuple[Mapping[str, str], Finding]]:
    """The findings about the times of each activity, with its key."""
    for key in keys:
        rows = timeline.for_key(key)
        if not rows and timeline.rows:
            continue  # nothing is sent to it
        times = planned_for(campaign, timeline, key, whole=whole)
        yield from ((key, finding) for finding in _of_one(campaign, timeline, rows, times))


def _of_one(campaign: Campaign, timeline: Timeline, rows: Sequence[Row], times: Times) -> Iterator[Finding]:
    start_due = _time_of(next((row for row in rows if row.event == "start"), None))
    if start_due is not None and campaign.starts_at is not None and start_due != campaign.starts_at:
        yield Finding.warning(
            "start_disagrees",
            f"the start row says {_moment(start_due)}, starts_at says {_moment(campaign.starts_at)}; the start row "
            "wins; remove one of them",
            column="starts_at",
        )
    first = min((row.due(times.starts_at) for row in rows), default=None)
    late = first is not None and first > times.starts_at and not timeline.live
    if first is not None and late and not campaign.device_started:
        yield Finding.warning(
            "start_before_content",
            f"the first row's time is {_moment(first)}, after the planned start; it starts with that row",
            column="starts_at",
        )
    end_row = max((row.due(times.starts_at) for row in rows if row.event == "end"), default=None)
    if end_row is not None and campaign.ends_at is not None and end_row != campaign.ends_at:
        earlier = "ends_at" if campaign.ends_at < end_row else "the end row"
        # A live timeline must have ends_at, so an earlier end row is normal there.
        latest = is_live(campaign, timeline) and campaign.ends_at > end_row
        finding = Finding.info if latest else Finding.warning
        yield finding(
            "end_disagrees",
            f"the end row says {_moment(end_row)}, ends_at says {_moment(campaign.ends_at)}; the earlier one, "
            f"{earlier}, wins",
            column="ends_at",
        )
    if times.ends_at is None:
        return
    if times.ends_at <= times.starts_at and rows:
        # One activity of many must not keep all the others from being played.
        finding = Finding.warning if campaign.split_by else Finding.error
        yield finding(
            "end_before_start", "the end is not after the start; nothing would be shown", column="ends_at"
        )
    if times.ends_at > times.registers_at + FARTHEST_EXPIRY:
        yield Finding.error(
            "end_beyond_expiry",
            f"the end comes more than 7 days after people are registered (at {_moment(times.registers_at)}); "
            "the vendor keeps no activity that long",
            column="ends_at",
        )
    elif times.ends_at > times.starts_at + IOS_LIFE:
        dies = times.starts_at + IOS_LIFE
        unseen = sum(1 for row in rows if dies < row.due(times.starts_at) <= times.ends_at)
        yield Finding.warning(
            "longer_than_ios",
            f"the activity is longer than the 8 hours that iOS keeps one alive: iOS ends it at {_moment(dies)}, and "
            f"{count_of(unseen, 'row')} after that, the end too, will not be shown; start it later, or end it sooner",
            column="ends_at",
        )


def _time_of(row: Row | None) -> datetime | None:
    return row.at if row is not None and isinstance(row.at, datetime) else None


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if not moment.second else f"{moment:%Y-%m-%d %H:%M:%S} UTC"
