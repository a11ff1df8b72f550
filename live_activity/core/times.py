"""The one grammar of a time: the `at` column, `starts_at` and `ends_at` of a campaign, and steering's `move_end`.

A time is a date and time (RFC 3339, or with a space; without a zone it is one of the campaign's) or, in the `at`
column, a duration since the start. A bare date, a bare time of day and a bare number are refused everywhere, with a
hint: nothing is guessed.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import TypeAlias
from zoneinfo import ZoneInfo

from live_activity.core.formatting import quoted

TimeSpec: TypeAlias = datetime | timedelta | None
"""An aware moment in UTC, a time since the start, or None for when the row was first seen."""

# The vendor keeps no activity longer than this.
LONGEST = timedelta(days=7)

_DATE_SPELLINGS = "write it like 2026-07-19 20:00 or 2026-07-19T20:00:00+03:00"
_SPELLINGS = f"{_DATE_SPELLINGS}, or since the start: 23m, 1h05m, +00:23:00 or PT23M"
_DATE_AND_TIME = re.compile(
    r"(?P<date>[0-9]{4}(?P<dash>[-/])[0-9]{2}(?P=dash)[0-9]{2})(?:[Tt]| +)(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})"
    r"(?::(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]+))?)?(?: ?(?P<half>[AaPp])\.?[Mm]\.?)?"
    r" ?(?P<zone>[Zz]|UTC|GMT|(?P<sign>[+-])(?P<ahead>[0-9]{2})(?::?(?P<ahead_minutes>[0-9]{2}))?)?"
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
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff]")
_DURATIONS = (_UNITS, _ISO, _PLUS)

_BARE_NUMBER = re.compile(r"\+?[0-9]+(?:[.,][0-9]+)?")
_TIME_OF_DAY = re.compile(r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?: ?[ap]\.?m\.?)?", re.IGNORECASE)
# The years 2001 to 2100 in Unix seconds, and as the days that spreadsheets count.
_EPOCH = (978_307_200, 4_102_444_800)
_SERIAL_DAYS = (36_892, 73_051)
_BACKWARDS = re.compile(r"-[0-9P]|P[0-9DWT]*-", re.IGNORECASE)
_TWO_PARTS = re.compile(r"\+(?P<first>[0-9]+):(?P<second>[0-9]{2})")
_BARE_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WEEK_DATE = re.compile(r"[0-9]{4}-?W[0-9]{2}(?:-?[0-9])?(?:[T ].*)?", re.IGNORECASE)


def parse_time(value: object, *, zone: ZoneInfo) -> TimeSpec:
    """Parses a cell of the `at` column, which says when its row is due: text by its spelling, typed values by type.

    A date and time without a zone is one of `zone`. Raises ValueError, with the fix, for a time that a clock change
    skips or doubles, a bare `15:00` or `23`, a time before the start, and every other spelling.
    """
    if value is None:
        return None
    if isinstance(value, str):
        text = _plain(value)
        if not text:
            return None
        if (written := _date_and_time(text)) is not None:
            return in_utc(written, zone=zone)
        if (length := _duration(text)) is not None:
            return _since_start(length, shown=quoted(text))
        raise ValueError(_why_not(text))
    if isinstance(value, datetime):
        return in_utc(value, zone=zone)
    if isinstance(value, timedelta):
        # Python writes five minutes before as "-1 day, 23:55:00".
        return _since_start(value, shown=f"-{-value}" if value < timedelta(0) else str(value))
    raise ValueError(_why_not_typed(value))


def parse_date_time(value: object) -> datetime:
    """Parses a date and time by the same grammar, without a zone where none is written; `in_utc` completes it.

    For places where a duration since the start has no meaning. Raises ValueError with the fix.
    """
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        raise ValueError(_why_not_typed(value, durations=False))
    text = _plain(value)
    if not text:
        raise ValueError(f"is empty; {_DATE_SPELLINGS}")
    if (written := _date_and_time(text)) is not None:
        return written
    raise ValueError(_why_not(text, durations=False))


def parse_moment(value: object, *, zone: ZoneInfo) -> datetime:
    """The moment in UTC that a date and time names, in `zone` where it names none. Raises ValueError with the fix."""
    return in_utc(parse_date_time(value), zone=zone)


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
        raise ValueError(f"{moment} is out of range; correct the year") from None
    if there.replace(tzinfo=None) == moment:
        raise ValueError(
            f"{moment} comes twice in {zone}, because the clocks change; write "
            f"{first.isoformat()} for the first or {second.isoformat()} for the second"
        )
    raise ValueError(
        f"{moment} never comes in {zone}, because the clocks change over it; write "
        f"{there.replace(tzinfo=None)} or {there.isoformat()} if that is the time you mean"
    )


def _plain(text: str) -> str:
    """The text with plain spaces, and without the byte order marks and invisible characters that exports leave."""
    return text.strip() if text.isascii() else " ".join(_INVISIBLE.sub("", text).split())


def _date_and_time(text: str) -> datetime | None:
    found = _DATE_AND_TIME.fullmatch(text)
    return _written(found) if found else None


def _duration(text: str) -> timedelta | None:
    for spelling in _DURATIONS:
        if found := spelling.fullmatch(text):
            return _length(found)
    return None


def _written(found: re.Match[str]) -> datetime:
    second = int(found["second"] or 0)
    try:
        day = date.fromisoformat(found["date"].replace("/", "-"))
        hour = _hour(found)
        if hour == 24 and not found["half"]:
            raise ValueError(f"for midnight write {day + timedelta(days=1)} 00:00")
        clock = time(hour, int(found["minute"]), second, _microseconds(found["fraction"]))
        return datetime.combine(day, clock, tzinfo=_offset(found))
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{quoted(found.string)} is not in the calendar ({error}); correct it") from None


def _hour(found: re.Match[str]) -> int:
    """The hour in 24-hour time; 12 AM is midnight."""
    hour, half = int(found["hour"]), (found["half"] or "").lower()
    if not half:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError("hour must be in 1..12 with AM and PM")
    return hour % 12 + (12 if half == "p" else 0)


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
            f"{shown} is more than 7 days after the start, and no activity lives that long; shorten it"
        )
    return length


def _in_reach(moment: datetime, *, shown: str) -> datetime:
    if not 1970 <= moment.year < 9999:
        raise ValueError(f"{shown} is out of range; correct the year")
    return moment


def _why_not_typed(value: object, *, durations: bool = True) -> str:
    if isinstance(value, timedelta):
        return _no_duration(str(value))
    if isinstance(value, date):
        return _bare_date(value.isoformat())
    if isinstance(value, time):
        return _bare_time_of_day(value.isoformat(), durations=durations)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _bare_number(str(value), durations=durations)
    return f"{quoted(value)} is not a time; {_SPELLINGS if durations else _DATE_SPELLINGS}"


def _why_not(text: str, *, durations: bool = True) -> str:
    if _TIME_OF_DAY.fullmatch(text):
        return _bare_time_of_day(text, durations=durations)
    if _BARE_NUMBER.fullmatch(text):
        return _bare_number(text, durations=durations)
    if _BARE_DATE.fullmatch(text):
        return _bare_date(text)
    if _WEEK_DATE.fullmatch(text):
        return f"{quoted(text)} is a week of the year; {_DATE_SPELLINGS}"
    if not durations:
        if _BACKWARDS.match(text) or _TWO_PARTS.fullmatch(text) or _duration(text) is not None:
            return _no_duration(text)
        return f"{quoted(text)} cannot be read as a date and time without guessing; {_DATE_SPELLINGS}"
    if _BACKWARDS.match(text):
        return _before_start(quoted(text))
    if parts := _TWO_PARTS.fullmatch(text):
        both = f"{parts['first']:0>2}:{parts['second']}"
        return (
            f"{quoted(text)} may be hours and minutes or minutes and seconds; write +{both}:00 or +00:{both}"
        )
    return f"{quoted(text)} cannot be read as a time without guessing; {_SPELLINGS}"


def _before_start(shown: str) -> str:
    return (
        f"{shown} is before the start, when nothing can be sent; write 0m for the start, or a date and time"
    )


def _bare_time_of_day(text: str, *, durations: bool) -> str:
    since = ", or 15m or +00:15:00 for a time since the start" if durations else ""
    return f"{quoted(text)} is a time of day without its date; write the date too, such as 2026-07-19 20:00{since}"


def _bare_date(text: str) -> str:
    return f"{quoted(text)} is a date without a time of day; write both, such as {text} 20:00"


def _bare_number(text: str, *, durations: bool) -> str:
    shown = quoted(text)
    if (moment := _counted(text)) is not None:
        kind, at = moment
        return (
            f"{shown} is a number, and seems to be {kind}; write it as a date and time: {at:%Y-%m-%d %H:%M}"
        )
    if not durations:
        return f"{shown} is a number; write a date and time such as 2026-07-19 20:00"
    number = text.lstrip("+")
    return (
        f"{shown} is a number without a unit; write {number if len(number) < 20 else 23}m for minutes since the start, "
        "or a date and time such as 2026-07-19 20:00"
    )


def _counted(text: str) -> tuple[str, datetime] | None:
    """The moment that a large number may stand for: Unix time, or a spreadsheet's count of days."""
    number = float(text.replace(",", "."))
    kind, per_second = ("Unix seconds", 1) if number < 1e11 else ("Unix milliseconds", 1000)
    if _EPOCH[0] <= number / per_second < _EPOCH[1]:
        return kind + " (UTC)", datetime.fromtimestamp(number / per_second, UTC)
    if _SERIAL_DAYS[0] <= number < _SERIAL_DAYS[1]:
        moment = datetime(1899, 12, 30, tzinfo=UTC) + timedelta(minutes=round(number * 1440))
        return "a spreadsheet's number of a date", moment
    return None


def _no_duration(text: str) -> str:
    return f"{quoted(text)} counts from the start, and here a date and time is needed; {_DATE_SPELLINGS}"
