"""The JSON Schema of a fault rule: exactly what `PUT /sandbox/faults` takes."""

from __future__ import annotations

from typing import Any, get_args

from live_activity.sandbox.call_log import ENDPOINTS
from live_activity.sandbox.faults import (
    HEADER_TEXT,
    MOST_CALLS,
    MOST_SECONDS,
    PARAMETERS,
    PARTIAL,
    Action,
    Garbage,
)

Schema = dict[str, Any]

_COUNT: Schema = {"type": "integer", "minimum": 1, "maximum": MOST_CALLS}
_WHICH_CALLS = ("calls", "every", "rate")
_SECONDS: Schema = {"type": "number", "minimum": 0, "maximum": MOST_SECONDS}
_PARAMETERS: dict[str, Schema] = {
    "seconds": {
        "description": "Real time; 60 by default.",
        "anyOf": [_SECONDS, {"type": "null"}],
    },
    "retry_after": {
        "description": (
            "Seconds, 1 by default; `date`: an HTTP date one second later; another text as it is; null: no header."
        ),
        "anyOf": [
            {"type": "number", "minimum": 0, "maximum": 1_000_000_000},
            {"type": "string", "pattern": f"^{HEADER_TEXT}$"},
            {"type": "null"},
        ],
    },
    "processed": {"description": "Whether the call was processed; false by default.", "type": "boolean"},
    "share": {"description": "Of the people; 0.5 by default.", "type": "number", "minimum": 0, "maximum": 1},
    "kind": {"description": "`html` by default.", "type": "string", "enum": list(get_args(Garbage))},
}


def rule_schema() -> Schema:
    """The schema of a rule: one alternative for each action, because each has parameters of its own."""
    return {
        "title": "Rule",
        "description": (
            "Which calls fail, and how. `calls` numbers the calls of the endpoint from 1, for `*` those of all "
            "endpoints together; `every: N` is each N-th; `rate` a share, drawn from `seed` and the call's number; "
            "without any of the three it is every call. The parameters of the action are keys of the rule itself, or "
            "are below the action: `do: {delay: {seconds: 2}}`."
        ),
        "oneOf": [rule for action in get_args(Action) for rule in _rules(action)],
    }


def _rules(action: str) -> list[Schema]:
    """The two forms of a rule: with the parameters as its own keys, and with them below the action."""
    parameters = {name: _PARAMETERS[name] for name in sorted(PARAMETERS.get(action, ()))}
    required = []
    if action == "delay":
        parameters["seconds"] = _SECONDS
        required = ["seconds"]
    inner: Schema = {"type": "object", "properties": parameters, "additionalProperties": False}
    if required:
        inner["required"] = required
    else:
        inner = {"anyOf": [inner, {"type": "null"}]}
    nested: Schema = {
        "type": "object",
        "properties": {action: inner},
        "required": [action],
        "additionalProperties": False,
    }
    return [
        _rule(f"{action}", action, {"const": action}, parameters, required),
        _rule(f"{action}, parameters below", action, nested, {}, []),
    ]


def _rule(title: str, action: str, do: Schema, parameters: Schema, required: list[str]) -> Schema:
    names = [*PARTIAL] if action == "partial" else [*ENDPOINTS]
    spelt = dict.fromkeys(("*", *names, *(name.replace("-", "_") for name in names)))
    return {
        "title": title,
        "type": "object",
        "properties": {
            "endpoint": {"description": "`*` by default.", "type": "string", "enum": list(spelt)},
            "calls": {
                "anyOf": [_COUNT, {"type": "array", "items": _COUNT, "minItems": 1}, {"type": "null"}],
            },
            "every": {"anyOf": [_COUNT, {"type": "null"}]},
            "rate": {"anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, {"type": "null"}]},
            "seed": {"type": "integer", "minimum": -(2**63), "maximum": 2**63},
            "times": {"description": "How often at most.", "anyOf": [_COUNT, {"type": "null"}]},
            "do": do,
            **parameters,
        },
        "required": ["do", *required],
        "additionalProperties": False,
        "not": {
            "anyOf": [
                {
                    "required": [one, other],
                    "properties": {name: {"not": {"type": "null"}} for name in (one, other)},
                }
                for one, other in (_WHICH_CALLS[:2], _WHICH_CALLS[1:], _WHICH_CALLS[::2])
            ]
        },
    }
