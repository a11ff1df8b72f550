"""The types that Swift, Foundation and CoreGraphics bring along, and how JSON is read as them."""

from __future__ import annotations

from live_activity.contract.types import (
    SCALARS,
    ArrayType,
    DictionaryType,
    RangeType,
    Scalar,
    SwiftType,
    Unchecked,
    optional,
)

MODULES = frozenset({"Swift", "Foundation", "CoreGraphics", "CoreFoundation", "CoreLocation", "ActivityKit"})

_ALIASES = {
    "TimeInterval": "Double",
    "CGFloat": "Double",
    "Float64": "Double",
    "Float32": "Float",
    "CFTimeInterval": "Double",
    "NSInteger": "Int",
    "NSUInteger": "UInt",
    "CLLocationDegrees": "Double",
    "CLLocationDistance": "Double",
    "CLLocationSpeed": "Double",
    "CLLocationDirection": "Double",
}
_ARRAYS = frozenset({"Array", "ContiguousArray", "Set"})
_RANGES = frozenset({"Range", "ClosedRange"})
_CONTAINERS = {**dict.fromkeys(_ARRAYS | _RANGES | {"Optional"}, 1), "Dictionary": 2}
_NOT_DECODABLE = frozenset(
    {"Any", "AnyObject", "AnyHashable", "Void", "Character", "Substring", "ArraySlice", "StaticString"}
)

NAMES = SCALARS | _ALIASES.keys() | _CONTAINERS.keys() | _NOT_DECODABLE


def scalar_name(name: str) -> str | None:
    """The scalar that a name of Swift stands for, if any: `Double` for `TimeInterval`."""
    name = _ALIASES.get(name, name)
    return name if name in SCALARS else None


def builtin(name: str, arguments: tuple[SwiftType, ...]) -> SwiftType:
    """The type of a name that nobody declares in the files at hand."""
    if scalar := scalar_name(name):
        return Scalar(scalar)
    if name in _NOT_DECODABLE:
        return Unchecked(name, "it is not Decodable")
    if _CONTAINERS.get(name) == len(arguments):
        return _container(name, arguments)
    return Unchecked(name, "it is not declared in the files at hand")


def _container(name: str, arguments: tuple[SwiftType, ...]) -> SwiftType:
    first = arguments[0]
    if name == "Optional":
        return optional(first)
    if name in _RANGES:
        return RangeType(first, closed=name == "ClosedRange")
    if name == "Dictionary":
        return dictionary(first, arguments[1], keyed=first in (Scalar("String"), Scalar("Int")))
    return ArrayType(first, unique=name == "Set")


def dictionary(key: SwiftType, value: SwiftType, *, keyed: bool) -> SwiftType:
    """A dictionary; `keyed`: its keys are the keys of an object, which Swift does for String, Int and what
    conforms to CodingKeyRepresentable."""
    if isinstance(key, Unchecked):
        return Unchecked(f"[{key.name}: ...]", f"of its keys, {key.name}, {key.why}")
    return DictionaryType(key, value, as_pairs=not keyed)
