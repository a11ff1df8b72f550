"""How values and counts are written in messages."""

from __future__ import annotations


def count_of(number: int, noun: str, plural: str | None = None) -> str:
    """The number with its noun: `1 row`, `2,000 rows`; `plural` where it is not the noun with an s."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def quoted(value: object, *, most: int = 40) -> str:
    """The value in quotes where it is text, cut to `most` characters so that an error stays one line."""
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= most else f"{text[: most - 1]}…"


_KINDS = {bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "an object"}


def kind_of(value: object) -> str:
    """What sort of value this is, as somebody who writes tables calls it."""
    return _KINDS.get(type(value), f"a {type(value).__name__}")
