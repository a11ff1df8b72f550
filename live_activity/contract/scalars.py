"""What JSONDecoder takes for a single value, type by type.

A rule returns None where the value decodes, otherwise a code and a message that says why not and how to fix it.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import TypeAlias, TypeGuard
from zoneinfo import available_timezones

from live_activity.contract.types import DECIMALS, INTEGERS, Scalar
from live_activity.contract.urls import is_url, old_phones_refuse
from live_activity.core.content import Json
from live_activity.core.formatting import quoted

Refusal: TypeAlias = tuple[str, str] | None
"""A code and a message; None where nothing is wrong."""

Rule: TypeAlias = Callable[[object], Refusal]

_MOST_SHOWN = 40
# As programs and spreadsheets in other languages write them.
_TRUE = ("1", "true", "yes", "wahr", "ja", "vrai", "oui", "verdadero", "vero", "do\u011fru", "evet")
_FALSE = ("0", "false", "no", "falsch", "nein", "faux", "non", "falso", "yanl\u0131\u015f", "hay\u0131r")
_MEANT = dict.fromkeys(_TRUE, "true") | dict.fromkeys(_FALSE, "false")

_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_NUMERAL = re.compile(r"[+-]?(?:[0-9][0-9_,]*\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:[.,' \u00a0\u202f][0-9]{3})+")
"""A whole number with separators, as spreadsheets of some languages write it; 1.000 is a thousand in some of them."""
_ZONE_OFFSET = re.compile(r"(?:GMT|UTC)?[+-](?:0?[0-9]|1[0-8])(?::?[0-5][0-9])?")
_ZONE_ABBREVIATIONS = frozenset(
    [
        "ADT",
        "AKDT",
        "AKST",
        "ART",
        "AST",
        "BDT",
        "BRST",
        "BRT",
        "BST",
        "CAT",
        "CDT",
        "CET",
        "CLST",
        "CLT",
        "COT",
        "CST",
        "EAT",
        "EDT",
        "EEST",
        "EET",
        "EST",
        "GMT",
        "GST",
        "HKT",
        "HST",
        "ICT",
        "IRST",
        "IST",
        "JST",
        "KST",
        "MDT",
        "MSD",
        "MSK",
        "MST",
        "NDT",
        "NST",
        "NZDT",
        "NZST",
        "PDT",
        "PET",
        "PHT",
        "PKT",
        "PST",
        "SGT",
        "TRT",
        "UTC",
        "WAT",
        "WEST",
        "WET",
        "WIT",
    ]
)

# Where a number rounds to infinity, or to zero, when a phone stores it.
_ROUNDS_TO_INFINITY = {"Float": 3.40282356779733661637e38, "Float16": 65520.0}
_ROUNDS_TO_ZERO = {"Float": 7.006492321624085e-46}
# Swift's Decimal has 16 bytes of digits and an exponent of one byte; further digits of a whole number are dropped.
_DECIMAL_EXPONENTS, _DECIMAL_WHOLE = range(-128, 128), 2**128 * 10**127


def shown(value: object) -> str:
    """A value as its author wrote it, cut to 40 characters."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, int) and abs(value) >= 10**_MOST_SHOWN:
        return f"a number of about {int(value.bit_length() * math.log10(2)) + 1:,} digits"
    try:
        spelt = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        return f"a {type(value).__name__}"
    return spelt if len(spelt) <= _MOST_SHOWN else f"{spelt[: _MOST_SHOWN - 1]}…"


