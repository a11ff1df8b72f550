"""One limit for workers on several machines, kept in a real Redis."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest
from pydantic import SecretStr
from redis import Redis

from live_activity.api import RateLimiter
from live_activity.api.account import Account, shared_rate_limiter
from live_activity.api.rate_buckets import MARGIN, WINDOW, Limit
from live_activity.api.redis_bucket import RedisBucket, shared_key
from live_activity.core.clock import RealClock
from live_activity.core.settings import settings
from live_activity.core.virtual_clock import VirtualClock
from tests.api.client_calls import NOW
from tests.barrier import run_together
from tests.postgres_server import free_port
from tests.redis_server import NO_REDIS, redis_server


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    program = shutil.which("redis-server")
    if program is None:
        if os.environ.get("TESTS_REDIS") == "required":
            pytest.fail(NO_REDIS)
        pytest.skip(NO_REDIS)
    with redis_server(program, tmp_path_factory.mktemp("redis"), port=free_port()) as url:
        yield url


def bucket(url: str, account: str, *, calls: int, endpoint: str = "update") -> RedisBucket:
    limit = Limit(calls, longest_call=timedelta(seconds=100))
    return RedisBucket(limit, url, shared_key(account, endpoint))


async def test_two_workers_share_an_accounts_minute(redis_url: str) -> None:
    one, other = (bucket(redis_url, "shared", calls=3) for _ in range(2))
    assert [await each.take(slot) for each, slot in ((one, "a"), (other, "b"), (one, "c"))] == [None] * 3
    await one.release("a", used=True)
    wait = await other.take("d")
    assert wait is not None
    assert timedelta() < wait <= WINDOW + MARGIN
    await one.release("c", used=False)
    assert await other.take("d") is None
    # The answer to the first attempt may have been lost.
    assert await other.take("d") is None
    assert await other.take("e") is not None
    one.close()
    other.close()


async def test_accounts_and_endpoints_have_minutes_of_their_own(redis_url: str) -> None:
    every = [
        bucket(redis_url, account, calls=1, endpoint=endpoint)
        for account in ("mine", "yours")
        for endpoint in ("update", "end")
    ]
    assert [await each.take("a") for each in every] == [None] * 4
    for each in every:
        each.close()


async def test_a_slot_lasts_a_window_after_its_answer_and_longer_where_no_answer_came(redis_url: str) -> None:
    kept = bucket(redis_url, "lasts", calls=5)
    redis = Redis.from_url(redis_url, decode_responses=True)
    await kept.take("answered")
    await kept.release("answered", used=True)
    await kept.take("died")
    seconds, _ = redis.time()
    key = shared_key("lasts", "update")
    slots = dict(cast("list[tuple[str, float]]", redis.zrange(key, 0, -1, withscores=True)))
    assert 58 <= slots["answered"] / 1000 - int(seconds) <= 62
    assert 158 <= slots["died"] / 1000 - int(seconds) <= 162
    assert 0 < redis.pttl(key) <= 161_000
    kept.close()
    redis.close()


async def test_entries_from_a_redis_whose_clock_was_ahead_do_not_stop_the_calls(redis_url: str) -> None:
    kept = bucket(redis_url, "set back", calls=1)
    redis = Redis.from_url(redis_url)
    redis.zadd(shared_key("set back", "update"), {"late": 99_999_999_999_999})
    wait = await kept.take("a")
    assert wait is not None
    assert wait <= WINDOW + MARGIN
    assert (await kept.take("a") or WINDOW) <= WINDOW + MARGIN
    kept.close()
    redis.close()


def test_the_keys_in_redis_do_not_contain_the_account() -> None:
    assert "derby" not in shared_key("derby https://api.example.com", "end")


TAKES = """
import asyncio, sys
from datetime import timedelta
from live_activity.api.rate_buckets import Limit
from live_activity.api.redis_bucket import RedisBucket
from tests.barrier import wait_for_start

async def main():
    bucket = RedisBucket(Limit(100, timedelta(seconds=100)), sys.argv[1], "together")
    wait_for_start()
    taken = 0
    while await bucket.take(f"{sys.argv[2]}-{taken}") is None:
        taken += 1
    print(taken)

asyncio.run(main())
"""


def test_concurrent_processes_take_each_slot_once(redis_url: str) -> None:
    assert sum(map(int, run_together(TAKES, [[redis_url, name] for name in "abc"]))) == 100


async def test_a_restarted_redis_is_used_again(tmp_path: Path, redis_url: str) -> None:
    program, port = shutil.which("redis-server"), free_port()
    assert program is not None
    with redis_server(program, tmp_path, port=port) as url:
        kept = bucket(url, "afresh", calls=1)
        assert await kept.take("a") is None
    with redis_server(program, tmp_path, port=port):
        # The call was in flight meanwhile, and counts when it is answered.
        await kept.release("a", used=True)
        assert await kept.take("b") is not None
        kept.close()


async def test_without_its_redis_each_process_keeps_the_limit_by_itself(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = VirtualClock(NOW)
    url = f"redis://127.0.0.1:{free_port()}/0"
    limiter = RateLimiter.of_all_machines(2, clock, redis_url=url, account="away")
    with clock.working():
        for _ in range(3):
            async with limiter.slot("update"):
                pass
    assert clock.now() > NOW + WINDOW
    assert caplog.text.count("kept by this process alone") == 1
    limiter.close()


async def test_the_setting_has_all_workers_of_an_account_keep_one_limit(
    redis_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LIVE_ACTIVITY_REDIS_URL", redis_url)
    account = Account("https://api.example.com", SecretStr("key"), requests_per_minute=1)
    limiters = []
    for machine in ("one", "other"):
        monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / machine))
        settings.cache_clear()
        limiters.append(shared_rate_limiter(account, RealClock(), name="demo"))

    async def call(limiter: RateLimiter, endpoint: str) -> None:
        async with limiter.slot(endpoint):
            pass

    await call(limiters[0], "update")
    second = asyncio.ensure_future(call(limiters[1], "update"))
    await call(limiters[1], "end")
    assert not second.done()
    second.cancel()
    with suppress(asyncio.CancelledError):
        await second
    for limiter in limiters:
        limiter.close()
    settings.cache_clear()
