"""Enums as JSON Schema lists their values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from live_activity.contract.types import (
    DECIMALS,
    INTEGERS,
    EnumCase,
    EnumType,
    OptionalType,
    SwiftType,
    Unchecked,
)


def title_of(schema: Mapping[str, Any]) -> str:
    """The name that a schema gives its type, or none."""
    title = schema.get("title")
    return title if isinstance(title, str) else ""


def cases_of(schema: Mapping[str, Any], values: list[Any]) -> tuple[EnumCase, ...]:
    """The cases of these values, with their names in Swift where the schema has them."""
    names = schema.get("x-swift-cases")
    if not isinstance(names, list) or len(names) != len(values):
        names = [str(value) for value in values]
    return tuple(EnumCase(str(name), value) for name, value in zip(names, values, strict=True))


def enum_of(schema: Mapping[str, Any], values: list[Any]) -> SwiftType:
    """The enum of a list of values; null among them makes it Optional."""
    kept = [value for value in values if value is not None]
    if not kept or not all(isinstance(value, str | int | float) for value in kept):
        return Unchecked("a list of values", "the schema lists arrays or objects")
    kind = EnumType(title_of(schema), _raw_of(schema, kept), cases_of(schema, kept))
    return OptionalType(kind) if len(kept) < len(values) else kind


def _raw_of(schema: Mapping[str, Any], values: list[str | int | float | bool]) -> str:
    swift = schema.get("x-swift")
    if isinstance(swift, str) and (swift in INTEGERS or swift in DECIMALS):
        return swift
    kinds = {type(value) for value in values}
    named = {str: "String", int: "Int", float: "Double", bool: "Bool"}
    if len(kinds) == 1:
        return named[kinds.pop()]
    return "Double" if kinds == {int, float} else "Any"
