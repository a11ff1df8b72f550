"""Suggests the known names that are nearest to a wrong one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(word: str, names: Iterable[str], *, most: int = 2, cutoff: float = 0.6) -> list[str]:
    """The names most like `word`, nearest first; a name that differs only in case comes before all.

    `cutoff` is how alike they have to be: 0 is anything, 1 the same but for case.
    """
    by_fold: dict[str, str] = {}
    for name in names:
        by_fold.setdefault(name.casefold(), name)
    close = difflib.get_close_matches(word.casefold(), by_fold, n=most, cutoff=cutoff)
    return [by_fold[fold] for fold in close]


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """`; did you mean A or B?`, or nothing where nothing is near."""
    close = nearest(word, names)
    return f"; did you mean {' or '.join(close)}?" if close else ""


def nearest_file(word: str, names: Iterable[str]) -> str:
    """The same for a missing file: where no name is similar, the files of the folder are listed instead."""
    beside = [name for name in names if not name.startswith(".")]
    there = nearest(word, beside, most=3, cutoff=0.0)
    return did_you_mean(word, beside) or (f"; there are {', '.join(there)}" if there else "; check the path")
