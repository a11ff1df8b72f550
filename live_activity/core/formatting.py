"""How values and counts are written in messages."""

from __future__ import annotations

import re

# Control sequences of terminals (ECMA-48): commands, strings such as window titles and links, and single characters,
# in their 7-bit and 8-bit forms. A string that is not terminated reaches to the end of its line.
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c\r\n]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]?"
)


def count_of(number: int, noun: str, plural: str | None = None) -> str:
    """The number with its noun: `1 row`, `2,000 rows`; `plural` where it is not the noun with an s."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def quoted(value: object, *, most: int = 40) -> str:
    """The value in quotes where it is text, cut to `most` characters so that an error stays one line."""
    text = repr(value) if isinstance(value, str) else printable(str(value))
    return text if len(text) <= most else f"{text[: most - 1]}…"


def printable(text: str) -> str:
    r"""The text with characters that cannot be printed escaped, such as `\t` or `\u202e`; line breaks stay."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() or character == "\n" else _escaped(character)
        for character in text
    )


def one_line(text: str) -> str:
    """The text as one printable line: line breaks are escaped as well."""
    return "\\n".join(printable(text).split("\n"))


def _escaped(character: str) -> str:
    return repr(character)[1:-1]


_KINDS = {
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "text",
    list: "a list",
    dict: "an object",
    type(None): "null",
}


def without_escapes(text: str) -> str:
    """The text without escape sequences that would move a terminal's cursor, colour it or rename its window."""
    return _ESCAPES.sub("", text)


def article(noun: str) -> str:
    """The noun with `a` or `an`."""
    return f"{'an' if noun[:1].lower() in 'aeio' else 'a'} {noun}"


def kind_of(value: object) -> str:
    """Names the kind of a value as people who write tables would."""
    return _KINDS.get(type(value), f"a {type(value).__name__}")
