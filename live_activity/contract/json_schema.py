"""A contract as JSON Schema (2020-12), for teams and tools without Swift.

Where JSON Schema has no word for a rule of Swift, a keyword of our own that begins with `x-swift` has; other
tools pass it over. `live_activity.contract.from_schema` reads all of it back.
"""

from __future__ import annotations

from typing import Any

from live_activity.contract.types import (
    DECIMALS,
    INTEGERS,
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
    Unchecked,
    refers_to,
)

DIALECT = "https://json-schema.org/draft/2020-12/schema"
UUID_PATTERN = "^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$"

Schema = dict[str, Any]

_TEXTS: dict[str, Schema] = {
    "String": {"type": "string"},
    "URL": {"type": "string", "format": "uri-reference", "minLength": 1, "x-swift": "URL"},
    "UUID": {"type": "string", "format": "uuid", "pattern": UUID_PATTERN, "x-swift": "UUID"},
    "Data": {"type": "string", "contentEncoding": "base64", "x-swift": "Data"},
    "Bool": {"type": "boolean"},
    "Double": {"type": "number"},
    "Date": {
        "type": "number",
        "description": "seconds since 2001-01-01T00:00:00Z",
        "x-swift": "Date",
    },
}


def to_schema(*, name: str, attributes: SwiftType, state: SwiftType) -> Schema:
    """The schema of a whole contract: an object with `content_state` and `attributes`, as the API has them."""
    writer = _Writer()
    schema: Schema = {
        "$schema": DIALECT,
        "title": name,
        "x-swift-attributes": name,
        "type": "object",
        "properties": {"content_state": writer.write(state), "attributes": writer.write(attributes)},
        "required": ["content_state"],
    }
    if writer.definitions:
        schema["$defs"] = writer.definitions
    return schema


class _Writer:
    def __init__(self) -> None:
        self.definitions: dict[str, Schema] = {}

    def write(self, kind: SwiftType) -> Schema:
        match kind:
            case Scalar():
                return {**_scalar(kind.name), **dict(kind.rules)}
            case OptionalType(wrapped):
                return _nullable(self.write(wrapped))
            case ArrayType(element):
                schema = {"type": "array", "items": self.write(element), **dict(kind.rules)}
                return {**schema, "x-swift": "Set"} if kind.unique else schema
            case RangeType(bound):
                return {
                    "type": "array",
                    "items": self.write(bound),
                    "minItems": 2,
                    "x-swift": "ClosedRange" if kind.closed else "Range",
                }
            case DictionaryType():
                return self._dictionary(kind)
            case EnumType():
                return _enum(kind)
            case BareEnumType():
                return _bare_enum(kind)
            case StructType():
                return self._struct(kind)
            case Recursive(name):
                return {"$ref": f"#/$defs/{_escaped(name)}"}
            case Unchecked():
                return {"title": kind.name, "x-swift-unchecked": kind.why}

    def _dictionary(self, kind: DictionaryType) -> Schema:
        key, value = self.write(kind.key), self.write(kind.value)
        if kind.as_pairs:
            return {"type": "array", "x-swift": "Dictionary", "x-swift-key": key, "x-swift-value": value}
        schema: Schema = {"type": "object", "additionalProperties": value}
        if kind.key == Scalar("Int"):
            return {**schema, "propertyNames": {"pattern": "^[+-]?[0-9]+$"}, "x-swift-key": key}
        if isinstance(kind.key, EnumType) and kind.key.raw != "String":
            spelt = [str(case.value) for case in kind.key.cases]
            return {**schema, "propertyNames": {"enum": spelt}, "x-swift-key": key}
        return schema if kind.key == Scalar("String") else {**schema, "propertyNames": key}

    def _struct(self, kind: StructType) -> Schema:
        schema: Schema = {"title": kind.name} if kind.name else {}
        schema["type"] = "object"
        schema["properties"] = {field.key: self.write(field.type) for field in kind.fields}
        if required := [field.key for field in kind.fields if not field.may_be_missing]:
            schema["required"] = required
        if kind.closed:
            schema["additionalProperties"] = False
        if not refers_to(kind, kind.name):
            return schema
        self.definitions[kind.name] = schema
        return {"$ref": f"#/$defs/{_escaped(kind.name)}"}


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _scalar(name: str) -> Schema:
    if name in INTEGERS:
        least, most = INTEGERS[name]
        plain: Schema = {"type": "integer"}
        return plain if name == "Int" else {**plain, "minimum": least, "maximum": most, "x-swift": name}
    if name in DECIMALS and name != "Double":
        return {"type": "number", "x-swift": name}
    return dict(_TEXTS[name])


def _nullable(schema: Schema) -> Schema:
    kind = schema.get("type")
    if isinstance(kind, str) and not {"oneOf", "x-swift-key"} & schema.keys():
        nullable = {**schema, "type": [kind, "null"]}
        return {**nullable, "enum": [*schema["enum"], None]} if "enum" in schema else nullable
    if "x-swift-unchecked" in schema:
        return {**schema, "x-swift-optional": True}
    return {"anyOf": [schema, {"type": "null"}]}


def _enum(kind: EnumType) -> Schema:
    values = [case.value for case in kind.cases]
    schema: Schema = {"title": kind.name} if kind.name else {}
    if kind.raw != "Any":
        schema["type"] = _scalar(kind.raw)["type"]
    schema["enum"] = values
    if kind.raw not in ("Any", "String", "Int", "Double", "Bool"):
        schema["x-swift"] = kind.raw
    names = [case.name for case in kind.cases]
    if names != [str(value) for value in values]:
        schema["x-swift-cases"] = names
    return schema


def _bare_enum(kind: BareEnumType) -> Schema:
    keys = [str(case.value) for case in kind.cases]
    schema: Schema = {
        "title": kind.name,
        "type": "object",
        "properties": {key: {"type": "object"} for key in keys},
        "oneOf": [{"required": [key]} for key in keys],
        "x-swift": "enum",
    }
    names = [case.name for case in kind.cases]
    return schema if names == keys else {**schema, "x-swift-cases": names}
