"""Text on cards: cleaned, measured by estimated glyph widths, shortened between letters, and its direction."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

import regex

from live_activity.cards.model import Direction

MOST_CHARACTERS = 300
ELLIPSIS = "…"

# Widths of ASCII from space to tilde in a common sans serif, in thousandths of the font size.
_ASCII = (
    (278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278)
    + (556,) * 10
    + (278, 278, 584, 584, 584, 556, 1015)
    + (667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611)
    + (722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333)
    + (556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278)
    + (556, 500, 722, 500, 500, 500, 334, 260, 334, 584)
)
# Fonts differ from machine to machine: text is assumed to be a little wider than in the narrowest.
_MARGIN, _BOLD = 1.07, 1.07
_EMOJI_WIDTH, _OTHER_WIDTH = 1.3, 0.62
_CLUSTER = regex.compile(r"\X")
_EMOJI = regex.compile(r"\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20E3")
# Control characters, invisible marks that change the direction of text, and what XML cannot hold.
_UNSHOWN = regex.compile(
    "[\\p{Cc}\\p{Cs}\ufffe\uffff\u2028\u2029\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c\ufeff]+"
)


def clean(value: object, *, most: int = MOST_CHARACTERS) -> str:
    """The value as text on one line, without control characters and directional marks, cut to `most` characters."""
    text = str(value)[: 4 * most].encode("utf-8", "ignore").decode()
    return first_letters(" ".join(_UNSHOWN.sub(" ", text).split()), most)


def first_letters(text: str, most: int) -> str:
    """The first letters, with an ellipsis where there were more; what is seen as one letter is never cut apart."""
    found = letters(text)
    return text if len(found) <= most else "".join(found[: most - 1]).rstrip() + ELLIPSIS


def letters(text: str) -> list[str]:
    """What a reader sees as single letters: an emoji with its skin tone is one."""
    return list(_CLUSTER.findall(text))


def width(text: str, size: float, *, bold: bool = False) -> float:
    """About how wide the text is at a font size."""
    return sum(map(_letter_width, letters(text))) * size * _MARGIN * (_BOLD if bold else 1)


def shorten(text: str, room: float, size: float, *, bold: bool = False) -> str:
    """The text, or as much of it as fits into `room` with an ellipsis."""
    if width(text, size, bold=bold) <= room:
        return text
    kept: list[str] = []
    left = room - width(ELLIPSIS, size, bold=bold)
    for letter in letters(text):
        left -= width(letter, size, bold=bold)
        if left < 0:
            break
        kept.append(letter)
    return "".join(kept).rstrip() + ELLIPSIS


def wrapped(text: str, room: float, size: float, *, lines: int) -> list[str]:
    """The text on up to `lines` lines; the last one is shortened. Breaks at spaces, else between letters."""
    found: list[str] = []
    rest = text
    while rest and len(found) < lines - 1 and width(rest, size) > room:
        line, rest = _broken(rest, room, size)
        found.append(line)
    return [*found, shorten(rest, room, size)] if rest else found


def direction_of(texts: Iterable[str]) -> Direction:
    """The direction of the first letter that has one."""
    for text in texts:
        for letter in text:
            found = unicodedata.bidirectional(letter)
            if found in ("R", "AL"):
                return "rtl"
            if found == "L":
                return "ltr"
    return "ltr"


def abbreviation(name: str) -> str:
    """A name in about three letters, for a badge: ESP for España, NYC for New York City, 日本 for 日本代表."""
    words = [word for word in (_bare(word) for word in name.split()) if word]
    if not words:
        return name[:1] or "\u2013"
    cased = words[0].upper() != words[0].lower()
    if cased and len(words) > 1 and not any(word[0].isdigit() for word in words):
        return "".join(word[0] for word in words[:3]).upper()
    wide = unicodedata.east_asian_width(words[0][0]) in "WF"
    return "".join(letters(words[0])[: 2 if wide else 3]).upper()


def _bare(word: str) -> str:
    return "".join(letter for letter in letters(word) if letter[0].isalnum() or _EMOJI.search(letter))


def _broken(text: str, room: float, size: float) -> tuple[str, str]:
    """The text that fits a line, and the rest."""
    at, space, left = 0, 0, room
    for letter in letters(text):
        left -= width(letter, size)
        if left < 0:
            break
        at += len(letter)
        if letter == " ":
            space = at
    cut = space or max(at, 1)
    return text[:cut].rstrip(), text[cut:].lstrip()


def _widths(letter: str) -> Iterator[float]:
    for character in letter:
        kind = unicodedata.category(character)
        if kind in ("Mn", "Me", "Cf"):
            continue
        plain = unicodedata.normalize("NFD", character)[0]
        if " " <= plain <= "~":
            yield _ASCII[ord(plain) - 32] / 1000
        elif unicodedata.east_asian_width(character) in "WF":
            yield 1.0
        else:
            yield _OTHER_WIDTH


@lru_cache(maxsize=4096)
def _letter_width(letter: str) -> float:
    return _EMOJI_WIDTH if _EMOJI.search(letter) else sum(_widths(letter))
