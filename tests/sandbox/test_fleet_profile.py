"""Fleet profiles: what each key does to phones, and that the same seed gives the same results."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from live_activity.core.findings import InvalidInput
from live_activity.sandbox import SandboxOptions
from live_activity.sandbox.fleet_profile import FleetProfile, read_fleet_profile
from tests.sandbox.sandbox_process import CONTENT, FINAL, GOAL, fleet_file, pushing, stage

EXAMPLE = Path(__file__).parents[2] / "examples" / "fleet-profile.yaml"
IDS = [f"fan-{number:04}" for number in range(2_000)]
ONE_IPHONE = {
    "several_devices": {"share": 0.0},
    "android": 0.0,
    "old_ios": 0.0,
    "push_off": 0.0,
    "join_late": {"share": 0.0, "after": 0},
    "token_never": 0.0,
    "consent_denied": 0.0,
    "unknown": 0.0,
    "sync_delay": 3,
    "sync_late": {"share": 0.0, "after": 0},
    "sync_never": 0.0,
}


def profiled(**keys: Any) -> SandboxOptions:
    return SandboxOptions(fleet_profile=FleetProfile.model_validate({**ONE_IPHONE, **keys}))


def score(number: int) -> dict[str, Any]:
    return {"content_state": {"homeScore": number}}


def shown(view: dict[str, Any]) -> dict[Any, int]:
    """Returns the number of phones that show each score."""
    found: dict[Any, int] = {}
    for screen in view["screens"]:
        shows = screen["shows"]["content_state"].get("homeScore") if screen["shows"] else None
        found[shows] = found.get(shows, 0) + screen["phones"]
    return found


def conditions(view: dict[str, Any]) -> dict[str, int]:
    return {name: phones for name, phones in view["conditions"].items() if phones}


async def test_a_profile_without_changes_reaches_everybody() -> None:
    async with stage(profiled()) as scene:
        activity_id = await scene.synced(*IDS)
        await scene.good("update", pushing(activity_id, GOAL))
        view = await scene.look(activity_id)
    assert (shown(view), view["counts"]["synced"], conditions(view)) == ({1: 2000}, 2000, {})


async def test_people_have_several_devices_and_join_late() -> None:
    options = profiled(several_devices={"share": 1.0, "most": 4}, join_late={"share": 0.0, "after": 0})
    async with stage(options) as scene:
        view = await scene.look(await scene.register(*IDS))
    assert 2 * 2000 < view["counts"]["registered"] < 4 * 2000
    async with stage(profiled(join_late={"share": 0.5, "after": ["1m", "3m"]})) as scene:
        activity_id = await scene.register(*IDS)
        waited = []
        for _ in range(4):
            view = await scene.look(activity_id)
            waited.append((view["counts"]["registered"], view["left_out"]))
            await scene.wait(61)
            body = {"activity_id": activity_id, "activity_type": view["activity_type"], "insider_ids": IDS}
            await scene.good("add-users", body)
        view = await scene.look(activity_id)
    counts = [registered for registered, _ in waited]
    assert 800 < counts[0] < 1200
    assert waited[0][1] == {"push_to_start_token_missing": 2000 - counts[0]}
    assert counts == sorted(counts)
    assert (view["counts"]["registered"], view["left_out"]) == (2000, {})


async def test_phones_opt_out_and_keep_counting_as_handed_to_apple() -> None:
    async with stage(profiled(opt_out={"share": 0.25, "after": ["1m", "2m"]})) as scene:
        activity_id = await scene.synced(*IDS)
        before = await scene.look(activity_id)
        await scene.wait(120)
        answer = await scene.good("update", pushing(activity_id, score(5)))
        view = await scene.look(activity_id)
    gone = view["conditions"]["opted_out"]
    assert (shown(before), conditions(before)) == ({0: 2000}, {})
    assert 400 < gone < 600
    assert answer["sessions_triggered"] == 2000
    assert shown(view) == {5: 2000 - gone, None: gone}


async def test_phones_without_network_get_the_newest_push_when_they_are_back() -> None:
    loss = {"share": 0.3, "after": 60, "lasts": 120}
    async with stage(profiled(network_loss=loss)) as scene:
        activity_id = await scene.synced(*IDS)
        await scene.wait(60)
        for number in (1, 2):
            await scene.good("update", pushing(activity_id, score(number)))
        away = await scene.look(activity_id)
        await scene.wait(120)
        back = await scene.look(activity_id)
    offline = away["conditions"]["offline"]
    assert 500 < offline < 700
    assert shown(away) == {2: 2000 - offline, 0: offline}
    assert (shown(back), conditions(back)) == ({2: 2000}, {})


async def test_a_force_quit_phone_shows_the_start_and_syncs_once_it_is_opened() -> None:
    async with stage(profiled(force_quit={"share": 0.5, "reopened": "10m"})) as scene:
        activity_id = await scene.synced(*IDS)
        answer = await scene.good("update", pushing(activity_id, score(1)))
        assert shown(await scene.look(activity_id)) == {
            1: answer["sessions_triggered"],
            0: answer["skipped_not_synced"],
        }
        await scene.wait(600)
        again = await scene.good("update", pushing(activity_id, score(2)))
    assert 800 < answer["skipped_not_synced"] < 1200
    assert again == {"status": "success", "sessions_triggered": 2000}


async def test_a_phone_takes_only_so_many_starts_an_hour() -> None:
    async with stage(profiled(start_budget={"per_hour": 2, "refused": 0.0})) as scene:
        views = []
        for wait in (0, 0, 0, 3600):
            await scene.wait(wait)
            activity_id = await scene.started("fan-1", "fan-2")
            views.append(await scene.look(activity_id))
    assert [view["conditions"]["refused_start"] for view in views] == [0, 0, 2, 0]
    assert [view["pushes"]["start"]["phones"] for view in views] == [2, 2, 2, 2]
    assert [view["counts"]["reached"] for view in views] == [2, 2, 0, 2]


async def test_a_phone_that_refused_the_start_never_syncs() -> None:
    async with stage(profiled(start_budget={"refused": 0.5})) as scene:
        activity_id = await scene.synced(*IDS)
        answer = await scene.good("update", pushing(activity_id, score(1)))
        refused = (await scene.look(activity_id))["conditions"]["refused_start"]
    assert 800 < refused < 1200
    assert answer["skipped_not_synced"] == refused


async def test_apple_throttles_beyond_the_hourly_budget_and_delivers_later_pushes_again() -> None:
    async with stage(profiled(throttle={"per_hour": 3})) as scene:
        activity_id = await scene.synced("fan-1", "fan-2")
        seen = []
        for number in range(1, 6):
            answer = await scene.good("update", pushing(activity_id, score(number)))
            seen.append((answer["sessions_triggered"], shown(await scene.look(activity_id))))
        await scene.wait(1200)
        await scene.good("update", pushing(activity_id, score(6)))
        later = shown(await scene.look(activity_id))
    assert [list(each) for _, each in seen] == [[1], [2], [3], [3], [3]]
    assert {sessions for sessions, _ in seen} == {2}
    assert later == {6: 2}


async def test_pushes_are_lost_at_a_rate() -> None:
    async with stage(profiled(lost=0.2)) as scene:
        activity_id = await scene.register(*IDS)
        await scene.good("start", pushing(activity_id, CONTENT))
        await scene.wait(3)
        answer = await scene.good("update", pushing(activity_id, score(1)))
        found = shown(await scene.look(activity_id))
    assert 300 < found[None] < 500
    assert answer["skipped_not_synced"] == found[None]
    assert 250 < found[0] < 400


async def test_a_delayed_push_overwrites_a_newer_one_but_not_the_end() -> None:
    async with stage(profiled(reordered={"share": 0.5, "late_by": 20})) as scene:
        activity_id = await scene.synced(*IDS)
        await scene.wait(60)
        await scene.good("update", pushing(activity_id, score(1)))
        await scene.wait(5)
        await scene.good("update", pushing(activity_id, score(2)))
        at_once = shown(await scene.look(activity_id))
        await scene.wait(30)
        settled = shown(await scene.look(activity_id))
        await scene.good("update", pushing(activity_id, score(3)))
        await scene.good("end", pushing(activity_id, {"content_state": {"homeScore": 9}}))
        await scene.wait(30)
        ended = shown(await scene.look(activity_id))
    # A quarter each: both at once, the first late, the second late, both late (one push is in flight at a time).
    assert 800 < at_once[2] < 1200
    assert 350 < settled[1] < 650
    assert settled[1] + settled[2] == 2000
    assert ended == {9: 2000}


async def test_the_same_seed_gives_the_same_results_and_another_does_not() -> None:
    days = []
    for seed in (7, 7, 8):
        profile = read_fleet_profile(EXAMPLE).model_copy(update={"seed": seed})
        async with stage(SandboxOptions(fleet_profile=profile)) as scene:
            activity_id = await scene.synced(*IDS)
            for number in range(4):
                await scene.good("update", pushing(activity_id, {**GOAL, **score(number)}))
                await scene.wait(120)
            await scene.good("end", pushing(activity_id, FINAL))
            days.append(await scene.look(activity_id, "?phones=true&limit=10000"))
    assert days[0] == days[1]
    assert days[0]["phones"] != days[2]["phones"]


async def test_a_file_of_phones_keeps_its_phones_and_tokens(tmp_path: Path) -> None:
    profile = FleetProfile(seed=1, lost=1.0)
    async with stage(SandboxOptions(fleet_profile=profile), fleet=fleet_file(tmp_path)) as scene:
        activity_id = await scene.register("anna", "ben", "never")
        await scene.good("start", pushing(activity_id, CONTENT))
        view = await scene.look(activity_id)
    assert (view["counts"]["registered"], view["counts"]["reached"]) == (4, 0)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("lost: 2\n", "profile.yaml, lost: is too large; write 1 or less"),
        ("lots: 0.1\n", "profile.yaml, lots: there is no such key; the keys are seed, several_devices"),
        ("opt_out: {share: 0.1}\n", "profile.yaml, opt_out.after: is missing; write it"),
        (
            "opt_out: {share: 0.1, after: soon}\n",
            "profile.yaml, opt_out.after: 'soon' is not a time; write seconds or a time such as 90s",
        ),
        ("opt_out: {share: 0.1, after: [2m, 1m]}\n", "profile.yaml, opt_out.after: the range ends before"),
        ("android: 0.9\nunknown: 0.9\n", "profile.yaml: the shares of people add up to 1."),
        ("lost: [0.1\n", "profile.yaml: is not YAML"),
    ],
)
def test_a_profile_that_cannot_be_used_is_one_line_for_each_problem(
    tmp_path: Path, text: str, found: str
) -> None:
    path = tmp_path / "profile.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(InvalidInput) as caught:
        read_fleet_profile(path)
    assert str(caught.value).startswith(found)


def test_keys_that_a_file_of_phones_answers_are_refused_beside_it(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_fleet_profile(EXAMPLE, with_fleet_file=True)
    assert len(caught.value.findings) == 11
    assert "the file of phones says this already" in str(caught.value)
