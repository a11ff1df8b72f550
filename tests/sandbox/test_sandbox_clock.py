"""`PUT /sandbox/clock` stops, steps and runs the clock, and everything that depends on time follows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.sandbox.sandbox_process import CONTENT, GOAL, Stage, pushing, stage


async def put(scene: Stage, **body: Any) -> dict[str, Any]:
    response = await scene.client.put("/sandbox/clock", json=body)
    assert response.status_code == 200, response.text
    view: dict[str, Any] = response.json()
    return view


async def test_the_clock_stops_steps_and_runs_again(scene: Stage) -> None:
    assert (await scene.client.get("/sandbox/clock")).json() == {
        "now": "2026-07-19T18:00:00Z",
        "running": True,
        "speed": 1.0,
    }
    assert await put(scene, do="stop") == {"now": "2026-07-19T18:00:00Z", "running": False, "speed": 1.0}
    await scene.wait(60)
    stepped = await put(scene, do="step", seconds=90.5)
    assert stepped == {"now": "2026-07-19T18:01:30.500000Z", "running": False, "speed": 1.0}
    await put(scene, do="run", speed=10)
    await scene.wait(6)
    assert (await put(scene, do="step", seconds=0))["now"] == "2026-07-19T18:02:30.500000Z"
    await put(scene, do="stop")
    await scene.wait(6)
    assert (await put(scene, do="run"))["speed"] == 10
    await scene.client.delete("/sandbox")
    clock = (await scene.client.get("/sandbox/clock")).json()
    assert clock == {"now": "2026-07-19T18:01:12Z", "running": True, "speed": 1.0}


async def test_tokens_and_expiry_follow_the_clock(scene: Stage) -> None:
    await put(scene, do="stop")
    activity_id = await scene.register("anna", hours=1)
    await scene.good("start", pushing(activity_id, CONTENT))
    await scene.wait(100)
    assert (await scene.call("update", pushing(activity_id, GOAL))).status_code == 412
    await put(scene, do="step", seconds=3)
    await scene.good("update", pushing(activity_id, GOAL))
    await put(scene, do="step", seconds=3600)
    assert (await scene.call("update", pushing(activity_id, GOAL))).status_code == 404


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "do must be stop, step or run"),
        ({"do": "back"}, "do must be stop, step or run"),
        ({"do": ["stop"]}, "do must be stop, step or run"),
        ({"do": "step"}, "seconds must be a number"),
        ({"do": "step", "seconds": -1}, "seconds must be a number"),
        ({"do": "step", "seconds": True}, "seconds must be a number"),
        ({"do": "step", "seconds": 10**300}, "seconds must be a number"),
        ({"do": "run", "speed": 0}, "speed must be more than 0"),
        ({"do": "run", "speed": "10"}, "speed must be a number"),
    ],
)
async def test_invalid_clock_commands_are_refused(scene: Stage, body: Any, error: str) -> None:
    response = await scene.client.put("/sandbox/clock", json=body)
    assert (response.status_code, response.json()["code"]) == (400, "VALIDATION_FAILED")
    assert error in response.json()["error"]


async def test_the_clock_never_goes_beyond_the_year_9000() -> None:
    # A sandbox whose time is near the last year that it supports.
    async with stage(now=datetime(8999, 12, 1, tzinfo=UTC)) as scene:
        response = await scene.client.put("/sandbox/clock", json={"do": "step", "seconds": 366 * 86400})
        assert (response.status_code, response.json()["error"]) == (
            400,
            "the step leads beyond the year 9000",
        )
        await put(scene, do="run", speed=100_000)
        await scene.wait(86_400)
        assert (await scene.client.get("/sandbox/clock")).json()["now"] == "9000-01-01T00:00:00Z"
        assert (await scene.client.get("/sandbox")).status_code == 200
        answer = await scene.client.post("/sandbox/device-started", json={"activity_type": "A"})
        assert answer.status_code == 200
