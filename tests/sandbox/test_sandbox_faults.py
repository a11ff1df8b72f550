"""Faults: the calls that a rule selects, and what a client then gets; on a real port if connections matter."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from live_activity.core.findings import InvalidInput
from live_activity.core.virtual_clock import VirtualClock
from live_activity.sandbox import SandboxOptions, SandboxServer
from live_activity.sandbox.app import PREFIX
from live_activity.sandbox.faults import Faults, WrongRules, parse_rules, read_faults
from tests.sandbox.sandbox_process import CONTENT, NOW, Stage, fleet_file, people, pushing, registering, stage


def picked(rule: dict[str, Any], *, endpoint: str = "update", calls: int = 12) -> list[int]:
    faults = Faults(parse_rules([{"do": "unavailable", **rule}]))
    return [number for number in range(1, calls + 1) if faults.next(endpoint)]


@pytest.mark.parametrize(
    ("rule", "calls"),
    [
        ({}, list(range(1, 13))),
        ({"calls": [1, 3]}, [1, 3]),
        ({"calls": 4}, [4]),
        ({"every": 5}, [5, 10]),
        ({"every": 2, "times": 2}, [2, 4]),
        ({"times": 1}, [1]),
        ({"rate": 0.0}, []),
        ({"rate": 1.0}, list(range(1, 13))),
        ({"endpoint": "update", "calls": [2]}, [2]),
        ({"endpoint": "add_users"}, []),
    ],
)
def test_a_rule_picks_its_calls(rule: dict[str, Any], calls: list[int]) -> None:
    assert picked(rule) == calls


def test_a_rate_picks_its_share_and_the_same_calls_every_time() -> None:
    rule = {"rate": 0.3, "seed": 7}
    assert 240 < len(picked(rule, calls=1000)) < 360
    assert picked(rule) == picked(rule)
    assert picked(rule, calls=200) != picked({**rule, "seed": 8}, calls=200)


def test_calls_are_numbered_for_each_endpoint_and_for_the_star_over_all_endpoints() -> None:
    faults = Faults(
        parse_rules(
            [
                {"endpoint": "end", "calls": [2], "do": "unavailable"},
                {"endpoint": "*", "calls": [4], "do": "reset_before"},
            ]
        )
    )
    rules = [faults.next(endpoint) for endpoint in ("end", "update", "end", "update", "update")]
    assert [rule and rule.do for rule in rules] == [None, None, "unavailable", "reset_before", None]


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ("update", "faults are a list of rules"),
        ({"rule": []}, "faults are a list of rules"),
        (["update"], "rule 1: "),
        ([{}], "rule 1, do: Field required"),
        ([{"do": "timeout"}, {"do": "explode"}], "rule 2, do: Input should be"),
        (
            [{"do": "timeout", "endpoint": "stop"}],
            "rule 1, endpoint: 'stop' is not an endpoint; use one of register",
        ),
        ([{"do": "timeout", "calls": [0]}], "rule 1, calls.0: Input should be greater"),
        ([{"do": "timeout", "calls": []}], "rule 1, calls: "),
        ([{"do": "timeout", "every": "2"}], "rule 1, every: Input should be a valid integer"),
        ([{"do": "timeout", "rate": 1.5}], "rule 1, rate: "),
        ([{"do": "timeout", "evry": 2}], "rule 1, evry: Extra inputs are not permitted"),
        ([{"do": "timeout", "every": 2, "rate": 0.5}], "rule 1: calls, every and rate exclude each other"),
        ([{"do": "timeout", "share": 0.5}], "rule 1: share has no meaning for timeout"),
        ([{"do": "delay"}], "rule 1: delay needs seconds"),
        ([{"do": {"delay": {"seconds": -1}}}], "rule 1, seconds: "),
        ([{"do": {"delay": {}, "timeout": {}}}], "rule 1: do names one action"),
        ([{"do": {"delay": 2}}], "rule 1: do.delay holds the parameters of the action"),
        ([{"do": {"delay": {"seconds": 1, "times": 2}}}], "rule 1: times has no meaning in do.delay"),
        ([{"do": {"delay": {}}, "seconds": 1}], "rule 1: seconds has no meaning beside do.delay"),
        ([{"do": "partial", "endpoint": "end"}], "rule 1: partial is for register and add-users"),
        ([{"do": "garbage", "kind": "xml"}], "rule 1, kind: "),
        ([{"do": "too_many", "retry_after": -1}], "rule 1, retry_after: a Retry-After is seconds"),
        ([{"do": "too_many", "retry_after": True}], "rule 1, retry_after: a Retry-After is seconds"),
        ([{"do": "too_many", "retry_after": 1e300}], "rule 1, retry_after: a Retry-After is seconds"),
        ([{"do": "too_many", "retry_after": "1\r\nX: 2"}], "rule 1, retry_after: a Retry-After is seconds"),
        ([{"do": "too_many", "retry_after": " 1"}], "rule 1, retry_after: a Retry-After is seconds"),
        ([{"do": "too_many", "retry_after": "\u20ac"}], "rule 1, retry_after: a Retry-After is seconds"),
    ],
)
async def test_wrong_rules_are_one_line_with_rule_and_key(scene: Stage, rules: Any, message: str) -> None:
    with pytest.raises(WrongRules) as caught:
        parse_rules(rules)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)
    response = await scene.client.put("/sandbox/faults", json={"rules": rules})
    assert (response.status_code, response.json()["code"]) == (400, "VALIDATION_FAILED")


async def test_faults_are_set_shown_and_removed(scene: Stage) -> None:
    rules = [
        {"endpoint": "end", "do": "unavailable"},
        {"do": {"delay": {"seconds": 1.5}}, "endpoint": "update"},
    ]
    for body in (rules, {"rules": rules}):
        assert (await scene.client.put("/sandbox/faults", json=body)).status_code == 200
    flat = [rules[0], {"endpoint": "update", "do": "delay", "seconds": 1.5}]
    assert (await scene.client.get("/sandbox/faults")).json() == {"rules": flat}
    assert (await scene.call("end", {})).status_code == 503
    assert (await scene.client.delete("/sandbox/faults")).json() == {"rules": []}
    assert (await scene.call("end", {})).status_code == 400


async def test_a_file_of_faults_is_there_again_after_a_reset(tmp_path: Path) -> None:
    path = tmp_path / "faults.yaml"
    path.write_text(
        "- endpoint: end\n  times: 1\n  do: unavailable\n- {do: too_many, endpoint: start}\n", "utf-8"
    )
    async with stage(SandboxOptions(faults=path), fleet=fleet_file(tmp_path)) as scene:
        assert [(await scene.call("end", {})).status_code for _ in range(2)] == [503, 400]
        await scene.client.put("/sandbox/faults", json=[])
        await scene.client.delete("/sandbox")
        assert [(await scene.call("end", {})).status_code for _ in range(2)] == [503, 400]
        assert (await scene.call("start", {})).status_code == 429


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rules: [", "faults.yaml: is not YAML: "),
        ("- do: timeout\n- do: sleep\n", "faults.yaml, row 2, do: "),
        ("just text", "faults.yaml: faults are a list"),
    ],
)
def test_a_wrong_file_of_faults_is_one_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "faults.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(InvalidInput) as caught:
        read_faults(path)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_a_missing_file_of_faults_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be read: No such file"):
        read_faults(tmp_path / "faults.yaml")


async def put(scene: Stage, **rule: Any) -> None:
    assert (await scene.client.put("/sandbox/faults", json=[rule])).status_code == 200


@pytest.mark.parametrize(
    ("retry_after", "header"),
    [(7, "7"), (0.25, "0.25"), (None, None), ("soon", "soon"), ("date", "Sun, 19 Jul 2026 18:00:01 GMT")],
)
async def test_too_many_has_the_retry_after_that_was_asked_for(
    scene: Stage, retry_after: Any, header: str
) -> None:
    await put(scene, do="too_many", retry_after=retry_after)
    response = await scene.call("register", registering("anna"))
    assert (response.status_code, response.headers.get("retry-after")) == (429, header)
    assert response.json() == {"message": "Too Many Requests", "status": 429}


@pytest.mark.parametrize(("processed", "left"), [(False, 1), (True, 0)])
async def test_a_server_error_is_processed_only_when_asked_for(
    scene: Stage, processed: bool, left: int
) -> None:
    activity_id = await scene.register("anna")
    await put(scene, do="server_error", processed=processed)
    response = await scene.call("remove-users", people(activity_id, "anna"))
    assert (response.status_code, set(response.json())) == (500, {"error", "code"})
    assert (await scene.look(activity_id))["counts"]["registered"] == left


async def test_unavailable_is_503_without_a_body_and_processes_nothing(scene: Stage) -> None:
    activity_id = await scene.register("anna")
    await put(scene, do="unavailable")
    response = await scene.call("start", pushing(activity_id, CONTENT))
    assert (response.status_code, response.content) == (503, b"")
    assert (await scene.look(activity_id))["state"] == "REGISTERED"


async def test_partial_leaves_a_share_of_the_people_unprocessed_and_unnamed(scene: Stage) -> None:
    await put(scene, do="partial", share=0.5, times=1)
    answer = await scene.good("register", registering("anna", "ben", "late", "nobody"))
    assert (answer["partial"], answer["unprocessed_insider_id_count"]) == (True, 2)
    assert (answer["matched"], answer["skipped"]["user_not_found"]) == (3, 0)
    whole = await scene.good("add-users", people(answer["activity_id"], "anna", "ben", "late", "nobody"))
    assert "partial" not in whole
    assert (whole["added"], whole["refreshed"]) == (1, 3)


async def test_nobody_is_ineligible_if_every_look_up_failed(scene: Stage) -> None:
    await put(scene, do="partial", share=1.0, times=1)
    answer = await scene.good("register", registering("anna", "ben"))
    assert (answer["matched"], answer["unprocessed_insider_id_count"]) == (0, 2)


@pytest.mark.parametrize("kind", ["html", "truncated", "wrong_shape", "empty"])
async def test_garbage_is_200_after_the_call_was_processed(scene: Stage, kind: str) -> None:
    activity_id = await scene.register("anna")
    await put(scene, do="garbage", kind=kind, endpoint="start")
    response = await scene.call("start", pushing(activity_id, CONTENT))
    assert response.status_code == 200
    if kind == "wrong_shape":
        assert not isinstance(response.json(), dict)
    else:
        with pytest.raises(json.JSONDecodeError):
            response.json()
    assert (await scene.look(activity_id))["state"] == "STARTED"


async def test_without_a_port_a_reset_is_raised(scene: Stage) -> None:
    await put(scene, do="reset_before")
    with pytest.raises(ConnectionResetError):
        await scene.call("register", registering("anna"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxServer]:
    options = SandboxOptions(fleet=fleet_file(tmp_path_factory.mktemp("fleet")))
    with SandboxServer(options, clock=VirtualClock(NOW)) as made:
        yield made


@pytest.fixture
def client(server: SandboxServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.base_url, headers={"X-Api-Key": "key"}) as made:
        made.delete("/sandbox")
        yield made


def register(client: httpx.Client, *, patience: float = 30) -> httpx.Response:
    timeout = httpx.Timeout(30, read=patience)
    return client.post(PREFIX + "register", json=registering("anna"), timeout=timeout)


@pytest.mark.parametrize(("do", "activities"), [("reset_before", 0), ("reset_after", 1)])
def test_a_reset_breaks_the_connection_before_or_after_processing(
    client: httpx.Client, do: str, activities: int
) -> None:
    client.put("/sandbox/faults", json=[{"do": do, "times": 1}])
    with pytest.raises((httpx.NetworkError, httpx.RemoteProtocolError)):
        register(client)
    assert len(client.get("/sandbox/activities").json()["activities"]) == activities
    assert register(client).status_code == 200
    assert client.get("/sandbox/calls").json()["statuses"]["register"] == {"200": 1, "reset": 1}


def test_a_timeout_is_processed_and_never_answered(client: httpx.Client) -> None:
    client.put("/sandbox/faults", json=[{"do": "timeout", "times": 1}])
    with pytest.raises(httpx.ReadTimeout):
        register(client, patience=0.05)
    assert len(client.get("/sandbox/activities").json()["activities"]) == 1
    assert register(client).status_code == 200


def test_a_timeout_ends_by_itself_with_a_reset(client: httpx.Client) -> None:
    client.put("/sandbox/faults", json=[{"do": "timeout", "times": 1, "seconds": 0.01}])
    with pytest.raises(httpx.NetworkError):
        register(client)


def test_a_delay_processes_at_once_and_answers_late(client: httpx.Client) -> None:
    client.put("/sandbox/faults", json=[{"do": "delay", "times": 2, "seconds": 0.05}])
    assert register(client).status_code == 200
    with pytest.raises(httpx.ReadTimeout):
        register(client, patience=0.001)
    assert len(client.get("/sandbox/activities").json()["activities"]) == 2
