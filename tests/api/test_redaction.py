from __future__ import annotations

import asyncio
import contextlib
import html
import json
import logging
import pickle
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from live_activity.api import ApiError, Client, RateLimiter, TargetDevice, redacted
from live_activity.core.virtual_clock import VirtualClock
from tests.api.client_calls import CALLS, NOW, PEOPLE, SECRETS, answering, client_of, error_from, shown_by

# Ids that are not part of any text of ours.
IDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30).map(
    lambda text: f"zq{text}xk"
)
KEYS = st.text("ABCDEFGHJKL0123456789-_", min_size=8, max_size=40).map(lambda text: f"QZ{text}")
ECHOES: list[Callable[[str], str]] = [
    str,
    str.upper,
    lambda secret: json.dumps(secret),
    lambda secret: json.dumps(secret, ensure_ascii=False),
    html.escape,
    quote,
    lambda secret: f"<{secret}>",
    lambda secret: f"{'x' * 290}{secret}",
]


@settings(max_examples=120)
@given(
    people=st.lists(IDS, min_size=1, max_size=4),
    key=KEYS,
    echo=st.sampled_from(ECHOES),
    status=st.sampled_from([200, 302, 400, 401, 404, 422, 429, 500, 503, None]),
    where=st.sampled_from(["error", "message", "code", "skipped", "body", "gdpr", "activity_id"]),
    targeted=st.booleans(),
)
def test_no_error_shows_a_person_or_the_key(
    people: list[str], key: str, echo: Callable[[str], str], status: int | None, where: str, targeted: bool
) -> None:
    secrets = [*people, key]
    said = " and ".join(echo(secret) for secret in secrets)

    def handler(request: httpx.Request) -> httpx.Response:
        if status is None:
            raise httpx.ReadError(said, request=request)
        if where == "body":
            return httpx.Response(status, text=said)
        body: dict[str, object] = {"status": "success", "activity_id": "a", "matched": said, where: said}
        if where == "skipped":
            body["skipped"] = dict.fromkeys(people, 1)
        if where == "gdpr":
            body["gdpr_denied_details"] = [{"insider_id": person, "devices_count": 1} for person in people]
        return httpx.Response(status, json=body, headers={"Retry-After": "5"})

    error = asyncio.run(_fails(handler, people, key, targeted=targeted))
    # Case-insensitively as well: an id in capitals is recognizable too.
    shown = shown_by(error)
    for secret in secrets:
        assert secret not in shown
        assert secret.lower() not in shown.lower()
    assert "\n" not in str(error)
    assert len(error.text) <= 300
    assert not any(secret.encode() in pickle.dumps(error) for secret in secrets)


@pytest.mark.parametrize("status", [200, 400, 422, 500])
def test_an_answer_that_breaks_off_within_an_id_shows_no_part_of_it(status: int) -> None:
    whole = json.dumps({"status": "success", "gdpr_denied_details": [{"insider_id": PEOPLE[0]}]})
    shown = shown_by(error_from(answering(status, text=whole[: -len('.test"}]}')]), "register"))
    assert PEOPLE[0][:6] not in shown


async def _fails(
    handler: Callable[[httpx.Request], httpx.Response], people: list[str], key: str, *, targeted: bool
) -> ApiError:
    clock = VirtualClock(NOW)
    client = Client(
        base_url="https://live.example.test",
        api_key=SecretStr(key),
        rate_limiter=RateLimiter.in_memory(0, clock),
        clock=clock,
        transport=httpx.MockTransport(handler),
    )
    async with client:
        try:
            if targeted:
                devices = [TargetDevice(insider_id=person, udid=person) for person in people]
                content = {"content_state": {}, "attributes": 1}
                await client.update(
                    activity_id="a", activity_type="T", content=content, target_devices=devices
                )
                await client.update(
                    activity_id="a", activity_type="T", content={"x": {1}}, target_devices=devices
                )
            else:
                await client.register(activity_type="T", insider_ids=people, ends_at=NOW + timedelta(hours=9))
        except ApiError as error:
            return error
    raise AssertionError("answered")


@pytest.mark.parametrize("status", [200, 401])
async def test_no_log_shows_a_person_or_the_key(status: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with client_of(answering(status, json={"status": "success", "activity_id": "a"})) as client:
        for call in CALLS.values():
            with contextlib.suppress(ApiError):
                await call(client)
    assert caplog.text.count("HTTP Request") == len(CALLS)
    assert not any(secret in caplog.text for secret in SECRETS)


def test_a_device_does_not_show_whose_it_is() -> None:
    assert repr(TargetDevice(insider_id="anna", udid="u-1")) == "TargetDevice()"


@pytest.mark.parametrize(
    ("text", "secrets", "clean"),
    [
        ("id anna.b refused", ["anna", "anna.b"], "id [redacted] refused"),
        ("id ANNA refused", ["anna"], "id [redacted] refused"),
        ("less than 5 minutes for 5e", ["5", "e"], "less than [redacted] minutes for 5e"),
        ("pattern a.c not abc", ["a.cd", "a.c"], "pattern [redacted] not abc"),
        ("nothing to hide", [], "nothing to hide"),
        ("nothing to hide", ["", "  "], "nothing to hide"),
        ("all of (x+)* gone", ["(x+)*"], "all of [redacted] gone"),
    ],
)
def test_secrets_are_redacted_and_the_rest_stays(text: str, secrets: list[str], clean: str) -> None:
    assert redacted(text, secrets) == clean
