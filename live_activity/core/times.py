"""When a row is due: a moment, a time since the start, or when the row was first seen (DESIGN, Tables)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import TypeAlias
from zoneinfo import ZoneInfo

from live_activity.core.formatting import quoted

TimeSpec: TypeAlias = datetime | timedelta | None
"""An aware moment in UTC, a time since the start, or None for when the row was first seen."""

# No activity lives longer (reference, /register: ends_at).
LONGEST = timedelta(days=7)

_SPELLINGS = (
    "write 2026-07-19 20:00 or 2026-07-19T20:00:00+03:00, or since the start: 23m, 1h05m, +00:23:00 or PT23M"
)
_DATE_AND_TIME = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})(?:[Tt]| +)(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})"
    r"(?::(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]+))?)?"
    r" ?(?P<zone>[Zz]|(?P<sign>[+-])(?P<ahead>[0-9]{2})(?::?(?P<ahead_minutes>[0-9]{2}))?)?"
)
_UNITS = re.compile(
    r"\+?(?=[0-9])(?:(?P<days>[0-9]+)d ?)?(?:(?P<hours>[0-9]+)h ?)?(?:(?P<minutes>[0-9]+)m ?)?"
    r"(?:(?P<seconds>[0-9]+)(?:\.(?P<fraction>[0-9]+))?s)?",
    re.IGNORECASE,
)
_ISO = re.compile(
    r"\+?P(?=[0-9T])(?:(?P<weeks>[0-9]+)W)?(?:(?P<days>[0-9]+)D)?"
    r"(?:T(?=[0-9])(?:(?P<hours>[0-9]+)H)?(?:(?P<minutes>[0-9]+)M)?"
    r"(?:(?P<seconds>[0-9]+)(?:[.,](?P<fraction>[0-9]+))?S)?)?",
    re.IGNORECASE,
)
_PLUS = re.compile(
    r"\+(?P<hours>[0-9]+):(?P<minutes>[0-5][0-9]):(?P<seconds>[0-5][0-9])(?:\.(?P<fraction>[0-9]+))?"
)
_DURATIONS = (_UNITS, _ISO, _PLUS)

_BARE_NUMBER = re.compile(r"\+?[0-9]+(?:[.,][0-9]+)?")
_TIME_OF_DAY = re.compile(r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?: ?[ap]\.?m\.?)?", re.IGNORECASE)
_BACKWARDS = re.compile(r"-[0-9P]|P[0-9DWT]*-", re.IGNORECASE)
_TWO_PARTS = re.compile(r"\+(?P<first>[0-9]+):(?P<second>[0-9]{2})")
_BARE_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def parse_time(value: object, *, zone: ZoneInfo) -> TimeSpec:
    """When a cell of the `at` column says that its row is due: text by its spelling, typed values by type.

    A date and time without a zone is one of `zone`. Nothing is guessed: raises ValueError, in words for
    whoever wrote the table, for a time that a clock change skips or doubles, a bare `15:00` or `23`, a time
    before the start, and every spelling that is not in DESIGN, Tables.
    """
    if value is None:
        return None
    if isinstance(value, str):
        return _read(value.strip(), zone=zone)
    if isinstance(value, datetime):
        return in_utc(value, zone=zone)
    if isinstance(value, timedelta):
        return _since_start(value, shown=str(value))
    if isinstance(value, date):
        raise ValueError(_no_time(value.isoformat()))
    if isinstance(value, time):
        raise ValueError(_no_date(value.isoformat()))
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise ValueError(_no_unit(str(value)))
    raise ValueError(f"{quoted(value)} is no time; {_SPELLINGS}")


def in_utc(moment: datetime, *, zone: ZoneInfo) -> datetime:
    """The moment in UTC, in `zone` where it names none. Raises ValueError for a time skipped or doubled."""
    try:
        if moment.tzinfo is not None:
            return _in_reach(moment.astimezone(UTC), shown=str(moment))
        first, second = (moment.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
        if first.utcoffset() == second.utcoffset():
            return _in_reach(first.astimezone(UTC), shown=str(moment))
        there = first.astimezone(UTC).astimezone(zone)
    except OverflowError:
        raise ValueError(f"{moment} is out of reach; mend the year") from None
    if there.replace(tzinfo=None) == moment:
        raise ValueError(
            f"{moment} comes twice in {zone}, because the clocks change; write "
            f"{first.isoformat()} for the first or {second.isoformat()} for the second"
        )
    raise ValueError(
        f"{moment} never comes in {zone}, because the clocks change over it; write "
        f"{there.replace(tzinfo=None)} or {there.isoformat()} if that is the time you mean"
    )


def _read(text: str, *, zone: ZoneInfo) -> TimeSpec:
    if not text:
        return None
    if found := _DATE_AND_TIME.fullmatch(text):
        return in_utc(_written(found), zone=zone)
    for duration in _DURATIONS:
        if found := duration.fullmatch(text):
            return _since_start(_length(found), shown=quoted(text))
    raise ValueError(_why_not(text))


def _written(found: re.Match[str]) -> datetime:
    second = int(found["second"] or 0)
    try:
        day = date.fromisoformat(found["date"])
        clock = time(int(found["hour"]), int(found["minute"]), second, _microseconds(found["fraction"]))
        return datetime.combine(day, clock, tzinfo=_offset(found))
    except ValueError as error:
        raise ValueError(f"{quoted(found.string)} is not in the calendar ({error}); mend it") from None


def _offset(found: re.Match[str]) -> timezone | None:
    if found["zone"] is None:
        return None
    if found["sign"] is None:
        return UTC
    minutes = int(found["ahead_minutes"] or 0)
    if minutes > 59 or int(found["ahead"]) > 23:
        raise ValueError("an offset is 23:59 at most")
    ahead = timedelta(hours=int(found["ahead"]), minutes=minutes)
    return timezone(-ahead if found["sign"] == "-" else ahead)


def _length(found: re.Match[str]) -> timedelta:
    written = {unit: part for unit, part in found.groupdict().items() if part and unit != "fraction"}
    try:
        parts = {unit: int(part) for unit, part in written.items()}
        return timedelta(microseconds=_microseconds(found["fraction"]), **parts)
    except (OverflowError, ValueError):
        return timedelta.max


def _microseconds(fraction: str | None) -> int:
    return int((fraction or "")[:6].ljust(6, "0"))


def _since_start(length: timedelta, *, shown: str) -> timedelta:
    if length < timedelta(0):
        raise ValueError(_before_start(shown))
    if length > LONGEST:
        raise ValueError(
            f"{shown} is more than 7 days after the start, and no activity lives as long; shorten it"
        )
    return length


def _in_reach(moment: datetime, *, shown: str) -> datetime:
    if not 1970 <= moment.year < 9999:
        raise ValueError(f"{shown} is out of reach; mend the year")
    return moment


def _why_not(text: str) -> str:
    if _BACKWARDS.match(text):
        return _before_start(quoted(text))
    if _TIME_OF_DAY.fullmatch(text):
        return _no_date(text)
    if _BARE_NUMBER.fullmatch(text):
        return _no_unit(text)
    if _BARE_DATE.fullmatch(text):
        return _no_time(text)
    if parts := _TWO_PARTS.fullmatch(text):
        both = f"{parts['first']:0>2}:{parts['second']}"
        return (
            f"{quoted(text)} may be hours and minutes or minutes and seconds; write +{both}:00 or +00:{both}"
        )
    return f"{quoted(text)} is no time that can be read without guessing; {_SPELLINGS}"


def _before_start(shown: str) -> str:
    return (
        f"{shown} is before the start, when nothing can be sent; write 0m for the start, or a date and time"
    )


def _no_date(text: str) -> str:
    return (
        f"{quoted(text)} is a time of day without its date; write the date too, such as 2026-07-19 20:00, "
        "or for a time since the start such as 15m or +00:15:00"
    )


def _no_time(text: str) -> str:
    return f"{quoted(text)} is a date without a time of day; write both, such as {text} 20:00"


def _no_unit(text: str) -> str:
    number = text.lstrip("+")
    return (
        f"{quoted(text)} is a number without a unit; write {number}m for minutes since the start, "
        "or a date and time such as 2026-07-19 20:00"
    )
