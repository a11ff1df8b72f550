"""Registering, adding and removing people with known phones: every counter."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from live_activity.core.findings import InvalidInput
from live_activity.sandbox import SandboxOptions
from live_activity.sandbox.csv_fleet import read_fleet
from tests.sandbox.sandbox_process import (
    FLEET,
    NOBODY,
    NOW,
    Stage,
    at,
    fleet_file,
    people,
    registering,
    stage,
)

DENIED = [{"insider_id": "refuser", "devices_count": 2}]


def counted(activity_id: str, **changes: Any) -> dict[str, Any]:
    """Returns a complete answer, with 0 for every counter that is not given."""
    none = {"matched": 0, "added": 0, "refreshed": 0, "removed": 0}
    skipped = {**NOBODY, **changes.pop("skipped", {})}
    return {"status": "success", "activity_id": activity_id, **none, "skipped": skipped, **changes}


async def test_register_answers_exactly_the_fields_of_the_reference(scene: Stage) -> None:
    answer = await scene.good("register", registering("anna", "ben"))
    assert answer == counted(answer["activity_id"], matched=3, added=3)


async def test_every_phone_is_counted_once_and_an_unknown_person_once(scene: Stage) -> None:
    everybody = ("anna", "ben", "mixed", "droid", "old", "mute", "refuser", "fresh", "nobody")
    answer = await scene.good("register", registering(*everybody))
    skipped = {
        "unsupported_platform": 2,
        "unsupported_os_version": 1,
        "push_permission_disabled": 1,
        "push_to_start_token_missing": 1,
        "user_not_found": 1,
    }
    expected = counted(answer["activity_id"], matched=4, added=4, skipped=skipped, gdpr_denied_details=DENIED)
    assert answer == expected


async def test_a_duplicate_id_counts_once(scene: Stage) -> None:
    answer = await scene.good("register", registering("ben", "ben", "nobody", "nobody", "refuser", "refuser"))
    skipped = {"user_not_found": 1}
    expected = counted(answer["activity_id"], matched=2, added=2, skipped=skipped, gdpr_denied_details=DENIED)
    assert answer == expected


@pytest.mark.parametrize("endpoint", ["register", "add-users"])
async def test_nobody_eligible_is_422_with_the_reasons(scene: Stage, endpoint: str) -> None:
    body = people(await scene.register("anna"), "droid", "refuser")
    response = await scene.call(endpoint, {**registering("droid", "refuser"), **body})
    answer = response.json()
    assert (response.status_code, answer.pop("code")) == (422, "NO_ELIGIBLE_DEVICE")
    assert answer.pop("error")
    assert answer == {"skipped": {**NOBODY, "unsupported_platform": 1}, "gdpr_denied_details": DENIED}


async def test_422_of_register_makes_no_activity_and_of_add_users_keeps_it(scene: Stage) -> None:
    activity_id = await scene.register("anna")
    body = (await scene.call("register", registering("droid"))).json()
    assert "gdpr_denied_details" not in body
    assert (await scene.call("add-users", people(activity_id, "droid"))).status_code == 422
    listed = (await scene.client.get("/sandbox/activities")).json()["activities"]
    assert [view["activity_id"] for view in listed] == [activity_id]
    assert listed[0]["counts"]["registered"] == 1


async def test_adding_again_refreshes(scene: Stage) -> None:
    activity_id = await scene.register("anna")
    answer = await scene.good("add-users", people(activity_id, "anna", "ben"))
    assert answer == counted(activity_id, matched=3, added=2, refreshed=1)
    again = await scene.good("add-users", people(activity_id, "anna", "ben", "droid"))
    skipped = {"unsupported_platform": 1}
    assert again == counted(activity_id, matched=3, refreshed=3, skipped=skipped)
    assert (await scene.look(activity_id))["counts"]["registered"] == 3


async def test_removing_counts_phones_ignores_strangers_and_can_be_repeated(scene: Stage) -> None:
    activity_id = await scene.register("anna", "ben", "refuser")
    answer = await scene.good("remove-users", people(activity_id, "ben", "ben", "refuser", "nobody"))
    assert answer == counted(activity_id, removed=2)
    again = await scene.good("remove-users", people(activity_id, "ben"))
    assert again == counted(activity_id, removed=0)
    back = await scene.good("add-users", people(activity_id, "ben"))
    assert (back["added"], back["refreshed"]) == (2, 0)


async def test_two_registrations_are_two_activities(scene: Stage) -> None:
    first, second = await scene.register("anna"), await scene.register("anna")
    await scene.good("remove-users", people(first, "anna"))
    assert (await scene.look(second))["counts"]["registered"] == 1


async def test_ten_thousand_people_fit_in_a_call_and_one_more_does_not(scene: Stage) -> None:
    ids = ["anna", *(f"nobody-{number}" for number in range(9_999))]
    answer = await scene.good("register", registering(*ids))
    assert (answer["matched"], answer["skipped"]["user_not_found"]) == (1, 9_999)
    response = await scene.call("register", registering(*ids, "ben"))
    assert response.json()["code"] == "INSIDER_IDS_OUT_OF_RANGE"


async def test_a_late_token_comes_a_minute_after_the_id_was_first_seen() -> None:
    async with stage(SandboxOptions()) as scene:
        ids = [f"person-{number}" for number in range(2_000)]
        body = {**registering(*ids), "ends_at": at(NOW + timedelta(hours=1))}
        first = await scene.good("register", body)
        await scene.wait(59)
        early = await scene.good("add-users", people(first["activity_id"], *ids))
        await scene.wait(1)
        later = await scene.good("add-users", people(first["activity_id"], *ids))
    missing = [answer["skipped"]["push_to_start_token_missing"] for answer in (first, early, later)]
    assert missing[0] == missing[1] > missing[2] > 0
    assert early["added"] == 0
    assert later["added"] == missing[0] - missing[2]


HEAD = FLEET.splitlines()[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", ": is empty"),
        (HEAD.replace("udid", "device").replace("platform", "os"), ": the header has no udid, platform; it"),
        (HEAD + ",udid", ": columns 2 and 9 have the same name 'udid'"),
        (f"{HEAD}\nanna,A1,ios,17.2,true,true,t,\nanna,A1,ios", "row 2: has fewer cells than the header"),
        (f"{HEAD}\nanna,A1,ios,17.2,true,true,t,,,", "row 1: has more cells than the header"),
        (f"{HEAD}\n,A1,ios,17.2,true,true,t,", "row 1, insider_id: is empty"),
        (f"{HEAD}\nanna,,ios,17.2,true,true,t,", "row 1, udid: is empty"),
        (f"{HEAD}\nanna,A1,ios,17.2,maybe,true,t,", "row 1, push_enabled: 'maybe' is neither yes nor no"),
        (f"{HEAD}\nanna,A1,ios,17.2,,true,t,", "row 1, push_enabled: '' is neither yes nor no"),
        (f"{HEAD}\nanna,A1,android,,true,perhaps,t,", "row 1, gdpr: 'perhaps' is neither yes nor no"),
        (f"{HEAD}\nanna,A1,ios,seventeen,true,true,t,", "row 1, os_version: 'seventeen' is not a version"),
        (f"{HEAD}\nanna,A1,ios,17.2,true,true,t,soon", "row 1, sync_delay: 'soon' is not a delay"),
        (f"{HEAD}\nanna,A1,ios,17.2,true,true,t,-1", "row 1, sync_delay: '-1' is not a delay"),
        (
            f"{HEAD}\nanna,A1,ios,17.2,true,true,t,\nanna,A1,ios,17.2,true,true,t,",
            "row 2, udid: this person has",
        ),
        (f'{HEAD}\nanna,"A1"x,ios,17.2,true,true,t,', "row 1: it has a stray quote"),
    ],
)
def test_a_bad_fleet_is_one_line_with_row_and_column(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_fleet(fleet_file(tmp_path, text), sync_delay=3)
    assert str(caught.value).startswith(f"fleet.csv{message if message.startswith(':') else f', {message}'}")
    assert "\n" not in str(caught.value)


def test_a_missing_fleet_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"nobody\.csv: there is no .*nobody\.csv"):
        read_fleet(tmp_path / "nobody.csv", sync_delay=3)


def test_columns_may_stand_in_any_order_and_optional_ones_be_left_out(tmp_path: Path) -> None:
    header = "\ufeffnote,udid,insider_id,push_to_start_token,push_enabled,os_version,platform"
    text = f"{header}\r\nx,A1,anna,t,YES,17.2,iOS\r\n"
    fleet = read_fleet(fleet_file(tmp_path, text), sync_delay=3)
    person = fleet.find("anna", now=NOW)
    assert person is not None
    (phone,) = person.phones
    assert (fleet.udid("anna", phone), phone.sync_delay) == ("A1", 3)


def test_a_fleet_is_read_as_spreadsheets_save_it(tmp_path: Path) -> None:
    path = tmp_path / "fleet.csv"
    head = HEAD.removesuffix(",sync_delay").replace(",", ";")
    path.write_bytes(
        f'{head}\r\n"0007";A1;ios;17.2;TRUE;;t\r\nj\u00f6rn;B1;ios;17.2;FALSE;;t\r\n'.encode("cp1252")
    )
    fleet = read_fleet(path, sync_delay=3)
    people = [fleet.find(insider_id, now=NOW) for insider_id in ("0007", "j\u00f6rn")]
    assert [person and (len(person.phones), person.skipped) for person in people] == [
        (1, ()),
        (0, ("push_permission_disabled",)),
    ]


PROBLEMS = [
    ("droid,X,android,1,no,no,,", "unsupported_platform"),
    ("droid,X,ios,17.1,no,no,,", "unsupported_os_version"),
    ("droid,X,ios,17,yes,yes,t,", "unsupported_os_version"),
    ("droid,X,ios,9.9.9,yes,yes,t,", "unsupported_os_version"),
    ("droid,X,ios,17.2,no,no,,", "push_permission_disabled"),
    ("droid,X,ios,17.2,yes,yes,,", "push_to_start_token_missing"),
]


@pytest.mark.parametrize(("row", "reason"), PROBLEMS)
def test_a_phone_with_several_problems_is_counted_for_the_first(
    tmp_path: Path, row: str, reason: str
) -> None:
    person = read_fleet(fleet_file(tmp_path, f"{HEAD}\n{row}"), sync_delay=3).find("droid", now=NOW)
    assert person is not None
    assert (person.phones, person.skipped, person.denied) == ((), (reason,), 0)


def test_consent_comes_before_the_token(tmp_path: Path) -> None:
    text = f"{HEAD}\ndroid,X,ios,17.2,yes,no,,"
    person = read_fleet(fleet_file(tmp_path, text), sync_delay=3).find("droid", now=NOW)
    assert person is not None
    assert (person.skipped, person.denied) == ((), 1)
