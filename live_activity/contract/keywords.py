"""The keywords of a hand-written JSON Schema that go beyond a type: limits, lengths, patterns."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping

from live_activity.contract.refusals import Refusal, shown
from live_activity.core.content import Json


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
