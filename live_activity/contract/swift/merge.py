"""One type for two declarations of it: it takes only what phones decode by either."""

from __future__ import annotations

from dataclasses import replace

from live_activity.contract.names import name_of
from live_activity.contract.types import (
    DECIMALS,
    INTEGERS,
    ArrayType,
    BareEnumType,
    DictionaryType,
    EnumCase,
    EnumType,
    Field,
    OptionalType,
    Scalar,
    StructType,
    SwiftType,
    unwrapped,
)

_RANGES: dict[str, tuple[float, float]] = {
    **INTEGERS,
    **{name: (-most, most) for name, most in DECIMALS.items()},
}


class Irreconcilable(ValueError):
    """Nothing can suit both declarations; the message says at which field."""


def merged(one: SwiftType, other: SwiftType, path: str) -> SwiftType:
    """The type that takes what both take. Raises `Irreconcilable` where nothing suits both or it is not known."""
    if one == other:
        return one
    if isinstance(one, OptionalType) or isinstance(other, OptionalType):
        inner = merged(unwrapped(one), unwrapped(other), path)
        is_optional = isinstance(one, OptionalType) and isinstance(other, OptionalType)
        return OptionalType(inner) if is_optional else inner
    match one, other:
        case Scalar(ours, ()), Scalar(theirs, ()) if narrow := _narrower(ours, theirs):
            return Scalar(narrow)
        case (Scalar(raw, ()), EnumType(raw=same) as kind) | (
            EnumType(raw=same) as kind,
            Scalar(raw, ()),
        ) if raw == same:
            return kind
        case StructType(), StructType():
            return replace(one, fields=_fields(one.fields, other.fields, path))
        case EnumType(raw=raw), EnumType(raw=same) if raw == same:
            return replace(one, cases=_cases(one, other, path))
        case BareEnumType(), BareEnumType():
            return replace(one, cases=_cases(one, other, path))
        case ArrayType(), ArrayType() if one.unique == other.unique:
            return replace(one, element=merged(one.element, other.element, f"{path}[]"))
        case DictionaryType(), DictionaryType() if (one.key, one.as_pairs) == (other.key, other.as_pairs):
            return replace(one, value=merged(one.value, other.value, f"{path}.*"))
    raise Irreconcilable(f"{path} is {name_of(one)} in one and {name_of(other)} in the other")


def _narrower(one: str, other: str) -> str | None:
    """Of two number types, the one whose values the other takes as well."""
    for narrow, wide in ((one, other), (other, one)):
        if narrow in _RANGES and wide in _RANGES and not (narrow in DECIMALS and wide in INTEGERS):
            (low, high), (least, most) = _RANGES[narrow], _RANGES[wide]
            if least <= low and high <= most:
                return narrow
    return None


def _fields(ours: tuple[Field, ...], theirs: tuple[Field, ...], path: str) -> tuple[Field, ...]:
    """All fields of both: what only one reads, the other ignores."""
    other = {field.key: field for field in theirs}
    own = {field.key for field in ours}
    return (
        *(_field(field, other.get(field.key, field), path) for field in ours),
        *(field for field in theirs if field.key not in own),
    )


def _field(one: Field, other: Field, path: str) -> Field:
    kind = merged(one.type, other.type, f"{path}.{one.key}")
    return Field(one.key, kind, one.may_be_missing and other.may_be_missing)


def _cases(one: EnumType | BareEnumType, other: EnumType | BareEnumType, path: str) -> tuple[EnumCase, ...]:
    """The cases that both have."""
    theirs = {case.value: case for case in other.cases}
    both = tuple(
        replace(case, fields=_fields(case.fields, theirs[case.value].fields, f"{path}.{case.value}"))
        for case in one.cases
        if case.value in theirs
    )
    if not both:
        raise Irreconcilable(f"{path} has no case in both")
    return both
