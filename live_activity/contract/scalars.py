"""What JSONDecoder takes for a single value, type by type (activitykit, Decoding).

A rule answers None where the value decodes, else the words that say why not and the mend.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from live_activity.contract.types import DECIMALS, INTEGERS, Scalar
from live_activity.core.content import Json
from live_activity.core.formatting import quoted

Refusal: TypeAlias = tuple[str, str] | None
"""A code and a message; None where nothing is wrong."""

Rule: TypeAlias = Callable[[object], Refusal]

_MOST_SHOWN = 40
_MEANT = {**dict.fromkeys(("1", "true", "yes"), "true"), **dict.fromkeys(("0", "false", "no"), "false")}

_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_PATH_CHARACTERS = r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*"
_URL = re.compile(
    r"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+\-.]*):)?"
    r"(?P<host>//(?:(?:[A-Za-z0-9\-._~!$&'()*+,;=:]|%[0-9A-Fa-f]{2})*@)?"
    r"(?:\[[0-9A-Fa-f:.]+(?:%25[A-Za-z0-9\-._~]+)?\]|(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})*)"
    r"(?::[0-9]*)?(?=[/?#]|$))?"
    rf"(?(host)|(?!//))(?P<path>{_PATH_CHARACTERS})"
    r"(?:\?(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?]|%[0-9A-Fa-f]{2})*)?"
    r"(?:#(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?]|%[0-9A-Fa-f]{2})*)?"
)


def shown(value: object) -> str:
    """A value as whoever wrote it would know it, cut to 40 characters."""
    if isinstance(value, str):
        return quoted(value)
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
        return "a number"
    if isinstance(value, str):
        return "text"
    if isinstance(value, Mapping):
        return "an object"
    return "an array" if isinstance(value, Sequence) else f"a {type(value).__name__}"


def mistyped(value: object, wanted: str) -> Refusal:
    """The refusal of a value of the wrong kind."""
    if value is None:
        return "null", f"is null, and the app's type is not Optional; give {wanted}"
    return "mistyped", f"{shown(value)} is {kind_of(value)}, and the app takes {wanted}"


def is_number(value: object) -> bool:
    """Whether a value is a JSON number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def rule_of(scalar: Scalar) -> Rule:
    """The rule of one scalar, with what a hand-written schema asks for on top."""
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
            refusal = mistyped(value, wanted)
            return _unquoted(refusal, value, wanted)
        if isinstance(value, float) and not value.is_integer():
            return "mistyped", f"{shown(value)} has a fraction, and the app takes {wanted}; round it"
        if least <= value <= most:
            return None
        return "out_of_range", f"{shown(value)} is out of range: {name} holds {least} to {most}"

    return rule


def _decimal(name: str) -> Rule:
    most = DECIMALS[name]
    wanted = f"a number ({name})"

    def rule(value: object) -> Refusal:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return _unquoted(mistyped(value, wanted), value, wanted)
        if -most <= value <= most:
            return None
        return "out_of_range", f"{shown(value)} is out of range: {name} holds up to {most:g}"

    return rule


def _unquoted(refusal: Refusal, value: object, wanted: str) -> Refusal:
    """Adds the mend to text where a number is wanted."""
    if refusal is None or not isinstance(value, str):
        return refusal
    code, message = refusal
    try:
        number = float(value)
    except ValueError:
        mend = "write a decimal point, not a comma" if "," in value else f"write {wanted}"
    else:
        if not math.isfinite(number):
            spelt_out = value.strip().lstrip("+-").isalpha()
            what = "is not a finite number" if spelt_out else "is a number too large for any type"
            return code, f"{shown(value)} {what}, and the app takes {wanted}; correct it"
        whole = "whole" not in wanted or number.is_integer()
        mend = f"write {value.strip()} without the quotes" if whole else "round it"
    return code, f"{message}; {mend}"


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
    """As phones before iOS 17 read it; later ones mend spaces and foreign letters themselves."""
    if not isinstance(value, str):
        return mistyped(value, "a web address as text (URL)")
    if not value:
        return "mistyped", "is empty text, which is no URL; write the address, or leave an optional one out"
    found = _URL.fullmatch(value)
    if found and (found["scheme"] or ":" not in found["path"].partition("/")[0]):
        return None
    mend = "write a space as %20 and other letters percent-encoded too"
    return "mistyped", f"{shown(value)} is no URL that every phone reads; {mend}"


def _uuid(value: object) -> Refusal:
    wanted = "a UUID of 36 characters as text"
    if not isinstance(value, str):
        return mistyped(value, wanted)
    if _UUID.fullmatch(value):
        return None
    return "mistyped", f"{shown(value)} is no UUID; write {wanted}: 8-4-4-4-12 hexadecimal digits"


def _data(value: object) -> Refusal:
    if not isinstance(value, str):
        return mistyped(value, "Base64 text (Data)")
    if _BASE64.fullmatch(value):
        return None
    return "mistyped", f"{shown(value)} is no Base64; write A-Z a-z 0-9 + / without spaces, padded with ="


def _date(value: object) -> Refusal:
    most = DECIMALS["Double"]
    if isinstance(value, int | float) and not isinstance(value, bool) and -most <= value <= most:
        return None
    wanted = "a number of seconds since 2001-01-01T00:00:00Z (Date)"
    return mistyped(value, wanted)


_RULES: dict[str, Rule] = {
    "Bool": _bool,
    "String": _string,
    "URL": _url,
    "UUID": _uuid,
    "Data": _data,
    "Date": _date,
}


def _with_keywords(rule: Rule, keywords: dict[str, Json]) -> Rule:
    def both(value: object) -> Refusal:
        return rule(value) or keyword_refusal(value, keywords)

    return both


def keyword_refusal(value: object, keywords: Mapping[str, Json]) -> Refusal:
    """What a hand-written schema's keywords say against a value of the right type."""
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
