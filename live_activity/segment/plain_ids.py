"""Finds the ids of a block that need no further checks: plain text that passes every one of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from live_activity.segment.ids import LONGEST
from live_activity.segment.unmatched import MONTHS, NULL_WORDS, TOTAL_WORDS

_PLAIN, _ODD, _POINT, _PLUS, _DASH, _COLON = 0, 1, 2, 4, 8, 16
_CLASSES = np.full(256, _ODD, np.uint8)
_CLASSES[list(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_@=|~;")] = _PLAIN
_CLASSES[list(b"-/")] = _DASH
_CLASSES[ord(":")] = _COLON
_CLASSES[list(b".,")] = _POINT
_CLASSES[ord("+")] = _PLUS
_TRANSLATION = _CLASSES.tobytes()
# The first characters of ids that may be a formula, or a line under the header.
_BEGINS = np.zeros(256, bool)
_BEGINS[list(b"='\"-|_")] = True
_DIGITS = np.zeros(256, bool)
_DIGITS[list(b"0123456789")] = True
_DASH_SIGN = ord("-")
_BETWEEN = np.zeros(256, bool)
_BETWEEN[list(b"-/.")] = True
# By the last five bits of three letters.
_MONTHS = np.zeros(1 << 15, bool)
_MONTHS[[sum((ord(letter) & 31) << 5 * n for n, letter in enumerate(month)) for month in MONTHS]] = True
_EXPONENT = list(b"eE")
# From 2-Jan to 02-Sept.-2026; dates with a space or a non-ASCII letter are looked at because of those.
_SHORTEST_DATE, _LONGEST_DATE = 5, 13
# LibreOffice writes errors such as Err:502.
_LENGTH_OF_ERROR = 7
_OTHER_WORDS = ("Loading...",)
# Python's and Arrow's idea of space is not quite the same, so Arrow is given Python's.
SPACE = "".join(chr(code) for code in range(0x3001) if chr(code).isspace())
_LONGEST_WORD = max(len(word) for word in NULL_WORDS | TOTAL_WORDS)


def views(ids: Any) -> tuple[Any, Any]:
    """The bytes of an Arrow string array, and where each of its strings begins, with the end of the last one."""
    count = len(ids)
    _, offsets, data = ids.buffers()
    if offsets is None:
        return np.zeros(0, np.uint8), np.zeros(count + 1, np.int64)
    begins = np.frombuffer(offsets, np.int32, count + 1 + ids.offset)[ids.offset :]
    letters = np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8)
    # The buffer may hold other strings before the first one.
    first, last = int(begins[0]), int(begins[-1])
    return letters[first:last], begins.astype(np.int64) - first


def trimmed(ids: Any) -> Any:
    """The strings without the space around them; the same array where there is none."""
    letters, begins = views(ids)
    filled = begins[1:] > begins[:-1]
    if not filled.any():
        return ids
    edges = np.concatenate((letters[begins[:-1][filled]], letters[begins[1:][filled] - 1]))
    if ((edges > 0x20) & (edges < 0x7F)).all():
        return ids
    from pyarrow import compute

    return compute.utf8_trim(ids, characters=SPACE)


def needs_a_look(ids: Any, words: Iterable[str] = ()) -> Any:
    """The places of the strings that need further checks; `words` are some that always do.

    The others are neither empty nor too long, hold ASCII letters and digits and a few signs, and are not a word or a
    number that can match nobody.
    """
    from pyarrow import array, compute, string

    letters, begins = views(ids)
    starts, ends = begins[:-1], begins[1:]
    lengths = ends - starts
    look = (lengths == 0) | (lengths > LONGEST)
    # Much quicker than indexing an array by the letters.
    classes = np.frombuffer(letters.tobytes().translate(_TRANSLATION), np.uint8)
    seen = int(np.bitwise_or.reduce(classes)) if len(classes) else _PLAIN
    filled = ~look if look.any() else slice(None)
    firsts = np.zeros(len(ids), np.uint8)
    lasts = np.zeros(len(ids), np.uint8)
    firsts[filled] = letters[starts[filled]]
    lasts[filled] = letters[ends[filled] - 1]
    look |= _BEGINS[firsts] | ((firsts == ord("E")) & (lengths == _LENGTH_OF_ERROR))
    if seen & _ODD:
        look[_rows(begins, np.flatnonzero(classes & _ODD))] = True
    if seen & _POINT:
        # It may be a number with a fraction, which ends with a digit.
        with_points = np.zeros(len(ids), bool)
        with_points[_rows(begins, np.flatnonzero(classes & _POINT))] = True
        look |= with_points & _DIGITS[lasts]
    if seen & _PLUS:
        places = np.flatnonzero(classes & _PLUS)
        places = places[places > 0]
        look[_rows(begins, places[np.isin(letters[places - 1], _EXPONENT)])] = True
        begin_with_plus = np.flatnonzero((firsts == ord("+")) & (lengths > 1))
        second = letters[starts[begin_with_plus] + 1]
        look[begin_with_plus[~_DIGITS[second]]] = True
    if seen & (_DASH | _POINT):
        look[_may_be_dates(letters, starts, lengths, numeric=_DIGITS[firsts])] = True
    if seen & _COLON:
        # A time of day after a date, as in 2026-01-02T00:00.
        places = np.flatnonzero(classes & _COLON)
        rows = _rows(begins, places)
        behind = letters[np.maximum(places - 3, 0)] == ord("T")
        look[rows[behind & (places - starts[rows] == len("2026-01-02T00"))]] = True
    every = {*NULL_WORDS, *TOTAL_WORDS, *_OTHER_WORDS, *words}
    known = array(sorted(every), string())
    short_enough = lengths <= max(_LONGEST_WORD, *(len(word.encode()) for word in every))
    if not any(word[-1:].isdigit() for word in every):
        short_enough &= ~_DIGITS[lasts]
    short = np.flatnonzero(short_enough)
    if len(short) == len(ids):
        look |= compute.is_in(ids, value_set=known).to_numpy(zero_copy_only=False)
    elif len(short):
        found = compute.is_in(ids.take(array(short)), value_set=known)
        look[short[found.to_numpy(zero_copy_only=False)]] = True
    return np.flatnonzero(look)


def _may_be_dates(letters: Any, starts: Any, lengths: Any, *, numeric: Any) -> Any:
    """The places of the strings that look like 2-Jan, 1/2/2026, 2026-01-02 or Jan-02; few others."""
    # After a day the fourth letter is one of the month's name, or a sign stands before the year.
    places = np.flatnonzero(numeric & (lengths >= _SHORTEST_DATE) & (lengths <= _LONGEST_DATE))
    begins = starts[places]
    kept = (letters[begins + 3] >= ord("A")) | (letters[begins + lengths[places] - 5] < ord("0"))
    places, begins = places[kept], begins[kept]
    second = np.where(_BETWEEN[letters[begins + 1]], 2, np.where(_BETWEEN[letters[begins + 2]], 3, 0))
    years = _BETWEEN[letters[begins + lengths[places] - 5]]
    days = places[(second > 0) & (years | _are_months(letters, begins + second))]
    isos = np.flatnonzero(numeric & (lengths == len("2026-01-02")))
    isos = isos[(letters[starts[isos] + 4] == _DASH_SIGN) & (letters[starts[isos] + 7] == _DASH_SIGN)]
    months = np.flatnonzero(((lengths == len("Jan-02")) | (lengths == len("Jan-2026"))) & ~numeric)
    months = months[letters[starts[months] + 3] == _DASH_SIGN]
    months = months[_are_months(letters, starts[months])]
    return np.concatenate((days, isos, months))


def _are_months(letters: Any, starts: Any) -> Any:
    codes = sum(
        (letters[np.minimum(starts + n, len(letters) - 1)].astype(np.int64) & 31) << 5 * n for n in range(3)
    )
    return _MONTHS[codes]


def _rows(begins: Any, places: Any) -> Any:
    return np.searchsorted(begins, places, side="right") - 1
