"""The OpenAPI document is complete: every route, every answer, every error, each with an example."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import httpx
import jsonschema
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from live_activity.core.virtual_clock import VirtualClock
from live_activity.sandbox import SandboxOptions, create_app
from live_activity.sandbox.error_codes import ERROR_CODES
from live_activity.sandbox.faults import Action, WrongRules, parse_rules
from live_activity.sandbox.openapi import openapi_document
from tests.sandbox.sandbox_process import NOW, Stage

APP = create_app(SandboxOptions(requests_per_minute=0), clock=VirtualClock(NOW))
DOCUMENT = openapi_document(SandboxOptions())
CALLS = Path(__file__).with_name("documented_calls.py")


@pytest.mark.many_examples
def test_no_call_is_answered_500_or_with_what_is_not_documented() -> None:
    """Runs in a separate process: generating the calls takes seconds, which each worker would spend on collection."""
    command = [sys.executable, "-m", "pytest", "-p", "schemathesis.pytest.plugin", str(CALLS)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=110)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_the_document_names_every_route_and_no_other() -> None:
    documented = {(path, method.upper()) for path, methods in DOCUMENT["paths"].items() for method in methods}
    assert documented == _routes(APP)


def _routes(app: Starlette) -> set[tuple[str, str]]:
    return {
        (route.path, method)
        for route in app.routes
        if isinstance(route, Route)
        for method in route.methods or ()
        if method != "HEAD"
    }


def _operations() -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method} {path}", operation)
        for path, methods in DOCUMENT["paths"].items()
        for method, operation in methods.items()
    ]


def test_every_example_is_what_its_schema_says() -> None:
    checked = 0
    for name, operation in _operations():
        contents = [operation.get("requestBody", {}), *operation["responses"].values()]
        for content in contents:
            for shape in content.get("content", {}).values():
                if shape["schema"] == {"type": "string"}:
                    continue
                assert shape["examples"], name
                for example in shape["examples"].values():
                    whole = {**shape["schema"], "components": DOCUMENT["components"]}
                    jsonschema.validate(example["value"], whole, cls=jsonschema.Draft202012Validator)
                    checked += 1
    assert checked > 80


def test_every_error_code_has_an_example_wherever_it_can_be_answered() -> None:
    for name, operation in _operations():
        endpoint = name.rpartition("/")[2]
        if not name.startswith("post /api/"):
            continue
        found = {
            code
            for answer in operation["responses"].values()
            for code in answer.get("content", {}).get("application/json", {}).get("examples", {})
        }
        for code, error in ERROR_CODES.items():
            assert (code in found) == (endpoint in error.endpoints), (name, code)
        assert {"401", "429", "503"} <= set(operation["responses"])


_FAULTS = [
    {"do": do, **more}
    for do in (*get_args(Action), "other", 3)
    for more in (
        {},
        {"seconds": 1},
        {"seconds": None},
        {"retry_after": "date"},
        {"retry_after": None},
        {"retry_after": " 1"},
        {"processed": True},
        {"share": 1.5},
        {"share": 0.2, "endpoint": "add_users"},
        {"share": 0.2, "endpoint": "end"},
        {"kind": "empty", "calls": 1},
        {"kind": "empty", "calls": [1, 2], "every": None},
        {"seconds": 1, "calls": 1, "rate": 0.1},
        {"every": 0},
        {"every": 2.0, "seed": -1.0},
        {"every": 2.5},
        {"seconds": 1, "evry": 2},
    )
] + [
    {"do": {"delay": {"seconds": 2}}},
    {"do": {"delay": {}}},
    {"do": {"timeout": None}},
    {"do": {"timeout": {"seconds": None}}},
    {"do": {"delay": {"seconds": 2}}, "seconds": 2},
    {"do": {"delay": {"seconds": 2, "times": 2}}},
    {"do": {"timeout": {}, "delay": {"seconds": 1}}},
    {"do": {"other": {}}},
]


def test_the_schema_of_a_fault_rule_takes_what_the_sandbox_takes() -> None:
    schema = {**DOCUMENT["components"]["schemas"]["Rule"], "components": DOCUMENT["components"]}
    validator = jsonschema.Draft202012Validator(schema)
    taken = 0
    for rule in _FAULTS:
        try:
            parse_rules([rule])
        except WrongRules:
            assert not validator.is_valid(rule), rule
        else:
            assert validator.is_valid(rule), rule
            taken += 1
    assert 15 < taken < len(_FAULTS) - 20


def test_optional_fields_are_optional_for_a_generated_client() -> None:
    for name, schema in DOCUMENT["components"]["schemas"].items():
        for each in (schema, *schema.get("oneOf", ())):
            for field, described in each.get("properties", {}).items():
                assert "default" not in described, f"{name}.{field} would be required by generators"


async def test_a_query_that_breaks_its_schema_is_refused(scene: Stage) -> None:
    for path in ("/sandbox/activities?screens=maybe", "/sandbox/wall?insider_id=u1&last=-1"):
        assert (await scene.client.get(path)).status_code == 400, path
    assert "DELETE" in (await scene.client.options("/sandbox")).headers["allow"]


@pytest.mark.parametrize(("words", "required"), [("optional", False), ("required", True)])
def test_the_document_follows_the_options(words: Any, required: bool) -> None:
    document = openapi_document(SandboxOptions(words=words, max_insider_ids=7))
    schemas = document["components"]["schemas"]
    assert ("title" in schemas["UpdateContent"]["required"]) is required
    assert schemas["RegisterRequest"]["properties"]["insider_ids"]["maxItems"] == 7


async def test_the_document_and_its_page_are_served_and_need_nothing_from_elsewhere(scene: Stage) -> None:
    document = (await scene.client.get("/openapi.json")).json()
    assert document == json.loads(json.dumps(openapi_document(SandboxOptions(), now=NOW)))
    (example,) = document["paths"]["/api/v1/live-activity/register"]["post"]["requestBody"]["content"][
        "application/json"
    ]["examples"].values()
    transport = httpx.ASGITransport(create_app(SandboxOptions(), clock=VirtualClock(NOW)))
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
        answer = await client.post(
            "/api/v1/live-activity/register", json=example["value"], headers={"X-Api-Key": "key"}
        )
    assert answer.status_code == 200, "the example can be sent unchanged"
    page = await scene.client.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    for path in DOCUMENT["paths"]:
        assert path in page.text
    for code in ERROR_CODES:
        assert code in page.text or not ERROR_CODES[code].endpoints
    policy = page.headers["content-security-policy"]
    assert "script-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http://" not in page.text
    assert "https://" not in page.text
