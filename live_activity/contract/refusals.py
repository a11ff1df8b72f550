"""Why a value does not decode: a code, and a message that says how to fix it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias, TypeGuard

from live_activity.core.formatting import quoted

Refusal: TypeAlias = tuple[str, str] | None
"""A code and a message; None where nothing is wrong."""

Rule: TypeAlias = Callable[[object], Refusal]

_MOST_SHOWN = 40
_NUMERAL = re.compile(r"[+-]?(?:[0-9][0-9_,]*\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


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
