from __future__ import annotations

import pickle
from typing import Any

import httpx
import pytest

from live_activity.api import (
    AlreadyStarted,
    ApiError,
    NeverLeft,
    NobodyEligible,
    NotFound,
    OutcomeUnknown,
    ProductDisabled,
    RateLimited,
    RefusedRequest,
    Repeat,
    ServerFault,
    ServiceUnavailable,
    TokensNotSynced,
    Unauthorized,
    WrongAddress,
)
from tests.api.client_calls import CALLS, PEOPLE, answering, client_of, error_from, error_of, shown_by

ALL = tuple(CALLS)
PUSHES = ("start", "update", "end")
WITH_ID = tuple(endpoint for endpoint in ALL if endpoint != "register")

# Every error code that the vendor documents.
DOCUMENTED: list[tuple[int, str, tuple[str, ...], type[ApiError]]] = [
    (400, "VALIDATION_FAILED", ALL, RefusedRequest),
    (400, "PARTNER_REQUIRED", ALL, RefusedRequest),
    (400, "REQUEST_INVALID", ALL, RefusedRequest),
    (400, "BAD_REQUEST", ALL, RefusedRequest),
    (400, "ACTIVITY_TYPE_REQUIRED", ("register", *PUSHES), RefusedRequest),
    (400, "ACTIVITY_ID_REQUIRED", WITH_ID, RefusedRequest),
    (400, "INSIDER_IDS_OUT_OF_RANGE", ("register", "add_users", "remove_users"), RefusedRequest),
    (400, "ENDS_AT_IN_PAST", ("register",), RefusedRequest),
    (400, "ENDS_AT_TOO_SOON", ("register",), RefusedRequest),
    (400, "ENDS_AT_TOO_FAR", ("register",), RefusedRequest),
    (400, "TARGET_DEVICES_INVALID", PUSHES, RefusedRequest),
    (403, "LIVE_ACTIVITY_DISABLED", ALL, ProductDisabled),
    (404, "NOT_FOUND", WITH_ID, NotFound),
    (409, "ALREADY_STARTED", ("start", "add_users", "remove_users"), AlreadyStarted),
    (412, "PUSH_TOKEN_NOT_SYNCED", ("update", "end"), TokensNotSynced),
    (422, "NO_ELIGIBLE_DEVICE", ("register", "add_users"), NobodyEligible),
]
EACH_CODE = [(status, code, e, kind) for status, code, endpoints, kind in DOCUMENTED for e in endpoints]

UNCODED: list[tuple[int, dict[str, Any], type[ApiError]]] = [
    (401, {"content": b""}, Unauthorized),
    (429, {"json": {"message": "Too Many Requests", "status": 429}}, RateLimited),
    (429, {"content": b""}, RateLimited),
    (403, {"json": {"message": "Request Limit Exceeded"}}, RateLimited),
    (403, {"text": "Request limit exceeded"}, RateLimited),
    (403, {"content": b""}, OutcomeUnknown),
    (503, {"content": b""}, ServiceUnavailable),
    (503, {"text": "upstream timed out"}, ServerFault),
    (503, {"content": b" "}, ServerFault),
    (500, {"content": b""}, ServerFault),
    (502, {"text": "Bad gateway"}, ServerFault),
    (504, {"json": {"error": "slow"}}, ServerFault),
    (408, {"content": b""}, OutcomeUnknown),
    (204, {"content": b""}, OutcomeUnknown),
    (202, {"json": {"status": "success"}}, OutcomeUnknown),
]


@pytest.mark.parametrize(("status", "code", "endpoint", "kind"), EACH_CODE)
async def test_every_documented_code_has_one_class(
    status: int, code: str, endpoint: str, kind: type[ApiError]
) -> None:
    error = await error_of(client_of(answering(status, json={"error": "said so", "code": code})), endpoint)
    assert type(error) is kind
    assert (error.endpoint, error.status, error.code, error.text) == (endpoint, status, code, "said so")


@pytest.mark.parametrize(("status", "body", "kind"), UNCODED)
@pytest.mark.parametrize("endpoint", ALL)
async def test_a_status_without_a_code_has_its_class(
    status: int, body: dict[str, Any], kind: type[ApiError], endpoint: str
) -> None:
    error = await error_of(client_of(answering(status, **body)), endpoint)
    assert type(error) is kind
    assert (error.endpoint, error.status, error.code) == (endpoint, status, None)


