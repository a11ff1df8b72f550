"""What is wrong with a value, in the words of whoever wrote it: pydantic's own speak to programmers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NO_TIME = "is no date and time; write it like 2026-07-19 20:00 or 2026-07-19T20:00:00Z"

_WORDS = {
    "string_type": "is no text; write plain words",
    "string_pattern_mismatch": "has a slash or a control character, or is only space; use plain words",
    "too_short": "is empty; write it out",
    "string_too_short": "is empty; write it out",
    "too_long": "is longer than {max_length} characters; shorten it",
    "string_too_long": "is longer than {max_length} characters; shorten it",
    "int_type": "is no whole number; write one, such as 30",
    "int_parsing": "is no whole number; write one, such as 30",
    "int_parsing_size": "is too large; write a smaller number",
    "int_from_float": "is no whole number; write one, such as 30",
    "float_type": "is no number; write one, such as 5",
    "float_parsing": "is no number; write one, such as 5",
    "finite_number": "is no number that can be counted with; write one, such as 5",
    "greater_than": "is too small; write more than {gt}",
    "greater_than_equal": "is too small; write {ge} or more",
    "less_than": "is too large; write less than {lt}",
    "less_than_equal": "is too large; write {le} or less",
    "bool_type": "is neither true nor false; write one of them",
    "bool_parsing": "is neither true nor false; write one of them",
    "list_type": "is no list; write one, such as [flight, language]",
    "dict_type": "is no mapping; write one, such as {{language: en}}",
    "literal_error": "is none of its values; write {expected}",
}


def validation_message(problem: Mapping[str, Any]) -> str:
    """One of the `errors()` of a pydantic `ValidationError`: what is wrong and the mend, without the value."""
    if problem["type"].startswith("datetime_"):
        return NO_TIME
    words = _WORDS.get(problem["type"])
    if words is not None:
        return words.format(**problem.get("ctx", {}))
    message: str = problem["msg"].removeprefix("Value error, ")
    return message[:1].lower() + message[1:]
