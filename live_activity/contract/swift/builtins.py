"""The types of Swift, Foundation and CoreGraphics, and the JSON that they are decoded from."""

from __future__ import annotations

import re

from live_activity.contract.types import (
    INTEGERS,
    SCALARS,
    ArrayType,
    BareEnumType,
    DictionaryType,
    EnumCase,
    EnumType,
    Field,
    RangeType,
    Scalar,
    StructType,
    SwiftType,
    TupleType,
    Unchecked,
    VendorIdentifier,
    optional,
)

MODULES = frozenset(
    {
        "Swift",
        "Foundation",
        "CoreGraphics",
        "CoreFoundation",
        "CoreLocation",
        "ActivityKit",
        "UIKit",
        "SwiftUI",
    }
)

_ALIASES = {
    "TimeInterval": "Double",
    "CGFloat": "Double",
    "Float64": "Double",
    "Float32": "Float",
    "CFTimeInterval": "Double",
    "CFAbsoluteTime": "Double",
    "NSInteger": "Int",
    "NSUInteger": "UInt",
    "CLLocationDegrees": "Double",
    "CLLocationDistance": "Double",
    "CLLocationSpeed": "Double",
    "CLLocationDirection": "Double",
    "CLLocationAccuracy": "Double",
    "UnicodeScalarValue": "UInt32",
}
_ARRAYS = frozenset({"Array", "ContiguousArray", "Set"})
_RANGES = frozenset({"Range", "ClosedRange"})
_PARTIAL_RANGES = frozenset({"PartialRangeFrom", "PartialRangeThrough", "PartialRangeUpTo"})
_VECTORS = {f"SIMD{count}": count for count in (2, 3, 4, 8, 16, 32, 64)}
_CONTAINERS = {
    **dict.fromkeys(_ARRAYS | _RANGES | _PARTIAL_RANGES | _VECTORS.keys() | {"Optional", "Measurement"}, 1),
    "Dictionary": 2,
}
_NOT_DECODABLE = frozenset(
    [
        "Any",
        "AnyObject",
        "AnyHashable",
        "AnyClass",
        "Void",
        "Character",
        "Substring",
        "ArraySlice",
        "StaticString",
        "Result",
        "Error",
        "KeyPath",
        "CollectionOfOne",
        "EmptyCollection",
        "Unicode",
        "DispatchTime",
        "Task",
    ]
)


def _fields(**types: SwiftType) -> tuple[Field, ...]:
    return tuple(Field(name.strip("_"), kind, name.endswith("_")) for name, kind in types.items())


_INT, _DOUBLE, _STRING, _BOOL = Scalar("Int"), Scalar("Double"), Scalar("String"), Scalar("Bool")
_POINT = TupleType("CGPoint", (_DOUBLE, _DOUBLE))
_SIZE = TupleType("CGSize", (_DOUBLE, _DOUBLE))
_LOCALE = StructType("Locale", _fields(identifier=_STRING, current_=optional(_INT)))
_TIME_ZONE = StructType(
    "TimeZone", _fields(identifier=Scalar("TimeZoneIdentifier"), autoupdating_=optional(_BOOL))
)
_CALENDAR = StructType(
    "Calendar",
    _fields(
        identifier=_STRING,
        locale=_LOCALE,
        timeZone=_TIME_ZONE,
        firstWeekday=_INT,
        minimumDaysInFirstWeek=_INT,
        current_=optional(_INT),
    ),
)
_CONVERTER = StructType("UnitConverterLinear", _fields(coefficient=_DOUBLE, constant=_DOUBLE))
_UNIT = StructType("Unit", _fields(symbol=_STRING, converter=_CONVERTER))
_COMPONENTS = [
    "era",
    "year",
    "month",
    "day",
    "hour",
    "minute",
    "second",
    "weekday",
    "weekdayOrdinal",
    "quarter",
    "weekOfMonth",
    "weekOfYear",
    "yearForWeekOfYear",
    "nanosecond",
]
_WEEKDAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")

_KNOWN: dict[str, SwiftType] = {
    "Duration": TupleType("Duration", (Scalar("Int64"), Scalar("UInt64"))),
    "CGPoint": _POINT,
    "CGSize": _SIZE,
    "CGVector": TupleType("CGVector", (_DOUBLE, _DOUBLE)),
    "CGRect": TupleType("CGRect", (_POINT, _SIZE)),
    "CGAffineTransform": TupleType("CGAffineTransform", (_DOUBLE,) * 6),
    "NSRange": TupleType("NSRange", (_INT, _INT)),
    "DateInterval": StructType("DateInterval", _fields(start=Scalar("Date"), duration=_DOUBLE)),
    "Locale": _LOCALE,
    "TimeZone": _TIME_ZONE,
    "Calendar": _CALENDAR,
    "IndexPath": StructType("IndexPath", _fields(indexes=ArrayType(_INT))),
    "IndexSet": StructType(
        "IndexSet", _fields(indexes=ArrayType(StructType("Range", _fields(location=_INT, length=_INT))))
    ),
    "CharacterSet": StructType("CharacterSet", _fields(bitmap=Scalar("Data"))),
    "DateComponents": StructType(
        "DateComponents",
        _fields(
            calendar_=optional(_CALENDAR),
            timeZone_=optional(_TIME_ZONE),
            isLeapMonth_=optional(_BOOL),
            **{f"{name}_": optional(_INT) for name in _COMPONENTS},
        ),
    ),
    "URLComponents": StructType(
        "URLComponents",
        _fields(
            path=_STRING,
            port_=optional(_INT),
            **{
                f"{name}_": optional(_STRING)
                for name in ("scheme", "user", "password", "host", "query", "fragment")
            },
        ),
    ),
    "PersonNameComponents": StructType(
        "PersonNameComponents",
        _fields(
            **{
                f"{name}_": optional(_STRING)
                for name in ("namePrefix", "givenName", "middleName", "familyName", "nameSuffix", "nickname")
            }
        ),
    ),
    "Locale.Region": _STRING,
    "Locale.Currency": _STRING,
    "Locale.LanguageCode": _STRING,
    "Locale.Script": _STRING,
    "Locale.Weekday": EnumType(
        "Locale.Weekday", "String", tuple(EnumCase(name, name[:3]) for name in _WEEKDAYS)
    ),
    "Calendar.Identifier": BareEnumType(
        "Calendar.Identifier",
        tuple(
            EnumCase(name, name)
            for name in [
                "gregorian",
                "buddhist",
                "chinese",
                "coptic",
                "ethiopicAmeteMihret",
                "ethiopicAmeteAlem",
                "hebrew",
                "iso8601",
                "indian",
                "islamic",
                "islamicCivil",
                "japanese",
                "persian",
                "republicOfChina",
                "islamicTabular",
                "islamicUmmAlQura",
            ]
        ),
    ),
}

