"""The operations of the sandbox, with what the OpenAPI document says about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from live_activity.sandbox import admin_models, models
from live_activity.sandbox.error_codes import ERROR_CODES

Document = dict[str, Any]
API_PREFIX = "/api/v1/live-activity/"
TRUE, FALSE = ("true", "True", "1", "yes"), ("false", "False", "0", "no")
"""The words for yes and no in a query."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A query or path parameter."""

    name: str
    description: str
    schema: Document
    example: object
    where: str = "query"
    required: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path."""

    method: str
    path: str
    operation_id: str
    summary: str
    description: str
    answer: type[BaseModel] | None
    request: type[BaseModel] | None = None
    request_schema: Document | None = None
    errors: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    media_type: str = "application/json"
    tag: str = "Sandbox"


_WHOLE = {"type": "integer", "minimum": 0, "maximum": 999_999_999}
_YES = {"type": "string", "enum": [*TRUE, *FALSE]}


def _last(most: str) -> Parameter:
    return Parameter("last", f"Only so many of the newest. {most}", _WHOLE, 20)


def _api(
    name: str,
    operation_id: str,
    summary: str,
    description: str,
    request: type[BaseModel],
    answer: type[BaseModel],
) -> Operation:
    return Operation(
        method="post",
        path=API_PREFIX + name,
        operation_id=operation_id,
        summary=summary,
        description=description,
        request=request,
        answer=answer,
        errors=tuple(code for code, error in ERROR_CODES.items() if name in error.endpoints),
        tag="Live Activities API",
    )


_BODY_ERRORS = ("REQUEST_INVALID", "VALIDATION_FAILED", "PAYLOAD_TOO_LARGE")

OPERATIONS: tuple[Operation, ...] = (
    _api(
        "register",
        "register",
        "Make an activity for a segment",
        "Looks the people up and makes an activity for those of their phones that can be reached. Nothing is pushed "
        "before /start. Repeat it after an unknown outcome: an activity that is never started expires by itself.",
        models.RegisterRequest,
        models.PeopleAnswer,
    ),
    _api(
        "add-users",
        "addUsers",
        "Add people before the start",
        "Somebody who was added before counts as `refreshed`: repeating a call does no harm.",
        models.PeopleRequest,
        models.PeopleAnswer,
    ),
    _api(
        "remove-users",
        "removeUsers",
        "Remove people before the start",
        "`removed` counts phones. Unknown ids are ignored: repeating a call does no harm.",
        models.PeopleRequest,
        models.PeopleAnswer,
    ),
    _api(
        "start",
        "start",
        "Open the activity on the phones",
        "Locks the activity at once. A second /start is always 409, also when the answer to the first one was lost.",
        models.StartRequest,
        models.StartAnswer,
    ),
    _api(
        "update",
        "update",
        "Change what the phones show",
        "Reaches phones whose per-activity token is synced, a few seconds after the start. 412 means that none is yet.",
        models.PushRequest,
        models.PushAnswer,
    ),
    _api(
        "end",
        "end",
        "Show the final content and end the activity",
        "Deletes the activity, also when it skipped phones. A second /end is 404: read it as already closed.",
        models.PushRequest,
        models.PushAnswer,
    ),
    Operation(
        "get",
        "/sandbox",
        "page",
        "The page with the phones",
        "For people.",
        None,
        media_type="text/html",
    ),
    Operation(
        "delete", "/sandbox", "reset", "Forget everything", "As it was at its start.", admin_models.Done
    ),
    Operation(
        "get",
        "/sandbox/activities",
        "listActivities",
        "Every activity in numbers",
        "Oldest first.",
        admin_models.Activities,
        errors=("VALIDATION_FAILED",),
        parameters=(
            Parameter("screens", "`true` adds what the phones show.", _YES, "true"),
            _last("All by default."),
        ),
    ),
    Operation(
        "get",
        "/sandbox/activities/{activity_id}",
        "getActivity",
        "One activity in full",
        "With what its phones show and its pushes; also when it has ended.",
        admin_models.ActivityInFull,
        errors=("VALIDATION_FAILED", "NOT_FOUND"),
        parameters=(
            Parameter(
                "activity_id",
                "As /register answered it.",
                {"type": "string", "minLength": 1, "pattern": "^[^/]+$"},
                "0d9a7b56-8a0b-4c06-9d2c-6f1c2a5c7e11",
                "path",
                True,
            ),
            Parameter("phones", "`true` adds an entry for each phone.", _YES, "true"),
            Parameter("offset", "The first phone, counted from 0.", _WHOLE, 0),
            Parameter("limit", "At most so many phones (100; never more than 10,000).", _WHOLE, 100),
        ),
    ),
    Operation(
        "get",
        "/sandbox/phones",
        "findPhones",
        "One person's phones",
        "In every activity, the newest first. An unknown person has none.",
        admin_models.PhonesAnswer,
        errors=("VALIDATION_FAILED",),
        parameters=(
            Parameter("insider_id", "The person.", {"type": "string", "minLength": 1}, "u1", required=True),
        ),
    ),
    Operation(
        "get",
        "/sandbox/calls",
        "countCalls",
        "What arrived",
        "Requests by endpoint and by how they were answered, and every push that was sent.",
        admin_models.CallsAnswer,
    ),
    Operation(
        "get",
        "/sandbox/requests",
        "listRequests",
        "The newest requests and answers",
        "Keys and people are masked. The newest 500 are kept.",
        admin_models.RequestsAnswer,
        errors=("VALIDATION_FAILED",),
        parameters=(_last("100 by default."),),
    ),
    Operation(
        "get", "/sandbox/clock", "getClock", "The time", "The sandbox's own time.", admin_models.ClockAnswer
    ),
    Operation(
        "put",
        "/sandbox/clock",
        "setClock",
        "Stop, step or run the time",
        "Everything that depends on time follows: tokens, expiry, rate limit, the fleet profile. The delays of fault "
        "rules are real time.",
        admin_models.ClockAnswer,
        request_schema={
            "oneOf": [
                {"$ref": "#/components/schemas/StopClock"},
                {"$ref": "#/components/schemas/StepClock"},
                {"$ref": "#/components/schemas/RunClock"},
            ]
        },
        errors=_BODY_ERRORS,
    ),
    Operation(
        "get", "/sandbox/faults", "getFaults", "The fault rules", "In their order.", admin_models.Rules
    ),
    Operation(
        "put",
        "/sandbox/faults",
        "setFaults",
        "Set the fault rules",
        "Calls are counted from 1 again. The first rule that fits a call is played.",
        admin_models.Rules,
        request_schema={
            "oneOf": [
                {"type": "array", "items": {"$ref": "#/components/schemas/Rule"}},
                {
                    "type": "object",
                    "properties": {
                        "rules": {"type": "array", "items": {"$ref": "#/components/schemas/Rule"}}
                    },
                    "required": ["rules"],
                    "additionalProperties": False,
                },
            ]
        },
        errors=_BODY_ERRORS,
    ),
    Operation(
        "delete",
        "/sandbox/faults",
        "deleteFaults",
        "Remove the fault rules",
        "All of them.",
        admin_models.Rules,
    ),
    Operation(
        "post",
        "/sandbox/device-started",
        "deviceStarted",
        "Play a phone that opens an activity itself",
        "As apps on iOS 16.1 and later do; the activity is kept for a week.",
        admin_models.Made,
        request=admin_models.DeviceStartedRequest,
        errors=(*_BODY_ERRORS, "ACTIVITY_TYPE_REQUIRED"),
    ),
    Operation(
        "get",
        "/sandbox/wall",
        "wall",
        "What the page shows",
        "A fragment of HTML.",
        None,
        errors=("VALIDATION_FAILED",),
        parameters=(
            _last("30 by default."),
            Parameter(
                "at",
                "`ID:N` shows that activity as it was after its push N; repeatable.",
                {"type": "array", "items": {"type": "string"}},
                ["0d9a7b56-8a0b-4c06-9d2c-6f1c2a5c7e11:3"],
            ),
            Parameter("insider_id", "One person's phones instead.", {"type": "string"}, "u1"),
        ),
        media_type="text/html",
    ),
    Operation("get", "/openapi.json", "document", "This document", "OpenAPI 3.1.", admin_models.OpenApi),
    Operation("get", "/docs", "docs", "A page to read it", "For people.", None, media_type="text/html"),
)
