"""Converts cells of a text table by the contract's types instead of by their spelling."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from live_activity.contract.numbers import THOUSANDS
from live_activity.contract.types import (
    DECIMALS,
    INTEGERS,
    TEXTS,
    ArrayType,
    BareEnumType,
    DictionaryType,
    EnumType,
    OptionalType,
    RangeType,
    Recursive,
    Scalar,
    StructType,
    SwiftType,
    TupleType,
    Unchecked,
    VendorIdentifier,
    optional,
    unwrapped,
)
from live_activity.core.content import NO_OPINION, Absent, Json, NoOpinion, cell_value

_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?")
_MOST_DIGITS = 400
_STRIPPED = TEXTS.keys() - {"String"}


def type_at(kind: SwiftType, path: Sequence[str]) -> SwiftType | None:
    """The type at a dotted path below a type; None where the path leads nowhere."""
    # A recursive reference can only mean a type on the way.
    on_the_way: dict[str, SwiftType] = {}
    for name in path:
        kind = unwrapped(kind)
        if isinstance(kind, Recursive):
            kind = on_the_way[kind.name]
        if isinstance(kind, DictionaryType) and not kind.as_pairs:
            kind = kind.value
            continue
        if not isinstance(kind, StructType):
            return kind if isinstance(kind, Unchecked | VendorIdentifier) else None
        on_the_way[kind.name] = kind
        found = next((field.type for field in kind.fields if field.key == name), None)
        if found is None:
            return None
        kind = found
    inner = unwrapped(kind)
    return on_the_way[inner.name] if isinstance(inner, Recursive) else kind


def cell(kind: SwiftType, text: str) -> Json | NoOpinion:
    """The value that a cell spells for a type; the text itself where it spells none, so that a check reports why.

    A number may have a sign, leading zeros and, for an integer, zeros after the point, but not exactly three, which may
    be thousands. TRUE and True are true, as spreadsheets write them. `null` is null where the type is Optional and is
    not text.
    """
    inner = unwrapped(kind)
    spelt = text.strip()
    if isinstance(inner, Unchecked) and inner.required is not None:
        return cell(inner.required if inner is kind else optional(inner.required), text)
    if isinstance(inner, Unchecked | VendorIdentifier):
        return NO_OPINION
    if isinstance(inner, Scalar):
        if inner.name == "String":
            return text
        return None if _is_null(kind, spelt) else _scalar(inner.name, text)
    if _is_null(kind, spelt) and not (isinstance(inner, EnumType) and inner.raw == "String"):
        return None
    if isinstance(inner, EnumType):
        return _case(inner, text)
    if isinstance(inner, BareEnumType) and any(
        case.value == spelt and all(field.may_be_missing for field in case.fields) for case in inner.cases
    ):
        return {spelt: {}}
    if isinstance(inner, ArrayType | DictionaryType | RangeType | TupleType | StructType | BareEnumType):
        return _json(text)
    return text


def _is_null(kind: SwiftType, spelt: str) -> bool:
    return isinstance(kind, OptionalType) and spelt == "null"


def _scalar(name: str, text: str) -> Json:
    spelt = text.strip()
    if name in INTEGERS or name in DECIMALS or name == "Date":
        number = None if name in INTEGERS and THOUSANDS.fullmatch(spelt) else _number(spelt)
        value = text if number is None else _plain(number)
        # A fraction is not an Int, even where it is too small for a float to keep.
        is_lost = name in INTEGERS and isinstance(value, float) and value.is_integer()
        return text if is_lost else value
    if name == "Bool":
        return spelt.lower() == "true" if spelt.lower() in ("true", "false") else text
    return spelt if name in _STRIPPED else text


def _number(spelt: str) -> Decimal | None:
    if not _NUMBER.fullmatch(spelt) or len(spelt) > _MOST_DIGITS:
        return None
    number = Decimal(spelt)
    return number if number.adjusted() < _MOST_DIGITS else None


def _plain(number: Decimal) -> int | float:
    if number == number.to_integral_value():
        return int(number)
    return float(number)


def _case(kind: EnumType, text: str) -> Json:
    spelt = text.strip()
    if kind.raw in ("String", "Any"):
        values = {case.value for case in kind.cases}
        if spelt in values and text not in values:
            return spelt
        return text if kind.raw == "String" or text in values else _by_spelling(text)
    return _scalar(kind.raw, text)


def _by_spelling(text: str) -> Json:
    if text.strip()[:1] in ("{", "["):
        return _json(text)
    value = cell_value(text)
    return text if isinstance(value, Absent) else value


def _json(text: str) -> Json:
    if text.strip()[:1] not in ("{", "["):
        return text
    try:
        value = cell_value(text)
    except ValueError:
        return text
    return text if not isinstance(value, dict | list) else value