def kind_of(value: object) -> str:
    """What JSON calls a value, in plain words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a Bool"
    if isinstance(value, int | float):
        return "not a number" if math.isnan(value) else "a number"
    if isinstance(value, str):
        number = spelled_number(value)
        if number is None or math.isfinite(number):
            return "text"
        return "not a number" if math.isnan(number) else "a number beyond what JSON readers can hold"
    if isinstance(value, Mapping):
        return "an object"
    return "an array" if isinstance(value, Sequence) else f"a {type(value).__name__}"


def mistyped(value: object, wanted: str) -> Refusal:
    """The refusal of a value of the wrong kind."""
    if value is None:
        return "null", f"is null, and the app's type is not Optional; give {wanted}"
    return "mistyped", f"{shown(value)} is {kind_of(value)}, and the app takes {wanted}"


def spelled_number(text: str) -> float | None:
    """The number that a text spells, `nan` and infinity included; None where it spells none."""
    spelt = text.strip()
    if not _NUMERAL.fullmatch(spelt) and spelt.lstrip("+-").casefold() not in ("nan", "inf", "infinity"):
        return None
    try:
        return float(spelt.replace(",", "").replace("_", ""))
    except ValueError:
        return None


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether a value is a JSON number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def rule_of(scalar: Scalar) -> Rule:
    """The rule of one scalar, with the further keywords of a hand-written schema."""
    if scalar.name in INTEGERS:
        rule = _integer(scalar.name)
    elif scalar.name in DECIMALS:
        rule = _decimal(scalar.name)
    else:
        rule = _RULES[scalar.name]
    return _with_keywords(rule, dict(scalar.rules)) if scalar.rules else rule


def _integer(name: str) -> Rule:
    least, most = INTEGERS[name]
    wanted = f"a whole number ({name})"

    def rule(value: object) -> Refusal:
        if type(value) is int and least <= value <= most:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            return _text_for_number(mistyped(value, wanted), value, wanted, f"{name} holds {least} to {most}")
        if isinstance(value, float) and not value.is_integer():
            if math.isnan(value):
                return _not_a_number(value, wanted)
            if math.isfinite(value):
                return "mistyped", f"{shown(value)} has a fraction, and the app takes {wanted}; round it"
        # The decoder reads a number with a fraction or an exponent as a Double, and refuses the smallest Int then.
        if least <= value <= most and value != -(2.0**63):
            return None
        return "out_of_range", f"{shown(value)} is out of range: {name} holds {least} to {most}"

    return rule


def _fits_a_decimal(value: int | float) -> bool:
    if isinstance(value, int):
        return abs(value) < _DECIMAL_WHOLE
    # The decoder reads the digits that are sent, the shortest that stand for the number.
    return Decimal(repr(value)).normalize().as_tuple().exponent in _DECIMAL_EXPONENTS


def _decimal(name: str) -> Rule:
    most, wanted = DECIMALS[name], f"a number ({name})"
    infinity, zero = _ROUNDS_TO_INFINITY.get(name, math.inf), _ROUNDS_TO_ZERO.get(name, 0.0)
    limit = f"{name} holds up to {most:g}"

    def rule(value: object) -> Refusal:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return _text_for_number(mistyped(value, wanted), value, wanted, limit)
        size = abs(_as_float(value))
        if math.isnan(size):
            return _not_a_number(value, wanted)
        if name == "Decimal" and math.isfinite(size) and not _fits_a_decimal(value):
            why = "is too close to zero for Decimal; write 0" if size < 1 else f"is out of range: {limit}"
            return "out_of_range", f"{shown(value)} {why}"
        if size >= infinity or size == math.inf:
            return "out_of_range", f"{shown(value)} is out of range: {limit}"
        if 0 < size <= zero:
            return "out_of_range", f"{shown(value)} is too close to zero for {name}; write 0"
        return None

    return rule


def _as_float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _not_a_number(value: object, wanted: str) -> Refusal:
    return (
        "mistyped",
        f"{shown(value)} is not a number, and the app takes {wanted}; give one, or leave the value out",
    )


def _text_for_number(refusal: Refusal, value: object, wanted: str, limit: str) -> Refusal:
    """Says how to fix a text in the place of a number."""
    if refusal is None or not isinstance(value, str):
        return refusal
    is_whole = "whole" in wanted
    if is_whole and THOUSANDS.fullmatch(value.strip()):
        return refusal[
            0
        ], f"{refusal[1]}; write {re.sub('[^0-9+-]', '', value)}, without a separator, if that is meant"
    number = spelled_number(value)
    percent = spelled_number(value.strip().removesuffix("%").replace(",", ".")) if "%" in value else None
    if percent is not None and math.isfinite(percent):
        share = "" if is_whole else f", or {percent / 100:g} where the app counts to 1"
        return refusal[0], f"{refusal[1]}; write {percent:g}{share}"
    if number is None:
        return refusal[0], f"{refusal[1]}; write {wanted}"
    if math.isnan(number):
        return _not_a_number(value, wanted)
    try:
        exact = int(value)
    except ValueError:
        exact = 0
    if math.isinf(number) or (is_whole and not -(2**63) <= exact < 2**64):
        return "out_of_range", f"{shown(value)} is out of range: {limit}"
    if "," in value:
        return refusal[
            0
        ], f"{refusal[1]}; write it without a comma, with a decimal point where it has a fraction"
    if is_whole and not number.is_integer():
        return refusal[0], f"{refusal[1]}; round it"
    return refusal[0], f"{refusal[1]}; write {value.strip()} without the quotes"


def _bool(value: object) -> Refusal:
    if isinstance(value, bool):
        return None
    refusal = mistyped(value, "true or false (Bool)")
    spelt = str(value).strip().casefold()
    meant = _MEANT.get(spelt)
    if refusal is None or meant is None:
        return refusal
    return refusal[0], f"{refusal[1]}; write {meant}{' without the quotes' if spelt == meant else ''}"


def _string(value: object) -> Refusal:
    if isinstance(value, str):
        return None
    refusal = mistyped(value, "text (String)")
    if refusal and isinstance(value, bool | int | float):
        return refusal[0], f'{refusal[1]}; write "{json.dumps(value)}" in quotes'
    return refusal


def _url(value: object) -> Refusal:
    if not isinstance(value, str):
        return mistyped(value, "a web address as text (URL)")
    if is_url(value):
        return None
    return "mistyped", f"{shown(value)} is not a URL that phones can read; check its scheme, host and port"


def url_warning(value: object) -> str | None:
    """Why some phones refuse a URL that others decode; None where all decode it."""
    if not isinstance(value, str) or not is_url(value) or not old_phones_refuse(value):
        return None
    if not value:
        return "is empty, and iPhones may drop content with an empty URL; leave an optional field out"
    return f"{shown(value)} is not a URL for phones before iOS 17; write a space as %20 and encode other letters too"


def _uuid(value: object) -> Refusal:
    wanted = "a UUID of 36 characters as text"
    if not isinstance(value, str):
        return mistyped(value, wanted)
    if _UUID.fullmatch(value):
        return None
    return "mistyped", f"{shown(value)} is not a UUID; write {wanted}: 8-4-4-4-12 hexadecimal digits"


def _data(value: object) -> Refusal:
    if not isinstance(value, str):
        return mistyped(value, "Base64 text (Data)")
    if _BASE64.fullmatch(value):
        return None
    return "mistyped", f"{shown(value)} is not Base64; write A-Z a-z 0-9 + / without spaces, padded with ="


def _date(value: object) -> Refusal:
    if is_number(value):
        return _DATE_SECONDS(value)
    return mistyped(value, _DATE)


@cache
def _zone_names() -> frozenset[str]:
    return frozenset(available_timezones())


def _zone(value: object) -> Refusal:
    if not isinstance(value, str):
        return mistyped(value, "the name of a time zone as text")
    if value in _zone_names() or value in _ZONE_ABBREVIATIONS or _ZONE_OFFSET.fullmatch(value):
        return None
    return "mistyped", f"{shown(value)} is not a time zone; write a name such as Europe/Istanbul"


_DATE = "a number of seconds since 2001-01-01T00:00:00Z (Date)"
_DATE_SECONDS = _decimal("Double")


_RULES: dict[str, Rule] = {
    "Bool": _bool,
    "String": _string,
    "URL": _url,
    "UUID": _uuid,
    "Data": _data,
    "Date": _date,
    "TimeZoneIdentifier": _zone,
}


def _with_keywords(rule: Rule, keywords: dict[str, Json]) -> Rule:
    def both(value: object) -> Refusal:
        return rule(value) or keyword_refusal(value, keywords)

    return both


def keyword_refusal(value: object, keywords: Mapping[str, Json]) -> Refusal:
    """Which keyword of a hand-written schema a value of the right type breaks."""
    for keyword, limit in keywords.items():
        words = _KEYWORDS.get(keyword)
        if words and not words[0](value, limit):
            return "out_of_range", f"{shown(value)} is not allowed: it must {words[1].format(limit)}"
    return None


def _as_number(value: object) -> float:
    return value if isinstance(value, int | float) else math.nan


def _size(value: object) -> int:
    return len(value) if isinstance(value, str | list | tuple) else 0


_KEYWORDS: dict[str, tuple[Callable[[object, object], bool], str]] = {
    "minimum": (lambda value, limit: _as_number(value) >= _as_number(limit), "be at least {}"),
    "maximum": (lambda value, limit: _as_number(value) <= _as_number(limit), "be at most {}"),
    "exclusiveMinimum": (lambda value, limit: _as_number(value) > _as_number(limit), "be over {}"),
    "exclusiveMaximum": (lambda value, limit: _as_number(value) < _as_number(limit), "be under {}"),
    "multipleOf": (
        lambda value, limit: not math.remainder(_as_number(value), _as_number(limit)),
        "be a multiple of {}",
    ),
    "minLength": (lambda value, limit: _size(value) >= _as_number(limit), "have at least {} characters"),
    "maxLength": (lambda value, limit: _size(value) <= _as_number(limit), "have at most {} characters"),
    "pattern": (lambda value, limit: re.search(str(limit), str(value)) is not None, "match {}"),
    "minItems": (lambda value, limit: _size(value) >= _as_number(limit), "have at least {} values"),
    "maxItems": (lambda value, limit: _size(value) <= _as_number(limit), "have at most {} values"),
}
