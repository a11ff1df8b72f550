"""The rate limit: so many requests a minute on each endpoint, per API key."""

from __future__ import annotations

import math
from collections import deque
from datetime import datetime, timedelta

_MINUTE = timedelta(minutes=1)


class Limits:
    """Counts the requests of the last 60 seconds of campaign time, for each key and endpoint.

    A request that is refused does not count, as a gateway's sliding window has it.
    """

    def __init__(self, requests_per_minute: int) -> None:
        self._allowed = requests_per_minute
        self._taken: dict[tuple[str, str], deque[datetime]] = {}

    def take(self, *, key: str, endpoint: str, now: datetime) -> int | None:
        """None when the request may pass; else the seconds until one may, at least 1."""
        if not self._allowed:
            return None
        recent = self._taken.setdefault((key, endpoint), deque())
        while recent and now - recent[0] >= _MINUTE:
            recent.popleft()
        if len(recent) >= self._allowed:
            return max(1, math.ceil((recent[0] + _MINUTE - now).total_seconds()))
        recent.append(now)
        return None

    def reset(self) -> None:
        """Forgets every request."""
        self._taken.clear()
