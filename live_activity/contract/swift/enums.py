"""How the cases of an enum stand in JSON."""

from __future__ import annotations

from live_activity.contract.swift.cases import Case
from live_activity.contract.swift.declarations import Declaration
from live_activity.contract.types import (
    DECIMALS,
    INTEGERS,
    BareEnumType,
    EnumCase,
    EnumType,
    RawValue,
    SwiftType,
    Unchecked,
)


def read_enum(
    declaration: Declaration, *, name: str, raw: str | None, keys: dict[str, str] | None
) -> SwiftType:
    """An enum by its raw type, if it has one; `keys` are its CodingKeys, which only a bare enum uses."""
    if not declaration.cases:
        return Unchecked(name, "it has no cases")
    if raw is not None:
        return _with_raw_values(declaration, name, raw)
    if any(case.raw is not None or case.has_unread_raw for case in declaration.cases):
        return Unchecked(name, "its cases have raw values of a type that cannot be read from JSON here")
    if any(case.has_values for case in declaration.cases):
        return Unchecked(name, "its cases carry values")
    cases = (EnumCase(case.name, (keys or {}).get(case.name, case.name)) for case in declaration.cases)
    return BareEnumType(name, tuple(case for case in cases if keys is None or case.name in keys))


def coding_key_names(declaration: Declaration, *, has_text: bool) -> dict[str, str]:
    """The JSON key of each case of a CodingKeys; only an enum of String names keys otherwise than its cases."""
    return {
        case.name: case.raw if has_text and isinstance(case.raw, str) else case.name
        for case in declaration.cases
    }


def _with_raw_values(declaration: Declaration, name: str, raw: str) -> SwiftType:
    cases: list[EnumCase] = []
    for case in declaration.cases:
        value = _raw_value(case, raw, previous=cases[-1].value if cases else None)
        if value is None:
            return Unchecked(name, f"the raw value of its case {case.name} cannot be read")
        cases.append(EnumCase(case.name, value))
    return EnumType(name, raw, tuple(cases))


def _raw_value(case: Case, raw: str, *, previous: RawValue | None) -> RawValue | None:
    if case.has_unread_raw:
        return None
    if raw == "String":
        return case.raw if isinstance(case.raw, str) else case.name
    if raw not in INTEGERS and raw not in DECIMALS:
        return case.raw if raw == "Bool" else None
    value = case.raw
    if value is None:
        value = previous + 1 if isinstance(previous, int | float) else 0
    if isinstance(value, str | bool):
        return None
    return int(value) if raw in INTEGERS else float(value)
