"""A campaign as one edition plays it: `{date}` and `{start}` filled in, and `test_segment` in the mode test."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from live_activity.campaign.model import Campaign, Mode
from live_activity.campaign.paths import PATHS
from live_activity.campaign.planning import Times
from live_activity.core.findings import Finding, InvalidInput, invalid

WORDS = ("date", "start")
_PLACE = re.compile(r"\{([^{}]*)\}")


def fill_placeholders(
    campaign: Campaign,
    mode: Mode,
    *,
    now: datetime,
    scheduled: datetime | None = None,
    where: str = "parameters",
) -> Campaign:
    """The campaign as one edition plays it: placeholders filled in, and `test_segment` in the mode test.

    `{date}` is the day and `{start}` the day and time (`2026-07-19T2000`) of the planned start in the campaign's
    zone: of `starts_at`, else of the scheduled time plus the minutes of registering ahead, else of `now`.
    Raises `InvalidInput` for another name in braces, and for a test without `test_segment`.
    """
    start = campaign.starts_at or (scheduled + _ahead(campaign) if scheduled is not None else now)
    there = start.astimezone(campaign.zone)
    words = {"date": f"{there:%Y-%m-%d}", "start": f"{there:%Y-%m-%dT%H%M}"}
    paths = {name: path for name in PATHS if isinstance(path := getattr(campaign, name), str)}
    if unknown := list(placeholder_findings(paths, where=where)):
        raise InvalidInput(unknown)
    filled = campaign.model_copy(
        update={name: _PLACE.sub(lambda found: words[found[1]], path) for name, path in paths.items()}
    )
    if mode != "test":
        return filled
    if filled.test_segment is None:
        raise invalid(
            "no_test_segment",
            "is missing, and a test goes to nobody else; name a table with a few colleagues",
            where=where,
            column="test_segment",
        )
    who = "activities" if filled.device_started else "segment"
    # A holdout would keep out some of the few colleagues who are to look at it.
    return filled.model_copy(update={who: filled.test_segment, "holdout": None})


def describe_times(times: Times, campaign: Campaign) -> str:
    """The times as text: `registers 2026-07-19 19:30, starts 20:00 Europe/Istanbul`, with the day where it differs.

    Activities that phones opened themselves are neither registered nor started.
    """
    if campaign.device_started:
        begins = times.starts_at.astimezone(campaign.zone)
        since = f"from {begins:%Y-%m-%d %H:%M} {campaign.time_zone}" if times.given else "from now"
        return f"phones opened the activities themselves; rows count {since}"
    if not times.given:
        return "registers at once, starts when everybody was added"
    registers, starts = (each.astimezone(campaign.zone) for each in (times.registers_at, times.starts_at))
    day = "" if registers.date() == starts.date() else f"{starts:%Y-%m-%d} "
    return f"registers {registers:%Y-%m-%d %H:%M}, starts {day}{starts:%H:%M} {campaign.time_zone}"


def _ahead(campaign: Campaign) -> timedelta:
    return timedelta(minutes=campaign.register_ahead_minutes)


def placeholder_findings(paths: Mapping[str, str], *, where: str) -> Iterator[Finding]:
    """A finding for each placeholder in a path other than `{date}` and `{start}`."""
    for column, path in paths.items():
        for found in _PLACE.finditer(path):
            if found[1] not in WORDS:
                message = f"unknown placeholder {found[0]}; use {{date}} or {{start}}"
                yield Finding.error("unknown_placeholder", message, where=where, column=column)