REPEATS: list[tuple[type[ApiError], dict[str, Repeat]]] = [
    *[
        (kind, dict.fromkeys(ALL, Repeat.NEVER))
        for kind in (RefusedRequest, Unauthorized, ProductDisabled, NotFound, AlreadyStarted, NobodyEligible)
    ],
    *[(kind, dict.fromkeys(ALL, Repeat.ALWAYS)) for kind in (RateLimited, ServiceUnavailable)],
    (TokensNotSynced, {"update": Repeat.WHILE_NEWEST, "end": Repeat.ALWAYS}),
    *[
        (
            kind,
            {
                "register": Repeat.ALWAYS,
                "add_users": Repeat.ALWAYS,
                "remove_users": Repeat.ALWAYS,
                "start": Repeat.AS_QUESTION,
                "update": Repeat.WHILE_NEWEST,
                "end": Repeat.ALWAYS,
            },
        )
        for kind in (ServerFault, OutcomeUnknown, WrongAddress)
    ],
]


@pytest.mark.parametrize(
    ("kind", "endpoint", "repeat"), [(kind, e, repeat) for kind, of in REPEATS for e, repeat in of.items()]
)
def test_whether_a_call_may_be_repeated_depends_on_error_and_endpoint(
    kind: type[ApiError], endpoint: str, repeat: Repeat
) -> None:
    error = kind(endpoint=endpoint)
    assert error.repeat is repeat
    assert error.safe_to_repeat is (repeat in (Repeat.ALWAYS, Repeat.WHILE_NEWEST))


@pytest.mark.parametrize("code", ["VALIDATION_FAILED", "UNPROCESSABLE_ENTITY"])
def test_a_422_of_another_code_does_not_mean_nobody_eligible(code: str) -> None:
    error = error_from(answering(422, json={"error": "no", "code": code}), "add_users")
    assert (type(error), error.code) == (RefusedRequest, code)


PAGE = {"html": "<!DOCTYPE html><html><body>Please sign in</body></html>"}
OTHER_JSON = {"json": {"message": "no Route matched with those values"}}
BETWEEN: list[tuple[int, dict[str, Any], type[ApiError]]] = [
    *[
        (status, PAGE, OutcomeUnknown)
        for status in (200, 201, 400, 401, 403, 408, 409, 412, 413, 418, 422, 429, 451)
    ],
    *[(status, PAGE, OutcomeUnknown) for status in (500, 502, 503, 504, 522)],
    *[(status, OTHER_JSON, OutcomeUnknown) for status in (200, 400, 401, 403, 409, 412, 422)],
    *[(status, {"content": b""}, OutcomeUnknown) for status in (204, 400, 403, 409, 412, 418, 422)],
    (200, {"content": b""}, OutcomeUnknown),
    (401, {"text": "login required"}, OutcomeUnknown),
    (409, {"json": ["ALREADY_STARTED"]}, OutcomeUnknown),
    (404, PAGE, WrongAddress),
    (404, OTHER_JSON, WrongAddress),
    (404, {"content": b""}, WrongAddress),
    (405, {"content": b""}, WrongAddress),
    *[(status, {"content": b""}, WrongAddress) for status in (301, 302, 307, 308)],
    (407, {"content": b""}, NeverLeft),
    (407, PAGE, NeverLeft),
    (511, PAGE, NeverLeft),
]


@pytest.mark.parametrize("endpoint", ALL)
async def test_answers_of_another_server_in_place_of_the_api_say_nothing_about_an_activity(
    endpoint: str,
) -> None:
    for status, body, kind in BETWEEN:
        error = await error_of(client_of(answering(status, **body)), endpoint)
        assert type(error) is kind, (status, body)
        assert error.unprocessed is (kind is NeverLeft)
        assert error.repeat is (
            Repeat.ALWAYS if kind is NeverLeft else OutcomeUnknown(endpoint=endpoint).repeat
        )
        if kind is OutcomeUnknown:
            assert "answered by something between here and the API" in str(error)
        if kind is WrongAddress:
            assert "check the base URL" in str(error)


def test_a_redirect_says_where_it_leads_and_no_more() -> None:
    location = {"Location": "https://portal.example.test/login?user=anna.k@example.test"}
    error = error_from(answering(302, headers=location), "register")
    assert "a redirect to https://portal.example.test, which is not followed" in str(error)
    assert "login" not in str(error)


async def test_an_error_carries_the_activity_that_it_is_about() -> None:
    refused = answering(404, json={"error": "gone", "code": "NOT_FOUND"})
    assert (await error_of(client_of(refused), "update")).activity == "a-1"
    assert (await error_of(client_of(refused), "register")).activity is None


def test_only_a_fault_or_an_unknown_outcome_may_have_been_processed() -> None:
    leaves = [kind for base in ApiError.__subclasses__() for kind in (base.__subclasses__() or [base])]
    assert {kind for kind in leaves if not kind.unprocessed} == {ServerFault, OutcomeUnknown}
    assert not WrongAddress.unprocessed


