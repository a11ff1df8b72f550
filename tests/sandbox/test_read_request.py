"""How requests are read before the rules of their body: paths, keys, limits, sizes, JSON."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from live_activity.sandbox import SandboxOptions
from live_activity.sandbox.app import PREFIX
from live_activity.sandbox.call_log import ENDPOINTS
from live_activity.sandbox.read_request import BODY_BYTES
from tests.sandbox.sandbox_process import UNKNOWN_ID, Stage, fleet_file, registering, stage

JSON = {"X-Api-Key": "key", "Content-Type": "application/json"}


async def send(
    scene: Stage, content: Any, headers: dict[str, str], endpoint: str = "register"
) -> httpx.Response:
    return await scene.client.post(PREFIX + endpoint, content=content, headers=headers)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
async def test_only_post_is_taken(scene: Stage, endpoint: str, method: str) -> None:
    response = await scene.client.request(method, PREFIX + endpoint, headers=JSON)
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"
    if method != "HEAD":
        assert set(response.json()) == {"error", "code"}


@pytest.mark.parametrize(
    "path", ["/", "/register", PREFIX, PREFIX + "register/", PREFIX + "Register", "/sandbox/x"]
)
async def test_an_unknown_path_is_404_in_the_error_shape(scene: Stage, path: str) -> None:
    response = await scene.client.post(path, json={}, headers=JSON)
    assert response.status_code == 404
    assert response.json()["code"] == "NOT_FOUND"


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("headers", [{}, {"X-Api-Key": ""}, {"X-Api-Key": "  "}, {"Authorization": "key"}])
async def test_a_missing_key_is_401_without_a_body(
    scene: Stage, endpoint: str, headers: dict[str, str]
) -> None:
    response = await scene.client.post(PREFIX + endpoint, json={}, headers=headers)
    assert (response.status_code, response.content) == (401, b"")


async def test_where_keys_are_listed_only_those_are_taken(tmp_path: Path) -> None:
    options = SandboxOptions(api_keys=frozenset({"right", "auth-down"}))
    assert "right" not in repr(options)
    async with stage(options, fleet=fleet_file(tmp_path)) as scene:
        for key, status in (("wrong", 401), ("no-partner", 401), ("auth-down", 503), ("right", 200)):
            response = await scene.call("register", registering("anna"), key=key)
            assert response.status_code == status
            assert status == 200 or not response.content


@pytest.mark.parametrize("endpoint", ENDPOINTS)
async def test_three_keys_simulate_errors_of_an_account(scene: Stage, endpoint: str) -> None:
    disabled = await scene.call(endpoint, {}, key="product-disabled")
    assert (disabled.status_code, disabled.json()["code"]) == (403, "LIVE_ACTIVITY_DISABLED")
    unbound = await scene.call(endpoint, {}, key="no-partner")
    assert (unbound.status_code, unbound.json()["code"]) == (400, "PARTNER_REQUIRED")
    down = await scene.call(endpoint, {}, key="auth-down")
    assert (down.status_code, down.content) == (503, b"")


@pytest.mark.parametrize(
    ("content", "content_type", "code"),
    [
        (b"", "application/json", "REQUEST_INVALID"),
        (b"", None, "REQUEST_INVALID"),
        (b" \n", "application/json", "REQUEST_INVALID"),
        (b"{}", None, "BAD_REQUEST"),
        (b"{}", "text/plain", "BAD_REQUEST"),
        (b"{}", "application/x-www-form-urlencoded", "BAD_REQUEST"),
        (b"{}", "application/jsonp", "BAD_REQUEST"),
        (b"{", "application/json", "REQUEST_INVALID"),
        (b"{} {}", "application/json", "REQUEST_INVALID"),
        (b"[]", "application/json", "REQUEST_INVALID"),
        (b"null", "application/json", "REQUEST_INVALID"),
        (b'"text"', "application/json", "REQUEST_INVALID"),
        (b'{"a": NaN}', "application/json", "REQUEST_INVALID"),
        (b'{"a": -Infinity}', "application/json", "REQUEST_INVALID"),
        (b'{"a": 1e999}', "application/json", "REQUEST_INVALID"),
        (b'{"a": ' + b"9" * 5000 + b"}", "application/json", "REQUEST_INVALID"),
        (b'{"a": "\xff"}', "application/json", "REQUEST_INVALID"),
        ('{"a": 1}'.encode("utf-16"), "application/json", "REQUEST_INVALID"),
        (b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "application/json", "REQUEST_INVALID"),
        (b'{"a": ' + b"[" * 300 + b"]" * 300 + b"}", "application/json", "REQUEST_INVALID"),
        (b"{}", "application/json", "ACTIVITY_TYPE_REQUIRED"),
        (b"{}", "Application/JSON ; charset=UTF-8", "ACTIVITY_TYPE_REQUIRED"),
        (b'{"a": ' + b"[" * 100 + b"]" * 100 + b"}", "application/json", "ACTIVITY_TYPE_REQUIRED"),
        (b'{"activity_type": "", "activity_type": 7}', "application/json", "VALIDATION_FAILED"),
    ],
)
async def test_what_is_no_json_object_is_400(
    scene: Stage, content: bytes, content_type: str | None, code: str
) -> None:
    headers = {"X-Api-Key": "key"} | ({"Content-Type": content_type} if content_type else {})
    response = await send(scene, content, headers)
    assert (response.status_code, response.json()["code"]) == (400, code)


async def test_half_a_surrogate_pair_breaks_nothing(scene: Stage) -> None:
    body = json.dumps(registering("anna", "\ud800"))
    answer = (await send(scene, body, JSON)).json()
    assert (answer["matched"], answer["skipped"]["user_not_found"]) == (1, 1)


async def in_parts(size: int) -> AsyncIterator[bytes]:
    for _ in range(0, size, 65536):
        yield b" " * 65536


async def test_a_body_over_8_mib_is_413_with_and_without_its_length(scene: Stage) -> None:
    large = await send(scene, b" " * (BODY_BYTES + 1), JSON)
    chunked = await send(scene, in_parts(BODY_BYTES + 65536), JSON)
    promised = await send(scene, b"{}", {**JSON, "Content-Length": str(BODY_BYTES + 1)})
    for response in (large, chunked, promised):
        assert (response.status_code, response.json()["code"]) == (413, "PAYLOAD_TOO_LARGE")
    at_the_bound = await send(scene, in_parts(BODY_BYTES), JSON)
    assert at_the_bound.json()["code"] == "REQUEST_INVALID"


async def test_the_rate_limit_counts_a_minute_by_key_and_endpoint(tmp_path: Path) -> None:
    async with stage(SandboxOptions(requests_per_minute=2), fleet=fleet_file(tmp_path)) as scene:
        await scene.register("anna")
        await scene.wait(20.5)
        await scene.register("anna")
        limited = await scene.call("register", registering("anna"))
        assert limited.status_code == 429
        assert limited.json() == {"message": "Too Many Requests", "status": 429}
        assert limited.headers["retry-after"] == "40"
        assert (await scene.call("register", registering("anna"), key="other")).status_code == 200
        assert (await scene.call("update", {})).status_code == 400
        await scene.wait(39)
        assert (await scene.call("register", {})).status_code == 429
        await scene.wait(0.5)
        await scene.register("anna")
        assert (await scene.call("register", {})).headers["retry-after"] == "21"


async def test_the_rate_limit_is_1000_and_can_be_taken_off(tmp_path: Path) -> None:
    assert SandboxOptions().requests_per_minute == 1000
    async with stage(SandboxOptions(requests_per_minute=0), fleet=fleet_file(tmp_path)) as scene:
        statuses = {(await scene.call("end", {})).status_code for _ in range(1100)}
    assert statuses == {400}


async def test_the_first_failed_check_is_answered(tmp_path: Path) -> None:
    options = SandboxOptions(requests_per_minute=1)
    async with stage(options, fleet=fleet_file(tmp_path)) as scene:
        large = b" " * (BODY_BYTES + 1)
        for key, status in (
            ("", 401),
            ("key", 413),
            ("key", 429),
            ("product-disabled", 403),
            ("product-disabled", 429),
        ):
            assert (await send(scene, large, {**JSON, "X-Api-Key": key})).status_code == status
        unknown = {"activity_id": UNKNOWN_ID, "activity_type": "", "insider_ids": ["anna"]}
        assert (await scene.call("add-users", unknown)).json()["code"] == "VALIDATION_FAILED"
