from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live_activity.api import Added, ApiError, OutcomeUnknown, Pushed, Removed, Repeat
from tests.api.client_calls import CALLS, PEOPLE, Handler, answering, client_of, error_of, shown_by

FULL = {
    "status": "success",
    "activity_id": "4b3f",
    "matched": 5,
    "added": 4,
    "refreshed": 1,
    "removed": 0,
    "skipped": {
        "push_permission_disabled": 1,
        "unsupported_platform": 2,
        "unsupported_os_version": 3,
        "push_to_start_token_missing": 4,
        "user_not_found": 5,
        "moved_to_the_moon": 6,
        "notes": "nothing to count",
    },
    "gdpr_denied_details": [
        {"insider_id": PEOPLE[0], "devices_count": 2},
        {"insider_id": PEOPLE[1], "devices_count": 1},
    ],
    "partial": True,
    "unprocessed_insider_id_count": 7,
    "trace": {"id": "new"},
}


async def answer(endpoint: str, body: Any) -> Any:
    async with client_of(answering(200, json=body)) as client:
        return await CALLS[endpoint](client)


@pytest.mark.parametrize("endpoint", ["register", "add_users"])
async def test_a_full_answer_is_read_with_every_counter(endpoint: str) -> None:
    added = await answer(endpoint, FULL)
    assert isinstance(added, Added)
    assert (added.activity_id, added.matched, added.added, added.refreshed) == ("4b3f", 5, 4, 1)
    assert added.skipped.counts() == {
        "push_permission_disabled": 1,
        "unsupported_platform": 2,
        "unsupported_os_version": 3,
        "push_to_start_token_missing": 4,
        "user_not_found": 5,
        "moved_to_the_moon": 6,
    }
    assert (added.gdpr_denied_people, added.gdpr_denied_devices) == (2, 3)
    assert added.partial
    assert added.unprocessed_insider_id_count == 7


async def test_people_who_refused_consent_are_counted_and_never_named() -> None:
    added = await answer("register", FULL)
    assert not any(person in repr(added) + added.model_dump_json() for person in PEOPLE)


async def test_absent_and_null_counters_are_zero() -> None:
    nulls = dict.fromkeys(["matched", "skipped", "gdpr_denied_details", "partial"])
    added = await answer("register", {"status": "success", "activity_id": "a", **nulls})
    assert added == Added(status="success", activity_id="a")
    assert added.skipped.push_permission_disabled == added.matched == added.gdpr_denied_people == 0


async def test_an_add_users_answer_without_the_id_is_of_the_activity_that_was_asked() -> None:
    assert (await answer("add_users", {"status": "success"})).activity_id == "a-1"


async def test_removed_devices_are_counted() -> None:
    assert await answer("remove_users", {"status": "success", "removed": 3, "matched": 0}) == Removed(
        status="success", removed=3
    )


@pytest.mark.parametrize("endpoint", ["start", "update", "end"])
async def test_a_push_reports_phones_handed_to_apple_and_phones_left_behind(endpoint: str) -> None:
    pushed = await answer(endpoint, {"status": "success", "sessions_triggered": 9, "skipped_not_synced": 2})
    assert pushed == Pushed(status="success", sessions_triggered=9, skipped_not_synced=2)


async def test_an_answer_cannot_be_changed() -> None:
    pushed = await answer("end", {"status": "success"})
    with pytest.raises(ValueError, match="frozen"):
        pushed.sessions_triggered = 1


WRONG: list[tuple[str, Any]] = [
    ("register", {"status": "success"}),
    ("register", {"status": "success", "activity_id": None}),
    ("register", {"status": "success", "activity_id": " "}),
    ("register", {"status": "success", "activity_id": 7}),
    ("register", {**FULL, "status": "ok"}),
    ("register", {**FULL, "status": None}),
    ("register", {**FULL, "matched": "5"}),
    ("register", {**FULL, "matched": 5.5}),
    ("register", {**FULL, "matched": True}),
    ("register", {**FULL, "matched": -1}),
    ("register", {**FULL, "partial": "yes"}),
    ("register", {**FULL, "skipped": []}),
    ("register", {**FULL, "skipped": {"user_not_found": "3"}}),
    ("register", {**FULL, "gdpr_denied_details": {"a": 1}}),
    ("register", {**FULL, "gdpr_denied_details": [{"insider_id": PEOPLE[0], "devices_count": PEOPLE[0]}]}),
    ("register", {**FULL, "gdpr_denied_details": [PEOPLE[0]]}),
    ("add_users", {"activity_id": "a-1", "added": 1}),
    ("remove_users", {"status": "success", "removed": "all"}),
    ("start", {"status": "success", "sessions_triggered": "9"}),
    ("update", {"status": "success", "skipped_not_synced": [1]}),
    ("end", {"status": "error"}),
    *[(endpoint, body) for endpoint in CALLS for body in ([], [FULL], "success", 200, None, True)],
]


