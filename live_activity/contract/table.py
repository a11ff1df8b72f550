"""A contract as a table for people who write content, not Swift."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice

from live_activity.contract.enums import allowed_values
from live_activity.contract.examples import DATE_TEXT, example_text
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
    TupleType,
    Unchecked,
    VendorIdentifier,
    unwrapped,
)

_HINT = " (hint, not checked)"
_WORDS = {
    **dict.fromkeys(INTEGERS, "whole number"),
    **dict.fromkeys(DECIMALS, "number"),
    "String": "text",
    "Bool": "true or false",
    "Date": "date and time",
    "URL": "web address",
    "UUID": "UUID",
    "Data": "Base64 text",
    "TimeZoneIdentifier": "time zone",
}
_ALLOWED = {
    "Date": f"{DATE_TEXT}, or seconds since 2001",
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
_HEADINGS = ("field", "type", "allowed values", "may be missing", "example")
_MOST_ROWS = 2000


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field: its dotted path, its type in plain words, what is allowed, whether it may be missing.

    `example` is a value as a cell spells it, where that is more than a word, a number or a truth value.
    """

    field: str
    type: str
    allowed: str
    may_be_missing: bool
    example: str = ""


def table_of(*, state: SwiftType, attributes: SwiftType) -> tuple[FieldRow, ...]:
    """The rows of a contract, the state first; the fields of a struct follow it."""
    return tuple(islice(chain(_root_rows("state", state), _root_rows("attributes", attributes)), _MOST_ROWS))


def as_text(rows: Iterable[FieldRow]) -> str:
    """The rows in columns, for a terminal; without the column of examples where there are none."""
    cells = [
        _HEADINGS,
        *(
            (row.field, row.type, row.allowed, "yes" if row.may_be_missing else "no", row.example)
            for row in rows
        ),
    ]
    columns = [
        column for column in range(len(_HEADINGS)) if any(line[column] for line in cells[1:]) or column < 4
    ]
    widths = [max(len(line[column]) for line in cells) for column in columns]
    return "\n".join(
        "  ".join(line[column].ljust(width) for column, width in zip(columns, widths, strict=True)).rstrip()
        for line in cells
    )


def describe_type(kind: SwiftType) -> str:
    """A type in plain words."""
    match kind:
        case Scalar(name):
            return _WORDS[name]
        case OptionalType(wrapped):
            return describe_type(wrapped)
        case ArrayType(element):
            return f"list of {describe_type(element)}"
        case RangeType(bound):
            return f"list of two: from and to, each {describe_type(bound)}"
        case DictionaryType(key, value, as_pairs=True):
            return f"list of {describe_type(key)}, {describe_type(value)}, alternating"
        case DictionaryType(value=value):
            return f"object of {describe_type(value)} by name"
        case EnumType(raw="String" | "Any"):
            return "one of these texts"
        case EnumType():
            return "one of these numbers"
        case TupleType(elements=elements):
            return f"list of {len(elements)}: {', '.join(map(describe_type, elements))}"
        case BareEnumType(cases=cases) if any(case.fields for case in cases):
            return 'object with one case, {"case": {...}}'
        case BareEnumType():
            return 'object with one case, {"case": {}}'
        case StructType() | Recursive():
            return "object"
        case Unchecked(name, required=None):
            return f"cannot be checked ({name})"
        case Unchecked(name, required=required) if required is not None:
            return f"{describe_type(required)}, not fully checked ({name})"
        case VendorIdentifier(name):
            return f"identifier of the vendor's SDK ({name})"
    return "anything"


def _root_rows(path: str, kind: SwiftType) -> Iterator[FieldRow]:
    if not isinstance(kind, StructType):
        yield _row(path, kind, may_be_missing=False)
    yield from _rows(path, kind)


def _row(path: str, kind: SwiftType, *, may_be_missing: bool) -> FieldRow:
    return FieldRow(path, describe_type(kind), describe_allowed(kind), may_be_missing, example_text(kind))


def _rows(path: str, kind: SwiftType) -> Iterator[FieldRow]:
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
        case BareEnumType(cases=cases):
            for case in cases:
                for field in case.fields:
                    yield from _field_rows(f"{path}.{case.value}", field)
        case Unchecked(hint=hint) if hint is not None:
            hints = (
                _rows(path, hint)
                if isinstance(hint, StructType)
                else [_row(path, hint, may_be_missing=False)]
            )
            for row in hints:
                yield row if row.type.endswith(_HINT) else replace(row, type=row.type + _HINT)
        case _:
            return


def _field_rows(path: str, field: Field) -> Iterator[FieldRow]:
    inner = f"{path}.{field.key}"
    yield _row(inner, field.type, may_be_missing=field.may_be_missing)
    yield from _rows(inner, field.type)


def describe_allowed(kind: SwiftType) -> str:
    """Which values a type allows, where the type alone does not say."""
    inner = unwrapped(kind)
    match inner:
        case EnumType() | BareEnumType():
            return allowed_values(inner, most=len(inner.cases))
        case ArrayType(element):
            return ", ".join(part for part in (describe_allowed(element), _rules(inner.rules)) if part)
        case DictionaryType(value=value):
            return describe_allowed(value)
        case RangeType(bound):
            return describe_allowed(bound)
        case Scalar(name):
            return ", ".join(part for part in (_range(name), _rules(inner.rules)) if part)
        case Unchecked(why=why):
            return why
        case VendorIdentifier():
            return "its JSON form is not published"
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
