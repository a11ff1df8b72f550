from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from live_activity.api import Client, RateLimiter, RefusedRequest, WrongAddress
from live_activity.core.virtual_clock import VirtualClock
from tests.api.client_calls import (
    BASE_URL,
    CALLS,
    CONTENT,
    KEY,
    NOW,
    PEOPLE,
    PHONE,
    answering,
    client_of,
    error_of,
)

ADDED = {"status": "success", "activity_id": "a-1", "matched": 3, "added": 2, "refreshed": 1}
GOOD = {"status": "success", "activity_id": "a-1"}


def recorder(seen: list[httpx.Request]) -> Callable[[httpx.Request], httpx.Response]:
    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=GOOD)

    return handler


async def sent(call: Callable[[Client], Awaitable[Any]]) -> tuple[httpx.Request, dict[str, Any]]:
    seen: list[httpx.Request] = []
    async with client_of(recorder(seen)) as client:
        await call(client)
    (request,) = seen
    return request, json.loads(request.content)


@pytest.mark.parametrize("endpoint", CALLS)
async def test_a_call_is_one_post_of_json_with_the_key_to_its_path(endpoint: str) -> None:
    request, _ = await sent(CALLS[endpoint])
    assert request.method == "POST"
    assert str(request.url) == f"{BASE_URL}/api/v1/live-activity/{endpoint.replace('_', '-')}"
    assert request.headers["X-Api-Key"] == KEY
    assert request.headers["Content-Type"] == "application/json"


async def test_register_sends_type_people_and_expiry() -> None:
    _, body = await sent(CALLS["register"])
    assert body == {"activity_type": "Match", "insider_ids": PEOPLE, "ends_at": "2026-07-20T03:00:00Z"}


@pytest.mark.parametrize("endpoint", ["add_users", "remove_users"])
async def test_people_are_added_and_removed_by_activity(endpoint: str) -> None:
    _, body = await sent(CALLS[endpoint])
    assert body == {"activity_id": "a-1", "activity_type": "Match", "insider_ids": PEOPLE}


@pytest.mark.parametrize("endpoint", ["start", "update", "end"])
async def test_a_push_sends_content_and_the_devices_it_is_meant_for(endpoint: str) -> None:
    _, body = await sent(CALLS[endpoint])
    assert body == {
        "activity_id": "a-1",
        "activity_type": "Match",
        "content": CONTENT,
        "target_devices": [{"insider_id": PHONE.insider_id, "udid": PHONE.udid}],
    }


async def test_a_push_to_everybody_names_no_devices() -> None:
    _, body = await sent(lambda client: client.end(activity_id="a-1", activity_type="Match", content=CONTENT))
    assert "target_devices" not in body


async def test_an_empty_list_of_devices_is_refused_and_does_not_mean_everybody() -> None:
    seen: list[httpx.Request] = []
    async with client_of(recorder(seen)) as client:
        with pytest.raises(ValueError, match="target_devices is empty"):
            await client.end(activity_id="a-1", activity_type="Match", content=CONTENT, target_devices=[])
    assert not seen


@pytest.mark.parametrize(
    ("moment", "written"),
    [
        (datetime(2026, 7, 19, 21, 0, 5, 999_999, tzinfo=UTC), "2026-07-19T21:00:05Z"),
        (datetime(2026, 7, 19, 23, 0, tzinfo=timezone(timedelta(hours=2))), "2026-07-19T21:00:00Z"),
    ],
)
async def test_the_expiry_is_written_in_utc_and_whole_seconds(moment: datetime, written: str) -> None:
    _, body = await sent(
        lambda client: client.register(activity_type="Match", insider_ids=PEOPLE, ends_at=moment)
    )
    assert body["ends_at"] == written


async def test_an_expiry_without_a_zone_is_not_guessed() -> None:
    async with client_of(answering(200, json=GOOD)) as client:
        with pytest.raises(ValueError, match="no time zone"):
            await client.register(
                activity_type="Match",
                insider_ids=PEOPLE,
                ends_at=datetime(2026, 7, 19),  # noqa: DTZ001  # a time without a zone is what is tested
            )


async def test_half_a_surrogate_pair_in_a_text_is_sent_as_json() -> None:
    state = {"content_state": {"name": "\ud83d"}}
    _, body = await sent(
        lambda client: client.update(activity_id="a-1", activity_type="Match", content=state)
    )
    assert body["content"] == state


