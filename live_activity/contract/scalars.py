"""What JSONDecoder takes for a single value, type by type.

A rule returns None where the value decodes, otherwise the refusal.
"""

from __future__ import annotations

import json
import re
from functools import cache
from zoneinfo import available_timezones

from live_activity.contract.keywords import keyword_refusal
from live_activity.contract.numbers import decimal_rule, integer_rule
from live_activity.contract.refusals import Refusal, Rule, is_number, mistyped, shown
from live_activity.contract.types import DECIMALS, INTEGERS, UUID_PATTERN, Scalar
from live_activity.contract.urls import is_swift_url, old_phones_refuse
from live_activity.core.boolean_words import meant_boolean
from live_activity.core.content import Json

_BITS = {"1": True, "0": False}
_UUID = re.compile(UUID_PATTERN)
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
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


def rule_of(scalar: Scalar) -> Rule:
    """The rule of one scalar, with the further keywords of a hand-written schema."""
    if scalar.name in INTEGERS:
        rule = integer_rule(scalar.name)
    elif scalar.name in DECIMALS:
        rule = decimal_rule(scalar.name)
    else:
        rule = _RULES[scalar.name]
    return _with_keywords(rule, dict(scalar.rules)) if scalar.rules else rule


def _bool(value: object) -> Refusal:
    if isinstance(value, bool):
        return None
    refusal = mistyped(value, "true or false (Bool)")
    spelt = str(value).strip().casefold()
    truth = _BITS.get(spelt, meant_boolean(spelt))
    if refusal is None or truth is None:
        return refusal
    meant = "true" if truth else "false"
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
    if is_swift_url(value):
        return None
    return "mistyped", f"{shown(value)} is not a URL that phones can read; check its scheme, host and port"


def url_warning(value: object) -> str | None:
    """Why some phones refuse a URL that others decode; None where all decode it."""
    if not isinstance(value, str) or not is_swift_url(value) or not old_phones_refuse(value):
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
_DATE_SECONDS = decimal_rule("Double")


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