async def test_nobody_eligible_says_why_in_numbers() -> None:
    body = {
        "error": "no eligible device",
        "code": "NO_ELIGIBLE_DEVICE",
        "skipped": {
            "user_not_found": 2,
            "unsupported_platform": 0,
            "new_reason": 1,
            PEOPLE[0]: 9,
            "odd": "x",
        },
        "gdpr_denied_details": [{"insider_id": PEOPLE[0], "devices_count": 3}],
    }
    error = await error_of(client_of(answering(422, json=body)), "register")
    assert isinstance(error, NobodyEligible)
    assert error.skipped == {"user_not_found": 2, "unsupported_platform": 0, "new_reason": 1}
    assert (error.gdpr_denied_people, error.gdpr_denied_devices) == (1, 3)
    assert "user_not_found 2" in str(error)
    assert "consent refused 1" in str(error)
    assert PEOPLE[0] not in shown_by(error)


@pytest.mark.parametrize("details", [[PEOPLE[0]], {"a": 1}, "x", [{"devices_count": PEOPLE[0]}]])
@pytest.mark.parametrize("skipped", [[], "x", {"user_not_found": -1}, None])
async def test_malformed_details_of_nobody_eligible_are_ignored_and_not_shown(
    details: Any, skipped: Any
) -> None:
    body = {"code": "NO_ELIGIBLE_DEVICE", "skipped": skipped, "gdpr_denied_details": details}
    error = await error_of(client_of(answering(422, json=body)), "add_users")
    assert isinstance(error, NobodyEligible)
    assert (error.skipped, error.gdpr_denied_people, error.gdpr_denied_devices) == ({}, 0, 0)
    assert PEOPLE[0] not in shown_by(error)


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (
            TokensNotSynced("none synced", endpoint="update", status=412, code="PUSH_TOKEN_NOT_SYNCED"),
            "update: HTTP 412 PUSH_TOKEN_NOT_SYNCED: none synced; "
            "no phone has synced yet: wait a few seconds, then send the newest content",
        ),
        (
            RateLimited("Too Many Requests", endpoint="end", status=429, retry_after=7.0),
            "end: HTTP 429: Too Many Requests; too many calls for the account; "
            "it was not processed: wait, then repeat it (asked to wait 7 s)",
        ),
        (
            WrongAddress("an HTML page", endpoint="register", status=404),
            "register: HTTP 404: an HTML page; the address is wrong, or something else answers at it: check the base "
            "URL; it may have been processed, and repeating it does no harm",
        ),
        (
            OutcomeUnknown("ReadTimeout", endpoint="start"),
            "start: no answer: ReadTimeout; "
            "it may have been processed; ask once by repeating it: 409 means that it was",
        ),
    ],
)
def test_an_error_is_one_line_that_says_what_may_be_done(error: ApiError, line: str) -> None:
    assert str(error) == line


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"json": {"error": "  two\nlines \x1b[31mred\x1b]0;title\x07 "}}, "two lines red"),
        ({"json": {"message": "said otherwise"}}, "said otherwise"),
        ({"json": {"code": "X", "fault": {"deep": 1}}}, "JSON of another shape than documented"),
        ({"json": ["a"]}, "JSON of another shape than documented"),
        ({"html": "<!DOCTYPE html><html><body>Go away</body></html>"}, "an HTML page"),
        ({"content": b"  <html>no type</html>"}, "an HTML page"),
        ({"text": "plain words"}, "plain words"),
        ({"text": '{"error": "words'}, "JSON that is damaged or breaks off"),
        ({"text": '\ufeff [{"a": 1}'}, "JSON that is damaged or breaks off"),
        ({"content": b"\xff\xfe\x80"}, "a body that is neither JSON nor text"),
        ({"content": b""}, "an empty body"),
    ],
)
def test_what_the_server_said_becomes_one_line(body: dict[str, Any], text: str) -> None:
    error = error_from(answering(400, **body))
    assert error.text.partition("; answered by")[0].strip() == text


def test_a_long_text_is_cut() -> None:
    error = error_from(answering(400, text="never ending " * 10_000))
    assert len(error.text) == 300
    assert error.text.endswith("…")


@pytest.mark.parametrize("code", ["not a code", "lower", "X" * 65, "", 7, None, ["NOT_FOUND"]])
def test_an_invalid_code_is_left_out(code: object) -> None:
    assert error_from(answering(404, json={"error": "x", "code": code})).code is None


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7.0), ("Sun, 19 Jul 2026 18:00:30 GMT", 30.0), ("soon", None)]
)
@pytest.mark.parametrize("status", [429, 503, 500])
def test_the_wait_that_a_server_asks_for_is_reported(status: int, header: str, seconds: float | None) -> None:
    error = error_from(lambda _: httpx.Response(status, headers={"Retry-After": header}))
    assert error.retry_after == seconds


def test_an_error_survives_being_sent_to_another_process() -> None:
    error = NobodyEligible("nobody", endpoint="register", status=422, skipped={"user_not_found": 2})
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is NobodyEligible
    assert (str(again), vars(again), again.repeat) == (str(error), vars(error), error.repeat)
