"""`GET /sandbox/requests`: the newest requests and answers, without keys and people."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from live_activity.sandbox.app import PREFIX
from live_activity.sandbox.request_log import MOST_REQUESTS
from tests.sandbox.sandbox_process import CONTENT, TYPE, Stage, people, pushing, registering


async def logged(scene: Stage, query: str = "") -> list[dict[str, Any]]:
    response = await scene.client.get(f"/sandbox/requests{query}")
    assert response.status_code == 200
    found: list[dict[str, Any]] = response.json()["requests"]
    return found


async def test_requests_and_answers_are_kept_in_order(scene: Stage) -> None:
    activity_id = await scene.started("anna", "refuser")
    await scene.client.put("/sandbox/faults", json=[{"endpoint": "end", "do": "unavailable"}])
    await scene.call("end", pushing(activity_id, CONTENT))
    await scene.call("update", {"odd": 1}, key="")
    register, start, end, update = await logged(scene)
    assert register["request"]["insider_ids"] == "*** (2)"
    assert register["answer"]["gdpr_denied_details"] == "*** (1)"
    assert register["answer"]["matched"] == 1
    assert (start["endpoint"], start["status"], start["api_key"]) == ("start", 200, "***")
    assert start["request"]["content"] == CONTENT
    assert start["at"] == "2026-07-19T18:00:00Z"
    assert (end["fault"], end["status"], end["answer"]) == ("unavailable", 503, None)
    assert (update["status"], update["request"]) == (401, {})
    assert [each["number"] for each in (register, start, end, update)] == [1, 2, 3, 4]
    assert await logged(scene, "?last=1") == [update]


async def test_people_keys_and_what_may_hide_them_are_never_shown(scene: Stage) -> None:
    bodies: list[tuple[str, Any]] = [
        ("register", registering("secret-id", "anna")),
        ("add-users", {**people("secret-id", "secret-id"), "secret-id": "secret-id"}),
        ("remove-users", {"activity_id": ["secret-id"], "insider_ids": "secret-id", "activity_type": TYPE}),
        ("update", {**pushing("x", {"secret-id": 1}), "target_devices": [{"insider_id": "secret-id"}]}),
        ("update", {**pushing("x", "secret-id"), "target_devices": {"secret-id": 1}}),
        ("start", ["secret-id"]),
        ("end", "secret-id"),
    ]
    for endpoint, body in bodies:
        await scene.call(endpoint, body, key="secret-key")
    text = json.dumps(await logged(scene))
    assert not re.search("secret-id|secret-key", text)
    assert len(await logged(scene)) == len(bodies)


@pytest.mark.parametrize("query", ["?last=-1", "?last=x", "?last=1e3"])
async def test_an_invalid_limit_is_refused(scene: Stage, query: str) -> None:
    assert (await scene.client.get(f"/sandbox/requests{query}")).status_code == 400


async def test_only_the_newest_are_kept_and_large_contents_are_not(scene: Stage) -> None:
    large = pushing("x", {"content_state": {"text": "x" * 100_000}})
    for _ in range(MOST_REQUESTS + 5):
        await scene.client.post(PREFIX + "end", headers={"X-Api-Key": "k"})
    await scene.call("update", large)
    found = await logged(scene, "?last=999999")
    assert (len(found), found[0]["number"]) == (MOST_REQUESTS, 7)
    assert found[-1]["request"]["content"] == "***"
    assert len(await logged(scene)) == 100
    await scene.client.delete("/sandbox")
    assert await logged(scene) == []
