"""Contracts from a few lines of Swift, and types written as briefly as in Swift."""

from __future__ import annotations

import tempfile
from pathlib import Path

from live_activity.contract import Contract, read_contract
from live_activity.contract.types import (
    ArrayType,
    BareEnumType,
    DictionaryType,
    EnumCase,
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
)


def cases_of(file: str) -> list[tuple[str, str]]:
    """Returns the cases of a Swift file in `swift/`: the title after `//:`, and the source below it."""
    source = Path(__file__).parent.joinpath("swift", file).read_text("utf-8")
    parts = source.split("\n//: ")[1:]
    return [(part.partition("\n")[0].strip(), part.partition("\n")[2]) for part in parts]


def titles_of(file: str) -> list[str]:
    """Returns the names of the cases of a Swift file."""
    return [title.partition(" -> ")[0] for title, _ in cases_of(file)]


def contract_of(source: str, activity_type: str = "Match") -> Contract:
    """Reads the contract of a type from a Swift file with this source."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "Match.swift")
        file.write_text(source, "utf-8")
        return read_contract(file, activity_type)


def contract_with(state: str, beside: str = "") -> Contract:
    """Reads the contract of `Match` whose ContentState has these declarations; `beside` are other types of the file."""
    return contract_of(
        f"struct Match: ActivityAttributes {{\nstruct ContentState: Codable, Hashable {{\n{state}\n}}\n}}\n{beside}"
    )


def spelled(kind: SwiftType) -> str:
    """Writes a type in one line: `Period(first|second)` with raw values, `Phase{a|b}` without, `pairs[K: V]`."""
    match kind:
        case Scalar(name):
            return name
        case OptionalType(wrapped):
            return f"{spelled(wrapped)}?"
        case ArrayType(element):
            return f"Set<{spelled(element)}>" if kind.unique else f"[{spelled(element)}]"
        case RangeType(bound):
            return f"{'ClosedRange' if kind.closed else 'Range'}<{spelled(bound)}>"
        case DictionaryType(key, value):
            return f"{'pairs' if kind.as_pairs else ''}[{spelled(key)}: {spelled(value)}]"
        case EnumType(name):
            return f"{name}({'|'.join(str(case.value) for case in kind.cases)})"
        case BareEnumType(name):
            return f"{name}{{{'|'.join(map(_bare_case, kind.cases))}}}"
        case TupleType(name):
            return f"{name}[{', '.join(map(spelled, kind.elements))}]"
        case VendorIdentifier(name):
            return f"vendor {name}"
        case StructType(name):
            return f"{name.rpartition('.')[2]}({fields_of(kind)})"
        case Recursive(name):
            return f"->{name}"
        case Unchecked(name, required=required):
            return f"unchecked {name}" + (f" but {spelled(required)}" if required else "")
    raise AssertionError(kind)


def _bare_case(case: EnumCase) -> str:
    return f"{case.value}({', '.join(map(_field, case.fields))})" if case.fields else str(case.value)


def fields_of(kind: SwiftType) -> str:
    """Writes the fields of a struct: `score: Int, period: Period(a|b)?`.

    `key?:` may be missing though its type is not Optional, and `key!:` may not though it is.
    """
    return ", ".join(map(_field, kind.fields)) if isinstance(kind, StructType) else spelled(kind)


def _field(field: Field) -> str:
    is_optional = isinstance(field.type, OptionalType)
    mark = "" if field.may_be_missing == is_optional else ("?" if field.may_be_missing else "!")
    return f"{field.key}{mark}: {spelled(field.type)}"
