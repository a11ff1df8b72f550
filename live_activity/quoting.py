"""How a value that is wrong is shown to whoever wrote it."""

from __future__ import annotations


def quoted(value: object, *, most: int = 40) -> str:
    """The value in quotes where it is text, cut to `most` characters so that an error stays one line."""
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= most else f"{text[: most - 1]}…"


_KINDS = {bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "an object"}


def kind_of(value: object) -> str:
    """What sort of value this is, as somebody who writes tables calls it."""
    return _KINDS.get(type(value), f"a {type(value).__name__}")
