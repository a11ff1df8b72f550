"""Filters for times and numbers, besides those of Jinja2: `{{ dep_time | hhmm(day) | plus(minutes=20) }}`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from live_activity.core.content import ABSENT, cell_value
from live_activity.core.formatting import quoted
from live_activity.core.suggestions import did_you_mean
from live_activity.core.times import in_utc, parse_time

_HHMM = re.compile(r"(\d{1,2}):?(\d{2})(?::(\d{2}))?(?:\.0+)?")
_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
# Swift's Date is seconds since 2001.
_SWIFT_EPOCH = datetime(2001, 1, 1, tzinfo=UTC)


def filters_for(zone: ZoneInfo) -> dict[str, Callable[..., Any]]:
    """The filters of one campaign; times without a zone are of `zone`.

    `time(zone)`: a moment from RFC 3339, or from date and time. `hhmm(day, zone)`: a moment from a time of day such
    as 534, 0534, 05:34 or 2400, on a day. `plus(minutes=, hours=, days=, seconds=)` and `minus(...)`: a moment later
    or earlier. `minutes_until(other)`: whole minutes from one moment to another. `local(zone, format)`: a moment as
    people read it there. `number`: text as the number that it spells. `from_json`: the list or object that text
    spells. `unix` and `swift_date`: seconds since 1970, and since 2001, which is what a Swift Date needs. Each raises
    ValueError with the fix.
    """

    def moment(value: Any, within: str | None = None) -> datetime:
        return _moment(value, _zone(within, zone))

    def hhmm(value: Any, day: Any, within: str | None = None) -> datetime:
        return _hhmm(value, day, _zone(within, zone))

    def local(value: Any, within: str | None = None, format: str = "%H:%M") -> str:
        return _moment(value, zone).astimezone(_zone(within, zone)).strftime(format)

    def plus(value: Any, **lengths: Any) -> datetime:
        return _moment(value, zone) + _length(lengths)

    def minus(value: Any, **lengths: Any) -> datetime:
        return _moment(value, zone) - _length(lengths)

    def minutes_until(value: Any, other: Any) -> int:
        return round((_moment(other, zone) - _moment(value, zone)).total_seconds() / 60)

    def unix(value: Any) -> float:
        return _whole(_moment(value, zone).timestamp())

    def swift_date(value: Any) -> float:
        return _whole((_moment(value, zone) - _SWIFT_EPOCH).total_seconds())

    return {
        "time": moment,
        "hhmm": hhmm,
        "local": local,
        "plus": plus,
        "minus": minus,
        "minutes_until": minutes_until,
        "unix": unix,
        "swift_date": swift_date,
        "number": number,
        "from_json": from_json,
    }


def from_json(value: Any) -> Any:
    """The list or object that a text spells in JSON."""
    try:
        return json.loads(value)
    except (TypeError, ValueError):
        raise ValueError(f"{quoted(value)} is not valid JSON") from None


def number(value: Any) -> int | float:
    """The number that a cell spells; numbers stay what they are."""
    if isinstance(value, str):
        read = cell_value(value.strip())
        value = value if read is ABSENT else read
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{quoted(value)} is not a number")
    return value


def _zone(name: str | None, otherwise: ZoneInfo) -> ZoneInfo:
    if name is None:
        return otherwise
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        from zoneinfo import available_timezones

        raise ValueError(
            f"{name!r} is not an IANA time zone such as Europe/Istanbul{did_you_mean(name, available_timezones())}"
        ) from None


def _moment(value: Any, zone: ZoneInfo) -> datetime:
    found = parse_time(value, zone=zone)
    if not isinstance(found, datetime):
        raise ValueError(f"{quoted(value)} is not a date and time")
    return found


def _hhmm(value: Any, day: Any, zone: ZoneInfo) -> datetime:
    text = str(int(value)) if isinstance(value, int | float) and value == int(value) else str(value).strip()
    found = _HHMM.fullmatch(text)
    if found is None and text.isdigit() and len(text) <= 2:
        found = _HHMM.fullmatch(f"0{text.zfill(2)}")
    hour, minute, second = (int(part or 0) for part in found.groups()) if found else (0, 99, 0)
    if hour > 24 or minute > 59 or second > 59 or (hour == 24 and (minute or second)):
        raise ValueError(f"{quoted(value)} is not a time of day such as 534, 0534 or 05:34")
    # 2400 is the midnight at the end of the day.
    on = _day(day) + timedelta(days=hour // 24)
    return in_utc(datetime.combine(on, time(hour % 24, minute, second)), zone=zone)


def _day(value: Any) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    found = _DAY.match(str(value).strip())
    if found is None:
        raise ValueError(f"{quoted(value)} is not a day such as 2013-02-08")
    try:
        return date(*(int(part) for part in found.groups()))
    except ValueError:
        raise ValueError(f"{quoted(value)} is not in the calendar") from None


def _length(lengths: Mapping[str, Any]) -> timedelta:
    known = ("days", "hours", "minutes", "seconds")
    for name in lengths:
        if name not in known:
            raise ValueError(f"there is no {name!r}{did_you_mean(name, known) or '; name minutes or hours'}")
    return timedelta(**{name: number(value) for name, value in lengths.items()})


def _whole(seconds: float) -> float:
    return int(seconds) if seconds == int(seconds) else seconds
