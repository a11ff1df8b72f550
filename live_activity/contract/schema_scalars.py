"""Plain values of a JSON Schema: the scalar that a type and a format name, and the rules that bound it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from live_activity.contract.types import INTEGERS, UUID_PATTERN

Rules = tuple[tuple[str, Any], ...]

PLAIN = {"string": "String", "integer": "Int", "number": "Double", "boolean": "Bool"}
"""What each plain JSON type is in Swift where no format says more."""

_FORMATS = {
    ("string", "uuid"): "UUID",
    ("string", "uri"): "URL",
    ("string", "uri-reference"): "URL",
    ("string", "url"): "URL",
    ("string", "byte"): "Data",
    ("integer", "int32"): "Int32",
    ("integer", "int64"): "Int64",
    ("number", "float"): "Float",
    ("number", "double"): "Double",
    ("number", "date-time"): "Date",
    ("number", "date"): "Date",
    ("integer", "date-time"): "Date",
}
_RULES = {
    "string": ("minLength", "maxLength", "pattern"),
    "integer": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    "array": ("minItems", "maxItems"),
}
_IMPLIED: dict[str, dict[str, Any]] = {
    "UUID": {"pattern": UUID_PATTERN},
}


def scalar_of(name: str, schema: Mapping[str, Any]) -> str:
    """The Swift scalar of a plain JSON type with the schema's format."""
    if name == "string" and schema.get("contentEncoding") == "base64":
        return "Data"
    return _FORMATS.get((name, str(schema.get("format"))), PLAIN[name])


def rules_of(name: str, schema: Mapping[str, Any], swift: str, *, warn: Callable[[str], None]) -> Rules:
    """The rules of a JSON type that its Swift type does not imply; `warn` is given what cannot be read."""
    bounds = (
        dict(zip(("minimum", "maximum"), INTEGERS.get(swift, ()), strict=False)) if swift != "Int" else {}
    )
    implied: dict[str, Any] = {**bounds, **_IMPLIED.get(swift, {})}
    rules = []
    for keyword in _RULES.get(name, ()):
        if keyword not in schema or (keyword in implied and implied[keyword] == schema[keyword]):
            continue
        limit = schema[keyword]
        if _is_limit(keyword, limit):
            rules.append((keyword, limit))
        else:
            warn(f"the keyword {keyword} cannot be read, and is not checked")
    return tuple(rules)


def _is_limit(keyword: str, limit: object) -> bool:
    if keyword == "pattern":
        try:
            return isinstance(limit, str) and bool(re.compile(limit))
        except re.error:
            return False
    return (
        isinstance(limit, int | float)
        and not isinstance(limit, bool)
        and (keyword != "multipleOf" or limit > 0)
    )
