"""What phones show after starts, updates and ends: synced or not, targeted or to all, decoded or dropped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from live_activity.contract import check_size
from live_activity.core.apple_limits import ACTIVITY_BYTES, PUSH_BYTES, activity_bytes, push_bytes
from live_activity.sandbox import PhoneCounts, SandboxOptions
from live_activity.sandbox.options import Part
from tests.sandbox.sandbox_process import (
    CONTENT,
    FINAL,
    GOAL,
    TYPE,
    Stage,
    fleet_file,
    people,
    pushing,
    stage,
)

A1, B1, B2, L1 = ("anna", "A1"), ("ben", "B1"), ("ben", "B2"), ("late", "L1")


def shown(view: dict[str, Any]) -> dict[str, Any]:
    """Returns the content state that each phone shows, by udid."""
    return {phone["udid"]: (phone["shows"] or {}).get("content_state") for phone in view["phones"]}


async def screens(scene: Stage, activity_id: str) -> dict[str, Any]:
    return shown(await scene.look(activity_id, "?phones=true"))


async def test_a_start_answers_the_phones_it_was_handed_to_and_each_shows_it(scene: Stage) -> None:
    activity_id = await scene.register("anna", "ben")
    before = await scene.look(activity_id, "?phones=true")
    assert set(shown(before).values()) == {None}
    answer = await scene.good("start", pushing(activity_id, CONTENT))
    assert answer == {"status": "success", "sessions_triggered": 3}
    after = await scene.look(activity_id, "?phones=true")
    assert list(shown(after).values()) == [CONTENT["content_state"]] * 3
    assert after["counts"] == {"registered": 3, "reached": 3, "synced": 0, "showing_final": 0, "stuck": 0}


async def test_phones_sync_three_seconds_after_the_start(scene: Stage) -> None:
    activity_id = await scene.started("anna")
    await scene.wait(2.999)
    assert (await scene.call("update", pushing(activity_id, GOAL))).status_code == 412
    assert await screens(scene, activity_id) == {"A1": CONTENT["content_state"]}
    await scene.wait(0.001)
    answer = await scene.good("update", pushing(activity_id, GOAL))
    assert answer == {"status": "success", "sessions_triggered": 1}
    assert await screens(scene, activity_id) == {"A1": GOAL["content_state"]}


async def test_an_update_skips_unsynced_phones_and_counts_them(scene: Stage) -> None:
    activity_id = await scene.synced("anna", "late", "never")
    answer = await scene.good("update", pushing(activity_id, GOAL))
    assert answer == {"status": "success", "sessions_triggered": 1, "skipped_not_synced": 2}
    await scene.wait(27)
    answer = await scene.good("update", pushing(activity_id, GOAL))
    assert answer == {"status": "success", "sessions_triggered": 2, "skipped_not_synced": 1}
    old = CONTENT["content_state"]
    new = GOAL["content_state"]
    assert await screens(scene, activity_id) == {"A1": new, "L1": new, "N1": old}


async def test_an_end_is_shown_and_deletes_though_it_skipped_some(scene: Stage) -> None:
    activity_id = await scene.synced("anna", "late")
    answer = await scene.good("end", pushing(activity_id, FINAL))
    assert answer == {"status": "success", "sessions_triggered": 1, "skipped_not_synced": 1}
    await scene.wait(60)
    assert (await scene.call("end", pushing(activity_id, FINAL))).status_code == 404
    view = await scene.look(activity_id)
    assert (view["state"], view["counts"]["reached"], view["counts"]["showing_final"]) == ("DEAD", 2, 1)


async def test_an_end_to_all_synced_skips_nobody(scene: Stage) -> None:
    activity_id = await scene.synced("anna")
    answer = await scene.good("end", pushing(activity_id, FINAL))
    assert answer == {"status": "success", "sessions_triggered": 1, "skipped_not_synced": 0}


async def test_a_targeted_end_deletes_for_everybody(scene: Stage) -> None:
    activity_id = await scene.synced("anna", "ben")
    answer = await scene.good("end", pushing(activity_id, FINAL, B2))
    assert answer == {"status": "success", "sessions_triggered": 1, "skipped_not_synced": 0}
    assert (await scene.call("update", pushing(activity_id, GOAL))).status_code == 404
    assert (await scene.look(activity_id))["counts"]["showing_final"] == 1


async def test_412_of_an_end_leaves_the_activity_alive(scene: Stage) -> None:
    activity_id = await scene.started("anna")
    assert (await scene.call("end", pushing(activity_id, FINAL))).status_code == 412
    await scene.wait(3)
    await scene.good("end", pushing(activity_id, FINAL))


async def test_expiry_sends_no_final_push(scene: Stage) -> None:
    activity_id = await scene.register("anna", hours=1)
    await scene.good("start", pushing(activity_id, CONTENT))
    await scene.wait(7200)
    view = await scene.look(activity_id)
    assert (view["state"], view["counts"]["reached"], view["counts"]["showing_final"]) == ("EXPIRED", 1, 0)


async def test_targeted_updates_show_different_people_different_content(scene: Stage) -> None:
    activity_id = await scene.synced("anna", "ben", "late")
    answer = await scene.good(
        "update", pushing(activity_id, GOAL, B1, A1, L1, A1, ("stranger", "S1"), ("anna", "B1"))
    )
    assert answer == {"status": "success", "sessions_triggered": 2, "skipped_not_synced": 1}
    old, new = CONTENT["content_state"], GOAL["content_state"]
    assert await screens(scene, activity_id) == {"A1": new, "B1": new, "B2": old, "L1": old}
    await scene.good("update", pushing(activity_id, FINAL, B1))
    assert (await screens(scene, activity_id))["A1"] == new
    await scene.good("update", pushing(activity_id, CONTENT))
    assert set(map(str, (await screens(scene, activity_id)).values())) == {str(old)}


@pytest.mark.parametrize("target", [L1, ("stranger", "S1"), ("anna", "B1")])
async def test_412_where_no_target_is_synced(scene: Stage, target: tuple[str, str]) -> None:
    activity_id = await scene.synced("anna", "ben", "late")
    assert (await scene.call("update", pushing(activity_id, GOAL, target))).status_code == 412


async def test_a_targeted_start_reaches_only_targets_and_locks_for_all(scene: Stage) -> None:
    activity_id = await scene.register("anna", "ben")
    answer = await scene.good("start", pushing(activity_id, CONTENT, A1, B2, ("stranger", "S1")))
    assert answer == {"status": "success", "sessions_triggered": 2}
    assert (await scene.call("start", pushing(activity_id, CONTENT))).status_code == 409
    await scene.wait(3)
    answer = await scene.good("update", pushing(activity_id, GOAL))
    assert answer == {"status": "success", "sessions_triggered": 2, "skipped_not_synced": 1}
    assert (await screens(scene, activity_id))["B1"] is None


async def test_a_start_whose_targets_are_all_strangers_locks_and_reaches_nobody(scene: Stage) -> None:
    activity_id = await scene.register("anna")
    answer = await scene.good("start", pushing(activity_id, CONTENT, ("stranger", "S1")))
    assert answer == {"status": "success", "sessions_triggered": 0}
    assert (await scene.call("add-users", people(activity_id, "ben"))).status_code == 409
    assert (await scene.look(activity_id))["counts"]["reached"] == 0


async def test_a_start_without_anybody_left_is_accepted(scene: Stage) -> None:
    activity_id = await scene.register("anna")
    await scene.good("remove-users", people(activity_id, "anna"))
    assert (await scene.good("start", pushing(activity_id, CONTENT)))["sessions_triggered"] == 0


async def test_a_start_of_another_type_is_accepted_and_leaves_phones_stuck(scene: Stage) -> None:
    activity_id = await scene.register("anna")
    answer = await scene.good("start", {**pushing(activity_id, CONTENT), "activity_type": "Other"})
    assert answer["sessions_triggered"] == 1
    view = await scene.look(activity_id, "?phones=true")
    assert (view["counts"]["reached"], view["counts"]["stuck"]) == (0, 1)
    assert view["phones"][0]["shows"] is None
    assert "Other" in view["phones"][0]["stuck"]


async def test_an_update_of_another_type_leaves_the_card_as_it_was(scene: Stage) -> None:
    activity_id = await scene.synced("anna")
    answer = await scene.good("update", {**pushing(activity_id, GOAL), "activity_type": "Other"})
    assert answer["sessions_triggered"] == 1
    view = await scene.look(activity_id, "?phones=true")
    assert shown(view) == {"A1": CONTENT["content_state"]}
    assert view["counts"]["stuck"] == 1


@pytest.mark.parametrize(("letters", "stuck"), [(3_900, 0), (4_100, 1)])
async def test_apple_refuses_a_push_over_4096_bytes_after_the_200(
    scene: Stage, letters: int, stuck: int
) -> None:
    activity_id = await scene.synced("anna")
    await scene.good("update", pushing(activity_id, {"content_state": {"text": "x" * letters}}))
    assert (await scene.look(activity_id))["counts"]["stuck"] == stuck


@pytest.mark.parametrize(("over", "why"), [(0, None), (1, "together have 4,097 bytes")])
async def test_phones_drop_a_state_that_is_too_large_with_the_attributes_of_the_start(
    scene: Stage, over: int, why: str | None
) -> None:
    attributes, state = {"crest": "y" * 2000}, {"text": ""}
    room = ACTIVITY_BYTES - activity_bytes(state=state, attributes=attributes)
    activity_id = await scene.register("anna")
    await scene.good("start", pushing(activity_id, {**CONTENT, "attributes": attributes}))
    await scene.wait(3)
    await scene.good("update", pushing(activity_id, {"content_state": {"text": "x" * (room + over)}}))
    view = await scene.look(activity_id, "?phones=true")
    assert view["counts"]["stuck"] == over
    assert (why or "") in (view["phones"][0]["stuck"] or "")


@pytest.mark.parametrize("over", [0, 1])
async def test_a_push_is_too_large_for_the_phones_exactly_where_the_check_says_so(
    scene: Stage, over: int
) -> None:
    attributes = {"homeTeam": "Galatasaray"}
    push: dict[str, Any] = {"activity_type": TYPE, "title": "Derby", "message": "Kick-off"}
    push |= {"event": "start", "attributes": attributes}
    room = PUSH_BYTES - push_bytes(**push, state={"text": ""})
    state = {"text": "x" * (room + over)}
    assert len(check_size(**push, state=state)) == over
    activity_id = await scene.register("anna")
    body = {**CONTENT, "content_state": state, "attributes": attributes}
    await scene.good("start", pushing(activity_id, body))
    assert (await scene.look(activity_id))["counts"]["stuck"] == over


def whole_numbers(activity_type: str, part: Part, value: object) -> str | None:
    assert activity_type == TYPE
    assert isinstance(value, dict)
    if part == "attributes":
        return None if "homeTeam" in value else "homeTeam is missing"
    return None if isinstance(value.get("homeScore"), int) else "homeScore is no Int"


async def test_a_phone_drops_what_it_cannot_decode_until_it_can_again(tmp_path: Path) -> None:
    attributes = {"attributes": {"homeTeam": "A"}}
    invalid = {"content_state": {"homeScore": "1"}}
    async with stage(SandboxOptions(decode=whole_numbers), fleet=fleet_file(tmp_path)) as scene:
        activity_id = await scene.register("anna", "ben")
        await scene.good("start", pushing(activity_id, {**CONTENT, **attributes}))
        await scene.wait(3)
        assert (await scene.good("update", pushing(activity_id, invalid, A1)))["sessions_triggered"] == 1
        view = await scene.look(activity_id, "?phones=true")
        assert view["counts"]["stuck"] == 1
        assert [phone["stuck"] for phone in view["phones"]] == ["homeScore is no Int", None, None]
        assert shown(view)["A1"] == CONTENT["content_state"]
        assert view["phones"][0]["attributes"] == attributes["attributes"]
        await scene.good("update", pushing(activity_id, GOAL))
        view = await scene.look(activity_id, "?phones=true")
        assert view["counts"]["stuck"] == 0
        assert shown(view)["A1"] == GOAL["content_state"]
        await scene.good("end", pushing(activity_id, invalid))
        counts = (await scene.look(activity_id))["counts"]
        assert (counts["reached"], counts["showing_final"], counts["stuck"]) == (3, 0, 3)


async def test_a_phone_that_cannot_decode_the_start_is_stuck_without_a_card_and_never_syncs(
    tmp_path: Path,
) -> None:
    async with stage(SandboxOptions(decode=whole_numbers), fleet=fleet_file(tmp_path)) as scene:
        activity_id = await scene.register("anna")
        assert (await scene.good("start", pushing(activity_id, CONTENT)))["sessions_triggered"] == 1
        await scene.wait(60)
        view = await scene.look(activity_id)
        assert (view["counts"]["reached"], view["counts"]["stuck"]) == (0, 1)
        assert (view["screens"][0]["shows"], view["screens"][0]["stuck"]) == (None, "homeTeam is missing")
        assert (await scene.call("update", pushing(activity_id, GOAL))).status_code == 412


async def test_a_phone_that_opens_an_activity_itself_starts_it(scene: Stage) -> None:
    body = {"activity_type": TYPE, "insider_id": "anna", "udid": "A1", "content_state": {"homeScore": 0}}
    answer = (await scene.client.post("/sandbox/device-started", json=body)).json()
    activity_id = answer["activity_id"]
    view = await scene.look(activity_id, "?phones=true")
    assert (view["state"], view["device_started"]) == ("STARTED", True)
    assert shown(view) == {"A1": {"homeScore": 0}}
    for endpoint in ("add-users", "remove-users"):
        assert (await scene.call(endpoint, people(activity_id, "ben"))).status_code == 409
    assert (await scene.call("start", pushing(activity_id, CONTENT))).status_code == 409
    assert (await scene.call("update", pushing(activity_id, GOAL))).status_code == 412
    await scene.wait(3)
    assert (await scene.good("update", pushing(activity_id, GOAL, A1)))["sessions_triggered"] == 1
    await scene.wait(7 * 86400 - 4)
    await scene.good("update", pushing(activity_id, CONTENT))
    await scene.wait(1)
    assert (await scene.call("end", pushing(activity_id, FINAL))).status_code == 404


async def test_phones_that_nobody_named_get_ids_of_their_own(scene: Stage) -> None:
    views = []
    for _ in range(2):
        answer = (await scene.client.post("/sandbox/device-started", json={"activity_type": TYPE})).json()
        views.append((await scene.look(answer["activity_id"], "?phones=true"))["phones"][0])
    assert views[0]["insider_id"] != views[1]["insider_id"]
    assert views[0]["udid"] != views[1]["udid"]
    assert views[0]["shows"] == {"content_state": {}}


@pytest.mark.parametrize("change", [{"activity_type": ""}, {"content_state": []}, {"insider_id": 7}])
async def test_an_invalid_phone_is_refused(scene: Stage, change: dict[str, Any]) -> None:
    response = await scene.client.post("/sandbox/device-started", json={"activity_type": TYPE, **change})
    assert response.status_code == 400


def test_counts_of_several_activities_add_up() -> None:
    first, second = PhoneCounts(reached=3, showing_final=2, stuck=1), PhoneCounts(reached=1)
    assert first + second == PhoneCounts(reached=4, showing_final=2, stuck=1)
