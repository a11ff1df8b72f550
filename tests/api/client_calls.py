"""Calls to every endpoint, against a handler function in place of the server."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from pydantic import SecretStr

from live_activity.api import ApiError, Client, RateLimiter, TargetDevice
from live_activity.core.clock import Clock, RealClock
from live_activity.core.virtual_clock import VirtualClock

Handler = Callable[[httpx.Request], httpx.Response]
AsyncHandler = Callable[[httpx.Request], Coroutine[None, None, httpx.Response]]
Call = Callable[[Client], Awaitable[Any]]

NOW = datetime(2026, 7, 19, 18, 0, tzinfo=UTC)
BASE_URL = "https://live.example.test"
KEY = "key-4f9a7c21d0"
PEOPLE = ["anna.k@example.test", "0007-björn"]
PHONE = TargetDevice(insider_id="carla+7@example.test", udid="UDID-00aa11bb")
SECRETS = [KEY, *PEOPLE, PHONE.insider_id, PHONE.udid]
CONTENT = {"title": "Derby", "message": "Goal", "content_state": {"homeScore": 1}}

_PUSH: dict[str, Any] = {
    "activity_id": "a-1",
    "activity_type": "Match",
    "content": CONTENT,
    "target_devices": [PHONE],
}
_PEOPLE: dict[str, Any] = {"activity_id": "a-1", "activity_type": "Match", "insider_ids": PEOPLE}

CALLS: dict[str, Call] = {
    "register": lambda client: client.register(
        activity_type="Match", insider_ids=PEOPLE, ends_at=NOW + timedelta(hours=9)
    ),
    "add_users": lambda client: client.add_users(**_PEOPLE),
    "remove_users": lambda client: client.remove_users(**_PEOPLE),
    "start": lambda client: client.start(**_PUSH),
    "update": lambda client: client.update(**_PUSH),
    "end": lambda client: client.end(**_PUSH),
}


def client_of(
    handler: Handler | AsyncHandler, *, rate_limiter: RateLimiter | None = None, clock: Clock | None = None
) -> Client:
    clock = clock or VirtualClock(NOW)
    return Client(
        base_url=BASE_URL,
        api_key=SecretStr(KEY),
        rate_limiter=rate_limiter or RateLimiter.in_memory(0, clock),
        clock=clock,
        transport=httpx.MockTransport(handler),
    )


def client_at(base_url: str) -> Client:
    clock = RealClock()
    return Client(
        base_url=base_url, api_key=SecretStr(KEY), rate_limiter=RateLimiter.in_memory(0, clock), clock=clock
    )


def answering(status: int, **body: Any) -> Handler:
    return lambda _request: httpx.Response(status, **body)


def raising(error: Exception) -> Handler:
    def handler(_request: httpx.Request) -> httpx.Response:
        raise error

    return handler


async def error_of(client: Client, endpoint: str) -> ApiError:
    """Returns the error that the call raises; any other outcome fails the test."""
    async with client:
        try:
            answer = await CALLS[endpoint](client)
        except ApiError as error:
            return error
    raise AssertionError(f"/{endpoint} was answered: {answer!r}")


def error_from(handler: Handler | AsyncHandler, endpoint: str = "update") -> ApiError:
    return asyncio.run(error_of(client_of(handler), endpoint))


def shown_by(error: BaseException) -> str:
    """Returns all text that a log, a traceback or a debugger shows of an error and its causes."""
    return "\n".join(
        [
            *(f"{one!s} {one!r} {one.args!r} {vars(one)!r}" for one in _chain(error)),
            *traceback.format_exception(error),
        ]
    )


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        if error.__cause__ is not None:
            yield from _chain(error.__cause__)
        error = error.__context__
