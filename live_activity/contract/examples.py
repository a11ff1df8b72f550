"""Example values of types, as they are written in a timeline's cells."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from live_activity.contract.dates import REFERENCE
from live_activity.contract.types import (
    DECIMALS,
    INTEGERS,
    TEXTS,
    ArrayType,
    BareEnumType,
    DictionaryType,
    EnumType,
    Field,
    OptionalType,
    RangeType,
    Recursive,
    Scalar,
    StructType,
    SwiftType,
    TupleType,
    Unchecked,
    VendorIdentifier,
    unwrapped,
)

_DATE = 806_180_400
DATE_TEXT = f"{REFERENCE + timedelta(seconds=_DATE):%Y-%m-%dT%H:%M:%SZ}"
"""The date of the examples, as cells spell it."""

_DEEPEST = 6
_LONGEST = 80
_WITHOUT_OPTIONS = ("TimeZone", "Locale", "Calendar")  # their optional fields mean the phone's own settings


def example_text(kind: SwiftType) -> str:
    """An example of a value that is more than a word, a number or a truth value; empty for the others.

    A date shows its number and the time that it stands for.
    """
    inner = unwrapped(kind)
    if inner == Scalar("Date", inner.rules if isinstance(inner, Scalar) else ()):
        return f"{_DATE} ({DATE_TEXT})"
    if isinstance(inner, Scalar):
        return TEXTS[inner.name] if inner.name in TEXTS and inner.name != "String" else ""
    if isinstance(inner, EnumType | Unchecked | VendorIdentifier | Recursive):
        return ""
    value = example(inner)
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def spelt(kind: SwiftType) -> str:
    """`, such as VALUE` for a message; empty where no value is known, or only a long one."""
    value = example(kind)
    text = json.dumps(value, ensure_ascii=False)
    return f", such as {text}" if value is not None and len(text) <= _LONGEST else ""


def example(kind: SwiftType) -> Any:
    """A JSON value that a phone decodes as this type; None where none is known."""
    return _value(kind, {}, _DEEPEST)


def _value(kind: SwiftType, around: dict[str, SwiftType], depth: int) -> Any:
    match kind:
        case OptionalType(wrapped):
            return None if depth <= 0 else _value(wrapped, around, depth)
        case Scalar():
            return _scalar(kind)
        case ArrayType(element, rules=rules):
            least = next((limit for keyword, limit in rules if keyword == "minItems"), 1)
            count = least if isinstance(least, int) and 1 <= least <= _DEEPEST else 1
            one = _value(element, around, depth - 1)
            return [] if one is None and not isinstance(element, OptionalType) else [one] * count
        case RangeType(bound):
            return _bounds(bound, around, depth)
        case TupleType(elements=elements):
            return [_value(element, around, depth - 1) for element in elements]
        case DictionaryType(key, value, as_pairs=True):
            return [_value(key, around, depth - 1), _value(value, around, depth - 1)]
        case DictionaryType(key, value):
            return {_key(key): _value(value, around, depth - 1)}
        case EnumType(cases=cases):
            return cases[0].value if cases else None
        case BareEnumType(name, cases):
            inside = {**around, name: kind}
            # The last case with associated values shows most; where depth runs out, one without ends the recursion.
            order = sorted(cases, key=lambda case: len(case.fields), reverse=depth > 0)
            return {str(order[0].value): _object(order[0].fields, inside, depth)} if order else None
        case StructType(name, fields):
            if name in _WITHOUT_OPTIONS:
                fields = tuple(field for field in fields if not field.may_be_missing)
            return _object(fields, {**around, name: kind}, depth)
        case Recursive(name):
            return _value(around[name], around, depth - 2) if name in around and depth > 0 else None
        case Unchecked(required=required):
            return None if required is None else _value(required, around, depth)
        case VendorIdentifier():
            return None


def _object(fields: tuple[Field, ...], around: dict[str, SwiftType], depth: int) -> dict[str, Any]:
    found = {}
    for field in fields:
        value = _value(field.type, around, depth - 1)
        if value is not None or not field.may_be_missing:
            found[field.key] = value
    return found


def _bounds(bound: SwiftType, around: dict[str, SwiftType], depth: int) -> list[Any]:
    lower = _value(bound, around, depth - 1)
    is_number = isinstance(lower, int | float) and not isinstance(lower, bool)
    step = 3600 if unwrapped(bound) == Scalar("Date") else 1
    return [lower, lower + step if is_number else lower]


def _key(kind: SwiftType) -> str:
    value = _scalar(kind) if isinstance(kind, Scalar) else None
    if isinstance(kind, EnumType) and kind.cases:
        value = kind.cases[0].value
    return "name" if value is None or value == TEXTS["String"] else str(value)


def _scalar(kind: Scalar) -> Any:
    rules = dict(kind.rules)
    if kind.name == "Date":
        return _DATE
    if kind.name == "Bool":
        return True
    if kind.name in INTEGERS or kind.name in DECIMALS:
        least = rules.get("minimum", 1)
        return least if isinstance(least, int | float) else 1
    return TEXTS[kind.name]
