"""The OpenAPI 3.1 document of the sandbox, made from its models, its error codes and one list of operations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from live_activity.sandbox import models
from live_activity.sandbox.error_codes import ERROR_CODES
from live_activity.sandbox.examples import EXAMPLES
from live_activity.sandbox.faults import Rule
from live_activity.sandbox.options import SandboxOptions, Words

Document = dict[str, Any]
API_PREFIX = "/api/v1/live-activity/"


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
_YES = {"type": "string", "enum": ["true", "false"]}


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
        "Somebody who is in already counts as `refreshed`: repeating a call does no harm.",
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
    Operation("delete", "/sandbox", "reset", "Forget everything", "As it was at its start.", models.Done),
    Operation(
        "get",
        "/sandbox/activities",
        "listActivities",
        "Every activity in numbers",
        "Oldest first.",
        models.Activities,
        errors=("VALIDATION_FAILED",),
        parameters=(
            Parameter("screens", "`true` adds what the phones show.", _YES, "true"),
            _last("Without it all."),
        ),
    ),
    Operation(
        "get",
        "/sandbox/activities/{activity_id}",
        "getActivity",
        "One activity in full",
        "With what its phones show and its pushes; also when it has ended.",
        models.ActivityInFull,
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
        models.PhonesAnswer,
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
        models.CallsAnswer,
    ),
    Operation(
        "get",
        "/sandbox/requests",
        "listRequests",
        "The newest requests and answers",
        "Keys and people are masked. The newest 500 are kept.",
        models.RequestsAnswer,
        errors=("VALIDATION_FAILED",),
        parameters=(_last("100 without it."),),
    ),
    Operation("get", "/sandbox/clock", "getClock", "The time", "The sandbox's own time.", models.ClockAnswer),
    Operation(
        "put",
        "/sandbox/clock",
        "setClock",
        "Stop, step or run the time",
        "Everything that depends on time follows: tokens, expiry, rate limit, the fleet profile. The delays of fault "
        "rules are real time.",
        models.ClockAnswer,
        request_schema={
            "oneOf": [
                {"$ref": "#/components/schemas/StopClock"},
                {"$ref": "#/components/schemas/StepClock"},
                {"$ref": "#/components/schemas/RunClock"},
            ]
        },
        errors=_BODY_ERRORS,
    ),
    Operation("get", "/sandbox/faults", "getFaults", "The fault rules", "In their order.", models.Rules),
    Operation(
        "put",
        "/sandbox/faults",
        "setFaults",
        "Set the fault rules",
        "Counting of calls begins anew. The first rule that fits a call is played.",
        models.Rules,
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
        "delete", "/sandbox/faults", "deleteFaults", "Remove the fault rules", "All of them.", models.Rules
    ),
    Operation(
        "post",
        "/sandbox/device-started",
        "deviceStarted",
        "Play a phone that opens an activity itself",
        "As apps on iOS 16.1 and later do; the activity is kept for a week.",
        models.Made,
        request=models.DeviceStartedRequest,
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
            _last("30 without it."),
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
    Operation("get", "/openapi.json", "document", "This document", "OpenAPI 3.1.", models.OpenApi),
    Operation("get", "/docs", "docs", "A page to read it", "For people.", None, media_type="text/html"),
)


def openapi_document(options: SandboxOptions) -> Document:
    """The document of a sandbox with these options; not to be changed."""
    return _document(options.max_insider_ids, options.words)


@lru_cache(maxsize=8)
def _document(max_insider_ids: int, words: Words) -> Document:
    paths: dict[str, Document] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = _operation(operation)
    schemas = _schemas()
    for name in ("RegisterRequest", "PeopleRequest"):
        schemas[name]["properties"]["insider_ids"]["maxItems"] = max_insider_ids
    if words == "required":
        schemas["UpdateContent"] = {
            **schemas["UpdateContent"],
            "properties": {
                **schemas["UpdateContent"]["properties"],
                **{name: schemas["StartContent"]["properties"][name] for name in ("title", "message")},
            },
            "required": ["title", "message", "content_state"],
        }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Live Activities API (sandbox)",
            "version": _version(),
            "description": (
                "A stand-in for Insider One's Live Activities API with simulated phones: every call of the API as its "
                "vendor documents it, and endpoints under /sandbox to look at the phones, play faults and move time. "
                "Life of an activity: register → add-users, remove-users → start → update → end. The API checks no "
                "content: a wrong type or field is answered 200, and the phones show nothing, or stay as they were."
            ),
        },
        "servers": [{"url": "/", "description": "This sandbox"}],
        "tags": [
            {"name": "Live Activities API", "description": "As the vendor documents it. Needs a key."},
            {"name": "Sandbox", "description": "The sandbox's own endpoints. They need no key."},
        ],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "ApiKey": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "X-Api-Key",
                    "description": (
                        "Any that is not empty, unless the sandbox was started with --api-key. `no-partner`, "
                        "`product-disabled` and `auth-down` play an account's troubles."
                    ),
                }
            },
        },
    }


def _operation(operation: Operation) -> Document:
    found: Document = {
        "operationId": operation.operation_id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": operation.description,
        "responses": _responses(operation),
    }
    if operation.parameters:
        found["parameters"] = [
            {
                "name": parameter.name,
                "in": parameter.where,
                "required": parameter.required,
                "description": parameter.description,
                "schema": parameter.schema,
                "example": parameter.example,
            }
            for parameter in operation.parameters
        ]
    schema = operation.request_schema or (_ref(operation.request) if operation.request is not None else None)
    if schema is not None:
        found["requestBody"] = {
            "required": True,
            "content": {
                "application/json": {
                    "schema": schema,
                    "examples": _named(EXAMPLES.requests[operation.operation_id]),
                }
            },
        }
    if operation.tag != "Sandbox":
        found["security"] = [{"ApiKey": []}]
    return found


def _responses(operation: Operation) -> Document:
    if operation.answer is None:
        answers: Document = {
            "200": {"description": "HTML.", "content": {operation.media_type: {"schema": {"type": "string"}}}}
        }
    else:
        answers = {
            "200": _response(
                "Success.", _ref(operation.answer), _named(EXAMPLES.answers[operation.operation_id])
            )
        }
    by_status: dict[int, list[str]] = {}
    for code in operation.errors:
        by_status.setdefault(ERROR_CODES[code].status, []).append(code)
    for status, codes in sorted(by_status.items()):
        model = models.NobodyEligible if codes == ["NO_ELIGIBLE_DEVICE"] else models.ErrorAnswer
        answers[str(status)] = _response(
            "\n".join(f"`{code}`: {ERROR_CODES[code].meaning}" for code in codes),
            _ref(model),
            {code: {"summary": ERROR_CODES[code].meaning, "value": _error(code)} for code in codes},
        )
    if operation.tag != "Sandbox":
        answers |= {
            "401": {"description": "The key is missing or wrong. No body: the authorization layer answers."},
            "429": {
                **_response(
                    "The limit of requests a minute on this endpoint and key is used up.",
                    _ref(models.TooMany),
                    {"TOO_MANY": {"value": {"message": "Too Many Requests", "status": 429}}},
                ),
                "headers": {
                    "Retry-After": {
                        "description": "Seconds until a call may pass; a fault rule may send another text, or none.",
                        "required": False,
                        "schema": {"type": "string"},
                        "example": "12",
                    }
                },
            },
            "503": {"description": "The authorization layer is down. No body; the call was not processed."},
        }
    return dict(sorted(answers.items()))


def _response(description: str, schema: Document, examples: Document) -> Document:
    return {
        "description": description,
        "content": {"application/json": {"schema": schema, "examples": examples}},
    }


def _named(examples: Iterable[tuple[str, object]]) -> Document:
    return {name: {"value": value} for name, value in examples}


def _error(code: str) -> Document:
    return {"error": ERROR_CODES[code].example, "code": code, **EXAMPLES.error_details.get(code, {})}


def _ref(model: type[BaseModel]) -> Document:
    return {"$ref": f"#/components/schemas/{model.__name__}"}


def _schemas() -> dict[str, Document]:
    found = [
        value
        for value in vars(models).values()
        if isinstance(value, type)
        and issubclass(value, models.Request | models.Answer)
        and value not in (models.Request, models.Answer)
    ]
    _, schema = models_json_schema(
        [(model, "validation") for model in (*found, Rule)], ref_template="#/components/schemas/{model}"
    )
    schemas: dict[str, Document] = schema["$defs"]
    return schemas


def _version() -> str:
    try:
        return version("live-activity")
    except PackageNotFoundError:
        return "0"
