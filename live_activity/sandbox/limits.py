"""The rate limit: requests per minute for each endpoint and API key."""

from __future__ import annotations

import math
from collections import deque
from datetime import datetime, timedelta

_MINUTE = timedelta(minutes=1)
_MOST_KEYS = 10_000


class Limits:
    """Counts the requests of the last 60 seconds of campaign time, for each key and endpoint.

    A refused request does not count, as in a gateway's sliding window.
    """

    def __init__(self, requests_per_minute: int) -> None:
        self._allowed = requests_per_minute
        self._taken: dict[tuple[str, str], deque[datetime]] = {}

    def take(self, *, key: str, endpoint: str, now: datetime) -> int | None:
        """Counts a request. Returns None if it may pass, else the seconds until one may, at least 1."""
        if not self._allowed:
            return None
        if len(self._taken) >= _MOST_KEYS and (key, endpoint) not in self._taken:
            self._forget_idle(now)
        recent = self._taken.setdefault((key, endpoint), deque())
        while recent and now - recent[0] >= _MINUTE:
            recent.popleft()
        if len(recent) >= self._allowed:
            return max(1, math.ceil((recent[0] + _MINUTE - now).total_seconds()))
        recent.append(now)
        return None

    def _forget_idle(self, now: datetime) -> None:
        """Forgets keys that are not in use: if every key is accepted, a client may send a new one with each request."""
        for name in [name for name, taken in self._taken.items() if now - taken[-1] >= _MINUTE]:
            del self._taken[name]

    def reset(self) -> None:
        """Forgets every request."""
        self._taken.clear()
