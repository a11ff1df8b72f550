"""Swift types as a phone's decoder sees them: which JSON each one takes, and nothing else of the declaration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from live_activity.core.content import Json

RawValue: TypeAlias = str | int | float | bool

INTEGERS: dict[str, tuple[int, int]] = {
    "Int": (-(2**63), 2**63 - 1),
    "Int8": (-(2**7), 2**7 - 1),
    "Int16": (-(2**15), 2**15 - 1),
    "Int32": (-(2**31), 2**31 - 1),
    "Int64": (-(2**63), 2**63 - 1),
    "UInt": (0, 2**64 - 1),
    "UInt8": (0, 2**8 - 1),
    "UInt16": (0, 2**16 - 1),
    "UInt32": (0, 2**32 - 1),
    "UInt64": (0, 2**64 - 1),
}
"""The integers of Swift with their smallest and largest value; on a phone `Int` and `UInt` have 64 bits."""

DECIMALS: dict[str, float] = {
    "Double": 1.7976931348623157e308,
    "Float": 3.4028234663852886e38,
    "Float16": 65504.0,
    "Decimal": 3.4028236692093846e165,
}
"""The numbers with a fraction, and the largest value of each."""

TEXTS: dict[str, str] = {
    "String": "text",
    "URL": "https://example.com/a",
    "UUID": "E621E1F8-C36C-495A-93FC-0C247A3E6E5F",
    "Data": "aGVsbG8=",
    "TimeZoneIdentifier": "Europe/Istanbul",
}
"""The scalars that are text in JSON, and an example of each."""

UUID_PATTERN = "^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$"
"""What the text of a UUID looks like."""

SCALARS = frozenset({*INTEGERS, *DECIMALS, *TEXTS, "Bool", "Date"})


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value by its Swift name: `Int`, `String`, `Date`... (`SCALARS`).

    `rules` are further JSON Schema keywords of a hand-written schema, such as `("maximum", 120)`.
    """

    name: str
    rules: tuple[tuple[str, Json], ...] = ()

    @property
    def limits(self) -> tuple[float | None, float | None]:
        """The lowest and the highest number that a hand-written schema allows; None where it names none."""
        rules = dict(self.rules)
        low, high = (
            limit if isinstance(limit, int | float) and not isinstance(limit, bool) else None
            for limit in (rules.get("minimum"), rules.get("maximum"))
        )
        return low, high


@dataclass(frozen=True, slots=True)
class OptionalType:
    """`T?`: null or a T."""

    wrapped: SwiftType


@dataclass(frozen=True, slots=True)
class ArrayType:
    """`[T]`, or `Set<T>`, which decodes the same JSON and keeps each value once."""

    element: SwiftType
    unique: bool = False
    rules: tuple[tuple[str, Json], ...] = ()


@dataclass(frozen=True, slots=True)
class DictionaryType:
    """`[Key: Value]`: an object where the key is String, Int or CodingKeyRepresentable.

    `as_pairs`: with any other key, an array of key, value, key, value.
    """

    key: SwiftType
    value: SwiftType
    as_pairs: bool = False


@dataclass(frozen=True, slots=True)
class RangeType:
    """`ClosedRange<Bound>` or `Range<Bound>`: an array of the lower and the upper bound."""

    bound: SwiftType
    closed: bool = True


@dataclass(frozen=True, slots=True)
class TupleType:
    """A type that is coded as an array with one element of each of these types, such as CGPoint or Duration.

    Further elements are ignored, unless it is `exact`.
    """

    name: str
    elements: tuple[SwiftType, ...]
    exact: bool = False


@dataclass(frozen=True, slots=True)
class EnumCase:
    """A case and its JSON: its raw value, or its key where the enum has none.

    `fields` are the associated values by their JSON keys: the labels, or `_0`, `_1`... without labels.
    """

    name: str
    value: RawValue
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class EnumType:
    """An enum with raw values of the scalar `raw` (`Any` where a hand-written schema mixes them)."""

    name: str
    raw: str
    cases: tuple[EnumCase, ...]


@dataclass(frozen=True, slots=True)
class BareEnumType:
    """An enum without raw values: an object of one key, `{"caseName": {"label": value}}` (SE-0295)."""

    name: str
    cases: tuple[EnumCase, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One key of an object. `may_be_missing`: it is decoded with `decodeIfPresent`, which accepts null or no key."""

    key: str
    type: SwiftType
    may_be_missing: bool = False


@dataclass(frozen=True, slots=True)
class StructType:
    """A struct, class or actor whose Codable the compiler synthesizes: an object of these fields, others ignored.

    `closed`: a hand-written schema says that there are no others.
    """

    name: str
    fields: tuple[Field, ...]
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Recursive:
    """A reference to the enclosing struct or enum of this name."""

    name: str


@dataclass(frozen=True, slots=True)
class Unchecked:
    """A type whose values cannot be fully checked from the files at hand, and why.

    `required` is a type that every value must decode as in any case; `hint` is what a hand-written `init(from:)`
    seems to read, which is shown and not checked.
    """

    name: str
    why: str
    required: SwiftType | None = None
    hint: SwiftType | None = None


@dataclass(frozen=True, slots=True)
class VendorIdentifier:
    """A value of a vendor's SDK, whose JSON form is not published: any value is taken, and none is required."""

    name: str


SwiftType: TypeAlias = (
    Scalar
    | OptionalType
    | ArrayType
    | DictionaryType
    | RangeType
    | TupleType
    | EnumType
    | BareEnumType
    | StructType
    | Recursive
    | Unchecked
    | VendorIdentifier
)


def optional(wrapped: SwiftType) -> OptionalType:
    """`T?`; an Optional of an Optional decodes the same JSON as one."""
    return wrapped if isinstance(wrapped, OptionalType) else OptionalType(wrapped)


def unwrapped(kind: SwiftType) -> SwiftType:
    """The type without its Optional."""
    return kind.wrapped if isinstance(kind, OptionalType) else kind


def inner_types(kind: SwiftType, path: str) -> Iterator[tuple[str, SwiftType]]:
    """The types directly inside a type, each with its dotted path."""
    match kind:
        case OptionalType(wrapped):
            yield path, wrapped
        case ArrayType(element):
            yield f"{path}[]", element
        case DictionaryType(key, value):
            yield f"{path} (its keys)", key
            yield f"{path}.*", value
        case RangeType(bound):
            yield f"{path}[]", bound
        case TupleType(elements=elements):
            for index, element in enumerate(elements):
                yield f"{path}[{index}]", element
        case BareEnumType(cases=cases):
            for case in cases:
                for field in case.fields:
                    yield f"{path}.{case.value}.{field.key}", field.type
        case StructType(fields=fields):
            for field in fields:
                yield f"{path}.{field.key}", field.type
        case _:
            return


def unchecked_parts(kind: SwiftType, path: str) -> Iterator[tuple[str, Unchecked]]:
    """Every part of a type that cannot be fully checked, with its dotted path."""
    if isinstance(kind, Unchecked):
        yield path, kind
    for inner_path, inner in inner_types(kind, path):
        yield from unchecked_parts(inner, inner_path)


def refers_to(kind: SwiftType, name: str) -> bool:
    """Whether a type refers, anywhere inside, to the recursive type of this name."""
    return kind == Recursive(name) or any(refers_to(inner, name) for _, inner in inner_types(kind, ""))
