"""The OpenAPI 3.1 document of the sandbox, made from its models, its error codes and one list of operations."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from live_activity.sandbox import admin_models, models
from live_activity.sandbox.error_codes import ERROR_CODES
from live_activity.sandbox.examples import EXAMPLES
from live_activity.sandbox.fault_schema import rule_schema
from live_activity.sandbox.operations import OPERATIONS, Document, Operation
from live_activity.sandbox.options import SandboxOptions, Words

# How long after now the activity of the example of /register expires.
_EXAMPLE_LIFE = timedelta(hours=9)


def openapi_document(options: SandboxOptions, *, now: datetime | None = None) -> Document:
    """The document of a sandbox with these options; the caller must not change it.

    With `now` the example of /register can be sent unchanged: it does not expire in the past.
    """
    document = _document(options.max_insider_ids, options.words)
    return document if now is None else _with_expiry(document, now + _EXAMPLE_LIFE)


def _with_expiry(document: Document, ends_at: datetime) -> Document:
    path = next(each.path for each in OPERATIONS if each.operation_id == "register")
    found = {**document, "paths": {**document["paths"], path: deepcopy(document["paths"][path])}}
    examples = found["paths"][path]["post"]["requestBody"]["content"]["application/json"]["examples"]
    for example in examples.values():
        example["value"]["ends_at"] = f"{ends_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return found


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
                        "`product-disabled` and `auth-down` play problems of an account."
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
    found["security"] = [{"ApiKey": []}] if operation.tag != "Sandbox" else []
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
        for value in {**vars(models), **vars(admin_models)}.values()
        if isinstance(value, type)
        and issubclass(value, models.Request | models.Answer)
        and value not in (models.Request, models.Answer)
    ]
    _, schema = models_json_schema(
        [(model, "validation") for model in found], ref_template="#/components/schemas/{model}"
    )
    schemas: dict[str, Document] = schema["$defs"]
    schemas["Rules"]["properties"]["rules"]["items"] = {"$ref": "#/components/schemas/Rule"}
    for each in schemas.values():
        # Client generators take a property with a default as required, and as always present in answers.
        for described in each.get("properties", {}).values():
            described.pop("default", None)
    return {**schemas, "Rule": rule_schema()}


def _version() -> str:
    try:
        return version("live-activity")
    except PackageNotFoundError:
        return "0"
