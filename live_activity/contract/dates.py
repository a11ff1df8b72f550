"""Swift's dates: seconds since 2001-01-01T00:00:00Z, which is Unix time less 978,307,200."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

REFERENCE = datetime(2001, 1, 1, tzinfo=UTC)
UNIX_OFFSET = 978_307_200
TWENTY_YEARS = 20 * 365.25 * 86_400

_RFC_3339 = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ](?P<time>[0-9]{2}:[0-9]{2}(?::[0-9]{2})?)"
    r"(?:[.,](?P<fraction>[0-9]+))? ?(?P<zone>[Zz]|[+-][0-9]{2}:?[0-9]{2})?"
)


@lru_cache(maxsize=4096)
def reference_seconds(text: str) -> float | int | None:
    """The date of an RFC 3339 text as Swift counts it; None where it is not one.

    Raises ValueError where it is a date and time without a zone.
    """
    found = _RFC_3339.fullmatch(text.strip())
    if found is None:
        return None
    if found["zone"] is None:
        raise ValueError(f"write its time zone too, such as {text.strip()}Z or {text.strip()}+03:00")
    zone = "+00:00" if found["zone"] in "Zz" else found["zone"]
    fraction = (found["fraction"] or "0")[:6].ljust(6, "0")
    try:
        moment = datetime.fromisoformat(f"{found['day']}T{found['time']}{zone}")
        return seconds_of(moment + timedelta(microseconds=int(fraction)))
    except (ValueError, OverflowError):
        return None


def seconds_of(moment: datetime) -> float | int:
    """An aware moment as Swift counts it, an int where it has no fraction."""
    seconds = (moment - REFERENCE) / timedelta(seconds=1)
    return int(seconds) if seconds.is_integer() else seconds


def shown_date(seconds: float) -> str:
    """The day that a phone would show for so many seconds, or that it is out of the calendar."""
    try:
        return f"{REFERENCE + timedelta(seconds=seconds):%Y-%m-%d}"
    except OverflowError:
        return "a day out of the calendar"


def far_off(seconds: float, *, now: datetime) -> str | None:
    """Why a number is probably not the date that was meant: it is 20 or more years off; None where it is not."""
    today = (now - REFERENCE).total_seconds()
    if abs(seconds - today) < TWENTY_YEARS:
        return None
    message = f"would show {shown_date(seconds)} on the phone, 20 or more years off"
    for unit, divisor in (("", 1), (" in milliseconds", 1000)):
        meant = seconds / divisor - UNIX_OFFSET
        if abs(meant - today) < TWENTY_YEARS:
            right = int(meant) if meant.is_integer() else meant
            return (
                f"{message}; it looks like Unix time{unit}, and a Swift Date counts from 2001: write {right}, "
                f"which is {REFERENCE + timedelta(seconds=meant):%Y-%m-%dT%H:%M:%SZ}, or that text"
            )
    return (
        f"{message}; a Swift Date counts seconds since 2001-01-01T00:00:00Z (Unix time less 978307200), or write "
        "a text such as 2026-07-19T19:00:00Z"
    )