_VENDOR_IDENTIFIERS = frozenset(
    {
        "InsiderLiveActivityIdentifier",
        "OneSignalLiveActivityAttributeData",
        "OneSignalLiveActivityContentStateData",
        "LiveActivityData",
    }
)
_APPLE = re.compile(
    r"(?:NS|UI|CL|CG|CA|CF|MK|AV|HK|EK|CN|UN|PK|WK)[A-Z][a-z]\w*|Unit[A-Z]\w*|Dimension|\w+FormatStyle"
    r"|Color|Image|Font|Angle|EdgeInsets|ColorScheme|AttributedString|AttributeContainer|LocalizedStringResource"
    r"|LocalizedStringKey|Notification|URLRequest|URLResponse|CollectionDifference|Predicate|SortDescriptor"
    r"|ActivityContent|ActivityAuthorizationInfo|ActivityUIDismissalPolicy|AlertConfiguration"
)

NAMES = SCALARS | _ALIASES.keys() | _CONTAINERS.keys() | _NOT_DECODABLE | _KNOWN.keys() | {"Never"}

RAW_TYPES = frozenset({*INTEGERS, "Double", "Float", "String"})
"""The raw types of an enum that Swift decodes as their raw value; with any other, cases are keys of an object."""

OTHER_RAW_TYPES = frozenset(
    {"Character", "CGFloat", "Float16", "Float80", "Decimal", "Substring", "StaticString"}
)
"""Types with literals that Codable does not take as raw types."""


def scalar_name(name: str) -> str | None:
    """The scalar that a name of Swift stands for, if any: `Double` for `TimeInterval`."""
    name = _ALIASES.get(name, name)
    return name if name in SCALARS and name != "TimeZoneIdentifier" else None


def raw_type(name: str | None) -> str | None:
    """The scalar of a name that Swift decodes as a raw value; CGFloat is coded differently there than Double."""
    scalar = scalar_name(name) if name and name != "CGFloat" else None
    return scalar if scalar in RAW_TYPES else None


def builtin(name: str, arguments: tuple[SwiftType, ...]) -> SwiftType:
    """The type of a name that is not declared in the files at hand."""
    if scalar := scalar_name(name):
        return Scalar(scalar)
    last = name.rpartition(".")[2]
    if last in _VENDOR_IDENTIFIERS:
        return VendorIdentifier(last)
    if known := _KNOWN.get(name):
        return known
    if name == "Never":
        return BareEnumType(name, ())
    if name in _NOT_DECODABLE:
        return Unchecked(name, "it is not Decodable")
    if _CONTAINERS.get(name) == len(arguments):
        return _container(name, arguments)
    if _APPLE.fullmatch(name.partition(".")[0]) or name.partition(".")[0] in NAMES:
        return Unchecked(name, "it is Apple's type, and its JSON form is not known here")
    return Unchecked(name, "it is not declared in the files at hand")


def _container(name: str, arguments: tuple[SwiftType, ...]) -> SwiftType:
    first = arguments[0]
    if name == "Optional":
        return optional(first)
    if name in _RANGES:
        return RangeType(first, closed=name == "ClosedRange")
    if name in _PARTIAL_RANGES:
        return TupleType(name, (first,))
    if name in _VECTORS:
        return TupleType(name, (first,) * _VECTORS[name], exact=True)
    if name == "Measurement":
        return StructType("Measurement", (Field("value", _DOUBLE), Field("unit", _UNIT)))
    if name == "Dictionary":
        return dictionary(first, arguments[1], keyed=first in (_STRING, _INT))
    return ArrayType(first, unique=name == "Set")


def dictionary(key: SwiftType, value: SwiftType, *, keyed: bool) -> SwiftType:
    """A dictionary; `keyed`: its keys are the keys of an object, as String, Int and CodingKeyRepresentable ones are."""
    if isinstance(key, Unchecked) and not keyed:
        return Unchecked(f"[{key.name}: ...]", f"of its keys, {key.name}, {key.why}")
    if keyed and not isinstance(key, Scalar | EnumType):
        key = _STRING  # the app's own code decides which keys it takes
    return DictionaryType(key, value, as_pairs=not keyed)
