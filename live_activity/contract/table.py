"""A contract as a table for people who write content, not Swift."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from live_activity.contract.enums import allowed_values
from live_activity.contract.types import (
    DECIMALS,
    INTEGERS,
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
    Unchecked,
    unwrapped,
)

_WORDS = {
    "String": "text",
    "Bool": "true or false",
    "Date": "date and time",
    "URL": "web address",
    "UUID": "UUID",
    "Data": "Base64 text",
}
_ALLOWED = {
    "Date": "2026-07-19T19:00:00Z, or seconds since 2001",
    "UUID": "36 characters, 8-4-4-4-12",
    "Bool": "true, false",
}
_RULES = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "over {}",
    "exclusiveMaximum": "under {}",
    "multipleOf": "in steps of {}",
    "minLength": "{} characters or more",
    "maxLength": "{} characters or fewer",
    "minItems": "{} or more",
    "maxItems": "{} or fewer",
    "pattern": "matching {}",
}
_HEADINGS = ("field", "type", "allowed values", "may be missing")


@dataclass(frozen=True, slots=True)
class TableRow:
    """One field: its dotted path, its type in plain words, what is allowed, whether it may be missing."""

    field: str
    type: str
    allowed: str
    may_be_missing: bool


def table_of(*, state: SwiftType, attributes: SwiftType) -> tuple[TableRow, ...]:
    """The rows of a contract, the state first; a struct's fields follow it."""
    return (*_root_rows("state", state), *_root_rows("attributes", attributes))


def as_text(rows: Iterable[TableRow]) -> str:
    """The rows in columns, for a terminal."""
    cells = [
        _HEADINGS,
        *((row.field, row.type, row.allowed, "yes" if row.may_be_missing else "no") for row in rows),
    ]
    widths = [max(len(line[column]) for line in cells) for column in range(len(_HEADINGS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    )


def describe_type(kind: SwiftType) -> str:
    """A type in plain words."""
    match kind:
        case Scalar(name):
            return "whole number" if name in INTEGERS else _WORDS.get(name, "number")
        case OptionalType(wrapped):
            return describe_type(wrapped)
        case ArrayType(element):
            return f"list of {describe_type(element)}"
        case RangeType(bound):
            return f"list of two: from and to, each {describe_type(bound)}"
        case DictionaryType(key, value, as_pairs=True):
            return f"list of {describe_type(key)}, {describe_type(value)} in turns"
        case DictionaryType(value=value):
            return f"object of {describe_type(value)} by name"
        case EnumType(raw="String" | "Any"):
            return "one of these texts"
        case EnumType():
            return "one of these numbers"
        case BareEnumType():
            return 'object with one case, {"case": {}}'
        case StructType() | Recursive():
            return "object"
        case Unchecked(name):
            return f"cannot be checked ({name})"


def _root_rows(path: str, kind: SwiftType) -> Iterator[TableRow]:
    if not isinstance(kind, StructType):
        yield TableRow(path, describe_type(kind), allowed_in_words(kind), may_be_missing=False)
    yield from _rows(path, kind)


def _rows(path: str, kind: SwiftType) -> Iterator[TableRow]:
    match kind:
        case StructType(fields=fields):
            for field in fields:
                yield from _field_rows(path, field)
        case OptionalType(wrapped):
            yield from _rows(path, wrapped)
        case ArrayType(element):
            yield from _rows(f"{path}[]", element)
        case DictionaryType(value=value):
            yield from _rows(f"{path}.*", value)
        case _:
            return


def _field_rows(path: str, field: Field) -> Iterator[TableRow]:
    inner = f"{path}.{field.key}"
    yield TableRow(inner, describe_type(field.type), allowed_in_words(field.type), field.may_be_missing)
    yield from _rows(inner, field.type)


def allowed_in_words(kind: SwiftType) -> str:
    """Which values a type allows, where that takes more than its type to say."""
    inner = unwrapped(kind)
    match inner:
        case EnumType() | BareEnumType():
            return allowed_values(inner, most=len(inner.cases))
        case ArrayType(element):
            return ", ".join(part for part in (allowed_in_words(element), _rules(inner.rules)) if part)
        case DictionaryType(value=value):
            return allowed_in_words(value)
        case RangeType(bound):
            return allowed_in_words(bound)
        case Scalar(name):
            return ", ".join(part for part in (_range(name), _rules(inner.rules)) if part)
        case Unchecked(why=why):
            return why
    return ""


def _range(name: str) -> str:
    if name in INTEGERS and name not in ("Int", "Int64"):
        least, most = INTEGERS[name]
        return "0 or more" if name in ("UInt", "UInt64") else f"{least} to {most}"
    if name in DECIMALS and name != "Double":
        return ""
    return _ALLOWED.get(name, "")


def _rules(rules: tuple[tuple[str, object], ...]) -> str:
    return ", ".join(_RULES[keyword].format(limit) for keyword, limit in rules if keyword in _RULES)
