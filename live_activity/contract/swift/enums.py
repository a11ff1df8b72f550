"""How the cases of an enum are coded in JSON."""

from __future__ import annotations

from collections.abc import Callable

from live_activity.contract.swift.cases import Case
from live_activity.contract.swift.declarations import Declaration
from live_activity.contract.swift.spelling import Spelling
from live_activity.contract.types import (
    DECIMALS,
    INTEGERS,
    BareEnumType,
    EnumCase,
    EnumType,
    Field,
    RawValue,
    Scalar,
    SwiftType,
    Unchecked,
)

Resolve = Callable[[Spelling], tuple[SwiftType, bool]]
"""Gives the type of an associated value, and whether its key may be missing."""

KeysOf = Callable[[str], dict[str, str] | None]


def read_raw_enum(cases: tuple[Case, ...], *, name: str, raw: str) -> SwiftType:
    """An enum with raw values of a standard raw type."""
    read: list[EnumCase] = []
    for case in cases:
        value = _raw_value(case, raw, previous=read[-1].value if read else None)
        if value is None:
            why = f"the raw value of its case {case.name} cannot be read"
            return Unchecked(name, why, required=Scalar(raw))
        read.append(EnumCase(case.name, value))
    return EnumType(name, raw, tuple(read))


def read_bare_enum(cases: tuple[Case, ...], *, name: str, resolve: Resolve, keys_of: KeysOf) -> BareEnumType:
    """An enum whose cases are keys of an object, each with an object of its associated values.

    `keys_of` gives the CodingKeys of this name inside the enum: its own rename the cases, and `WonCodingKeys` rename
    the labels of the case `won`.
    """
    keys = keys_of("CodingKeys")
    read = []
    for case in cases:
        if keys is None or case.name in keys:
            labels = keys_of(f"{case.name[:1].upper()}{case.name[1:]}CodingKeys")
            fields = tuple(_fields(case, labels, resolve))
            read.append(EnumCase(case.name, case.name if keys is None else keys[case.name], fields))
    return BareEnumType(name, tuple(read))


def coding_key_names(declaration: Declaration, *, has_text: bool) -> dict[str, str]:
    """The JSON key of each case of a CodingKeys; only an enum of String can name keys that differ from its cases."""
    return {
        case.name: case.raw if has_text and isinstance(case.raw, str) else case.name
        for case in declaration.cases
    }


def _fields(case: Case, labels: dict[str, str] | None, resolve: Resolve) -> list[Field]:
    found = []
    for index, (label, spelling) in enumerate(case.values or ()):
        name = label or f"_{index}"
        if labels is None or name in labels:
            kind, may_be_missing = resolve(spelling)
            found.append(Field(name if labels is None else labels[name], kind, may_be_missing))
    return found


def _raw_value(case: Case, raw: str, *, previous: RawValue | None) -> RawValue | None:
    if case.has_unread_raw:
        return None
    if raw == "String":
        return case.raw if isinstance(case.raw, str) else case.name
    if raw not in INTEGERS and raw not in DECIMALS:
        return None
    value = case.raw
    if value is None:
        value = previous + 1 if isinstance(previous, int | float) else 0
    if isinstance(value, str | bool):
        return None
    return int(value) if raw in INTEGERS else float(value)
