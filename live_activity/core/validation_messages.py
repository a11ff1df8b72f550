"""Says what is wrong with a value to the person who wrote it: pydantic's own messages are for programmers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from live_activity.core.formatting import printable

_MESSAGES = {
    "string_type": "must be text",
    "string_pattern_mismatch": "has a slash or a control character, or is only space; use plain words",
    "too_short": "is empty; fill it in",
    "string_too_short": "is empty; fill it in",
    "too_long": "is longer than {max_length} characters; shorten it",
    "string_too_long": "is longer than {max_length} characters; shorten it",
    "int_type": "must be a whole number, such as 30",
    "int_parsing": "must be a whole number, such as 30",
    "int_parsing_size": "is too large; write a smaller number",
    "int_from_float": "must be a whole number, such as 30",
    "float_type": "must be a number, such as 5",
    "float_parsing": "must be a number, such as 5",
    "finite_number": "must be a finite number, such as 5",
    "greater_than": "is too small; write more than {gt}",
    "greater_than_equal": "is too small; write {ge} or more",
    "less_than": "is too large; write less than {lt}",
    "less_than_equal": "is too large; write {le} or less",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "list_type": "must be a list, such as [flight, language]",
    "dict_type": "must be a mapping, such as {{language: en}}",
    "literal_error": "must be {expected}",
}


def validation_message(problem: Mapping[str, Any]) -> str:
    """The message for one of the `errors()` of a pydantic `ValidationError`: what is wrong and the fix, no value."""
    message = _MESSAGES.get(problem["type"])
    if message is not None:
        # A bound of a field that takes decimals is a float: 1440.0 is written as 1440.
        bounds = {
            name: int(value) if isinstance(value, float) and value.is_integer() else value
            for name, value in problem.get("ctx", {}).items()
        }
        return message.format(**bounds)
    text: str = problem["msg"].removeprefix("Value error, ")
    return printable(text[:1].lower() + text[1:])
