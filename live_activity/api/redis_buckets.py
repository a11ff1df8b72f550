"""The places that workers on several machines share, in a Redis."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import timedelta

from pyrate_limiter import RedisBucket
from redis import Redis

from live_activity.api.rate_buckets import MARGIN, WINDOW, put, rates_of

# A Redis that does not answer must not keep a call waiting that is due.
_TIMEOUT_SECONDS = 2.0
# A lock whose holder died is free again after so long, in seconds; holding it takes a few milliseconds.
_LOCK_SECONDS, _LOCK_PAUSE = 5.0, 0.005


class SharedRedisBucket:
    """Places that every process shares which names the same Redis and key. Raises `redis.RedisError`.

    Time is the Redis's own, so that machines whose clocks differ count the same minute.
    """

    def __init__(self, requests_per_minute: int, url: str, key: str) -> None:
        self._rates = rates_of(requests_per_minute)
        self._key = key
        self._redis = Redis.from_url(
            url, socket_timeout=_TIMEOUT_SECONDS, socket_connect_timeout=_TIMEOUT_SECONDS
        )

    async def take(self) -> timedelta | None:
        """Takes a place and says None, or says after how long one will be free, if no other process is first."""
        return await asyncio.to_thread(self._take)

    def close(self) -> None:
        """Closes the connections."""
        self._redis.close()

    def _take(self) -> timedelta | None:
        # A Redis that was started afresh has forgotten the bucket's script, and loading it again costs little.
        bucket = RedisBucket.init(self._rates, self._redis, self._key)
        assert isinstance(bucket, RedisBucket)  # of a Redis that answers at once
        # The bucket counts up to a moment that it is told; without the lock a later one might come in between.
        with self._redis.lock(
            f"{self._key}:lock",
            timeout=_LOCK_SECONDS,
            sleep=_LOCK_PAUSE,
            blocking_timeout=_TIMEOUT_SECONDS,
        ):
            seconds, microseconds = self._redis.time()
            now = int(seconds) * 1000 + int(microseconds) // 1000
            wait = put(bucket, now)
            if wait is None:
                bucket.leak(now)
                self._redis.pexpire(self._key, WINDOW + 2 * MARGIN)
            return wait


def shared_key(account: str, endpoint: str) -> str:
    """Where the places of an account's endpoint are kept."""
    return f"live-activity:pace:{hashlib.sha256(account.encode()).hexdigest()[:16]}:{endpoint}"
