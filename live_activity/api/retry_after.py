"""The header `Retry-After` (RFC 9110, 10.2.3)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# The vendor's rate limit covers a minute; a longer wait than this is not about it.
LONGEST_WAIT = 300.0

_SECONDS = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)


def retry_after(header: str | None, *, now: datetime) -> float | None:
    """The seconds to wait, between 0 and `LONGEST_WAIT`; None where the header is absent or invalid.

    The header holds seconds, or a moment as an HTTP date, which is taken relative to `now`.
    """
    text = (header or "").strip()
    if _SECONDS.fullmatch(text):
        return _within(float(text))
    try:
        moment = parsedate_to_datetime(text)
        # RFC 9110 knows no other zone than GMT; without one it can only mean that.
        moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        return _within((moment - now).total_seconds())
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _within(seconds: float) -> float:
    return min(max(seconds, 0.0), LONGEST_WAIT)
