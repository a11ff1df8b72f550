"""One case for each rule of the API that refuses a call, and for the values at its bounds that are accepted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from live_activity.sandbox import SandboxOptions
from live_activity.sandbox.call_log import ENDPOINTS
from tests.sandbox.sandbox_process import (
    CONTENT,
    NOW,
    UNKNOWN_ID,
    Stage,
    at,
    fleet_file,
    people,
    pushing,
    registering,
    stage,
)

PUSHES = ("start", "update", "end")
WITH_PEOPLE = ("register", "add-users", "remove-users")
GONE: Any = object()

FAILED = (400, "VALIDATION_FAILED")
OUT_OF_RANGE = (400, "INSIDER_IDS_OUT_OF_RANGE")
TARGETS = (400, "TARGET_DEVICES_INVALID")
TYPE_REQUIRED = (400, "ACTIVITY_TYPE_REQUIRED")
ID_REQUIRED = (400, "ACTIVITY_ID_REQUIRED")


@dataclass(frozen=True)
class Case:
    endpoint: str
    change: dict[str, Any]
    status: int
    code: str | None = None

    def __str__(self) -> str:
        change = {name: "absent" if value is GONE else value for name, value in self.change.items()}
        return f"{self.endpoint} {str(change)[:70]} -> {self.status} {self.code or ''}"


def refused(endpoints: tuple[str, ...], answer: tuple[int, str], *changes: dict[str, Any]) -> list[Case]:
    return [Case(endpoint, change, *answer) for endpoint in endpoints for change in changes]


def ends(after: timedelta) -> dict[str, Any]:
    return {"ends_at": at(NOW + after)}


def each(name: str, *values: Any) -> list[dict[str, Any]]:
    return [{name: value} for value in values]


def contents(name: str, *values: Any) -> list[dict[str, Any]]:
    return [content(**{name: value}) for value in values]


def content(**changes: Any) -> dict[str, Any]:
    whole = {**CONTENT, **changes}
    return {"content": {name: value for name, value in whole.items() if value is not GONE}}


SECOND = timedelta(seconds=1)
PHONE = {"insider_id": "anna", "udid": "A1"}

CASES = [
    *refused(
        ("register", *PUSHES),
        TYPE_REQUIRED,
        *each("activity_type", GONE, None, "", "   ", "\t"),
    ),
    *refused(("add-users", "remove-users"), FAILED, *each("activity_type", GONE, None, "", "  ")),
    *refused(ENDPOINTS, FAILED, {"activity_type": 7}),
    *refused(ENDPOINTS[1:], ID_REQUIRED, *each("activity_id", GONE, None, "", "  ")),
    *refused(ENDPOINTS[1:], FAILED, {"activity_id": 7}),
    *refused(
        ENDPOINTS[1:],
        (404, "NOT_FOUND"),
        *each("activity_id", UNKNOWN_ID, "no uuid", "00000000-0000-0000-0000-000000000000"),
    ),
    *refused(
        WITH_PEOPLE,
        OUT_OF_RANGE,
        *each("insider_ids", GONE, None, [], "anna", {"0": "anna"}, ["anna"] * 6),
    ),
    *refused(
        WITH_PEOPLE,
        FAILED,
        *({"insider_ids": ["anna", value]} for value in ("", "  ", 7, None, ["ben"], True)),
    ),
    *(Case(endpoint, {"insider_ids": ["anna"] * 5}, 200) for endpoint in WITH_PEOPLE),
    *refused(
        ("register",),
        FAILED,
        *each(
            "ends_at",
            GONE,
            None,
            "",
            1784500000,
            "tomorrow",
            "2026-07-19",
            "2026-07-19T20:00:00",
            "2026-07-19 20:00:00Z",
            "2026-07-19T20:00Z",
            "2026-07-19T20:00:00+0200",
            "2026-02-30T20:00:00Z",
            "2026-07-19T25:00:00Z",
            "0000-07-19T20:00:00Z",
            "2026-07-19T20:00:00Z ",
            "\uff12026-07-19T20:00:00Z",
        ),
    ),
    *refused(
        ("register",), (400, "ENDS_AT_IN_PAST"), ends(-SECOND), ends(timedelta(0)), ends(timedelta(days=-400))
    ),
    *refused(("register",), (400, "ENDS_AT_TOO_SOON"), ends(SECOND), ends(timedelta(minutes=5) - SECOND)),
    *refused(
        ("register",), (400, "ENDS_AT_TOO_FAR"), ends(timedelta(days=7) + SECOND), ends(timedelta(days=400))
    ),
    *refused(("register",), (400, "ENDS_AT_TOO_FAR"), {"ends_at": "9999-12-31T23:59:59-23:59"}),
    Case("register", ends(timedelta(minutes=5)), 200),
    Case("register", ends(timedelta(days=7)), 200),
    Case("register", {"ends_at": "2026-07-19T22:00:00+02:00"}, 200),
    Case("register", {"ends_at": "2026-07-19t20:00:00.123456789z"}, 200),
    Case("register", {"ends_at": "2026-07-19T23:59:60Z"}, 200),
    *refused(PUSHES, FAILED, *each("content", GONE, None, [], "text", {})),
    *refused(PUSHES, FAILED, *contents("content_state", GONE, None, [], "text", 7)),
    *refused(PUSHES, FAILED, *contents("attributes", [], "text", 7)),
    *refused(PUSHES, FAILED, content(title=7), content(message=["text"])),
    *refused(
        ("start",),
        FAILED,
        *contents("title", GONE, None, "", " "),
        *contents("message", GONE, None, "", " "),
    ),
    *refused(
        PUSHES,
        TARGETS,
        *each(
            "target_devices",
            [],
            {},
            "anna",
            ["anna"],
            [{"insider_id": "anna"}],
            [{"udid": "A1"}],
            [{"insider_id": "anna", "udid": ""}],
            [{"insider_id": " ", "udid": "A1"}],
            [{"insider_id": 7, "udid": "A1"}],
            [PHONE, {"insider_id": "ben", "udid": None}],
        ),
    ),
    *(Case("start", {"target_devices": value}, 200) for value in (None, [PHONE], [PHONE, PHONE])),
    Case("start", content(content_state={}, attributes={}), 200),
    Case("start", content(attributes=None), 200),
    # The vendor does not compare the type with the registered one, and accepts unknown keys.
    Case("start", {"activity_type": "SomethingElse", "colour": "red"}, 200),
    *refused(("update", "end"), (412, "PUSH_TOKEN_NOT_SYNCED"), {}, {"target_devices": [PHONE]}),
    *refused(
        ("register", "add-users"),
        (422, "NO_ELIGIBLE_DEVICE"),
        *(
            {"insider_ids": [name]}
            for name in ("droid", "old", "mute", "refuser", "fresh", "nobody", " anna")
        ),
    ),
    # Several broken rules: the first in the order of the checks.
    Case("add-users", {"activity_id": "", "activity_type": "", "insider_ids": []}, *ID_REQUIRED),
    Case("register", {"activity_type": "", "insider_ids": [], "ends_at": ""}, *TYPE_REQUIRED),
    Case("register", {"insider_ids": [], "ends_at": ""}, *OUT_OF_RANGE),
    Case("start", {"content": None, "target_devices": []}, *FAILED),
    Case("start", {"activity_id": UNKNOWN_ID, "target_devices": []}, *TARGETS),
]


def whole(endpoint: str, activity_id: str) -> dict[str, Any]:
    if endpoint == "register":
        return registering("anna")
    return people(activity_id, "anna") if endpoint in WITH_PEOPLE else pushing(activity_id, CONTENT)


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_a_body_is_answered_by_the_first_rule_it_breaks(tmp_path: Path, case: Case) -> None:
    async with stage(SandboxOptions(max_insider_ids=5), fleet=fleet_file(tmp_path)) as scene:
        body = {**whole(case.endpoint, await scene.register("anna")), **case.change}
        body = {name: value for name, value in body.items() if value is not GONE}
        response = await scene.call(case.endpoint, body)
    answer = response.json()
    assert (response.status_code, answer.get("code")) == (case.status, case.code), answer
    if case.status == 200:
        assert answer["status"] == "success"
    else:
        assert isinstance(answer["error"], str)
        assert "status" not in answer
        assert "anna" not in answer["error"]


async def move_to(scene: Stage, life: str) -> str:
    if life == "registered":
        return await scene.register("anna")
    if life == "started":
        return await scene.started("anna")
    if life == "expired":
        activity_id = await scene.register("anna", hours=1)
        await scene.wait(3600)
        return activity_id
    activity_id = await scene.synced("anna")
    if life == "ended":
        await scene.good("end", pushing(activity_id, CONTENT))
    return activity_id


OK, NOT_FOUND, LOCKED, UNSYNCED = 200, 404, 409, 412
LIFE = {
    #             add-users  remove-users  start      update     end
    "registered": (OK, OK, OK, UNSYNCED, UNSYNCED),
    "started": (LOCKED, LOCKED, LOCKED, UNSYNCED, UNSYNCED),
    "synced": (LOCKED, LOCKED, LOCKED, OK, OK),
    "ended": (NOT_FOUND, NOT_FOUND, NOT_FOUND, NOT_FOUND, NOT_FOUND),
    "expired": (NOT_FOUND, NOT_FOUND, NOT_FOUND, NOT_FOUND, NOT_FOUND),
}
CODES = {OK: None, NOT_FOUND: "NOT_FOUND", LOCKED: "ALREADY_STARTED", UNSYNCED: "PUSH_TOKEN_NOT_SYNCED"}


@pytest.mark.parametrize("endpoint", ENDPOINTS[1:])
@pytest.mark.parametrize("life", LIFE)
async def test_each_state_of_an_activity_allows_what_the_reference_says(
    scene: Stage, life: str, endpoint: str
) -> None:
    activity_id = await move_to(scene, life)
    response = await scene.call(endpoint, whole(endpoint, activity_id))
    expected = LIFE[life][ENDPOINTS.index(endpoint) - 1]
    assert (response.status_code, response.json().get("code")) == (expected, CODES[expected])


async def test_a_record_is_deleted_at_ends_at_and_not_earlier(scene: Stage) -> None:
    activity_id = await scene.register("anna", hours=1)
    await scene.wait(3599)
    await scene.good("add-users", people(activity_id, "ben"))
    await scene.wait(1)
    assert (await scene.call("add-users", people(activity_id, "ben"))).status_code == 404
    assert (await scene.look(activity_id))["state"] == "EXPIRED"


async def test_an_id_is_found_in_capitals_too_and_is_a_random_uuid(scene: Stage) -> None:
    activity_id = await scene.register("anna")
    assert activity_id[14] == "4"
    assert activity_id != await scene.register("anna")
    await scene.good("add-users", people(activity_id.upper(), "ben"))


async def test_a_seed_makes_ids_repeat(tmp_path: Path) -> None:
    fleet, options = fleet_file(tmp_path), SandboxOptions(seed=7)
    async with stage(options, fleet=fleet) as first, stage(options, fleet=fleet) as second:
        assert [await first.register("anna") for _ in range(2)] == [
            await second.register("anna") for _ in range(2)
        ]
