"""How long to wait before a call is repeated: as long as the server asks, else exponentially with full jitter."""

from __future__ import annotations

from random import Random

from live_activity.api.errors import ApiError

FIRST_SECONDS, MOST_SECONDS = 1.0, 60.0
# After a `Retry-After`, so that many workers do not call again at the same instant.
SPREAD_SECONDS = 1.0


def delay(attempt: int, *, error: ApiError | None, random: Random) -> float:
    """Seconds to wait after `attempt` failures in a row.

    A `Retry-After` is the minimum. One of 0 counts as none: a server that keeps sending it must not be called every
    second.
    """
    if error is not None and error.retry_after:
        return error.retry_after + random.uniform(0, SPREAD_SECONDS)
    doublings = min(max(attempt, 1) - 1, 16)
    return random.uniform(0, min(MOST_SECONDS, FIRST_SECONDS * 2.0**doublings))
