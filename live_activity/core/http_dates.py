"""Times in HTTP headers: dates, and the header `Retry-After` (RFC 9110, 5.6.7 and 10.2.3)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_SECONDS = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)


def http_date(text: str | None) -> datetime | None:
    """The date of a header in UTC; None where the header is absent or holds no date."""
    try:
        found = parsedate_to_datetime((text or "").strip())
        # RFC 9110 knows no other zone than GMT; without one it can only mean that.
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def retry_after(header: str | None, *, now: datetime, longest: float) -> float | None:
    """The seconds to wait, between 0 and `longest`; None where the header is absent or invalid.

    The header holds seconds, or a date, which is taken relative to `now`.
    """
    text = (header or "").strip()
    if _SECONDS.fullmatch(text):
        seconds = float(text)
    elif (moment := http_date(text)) is not None:
        seconds = (moment - now).total_seconds()
    else:
        return None
    return min(max(seconds, 0.0), longest)
