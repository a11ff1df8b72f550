"""A base URL at which another server than the API answers."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from live_activity.api import Client
from tests.campaign_harness import CampaignHarness, campaign_harness


@pytest.fixture
def harness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CampaignHarness]:
    with campaign_harness(tmp_path, monkeypatch) as harness:
        yield harness


def _answering(monkeypatch: pytest.MonkeyPatch, answer: Callable[[httpx.Request], httpx.Response]) -> None:
    made = Client.__init__

    def make(client: Client, **arguments: object) -> None:
        made(client, **{**arguments, "transport": httpx.MockTransport(answer)})  # type: ignore[arg-type]  # keywords of several types

    monkeypatch.setattr(Client, "__init__", make)


@pytest.mark.parametrize(
    "answer",
    [{"text": "404 page not found"}, {"json": {"error": "Not Found", "code": "NOT_FOUND"}}],
    ids=["of another server", "of the API"],
)
async def test_a_wrong_path_fails_as_a_wrong_address_and_not_as_nobody_eligible(
    harness: CampaignHarness, monkeypatch: pytest.MonkeyPatch, answer: dict[str, Any]
) -> None:
    _answering(monkeypatch, lambda _request: httpx.Response(404, **answer))
    report = await harness.play()
    (activity,) = report["activities"]
    assert (report["status"], activity["status"]) == ("failed", "failed")
    assert "check the base URL" in activity["why"]
    assert "nobody" not in activity["why"]


async def test_people_whom_the_api_refuses_are_not_reported_as_not_eligible(
    harness: CampaignHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = {"error": "activity_type is unknown", "code": "VALIDATION_FAILED"}
    _answering(monkeypatch, lambda _request: httpx.Response(400, json=body))
    (activity,) = (await harness.play())["activities"]
    assert activity["status"] == "failed"
    assert "activity_type is unknown" in activity["why"]
    assert "nobody" not in activity["why"]


async def test_pages_of_a_gateway_in_place_of_the_api_lose_nobody(
    harness: CampaignHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every other call is answered by a page, with a status that the API also uses."""
    statuses = [200, 404, 409, 412, 422, 403, 302, 407, 502]
    chance, calls = random.Random(1), 0
    transport = httpx.AsyncHTTPTransport()

    async def sometimes(request: httpx.Request) -> httpx.Response:
        nonlocal calls
        calls += 1
        if calls % 2:
            return httpx.Response(chance.choice(statuses), html="<html>gateway</html>")
        response = await transport.handle_async_request(request)
        return httpx.Response(response.status_code, content=await response.aread(), headers=response.headers)

    _answering(monkeypatch, sometimes)  # type: ignore[arg-type]  # it is only called
    report = await harness.play()
    await transport.aclose()
    assert report["status"] == "ended"
    (activity,) = harness.started()
    assert activity.people.count == report["activities"][0]["people"] == 25
    assert harness.scores("end") == [3]
