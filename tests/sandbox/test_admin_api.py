"""The sandbox's own endpoints: activities, screens, phones and calls."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from live_activity.sandbox.app import PREFIX
from tests.sandbox.sandbox_process import CONTENT, FINAL, GOAL, TYPE, UNKNOWN_ID, Stage, pushing, registering

ALL = ("anna", "ben", "late")


async def test_an_activity_is_shown_in_numbers_times_and_pushes(scene: Stage) -> None:
    activity_id = await scene.synced(*ALL)
    await scene.good("update", pushing(activity_id, GOAL))
    await scene.good("update", pushing(activity_id, GOAL, ("anna", "A1")))
    await scene.wait(27)
    await scene.good("end", pushing(activity_id, FINAL))
    (view,) = (await scene.client.get("/sandbox/activities")).json()["activities"]
    assert view == {
        "activity_id": activity_id,
        "activity_type": TYPE,
        "name": "Derby",
        "state": "DEAD",
        "device_started": False,
        "registered_at": "2026-07-19T18:00:00Z",
        "started_at": "2026-07-19T18:00:00Z",
        "ended_at": "2026-07-19T18:00:30Z",
        "ends_at": "2026-07-20T03:00:00Z",
        "counts": {"registered": 4, "reached": 4, "synced": 4, "showing_final": 4, "stuck": 0},
        "conditions": {"refused_start": 0, "opted_out": 0, "offline": 0},
        "alerts": {"fewest": 1, "most": 3, "total": 8},
        "left_out": {},
        "pushes": {
            "start": {"calls": 1, "phones": 4},
            "update": {"calls": 2, "phones": 4},
            "end": {"calls": 1, "phones": 4},
        },
    }


async def test_screens_are_counted_by_what_they_show(scene: Stage) -> None:
    activity_id = await scene.synced(*ALL)
    await scene.good("update", pushing(activity_id, GOAL))
    screens = (await scene.look(activity_id))["screens"]
    assert [(screen["phones"], screen["shows"]) for screen in screens] == [(3, GOAL), (1, CONTENT)]


async def test_the_list_shows_screens_and_only_the_newest_when_asked(scene: Stage) -> None:
    ids = [await scene.register("anna") for _ in range(3)]
    listed = (await scene.client.get("/sandbox/activities?screens=true&last=2")).json()["activities"]
    assert [view["activity_id"] for view in listed] == ids[1:]
    assert listed[0]["screens"][0]["phones"] == 1
    assert (await scene.client.get("/sandbox/activities?last=0")).json()["activities"] == []


async def test_ids_are_shown_only_phone_by_phone(scene: Stage) -> None:
    activity_id = await scene.synced(*ALL)
    await scene.good("update", pushing(activity_id, GOAL, ("anna", "A1")))
    for path in (
        "/sandbox",
        "/sandbox/activities?screens=true",
        f"/sandbox/activities/{activity_id}",
        "/sandbox/calls",
    ):
        text = (await scene.client.get(path)).text
        assert not re.search(r"\b(anna|ben|late|A1|B1|key)\b", text), path
    pages = [
        [phone["udid"] for phone in (await scene.look(activity_id, query))["phones"]]
        for query in ("?phones=true&limit=3", "?phones=true&limit=3&offset=3", "?phones=true")
    ]
    assert pages == [["A1", "B1", "B2"], ["L1"], ["A1", "B1", "B2", "L1"]]


@pytest.mark.parametrize("query", ["limit=-1", "offset=two", "limit=9999999999"])
async def test_an_invalid_page_of_phones_is_refused(scene: Stage, query: str) -> None:
    activity_id = await scene.register("anna")
    response = await scene.client.get(f"/sandbox/activities/{activity_id}?phones=true&{query}")
    assert (response.status_code, response.json()["code"]) == (400, "VALIDATION_FAILED")


async def test_an_unknown_activity_is_404(scene: Stage) -> None:
    assert (await scene.client.get(f"/sandbox/activities/{UNKNOWN_ID}")).status_code == 404


async def test_calls_are_counted_by_endpoint_and_outcome_and_pushes_kept_in_order(scene: Stage) -> None:
    activity_id = await scene.synced(*ALL)
    await scene.call("start", pushing(activity_id, CONTENT))
    await scene.good("update", pushing(activity_id, GOAL, ("anna", "A1")))
    await scene.call("register", registering("droid"))
    await scene.call("add-users", {}, key="")
    view: dict[str, Any] = (await scene.client.get("/sandbox/calls")).json()
    assert view["requests"] == {
        "register": 2,
        "add_users": 1,
        "remove_users": 0,
        "start": 2,
        "update": 1,
        "end": 0,
    }
    assert view["statuses"]["register"] == {"200": 1, "422": 1}
    assert view["statuses"]["add_users"] == {"401": 1}
    assert view["statuses"]["start"] == {"200": 1, "409": 1}
    (activity,) = view["activities"]
    assert activity["activity_id"] == activity_id
    shown = [(push["at"], push["kind"], push["content"], push["targeted"]) for push in activity["pushes"]]
    assert shown == [
        ("2026-07-19T18:00:00Z", "start", CONTENT, False),
        ("2026-07-19T18:00:03Z", "update", GOAL, True),
    ]
    assert [push["sessions_triggered"] for push in activity["pushes"]] == [4, 1]


async def test_a_reset_deletes_everything(scene: Stage) -> None:
    activity_id = await scene.register("anna")
    await scene.client.put("/sandbox/faults", json=[{"do": "unavailable", "endpoint": "end"}])
    assert (await scene.client.delete("/sandbox")).status_code == 200
    assert (await scene.client.get("/sandbox/activities")).json() == {"activities": []}
    assert set((await scene.client.get("/sandbox/calls")).json()["requests"].values()) == {0}
    assert (await scene.client.get("/sandbox/faults")).json() == {"rules": []}
    assert (await scene.call("end", pushing(activity_id, FINAL))).status_code == 404


async def test_the_page_needs_nothing_from_elsewhere_and_has_a_dark_scheme(scene: Stage) -> None:
    response = await scene.client.get("/sandbox")
    assert response.headers["content-type"].startswith("text/html")
    assert "prefers-color-scheme: dark" in response.text
    assert not re.search(r"https?://|src=|href=(?!\"data:,\")|innerHTML", response.text)
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


async def test_strange_names_and_values_can_be_looked_at(scene: Stage) -> None:
    activity_id = await scene.register("anna")
    state = {"\ud800": "\udfff", "<script>": 1e308, "big": 10**30}
    body = json.dumps(pushing(activity_id, {**CONTENT, "content_state": state}))
    headers = {"X-Api-Key": "key", "Content-Type": "application/json"}
    assert (await scene.client.post(PREFIX + "start", content=body, headers=headers)).status_code == 200
    assert (await scene.look(activity_id))["screens"][0]["shows"]["content_state"] == state
