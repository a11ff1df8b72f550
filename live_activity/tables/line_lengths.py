"""Lines in blocks of bytes: how many there are, and whether one is longer than what is read at once."""

from __future__ import annotations

import numpy as np

from live_activity.core.findings import InvalidInput, invalid
from live_activity.tables.limits import LONGEST_LINE, MIB

_LINE_FEED = 10
_PIECE = 128 * 1024


class LineLengths:
    """Checks that no line is longer than what is read at once."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._lines = 1
        self._open = 0

    def take(self, block: bytes) -> None:
        """Checks the next block. Raises `InvalidInput` where a line is too long."""
        last = max(block.rfind(b"\n"), block.rfind(b"\r"))
        if last < 0:
            self._open += len(block)
        else:
            first = min(place for place in (block.find(b"\n"), block.find(b"\r")) if place >= 0)
            if self._open + first <= LONGEST_LINE:
                self._open = len(block) - last - 1
            else:
                self._open += first
        if self._open > LONGEST_LINE:
            raise too_long(self._lines, self._where)
        self._lines += line_feeds(block)


def too_long(line: int | None, where: str) -> InvalidInput:
    """The error for a line that is too long; `line` is None where its number is not known."""
    which = "a line" if line is None else f"line {line:,}"
    what = (
        f"{which} is longer than {LONGEST_LINE // MIB} MB; is it a table? Correct that line, or save it again"
    )
    return invalid("line_too_long", what, where=where)


def line_feeds(block: bytes) -> int:
    """How many line feeds a block has."""
    letters = np.frombuffer(block, np.uint8)
    # In pieces that stay in the processor's cache.
    pieces = (letters[begin : begin + _PIECE] for begin in range(0, len(letters), _PIECE))
    return sum(int(np.count_nonzero(piece == _LINE_FEED)) for piece in pieces)
