"""How a value that is wrong is shown to whoever wrote it."""

from __future__ import annotations


def quoted(value: object, *, most: int = 40) -> str:
    """The value in quotes where it is text, cut to `most` characters so that an error stays one line."""
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= most else f"{text[: most - 1]}…"
