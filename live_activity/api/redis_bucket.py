"""The slots of one endpoint that workers on several machines share, in a Redis."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import cast

from redis import Redis, RedisError

from live_activity.api.rate_buckets import BucketUnavailable, Limit, hashed, worth_waiting

# A Redis that does not answer must not delay a call that is due.
_TIMEOUT_SECONDS = 2.0

# Milliseconds to the next free slot, or -1 when it was taken or released. Taking one twice takes one: the answer to
# the first time may have been lost. A slot beyond `after_crash` is from before the Redis's clock was set back.
_SCRIPT = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local slots, calls, after_answer, after_crash = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local slot, act = ARGV[4], ARGV[5]
local answer = -1
redis.call('ZREMRANGEBYSCORE', slots, '-inf', now)
for _, late in ipairs(redis.call('ZRANGEBYSCORE', slots, '(' .. (now + after_crash), '+inf')) do
  redis.call('ZADD', slots, now + after_answer, late)
end
if act == 'unused' then
  redis.call('ZREM', slots, slot)
elseif act == 'answered' then
  redis.call('ZADD', slots, now + after_answer, slot)
elseif not redis.call('ZSCORE', slots, slot) then
  if redis.call('ZCARD', slots) < calls then
    redis.call('ZADD', slots, now + after_crash, slot)
  else
    answer = redis.call('ZRANGE', slots, 0, 0, 'WITHSCORES')[2] - now
  end
end
redis.call('PEXPIRE', slots, after_crash)
return answer
"""


class RedisBucket:
    """Slots shared by every process that names the same Redis and key. Raises `BucketUnavailable`.

    Time is the Redis's own, so that machines whose clocks differ count the same minute.
    """

    def __init__(self, limit: Limit, url: str, key: str) -> None:
        """Raises `ValueError` where the URL is invalid."""
        self._limit = limit
        self._key = key
        self._redis = Redis.from_url(
            url, socket_timeout=_TIMEOUT_SECONDS, socket_connect_timeout=_TIMEOUT_SECONDS
        )

    async def take(self, slot: str) -> timedelta | None:
        wait = await asyncio.to_thread(self._run, slot, "take")
        return None if wait < 0 else worth_waiting(wait, self._limit)

    async def release(self, slot: str, *, used: bool) -> None:
        await asyncio.to_thread(self._run, slot, "answered" if used else "unused")

    def close(self) -> None:
        self._redis.close()

    def _run(self, slot: str, act: str) -> int:
        limit = self._limit
        numbers = (str(limit.calls), str(limit.after_answer), str(limit.after_crash))
        try:
            # Not a registered script: a Redis that was restarted has forgotten it, and sending it again costs little.
            return int(cast("int", self._redis.eval(_SCRIPT, 1, self._key, *numbers, slot, act)))
        except RedisError as error:
            raise BucketUnavailable(str(error)) from None


def shared_key(account: str, endpoint: str) -> str:
    """The key of the slots of an account's endpoint."""
    return f"live-activity:slots:{hashed(account)}:{endpoint}"
