"""A contract as JSON Schema (2020-12), for teams and tools without Swift.

A rule of Swift that JSON Schema cannot express has a keyword of its own that begins with `x-swift`; other tools
ignore it. `live_activity.contract.from_schema` reads all of it back.
"""

from __future__ import annotations

from typing import Any

from live_activity.contract.types import (
    DECIMALS,
    INTEGERS,
    UUID_PATTERN,
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
    refers_to,
)

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]

_TEXTS: dict[str, Schema] = {
    "String": {"type": "string"},
    "URL": {"type": "string", "format": "uri-reference", "x-swift": "URL"},
    "TimeZoneIdentifier": {"type": "string", "x-swift": "TimeZoneIdentifier"},
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
            case TupleType(name, elements, exact):
                schema = {"type": "array", "minItems": len(elements)}
                schema |= {
                    "x-swift": "tuple",
                    "x-swift-elements": [self.write(element) for element in elements],
                }
                schema |= {"title": name} if name else {}
                return {**schema, "maxItems": len(elements)} if exact else schema
            case DictionaryType():
                return self._dictionary(kind)
            case EnumType():
                return _enum(kind)
            case BareEnumType():
                return self._bare_enum(kind)
            case StructType():
                return self._struct(kind)
            case Recursive(name):
                return {"$ref": f"#/$defs/{_escaped(name)}"}
            case Unchecked():
                schema = {"title": kind.name, "x-swift-unchecked": kind.why}
                schema |= {"x-swift-required": self.write(kind.required)} if kind.required else {}
                return {**schema, "x-swift-hint": self.write(kind.hint)} if kind.hint else schema
            case VendorIdentifier(name):
                return {"title": name, "x-swift": "vendor-identifier"}

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

    def _bare_enum(self, kind: BareEnumType) -> Schema:
        keys = [str(case.value) for case in kind.cases]
        schema: Schema = {
            "title": kind.name,
            "type": "object",
            "properties": {
                str(case.value): {"type": "object", **self._members(case.fields)} for case in kind.cases
            },
            "x-swift": "enum",
        }
        # An enum without cases, such as Never, has no value.
        schema |= (
            {"oneOf": [{"required": [key]} for key in keys]}
            if keys
            else {"minProperties": 1, "maxProperties": 0}
        )
        names = [case.name for case in kind.cases]
        schema |= {"x-swift-cases": names} if names != keys else {}
        return self._referred(kind, schema)

    def _members(self, fields: tuple[Field, ...]) -> Schema:
        """The properties of an object, and which of them it must have."""
        schema: Schema = (
            {"properties": {field.key: self.write(field.type) for field in fields}} if fields else {}
        )
        required = [field.key for field in fields if not field.may_be_missing]
        return {**schema, "required": required} if required else schema

    def _referred(self, kind: StructType | BareEnumType, schema: Schema) -> Schema:
        """The schema itself, or a reference to it where the type refers to itself."""
        if not refers_to(kind, kind.name):
            return schema
        self.definitions[kind.name] = schema
        return {"$ref": f"#/$defs/{_escaped(kind.name)}"}

    def _struct(self, kind: StructType) -> Schema:
        schema: Schema = {"title": kind.name} if kind.name else {}
        schema["type"] = "object"
        schema["properties"] = {field.key: self.write(field.type) for field in kind.fields}
        if required := [field.key for field in kind.fields if not field.may_be_missing]:
            schema["required"] = required
        if kind.closed:
            schema["additionalProperties"] = False
        return self._referred(kind, schema)


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