@pytest.mark.parametrize(("endpoint", "body"), WRONG)
async def test_a_success_of_the_wrong_shape_leaves_the_outcome_unknown(endpoint: str, body: Any) -> None:
    error = await error_of(client_of(answering(200, json=body)), endpoint)
    assert type(error) is OutcomeUnknown
    assert error.status == 200
    assert error.repeat is {"start": Repeat.AS_QUESTION, "update": Repeat.WHILE_NEWEST}.get(
        endpoint, Repeat.ALWAYS
    )
    assert not any(person in shown_by(error) for person in PEOPLE)


BEYOND_ALL_BOUNDS = [
    ("register", {**FULL, "matched": 10**40}, "matched out of range"),
    ("register", {**FULL, "skipped": {"user_not_found": 10**12}}, "skipped out of range"),
    ("start", {"status": "success", "sessions_triggered": 10**40}, "sessions_triggered out of range"),
]


@pytest.mark.parametrize(("endpoint", "body", "text"), BEYOND_ALL_BOUNDS)
async def test_a_count_beyond_all_bounds_is_out_of_range(endpoint: str, body: Any, text: str) -> None:
    error = await error_of(client_of(answering(200, json=body)), endpoint)
    assert error.text == f"the success cannot be read: {text}"


@pytest.mark.parametrize("digits", [5_000, 200_000])
async def test_a_number_of_thousands_of_digits_is_one_line(digits: int) -> None:
    body = f'{{"status": "success", "activity_id": "a", "matched": {"9" * digits}}}'
    error = await error_of(client_of(answering(200, text=body)), "register")
    assert type(error) is OutcomeUnknown
    assert len(str(error)) < 400


@pytest.mark.parametrize("name", ["a b", "a\x1b[2J", "x" * 256, "\u202e1234", ""])
async def test_an_activity_id_that_is_not_fit_for_a_report_is_not_taken(name: str) -> None:
    error = await error_of(client_of(answering(200, json={**FULL, "activity_id": name})), "register")
    assert error.text == "the success cannot be read: activity_id missing or of the wrong shape"


async def test_new_reasons_are_bounded_and_name_nobody() -> None:
    extra = {PEOPLE[0]: 1, "huge": 10**40, "Odd Name": 1, "x\x1b[31m": 1} | {
        f"new_{n}": 1 for n in range(500)
    }
    added = await answer("register", {**FULL, "skipped": extra})
    assert len(added.skipped.counts()) == 55
    assert all(reason.startswith("new_") for reason in list(added.skipped.counts())[5:])


async def test_a_reason_that_is_an_id_of_the_call_is_left_out() -> None:
    body = {**FULL, "skipped": {"user42": 1, "user_not_found": 1}}
    async with client_of(answering(200, json=body)) as client:
        added = await client.add_users(activity_id="a", activity_type="T", insider_ids=["user42"])
    assert added.skipped.counts()["user_not_found"] == 1
    assert "user42" not in added.skipped.counts()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
BODIES = st.one_of(
    st.binary(max_size=60),
    JSON.map(lambda value: json.dumps(value).encode()),
    st.dictionaries(st.sampled_from(list(FULL)), JSON, max_size=6).map(
        lambda body: json.dumps({**FULL, **body}).encode()
    ),
    st.integers(0, 120).map(lambda length: json.dumps(FULL).encode()[:length]),
)


@settings(max_examples=120)
@given(
    body=BODIES,
    status=st.sampled_from([200, 200, 201, 302, 400, 401, 403, 404, 409, 412, 422, 429, 500, 503]),
    endpoint=st.sampled_from(list(CALLS)),
    kind=st.sampled_from(["application/json", "text/html", "text/plain; charset=utf-16", "", "nonsense"]),
)
def test_any_answer_of_a_server_is_a_result_or_an_api_error(
    body: bytes, status: int, endpoint: str, kind: str
) -> None:
    came = asyncio.run(
        outcome(lambda _: httpx.Response(status, content=body, headers={"Content-Type": kind}), endpoint)
    )
    if isinstance(came, ApiError):
        assert came.status == status
        assert "\n" not in str(came)
        assert came.__cause__ is None
        assert came.__context__ is None
    else:
        assert status == 200
        assert isinstance(came, Added | Removed | Pushed)


async def outcome(handler: Handler, endpoint: str) -> Any:
    async with client_of(handler) as client:
        try:
            return await CALLS[endpoint](client)
        except ApiError as error:
            return error
