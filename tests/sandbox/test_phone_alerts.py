"""Words make phones alert and the state alone does not; an option says whether words are required."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from live_activity.sandbox import SandboxOptions
from live_activity.sandbox.options import Part
from tests.sandbox.sandbox_process import FINAL, GOAL, Stage, fleet_file, pushing, stage

SILENT = {"content_state": {"homeScore": 2}}


async def alerts(scene: Stage, activity_id: str) -> dict[str, int]:
    view = await scene.look(activity_id, "?phones=true")
    found = {phone["udid"]: phone["alerts"] for phone in view["phones"]}
    assert view["alerts"] == {
        "fewest": min(found.values()),
        "most": max(found.values()),
        "total": sum(found.values()),
    }
    assert sum(screen["alerts"]["total"] for screen in view["screens"]) == sum(found.values())
    return found


async def test_each_phone_counts_the_pushes_with_words_that_it_took(scene: Stage) -> None:
    activity_id = await scene.synced("anna", "ben", "late")
    assert await alerts(scene, activity_id) == {"A1": 1, "B1": 1, "B2": 1, "L1": 1}
    await scene.good("update", pushing(activity_id, SILENT))
    await scene.good("update", pushing(activity_id, {**SILENT, "title": "", "message": ""}))
    assert await alerts(scene, activity_id) == {"A1": 1, "B1": 1, "B2": 1, "L1": 1}
    await scene.good("update", pushing(activity_id, GOAL, ("ben", "B1")))
    await scene.good("update", pushing(activity_id, {**SILENT, "message": "news"}))
    assert await alerts(scene, activity_id) == {"A1": 2, "B1": 3, "B2": 2, "L1": 1}
    await scene.wait(27)
    await scene.good("end", pushing(activity_id, {**FINAL, "title": "Over"}))
    assert await alerts(scene, activity_id) == {"A1": 3, "B1": 4, "B2": 3, "L1": 2}


def nothing_decodes(activity_type: str, part: Part, value: object) -> str | None:
    return "no" if part == "state" and value == SILENT["content_state"] else None


async def test_a_push_that_a_phone_drops_makes_no_alert(tmp_path: Path) -> None:
    options = SandboxOptions(decode=nothing_decodes)
    async with stage(options, fleet=fleet_file(tmp_path)) as scene:
        activity_id = await scene.synced("anna")
        await scene.good("update", pushing(activity_id, {**SILENT, "title": "Goal!", "message": "2:0"}))
        assert await alerts(scene, activity_id) == {"A1": 1}


@pytest.mark.parametrize("endpoint", ["update", "end"])
async def test_words_can_be_required(tmp_path: Path, endpoint: str) -> None:
    partial: list[dict[str, Any]] = [
        SILENT,
        {**SILENT, "title": "a"},
        {**GOAL, "message": " "},
        {**GOAL, "title": ""},
    ]
    async with stage(SandboxOptions(words="required"), fleet=fleet_file(tmp_path)) as scene:
        activity_id = await scene.synced("anna")
        for content in partial:
            response = await scene.call(endpoint, pushing(activity_id, content))
            assert (response.status_code, response.json()["code"]) == (400, "VALIDATION_FAILED")
        await scene.good(endpoint, pushing(activity_id, GOAL))
    async with stage(SandboxOptions(), fleet=fleet_file(tmp_path)) as scene:
        await scene.good(endpoint, pushing(await scene.synced("anna"), SILENT))


def test_an_unknown_value_of_the_option_words_is_refused() -> None:
    with pytest.raises(ValueError, match="it is one of optional, required"):
        SandboxOptions(words="maybe")  # type: ignore[arg-type]  # what a caller might pass
