"""What JSONDecoder takes for a number, by its Swift type."""

from __future__ import annotations

import math
import re
from decimal import Decimal

from live_activity.contract.refusals import Refusal, Rule, mistyped, shown, spelled_number
from live_activity.contract.types import DECIMALS, INTEGERS

THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:[.,' \u00a0\u202f][0-9]{3})+")
"""A whole number with separators, as spreadsheets of some languages write it; 1.000 is a thousand in some of them."""

# Where a number rounds to infinity, or to zero, when a phone stores it.
_ROUNDS_TO_INFINITY = {"Float": 3.40282356779733661637e38, "Float16": 65520.0}
_ROUNDS_TO_ZERO = {"Float": 7.006492321624085e-46}
# Swift's Decimal has 16 bytes of digits and an exponent of one byte; further digits of a whole number are dropped.
_DECIMAL_EXPONENTS, _DECIMAL_WHOLE = range(-128, 128), 2**128 * 10**127


def integer_rule(name: str) -> Rule:
    """The rule of a whole number of that type, such as Int8."""
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


def decimal_rule(name: str) -> Rule:
    """The rule of a number of that type that may have a fraction, such as Double."""
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
