"""Calls the API without pause, within the rate limit that all processes of an account share."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from pydantic import SecretStr

from live_activity.api import ApiError, Client, RateLimiter
from live_activity.api.rate_buckets import FileBucket, Limit, shared_file
from live_activity.core.clock import RealClock

CALLERS = 60


def call_api(url: str, folder: str, limit: int, window: float, seconds: float) -> None:
    """Calls /update for `seconds`, at most `limit` times per window, counted over all processes with that folder."""
    asyncio.run(
        _call_api(url, Path(folder), Limit(limit, timedelta(seconds=60), timedelta(seconds=window)), seconds)
    )


def use_cpu(seconds: float) -> None:
    """Keeps a core busy for so many seconds."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        sum(range(10_000))


async def _call_api(url: str, folder: Path, limit: Limit, seconds: float) -> None:
    clock = RealClock()
    limiter = RateLimiter(
        clock, lambda endpoint: FileBucket(limit, clock, shared_file(folder, account="a", endpoint=endpoint))
    )
    until = time.monotonic() + seconds
    async with (
        Client(base_url=url, api_key=SecretStr("key"), rate_limiter=limiter, clock=clock) as client,
        asyncio.TaskGroup() as together,
    ):
        for _ in range(CALLERS):
            together.create_task(_call_again_and_again(client, until))
    limiter.close()


async def _call_again_and_again(client: Client, until: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(until - time.monotonic()):
            while True:
                with suppress(ApiError):
                    await client.update(activity_id="a", activity_type="Match", content={"content_state": {}})
