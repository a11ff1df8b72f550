"""The form of a correction: one input for each field of the state, typed by the contract if there is one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from live_activity.contract import Contract
from live_activity.contract.dotted_fields import dotted_types
from live_activity.contract.types import (
    DECIMALS,
    INTEGERS,
    ArrayType,
    BareEnumType,
    DictionaryType,
    EnumType,
    Scalar,
    StructType,
    SwiftType,
    unwrapped,
)
from live_activity.core.content import Json, plain_json
from live_activity.desk.card_view import flatten

FieldKind = Literal["whole", "decimal", "choice", "switch", "text", "json"]
MOST_FIELDS = 200
LONGEST_VALUE = 20_000


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a choice; `text` is how a form posts it."""

    text: str
    label: str


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of the state with its current value. `present` is False if the state does not have it."""

    path: str
    kind: FieldKind
    value: Any
    present: bool = True
    choices: tuple[Choice, ...] = ()
    low: float | None = None
    high: float | None = None

    @property
    def text(self) -> str:
        """The value as the form shows it."""
        return spelled(self.value, self.kind) if self.present else ""


def form_fields(state: Mapping[str, Any], contract: Contract | None) -> tuple[FormField, ...]:
    """The fields that a state has, then other fields of the contract."""
    types = dotted_types(contract.state) if contract is not None else {}
    found = dict(_cut(state, types))
    fields = [_field(path, types.get(path), value) for path, value in found.items()]
    fields += [
        _field(path, kind, None, present=False)
        for path, kind in types.items()
        if path not in found and not isinstance(unwrapped(kind), StructType)
    ]
    return tuple(fields[:MOST_FIELDS])


def parse_value(field: FormField, text: str) -> Json:
    """Parses the text that a form posted for the field. Raises ValueError with the problem."""
    if len(text) > LONGEST_VALUE:
        raise ValueError(f"{field.path} is longer than {LONGEST_VALUE:,} characters; shorten it")
    try:
        value = _parsed(field, text)
    except (ValueError, RecursionError):
        kinds = {
            "whole": "a whole number, such as 2",
            "decimal": "a number, such as 2.5",
            "switch": "true or false",
            "choice": f"one of {', '.join(each.label for each in field.choices[:12])}",
            "json": "JSON",
            "text": "text",
        }
        raise ValueError(f"{field.path} must be {kinds[field.kind]}") from None
    return value


def spelled(value: Any, kind: FieldKind) -> str:
    """A value as a form of that kind posts it."""
    if kind == "text" and isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _parsed(field: FormField, text: str) -> Json:
    match field.kind:
        case "text":
            value: Any = text
        case "whole":
            value = int(text.strip())
        case "choice":
            if text not in {each.text for each in field.choices}:
                raise ValueError
            value = json.loads(text)
        case "switch":
            if text not in ("true", "false"):
                raise ValueError
            value = text == "true"
        case "decimal":
            number = float(text.strip())
            value = int(number) if number.is_integer() and "." not in text and abs(number) < 2**53 else number
        case _:
            value = json.loads(text)
    parsed: Json = plain_json(value)
    return parsed


def _cut(state: Mapping[str, Any], types: Mapping[str, SwiftType]) -> Iterable[tuple[str, Any]]:
    """The fields of a state; an object that is one value in the contract is not split."""
    for name, value in state.items():
        kind = types.get(name)
        whole = kind is not None and isinstance(unwrapped(kind), BareEnumType | DictionaryType | ArrayType)
        if isinstance(value, Mapping) and value and not whole:
            yield from flatten(value, (name,))
        else:
            yield name, value


def _field(path: str, kind: SwiftType | None, value: Any, *, present: bool = True) -> FormField:
    kind = unwrapped(kind) if kind is not None else None
    match kind:
        case EnumType():
            choices = tuple(
                Choice(json.dumps(each.value, ensure_ascii=False), str(each.value)) for each in kind.cases
            )
            return FormField(path, "choice", value, present, choices)
        case Scalar(name) if name in INTEGERS or name in DECIMALS:
            low, high = kind.limits
            number: FieldKind = "whole" if name in INTEGERS else "decimal"
            return FormField(path, number, value, present, low=low, high=high)
        case Scalar("Bool"):
            return FormField(path, "switch", value, present)
        case Scalar(name) if name != "Date" and (value is None or isinstance(value, str)):
            return FormField(path, "text", value if value is not None else "", present)
        case None:
            return FormField(path, _kind_of(value), value, present)
        case _:
            return FormField(
                path, _kind_of(value) if present and value is not None else "json", value, present
            )


def _kind_of(value: Any) -> FieldKind:
    if isinstance(value, bool):
        return "switch"
    if isinstance(value, int):
        return "whole"
    if isinstance(value, float):
        return "decimal"
    return "text" if isinstance(value, str) else "json"
