"""Calls that are generated from the OpenAPI document; `test_openapi.py` runs this file in a separate process."""

from __future__ import annotations

from typing import Any

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from live_activity.core.virtual_clock import VirtualClock
from live_activity.sandbox import SandboxOptions, create_app
from tests.examples import ALL_EXAMPLES, share_of
from tests.sandbox.sandbox_process import NOW

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
schema = schemathesis.openapi.from_asgi(
    "/openapi.json", create_app(SandboxOptions(requests_per_minute=0), clock=VirtualClock(NOW))
)
# This phase makes hundreds of calls: one for each bound of each field.
schema.config.phases.coverage.enabled = ALL_EXAMPLES


@schema.parametrize()
@settings(max_examples=share_of(10), deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_no_call_is_answered_500_or_with_what_is_not_documented(case: Case[Any]) -> None:
    case.call_and_validate(headers={"X-Api-Key": "key"}, checks=CHECKS)
