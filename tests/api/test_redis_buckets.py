"""One pace for workers on several machines, kept in a real Redis."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from pydantic import SecretStr
from redis import Redis, RedisError

from live_activity.api import RateLimiter
from live_activity.api.account import Account, shared_rate_limiter
from live_activity.api.rate_buckets import MARGIN, WINDOW
from live_activity.api.redis_buckets import SharedRedisBucket, shared_key
from live_activity.core.clock import RealClock, VirtualClock
from live_activity.core.settings import settings
from tests.api.client_calls import NOW
from tests.barrier import together

NO_REDIS = "no redis-server here: the tests of a pace over several machines are left out (apt-get install redis-server)"


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    program = shutil.which("redis-server")
    if program is None:
        if os.environ.get("LIVE_ACTIVITY_REDIS") == "required":
            pytest.fail(NO_REDIS)
        pytest.skip(NO_REDIS)
    with a_redis(program, tmp_path_factory.mktemp("redis"), port=free_port()) as url:
        yield url


@contextmanager
def a_redis(program: str, folder: Path, *, port: int) -> Iterator[str]:
    words = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen([program, *words], stdout=said, stderr=said)
        try:
            url = f"redis://127.0.0.1:{port}/0"
            until = time.monotonic() + 20
            while time.monotonic() < until:
                with suppress(RedisError):
                    Redis.from_url(url).ping()
                    break
            yield url
        finally:
            process.terminate()
            process.wait(20)


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def places(url: str, key: str, *, limit: int) -> SharedRedisBucket:
    return SharedRedisBucket(limit, url, shared_key(key, "update"))


async def test_two_workers_share_an_accounts_minute(redis_url: str) -> None:
    one, other = (places(redis_url, "shared", limit=3) for _ in range(2))
    assert [await each.take() for each in (one, other, one)] == [None, None, None]
    wait = await other.take()
    assert wait is not None
    assert WINDOW < wait <= WINDOW + MARGIN
    one.close()
    other.close()


async def test_accounts_and_endpoints_have_minutes_of_their_own(redis_url: str) -> None:
    every = [
        SharedRedisBucket(1, redis_url, shared_key(account, endpoint))
        for account in ("mine", "yours")
        for endpoint in ("update", "end")
    ]
    assert [await each.take() for each in every] == [None] * 4
    for each in every:
        each.close()


async def test_what_is_kept_is_gone_when_its_minute_is_over(redis_url: str) -> None:
    kept = places(redis_url, "forgets", limit=5)
    await kept.take()
    redis = Redis.from_url(redis_url)
    ttl = redis.pttl(shared_key("forgets", "update"))
    assert isinstance(ttl, int)
    assert 0 < ttl <= (WINDOW + 2 * MARGIN).total_seconds() * 1000
    kept.close()
    redis.close()


def test_no_part_of_an_account_stands_in_a_key() -> None:
    assert "derby" not in shared_key("derby https://api.example.com", "end")


TAKES = """
import asyncio, sys
from live_activity.api.redis_buckets import RedisPlaces
from tests.barrier import wait_for_the_word

async def main():
    places = RedisPlaces(100, sys.argv[1], "together")
    wait_for_the_word()
    taken = 0
    while await places.take() is None:
        taken += 1
    print(taken)

asyncio.run(main())
"""


def test_processes_side_by_side_take_each_place_once(redis_url: str) -> None:
    owned_elsewhere = map(int, together(TAKES, [[redis_url]] * 3))
    assert sum(owned_elsewhere) == 100


async def test_a_redis_that_was_started_afresh_is_used_on(tmp_path: Path, redis_url: str) -> None:
    program, port = shutil.which("redis-server"), free_port()
    assert program is not None
    with a_redis(program, tmp_path, port=port) as url:
        kept = places(url, "afresh", limit=1)
        assert await kept.take() is None
    with a_redis(program, tmp_path, port=port):
        assert await kept.take() is None
        assert await kept.take() is not None
        kept.close()


async def test_a_redis_that_is_away_leaves_a_pace_of_its_own(caplog: pytest.LogCaptureFixture) -> None:
    clock = VirtualClock(NOW)
    url = f"redis://127.0.0.1:{free_port()}/0"
    pace = RateLimiter.of_all_machines(2, clock, redis_url=url, account="away")
    with clock.working():
        for _ in range(3):
            await pace.acquire("update")
    assert clock.now() > NOW + WINDOW
    assert caplog.text.count("kept by this process alone") == 1
    pace.close()


async def test_the_setting_has_all_workers_of_an_account_keep_one_pace(
    redis_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LIVE_ACTIVITY_REDIS_URL", redis_url)
    account = Account("https://api.example.com", SecretStr("key"), requests_per_minute=1)
    paces = []
    for machine in ("one", "other"):
        monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / machine))
        settings.cache_clear()
        paces.append(shared_rate_limiter(account, RealClock(), name="demo"))
    await paces[0].acquire("update")
    second = asyncio.ensure_future(paces[1].acquire("update"))
    await paces[1].acquire("end")
    assert not second.done()
    second.cancel()
    with suppress(asyncio.CancelledError):
        await second
    for pace in paces:
        pace.close()
    settings.cache_clear()
