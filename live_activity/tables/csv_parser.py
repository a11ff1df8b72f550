"""Cells in quotes: a line is read strictly, so that a stray quote never swallows the rows behind it."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from enum import Enum
from itertools import islice

from live_activity.tables.chunks import Record

# A quoted cell of more lines than this is a stray quote: looking for its end must not read the whole file.
MOST_LINES = 1_000

# Possessive: the first of two quotes is never taken for the last of the cell.
_QUOTED = re.compile(r'"([^"]*+(?:""[^"]*+)*+)"')


class Broken(Enum):
    """Why the quotes of a line do not add up."""

    OPEN = "the last cell is still open at the end"
    MALFORMED = "a quoted cell goes on behind its closing quote"


def cells_of(text: str, delimiter: str) -> list[str] | Broken:
    """The cells of a record. A quote in the middle of a cell that began without one is plain text."""
    cells = []
    begin, end = 0, len(text)
    while True:
        if not text.startswith('"', begin):
            cut = text.find(delimiter, begin)
            if cut < 0:
                cells.append(text[begin:])
                return cells
            cells.append(text[begin:cut])
            begin = cut + 1
            continue
        found = _QUOTED.match(text, begin)
        if found is None:
            return Broken.OPEN
        cells.append(found[1].replace('""', '"'))
        begin = found.end()
        if begin == end:
            return cells
        if text[begin] != delimiter:
            return Broken.MALFORMED
        begin += 1


class Records:
    """The records of a CSV file behind its header.

    `width` is the number of cells in the header, `named` how many of them have a name: the cells behind those must be
    empty. Reads on with the next line after one that is damaged, so that nobody behind it is lost.
    """

    def __init__(
        self, lines: Iterator[str], *, delimiter: str, width: int, named: int, first_line: int
    ) -> None:
        self._lines = lines
        self._ahead: deque[str] = deque()
        self._delimiter = delimiter
        self._width = width
        self._named = named
        self._line = first_line
        # After a stray quote: the next quote may be its other half.
        self._swallowed = False

    def __iter__(self) -> Iterator[Record]:
        # One loop for a million lines: names are local, and a line without quotes is split at once.
        delimiter, width, named = self._delimiter, self._width, self._named
        ahead, lines = self._ahead, self._lines
        while True:
            raw = ahead.popleft() if ahead else next(lines, None)
            if raw is None:
                return
            line = self._line
            self._line += 1
            text = raw.rstrip("\r\n")
            if '"' in text:
                cells = self._quoted(raw, text)
            elif text:
                cells = text.split(delimiter)
            else:
                continue
            if isinstance(cells, str):
                yield line, cells
            elif len(cells) < width:
                yield line, "too_few_cells"
            elif len(cells) > width or (named < width and any(cells[named:])):
                yield line, "too_many_cells"
            else:
                yield line, cells

    def _quoted(self, raw: str, text: str) -> list[str] | str:
        swallowed, self._swallowed = self._swallowed, False
        cells = self._all_quoted(text) or cells_of(text, self._delimiter)
        if cells is Broken.MALFORMED:
            return "stray_quote"
        if cells is Broken.OPEN:
            genuine = self._over_lines(raw)
            self._swallowed = genuine is None
            return genuine or "stray_quote"
        assert isinstance(cells, list)
        if swallowed and _has_plain_quote(text, self._delimiter):
            return "stray_quote"
        return cells

    def _all_quoted(self, text: str) -> list[str] | None:
        """The cells of a line that is nothing but plain quoted cells, found without looking at each letter."""
        if text[0] == text[-1] == '"' and text.count('"') == 2 * self._width:
            cells = text[1:-1].split(f'"{self._delimiter}"')
            if len(cells) == self._width:
                return cells
        return None

    def _over_lines(self, raw: str) -> list[str] | None:
        """The cells of a record that goes on over the next lines, or None where its quote is a stray one."""
        if self._width < 2:
            return None
        owned_elsewhere = [raw]
        for following in self._following():
            text = following.rstrip("\r\n")
            if self._is_a_row(text):
                return None
            owned_elsewhere.append(following)
            if '"' not in text:
                continue
            cells = cells_of("".join(owned_elsewhere).rstrip("\r\n"), self._delimiter)
            if cells is Broken.OPEN:
                continue
            if not isinstance(cells, list) or len(cells) != self._width:
                return None
            for _ in owned_elsewhere[1:]:
                self._ahead.popleft()
            self._line += len(owned_elsewhere) - 1
            return cells
        return None

    def _following(self) -> Iterator[str]:
        yield from islice(list(self._ahead), MOST_LINES)
        while len(self._ahead) < MOST_LINES and (line := next(self._lines, None)) is not None:
            self._ahead.append(line)
            yield line

    def _is_a_row(self, text: str) -> bool:
        if text.count(self._delimiter) == self._width - 1:
            return True
        cells = cells_of(text, self._delimiter) if '"' in text else ()
        return not isinstance(cells, Broken) and len(cells) == self._width


def _has_plain_quote(text: str, delimiter: str) -> bool:
    """Whether a cell that began without a quote holds one; the line itself is well formed."""
    begin = 0
    while begin <= len(text):
        if text.startswith('"', begin):
            found = _QUOTED.match(text, begin)
            begin = found.end() + 1 if found is not None else len(text) + 1
            continue
        cut = text.find(delimiter, begin)
        cell = text[begin:] if cut < 0 else text[begin:cut]
        if '"' in cell:
            return True
        begin = len(text) + 1 if cut < 0 else cut + 1
    return False
