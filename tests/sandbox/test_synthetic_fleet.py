"""The fleet without a file: any id has phones, the same in any batch and in the documented shares."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st

from live_activity.core.virtual_clock import VirtualClock
from live_activity.sandbox import SandboxOptions
from live_activity.sandbox.fleet import NO_PROFILE
from live_activity.sandbox.sandbox import Sandbox
from live_activity.sandbox.synthetic_fleet import LATE_SECONDS, SyntheticFleet
from tests.sandbox.sandbox_process import CONTENT, GOAL, NOW, Stage, people, pushing, registering, stage

IDS = st.lists(
    st.text(min_size=1, max_size=12).filter(lambda text: bool(text.strip())), min_size=1, max_size=40
)
FLEET = SyntheticFleet(sync_delay=3)


def phones_of(insider_id: str) -> int:
    person = FLEET.find(insider_id, now=NOW)
    return len(person.phones) if person is not None else 0


# An id that is always eligible, so that no call is refused for want of eligible people.
SOMEBODY = next(name for name in map(str, range(99)) if phones_of(name))


def answers(*batches: list[str]) -> list[dict[str, Any]]:
    """Returns the answers of a new sandbox to each batch; the first is registered together with SOMEBODY."""
    sandbox = Sandbox(SandboxOptions(), clock=VirtualClock(NOW))
    activity_id = str(sandbox.answer("register", registering(SOMEBODY))["activity_id"])
    return [sandbox.answer("add-users", people(activity_id, SOMEBODY, *batch)) for batch in batches]


def sums(found: list[dict[str, Any]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for answer in found:
        total.update({"added": answer["added"], **answer["skipped"]})
        total["denied"] += sum(denial["devices_count"] for denial in answer.get("gdpr_denied_details", []))
    return total


@settings(max_examples=60)
@given(ids=IDS, cut=st.integers(0, 40))
def test_counters_do_not_depend_on_the_batches(ids: list[str], cut: int) -> None:
    ids = list(dict.fromkeys(ids))
    assert sums(answers(ids)) == sums(answers(ids[:cut], ids[cut:])) == sums(answers(ids[::-1]))


@settings(max_examples=60)
@given(ids=IDS)
def test_the_counters_of_an_answer_add_up(ids: list[str]) -> None:
    first, again = answers(ids, ids)
    for answer in (first, again):
        assert answer["matched"] == answer["added"] + answer["refreshed"]
    assert again["added"] == 0
    assert again["refreshed"] == first["matched"]
    assert first["added"] == sum(phones_of(one) for one in {*ids} - {SOMEBODY})


@settings(max_examples=40)
@given(insider_id=st.text(min_size=1, max_size=20))
def test_an_id_has_the_same_phones_in_every_sandbox(insider_id: str) -> None:
    first, second = SyntheticFleet(sync_delay=3), SyntheticFleet(sync_delay=3)
    one, other = first.find(insider_id, now=NOW), second.find(insider_id, now=NOW)
    assert one == other
    if one is not None:
        assert [first.udid(insider_id, phone) for phone in one.phones] == [
            second.udid(insider_id, phone) for phone in one.phones
        ]


def test_the_shares_are_those_of_the_docstring() -> None:
    fleet = SyntheticFleet(sync_delay=3)
    found: Counter[str] = Counter()
    delays: Counter[float | None] = Counter()
    numbers, _ = fleet.look_up([f"fan-{number:06}" for number in range(50_000)], now=NOW)
    for number in numbers.tolist():
        person = fleet.profiles[number] if number != NO_PROFILE else None
        if person is None:
            found["user_not_found"] += 1
            continue
        found[f"{len(person.phones)} phones"] += bool(person.phones)
        found.update(person.skipped)
        found["denied"] += person.denied
        delays.update(phone.sync_delay for phone in person.phones)
    shares = {
        "1 phones": 88.0,
        "2 phones": 3.0,
        "unsupported_platform": 2.5,
        "unsupported_os_version": 2.0,
        "push_permission_disabled": 2.0,
        "push_to_start_token_missing": 1.0,
        "denied": 0.5,
        "user_not_found": 1.0,
    }
    for name, share in shares.items():
        assert abs(found[name] / 500 - share) < 0.45, name
    phones = sum(delays.values())
    assert set(delays) == {3, 3 + LATE_SECONDS, None}
    assert abs(delays[3 + LATE_SECONDS] / phones - 0.04) < 0.005
    assert abs(delays[None] / phones - 0.002) < 0.001


def test_profiles_are_shared_by_people() -> None:
    fleet = SyntheticFleet(sync_delay=3)
    profiles = {id(fleet.find(f"fan-{number}", now=NOW)) for number in range(2_000)}
    assert len(profiles) < 20


def test_a_token_that_came_is_forgotten_with_a_reset() -> None:
    fleet = SyntheticFleet(sync_delay=3)
    later = NOW + timedelta(seconds=60)

    def waiting(number: int) -> bool:
        person = fleet.find(str(number), now=NOW)
        return person is not None and "push_to_start_token_missing" in person.skipped

    missing = [number for number in range(4_000) if waiting(number)]
    came = [number for number in missing if (person := fleet.find(str(number), now=later)) and person.phones]
    assert 0 < len(came) < len(missing)
    fleet.reset()
    assert all(waiting(number) for number in came)


async def test_25_000_people_are_started_and_updated_together_and_one_by_one() -> None:
    ids = [f"fan-{number:05}" for number in range(25_000)]
    async with stage(SandboxOptions(max_insider_ids=25_000)) as scene:
        activity_id, phones = await registered(scene, ids)
        assert (await scene.good("start", pushing(activity_id, CONTENT)))["sessions_triggered"] == phones
        await scene.wait(3)
        first = await scene.good("update", pushing(activity_id, GOAL))
        assert first["sessions_triggered"] + first["skipped_not_synced"] == phones
        await scene.wait(LATE_SECONDS)
        second = await scene.good("update", pushing(activity_id, GOAL))
        assert second["sessions_triggered"] > first["sessions_triggered"]
        assert second["skipped_not_synced"] > 0
        page = (await scene.look(activity_id, "?phones=true&limit=500&offset=100"))["phones"]
        targets = [(phone["insider_id"], phone["udid"]) for phone in page if phone["synced"]]
        third = await scene.good("update", pushing(activity_id, CONTENT, *targets))
        assert third["sessions_triggered"] == len(targets)
        view = await scene.look(activity_id)
        assert sum(screen["phones"] for screen in view["screens"]) == phones


async def registered(scene: Stage, ids: list[str]) -> tuple[str, int]:
    answer = await scene.good("register", registering(*ids))
    return answer["activity_id"], answer["matched"]


async def test_a_sandbox_without_a_fleet_file_knows_any_id() -> None:
    async with stage() as scene:
        response: httpx.Response = await scene.call("register", registering(*(f"p{n}" for n in range(20))))
    assert response.status_code == 200
