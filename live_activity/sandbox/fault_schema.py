"""The JSON Schema of a fault rule: exactly what `PUT /sandbox/faults` takes."""

from __future__ import annotations

from typing import Any

from live_activity.sandbox.faults import ACTIONS, ActionSpec, Rule

Schema = dict[str, Any]

_WHICH_CALLS = ("calls", "every", "rate")


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
        "oneOf": [rule for action, spec in ACTIONS.items() for rule in _rules(action, spec)],
    }


def _rules(action: str, spec: ActionSpec) -> list[Schema]:
    """The two forms of a rule: with the parameters as its own keys, and with them below the action."""
    fields = _fields()
    parameters = {name: fields[name] for name in spec.takes}
    parameters |= {name: _without_null(fields[name]) for name in spec.needs}
    required = [*spec.needs]
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
        _rule(action, spec, {"const": action}, parameters, required),
        _rule(f"{action}, parameters below", spec, nested, {}, []),
    ]


def _rule(title: str, spec: ActionSpec, do: Schema, parameters: Schema, required: list[str]) -> Schema:
    fields = _fields()
    names = [*spec.endpoints]
    spelt = dict.fromkeys(("*", *names, *(name.replace("-", "_") for name in names)))
    return {
        "title": title,
        "type": "object",
        "properties": {
            **{name: fields[name] for name in ("every", "rate", "seed", "times")},
            "endpoint": {**fields["endpoint"], "enum": list(spelt)},
            "calls": {"anyOf": [_without_null(fields["every"]), *fields["calls"]["anyOf"]]},
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


def _fields() -> Schema:
    """The schemas of a rule's keys; without defaults, which generators of clients take for required keys."""
    fields: Schema = Rule.model_json_schema()["properties"]
    return {
        name: {key: value for key, value in field.items() if key not in ("title", "default")}
        for name, field in fields.items()
    }


def _without_null(field: Schema) -> Schema:
    (schema,) = (each for each in field["anyOf"] if each != {"type": "null"})
    return dict(schema)