@pytest.mark.parametrize("value", [float("nan"), float("inf"), datetime(2026, 7, 19, tzinfo=UTC), {1, 2}])
async def test_content_that_is_no_json_is_refused_before_it_leaves(value: object) -> None:
    seen: list[httpx.Request] = []
    async with client_of(recorder(seen)) as client:
        with pytest.raises(RefusedRequest, match="was not sent") as caught:
            await client.update(
                activity_id="a-1", activity_type="Match", content={"content_state": {"x": value}}
            )
    assert not seen
    assert caught.value.status is None
    assert not caught.value.safe_to_repeat


@pytest.mark.parametrize(
    "base_url",
    [
        "https://host.test",
        "https://host.test/",
        "https://host.test/api/v1/live-activity",
        "https://host.test/api/v1/live-activity/",
        " https://host.test ",
    ],
)
async def test_the_prefix_is_appended_once(base_url: str) -> None:
    seen: list[httpx.Request] = []
    clock = VirtualClock(NOW)
    client = Client(
        base_url=base_url,
        api_key=SecretStr(KEY),
        rate_limiter=RateLimiter.in_memory(0, clock),
        clock=clock,
        transport=httpx.MockTransport(recorder(seen)),
    )
    async with client:
        await CALLS["end"](client)
    assert str(seen[0].url) == "https://host.test/api/v1/live-activity/end"


@pytest.mark.parametrize(
    "base_url",
    [
        "",
        "host.test",
        "ftp://host.test",
        "https://",
        "https://u:hidden@host.test",
        "https://h.test?hidden",
        "https://[::1",
        "https://h:99999",
    ],
)
def test_an_unusable_base_url_is_reported_at_once_and_not_shown(base_url: str) -> None:
    clock = VirtualClock(NOW)
    with pytest.raises(ValueError, match="base URL must be like") as caught:
        Client(
            base_url=base_url,
            api_key=SecretStr(KEY),
            rate_limiter=RateLimiter.in_memory(0, clock),
            clock=clock,
        )
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize("key", ["", "  ", "two words", "line\nbreak", "schlüssel"])
def test_a_key_that_no_header_can_carry_is_reported_at_once_and_not_shown(key: str) -> None:
    clock = VirtualClock(NOW)
    with pytest.raises(ValueError, match="API key") as caught:
        Client(
            base_url=BASE_URL,
            api_key=SecretStr(key),
            rate_limiter=RateLimiter.in_memory(0, clock),
            clock=clock,
        )
    assert not key.strip() or key not in str(caught.value)


@pytest.mark.parametrize("endpoint", CALLS)
async def test_every_step_of_a_call_has_its_time_limit(endpoint: str) -> None:
    request, _ = await sent(CALLS[endpoint])
    limits = request.extensions["timeout"]
    assert set(limits) == {"connect", "pool", "read", "write"}
    assert all(limit > 0 for limit in limits.values())
    assert limits["read"] == {"start": 120, "register": 60, "add_users": 60}.get(endpoint, 30)


async def test_an_answer_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("live_activity.api.endpoints.Endpoint.deadline", 0.01)

    class Endless(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield b"{"
            await asyncio.Event().wait()

    error = await error_of(client_of(answering(200, stream=Endless())), "update")
    assert error.status == 200
    assert "broke off" in str(error)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(status: int) -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(status, headers={"Location": "https://elsewhere.test/"})

    error = await error_of(client_of(handler), "end")
    assert isinstance(error, WrongAddress)
    assert len(seen) == 1
    assert "redirect" in str(error)


async def test_a_call_waits_for_its_slot_before_it_is_sent() -> None:
    clock = VirtualClock(NOW)
    left: list[datetime] = []

    def handler(_request: httpx.Request) -> httpx.Response:
        left.append(clock.now())
        return httpx.Response(200, json=GOOD)

    with clock.working():
        async with client_of(handler, rate_limiter=RateLimiter.in_memory(2, clock), clock=clock) as client:
            for _ in range(3):
                await CALLS["update"](client)
            await CALLS["end"](client)
    assert left[0] == left[1] == NOW
    assert left[2] >= NOW + timedelta(seconds=60)
    assert left[3] == left[2]


def test_a_client_shows_no_key() -> None:
    client = client_of(answering(200, json=GOOD))
    assert KEY not in repr(client)
    assert KEY not in repr(vars(client))
