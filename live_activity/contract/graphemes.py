"""How many characters, as Swift counts them, a text has: an emoji of several code points is one."""

from __future__ import annotations

import unicodedata

_JOINER = "\u200d"


def is_one_grapheme(text: str) -> bool:
    """Whether a text is exactly one Swift `Character` (Unicode's extended grapheme clusters, UAX #29)."""
    return bool(text) and not any(_begins(text, at) for at in range(1, len(text)))


def _begins(text: str, at: int) -> bool:
    """Whether a new grapheme begins at this place of the text."""
    before, char = text[at - 1], text[at]
    if before == "\r" and char == "\n":
        return False
    if unicodedata.category(before) in ("Cc", "Zl", "Zp") or unicodedata.category(char) in ("Cc", "Zl", "Zp"):
        return True
    if _extends(char) or (before == _JOINER and _is_pictograph(char)):
        return False
    if _is_flag_letter(before) and _is_flag_letter(char):
        letters = len(text[:at]) - len(text[:at].rstrip("".join(filter(_is_flag_letter, set(text)))))
        return letters % 2 == 0
    return not _is_one_syllable(before, char)


def _extends(char: str) -> bool:
    code = ord(char)
    return (
        unicodedata.category(char) in ("Mn", "Me", "Mc")
        or char in (_JOINER, "\u200c")
        or 0x1F3FB <= code <= 0x1F3FF
        or 0xE0020 <= code <= 0xE007F
    )


def _is_pictograph(char: str) -> bool:
    return unicodedata.category(char) in ("So", "Sk") or 0x1F000 <= ord(char) <= 0x1FAFF


def _is_flag_letter(char: str) -> bool:
    return 0x1F1E6 <= ord(char) <= 0x1F1FF


def _is_one_syllable(before: str, char: str) -> bool:
    """Hangul: leading consonants, vowels and trailing consonants that follow each other are one."""
    first, second = _hangul(before), _hangul(char)
    return (first, second) in {
        ("L", "L"), ("L", "V"), ("L", "LV"), ("L", "LVT"), ("LV", "V"), ("LV", "T"), ("V", "V"), ("V", "T"),
        ("LVT", "T"), ("T", "T"),
    }  # fmt: skip


def _hangul(char: str) -> str:
    code = ord(char)
    if 0x1100 <= code <= 0x115F:
        return "L"
    if 0x1160 <= code <= 0x11A7:
        return "V"
    if 0x11A8 <= code <= 0x11FF:
        return "T"
    if 0xAC00 <= code <= 0xD7A3:
        return "LV" if (code - 0xAC00) % 28 == 0 else "LVT"
    return ""
