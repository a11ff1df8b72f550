"""A contract from JSON Schema: what `json_schema` wrote, and plain schemas as people write them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from live_activity.contract.schema_enums import cases_of, enum_of, title_of
from live_activity.contract.schema_scalars import PLAIN, Rules, rules_of, scalar_of
from live_activity.contract.types import (
    SCALARS,
    ArrayType,
    BareEnumType,
    DictionaryType,
    EnumType,
    Field,
    RangeType,
    Recursive,
    Scalar,
    StructType,
    SwiftType,
    TupleType,
    Unchecked,
    VendorIdentifier,
    optional,
)
from live_activity.core.findings import Finding, invalid

_STATES = ("content_state", "contentState", "content-state", "ContentState", "state")
_PASSED_OVER = (
    "not",
    "if",
    "dependentRequired",
    "dependentSchemas",
    "patternProperties",
    "contains",
    "prefixItems",
)


@dataclass(frozen=True, slots=True)
class SchemaTypes:
    """What a schema says: the activity type that it names, if it does, and the types."""

    name: str | None
    attributes: SwiftType
    state: SwiftType
    findings: tuple[Finding, ...]


def activity_type_of(schema: Mapping[str, Any]) -> str | None:
    """The activity type that a schema says it is for."""
    name = schema.get("x-swift-attributes")
    return name if isinstance(name, str) else None


def named_type(schema: Mapping[str, Any]) -> str | None:
    """The activity type that a schema names, at least by a title that could be a Swift name."""
    title = title_of(schema)
    return activity_type_of(schema) or (title if title.isidentifier() else None)


def read_schema(schema: object, *, where: str) -> SchemaTypes:
    """The contract of a schema: of an object with `content_state` and `attributes`, or of the state alone.

    Raises InvalidInput where it is not a schema of an object.
    """
    if not isinstance(schema, Mapping):
        raise invalid("schema", "is not a JSON Schema: it must be an object {...}", where=where)
    reader = _Reader(schema, where)
    properties = reader.resolved(schema).get("properties")
    if not isinstance(properties, Mapping) or not properties:
        message = 'has no "properties"; describe the state as {"type": "object", "properties": {...}}'
        raise invalid("schema", message, where=where)
    name = _state_key(reader, properties)
    unknown = Unchecked("attributes", "the schema does not describe them")
    if name is None:
        state = reader.read(schema, "state")
        attributes: SwiftType = unknown
    else:
        state = reader.read(properties[name], "state")
        attributes = (
            reader.read(properties["attributes"], "attributes") if "attributes" in properties else unknown
        )
    return SchemaTypes(activity_type_of(schema), attributes, state, tuple(reader.findings))


def _state_key(reader: _Reader, properties: Mapping[str, Any]) -> str | None:
    """The property that holds the state; None where the schema is of the state alone."""
    names = [name for name in _STATES if _is_object(reader, properties.get(name))]
    beside = {"attributes", "title", "message", *names}
    return names[0] if names and properties.keys() <= beside else None


def _is_object(reader: _Reader, schema: object) -> bool:
    if not isinstance(schema, Mapping):
        return False
    found = reader.resolved(schema)
    return "properties" in found or "x-swift-unchecked" in found or found.get("type") == "object"


@dataclass(slots=True)
class _Reader:
    root: Mapping[str, Any]
    where: str
    findings: list[Finding] = field(default_factory=list)
    inside: dict[str, str] = field(default_factory=dict)

    def read(self, schema: object, path: str) -> SwiftType:
        """The type of a schema that stands at a dotted path."""
        if not isinstance(schema, Mapping):
            return Unchecked("any value", "the schema allows everything")
        if isinstance(pointer := schema.get("$ref"), str):
            return self._reference(pointer, path)
        for keyword in _PASSED_OVER:
            if keyword in schema:
                self.warn(path, f"the keyword {keyword} is not checked")
        kind = self._described(schema, path)
        return optional(kind) if schema.get("nullable") is True else kind

    def warn(self, path: str, message: str) -> None:
        """Adds a warning about the schema itself."""
        self.findings.append(Finding.warning("schema", message, where=self.where, column=path))

    def resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """The schema that a schema refers to, or itself."""
        for _ in range(16):
            pointer = schema.get("$ref")
            found = self._target(pointer) if isinstance(pointer, str) else None
            if not isinstance(found, Mapping):
                break
            schema = found
        return schema

    def _reference(self, pointer: str, path: str) -> SwiftType:
        if pointer in self.inside:
            return Recursive(self.inside[pointer])
        target = self._target(pointer)
        if target is None:
            return Unchecked(pointer, "what it refers to is not in this file")
        last = pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~")
        title = (title_of(target) if isinstance(target, Mapping) else "") or last
        self.inside[pointer] = title
        try:
            kind = self.read(target, path)
        finally:
            del self.inside[pointer]
        return (
            replace(kind, name=title)
            if isinstance(kind, StructType | EnumType | BareEnumType) and not kind.name
            else kind
        )

    def _target(self, pointer: str) -> object:
        if not pointer.startswith("#"):
            return None
        found: object = self.root
        for part in pointer[1:].split("/")[1:]:
            name = part.replace("~1", "/").replace("~0", "~")
            if not isinstance(found, Mapping) or name not in found:
                return None
            found = found[name]
        return found

    def _described(self, schema: Mapping[str, Any], path: str) -> SwiftType:
        if "x-swift-unchecked" in schema:
            parts = (
                self.read(schema[name], path) if name in schema else None
                for name in ("x-swift-required", "x-swift-hint")
            )
            unchecked = Unchecked(str(schema.get("title", "")), str(schema["x-swift-unchecked"]), *parts)
            return optional(unchecked) if schema.get("x-swift-optional") else unchecked
        if schema.get("x-swift") == "vendor-identifier":
            return VendorIdentifier(title_of(schema))
        if schema.get("x-swift") == "enum":
            return self._bare_enum(schema, path)
        if "const" in schema:
            return enum_of(schema, [schema["const"]])
        if isinstance(schema.get("enum"), list):
            return enum_of(schema, schema["enum"])
        for keyword in ("anyOf", "oneOf", "allOf"):
            if isinstance(schema.get(keyword), list) and "type" not in schema:
                return self._combined(schema, keyword, path)
        kinds = schema.get("type", "object" if "properties" in schema else None)
        names = [kinds] if isinstance(kinds, str) else list(kinds or [])
        others = [name for name in names if name != "null"]
        if len(others) != 1:
            why = "the schema allows several types" if others else "the schema names no type"
            return Unchecked("any value", why)
        kind = self._typed(others[0], schema, path)
        return optional(kind) if "null" in names else kind

    def _bare_enum(self, schema: Mapping[str, Any], path: str) -> SwiftType:
        written = schema.get("properties")
        properties = written if isinstance(written, Mapping) else {}
        kind = schema.get("type")
        cases = (
            replace(case, fields=self._fields(properties[str(case.value)], f"{path}.{case.value}"))
            for case in cases_of(schema, list(properties))
        )
        enum = BareEnumType(title_of(schema), tuple(cases))
        return optional(enum) if isinstance(kind, list) and "null" in kind else enum

    def _fields(self, schema: object, path: str) -> tuple[Field, ...]:
        properties = schema.get("properties") if isinstance(schema, Mapping) else None
        if not isinstance(schema, Mapping) or not isinstance(properties, Mapping):
            return ()
        required = schema.get("required", [])
        return tuple(
            Field(str(key), self.read(inner, f"{path}.{key}"), key not in required)
            for key, inner in properties.items()
        )

    def _combined(self, schema: Mapping[str, Any], keyword: str, path: str) -> SwiftType:
        parts = [part for part in schema[keyword] if part != {"type": "null"}]
        has_null = len(parts) < len(schema[keyword])
        if parts and all(isinstance(part, Mapping) and "const" in part for part in parts):
            kind = enum_of(schema, [part["const"] for part in parts])
        elif len(parts) == 1:
            kind = self.read(parts[0], path)
        else:
            return Unchecked("any value", f"the schema combines several by {keyword}")
        return optional(kind) if has_null else kind

    def _typed(self, name: str, schema: Mapping[str, Any], path: str) -> SwiftType:
        if name == "object":
            return self._object(schema, path)
        if name == "array":
            return self._array(schema, path)
        if name not in PLAIN:
            return Unchecked("any value", f"the schema names a type {name!r}, which JSON does not have")
        swift = schema.get("x-swift")
        if isinstance(swift, str) and swift in SCALARS:
            return Scalar(swift, self._rules(name, schema, path, swift))
        if name == "string" and schema.get("format") in ("date-time", "date", "time"):
            self.warn(
                path,
                "is text in this schema and is sent as text; a Swift Date is a number and not text, so if it "
                'is a Date in the app, write {"type": "number", "format": "date-time"}',
            )
        scalar = scalar_of(name, schema)
        return Scalar(scalar, self._rules(name, schema, path, scalar))

    def _rules(self, name: str, schema: Mapping[str, Any], path: str, swift: str) -> Rules:
        return rules_of(name, schema, swift, warn=lambda message: self.warn(path, message))

    def _array(self, schema: Mapping[str, Any], path: str) -> SwiftType:
        swift = schema.get("x-swift")
        if swift == "Dictionary":
            key = self.read(schema.get("x-swift-key"), path)
            return DictionaryType(key, self.read(schema.get("x-swift-value"), f"{path}.*"), as_pairs=True)
        if swift == "tuple" and isinstance(elements := schema.get("x-swift-elements"), list):
            kinds = (self.read(element, f"{path}[{index}]") for index, element in enumerate(elements))
            return TupleType(title_of(schema), tuple(kinds), "maxItems" in schema)
        element = self.read(schema.get("items"), f"{path}[]")
        if swift in ("ClosedRange", "Range"):
            return RangeType(element, closed=swift == "ClosedRange")
        unique = swift == "Set" or schema.get("uniqueItems") is True
        return ArrayType(element, unique, self._rules("array", schema, path, ""))

    def _object(self, schema: Mapping[str, Any], path: str) -> SwiftType:
        more = schema.get("additionalProperties")
        properties = schema.get("properties")
        if not isinstance(properties, Mapping):
            if more is False or "title" in schema:
                return StructType(title_of(schema), (), more is False)
            key = (
                self.read(schema["x-swift-key"], path) if "x-swift-key" in schema else self._key(schema, path)
            )
            return DictionaryType(key, self.read(more, f"{path}.*"))
        if isinstance(more, Mapping):
            self.warn(path, "has properties and additionalProperties; only the properties are checked")
        return StructType(title_of(schema), self._fields(schema, path), more is False)

    def _key(self, schema: Mapping[str, Any], path: str) -> SwiftType:
        names = schema.get("propertyNames")
        kind = self.read(names, path) if isinstance(names, Mapping) and "enum" in names else None
        return kind if isinstance(kind, EnumType) else Scalar("String")
