"""Cells in quotes: a line is read strictly, so that a stray quote never swallows the rows after it."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator
from enum import Enum
from itertools import islice

from live_activity.tables.chunks import Record

# A quoted cell of more lines than this is a stray quote: looking for its end must not read the whole file.
MOST_LINES = 1_000

# Possessive: the first of two quotes is never taken for the last of the cell.
_QUOTED = re.compile(r'"([^"]*+(?:""[^"]*+)*+)"')
_ESCAPED = re.compile(r'"((?:[^"\\]|\\.)*+)"', re.DOTALL)
_ESCAPE = re.compile(r"\\([\"\\])")


class Broken(Enum):
    """Why the quotes of a line do not add up."""

    OPEN = "the last cell is still open at the end"
    MALFORMED = "a quoted cell continues after its closing quote"


def cells_of(text: str, delimiter: str, *, escaped: bool = False) -> list[str] | Broken:
    r"""The cells of a record. A quote in the middle of a cell that began without one is plain text.

    Within quotes a quote is written twice, or as \" where `escaped`.
    """
    cells = []
    begin, end = 0, len(text)
    quoted = _ESCAPED if escaped else _QUOTED
    while True:
        if not text.startswith('"', begin):
            cut = text.find(delimiter, begin)
            if cut < 0:
                cells.append(text[begin:])
                return cells
            cells.append(text[begin:cut])
            begin = cut + 1
            continue
        found = quoted.match(text, begin)
        if found is None:
            return Broken.OPEN
        cells.append(_ESCAPE.sub(r"\1", found[1]) if escaped else found[1].replace('""', '"'))
        begin = found.end()
        if begin == end:
            return cells
        if text[begin] != delimiter:
            return Broken.MALFORMED
        begin += 1


class Records:
    r"""The records of a CSV file below its header.

    `width` is the number of cells in the header, `named` how many of them have a name: the cells after those must be
    empty. Reading continues on the next line after one that is damaged, so that no row after it is lost.

    Two rules of other programs are followed where they explain a line better than a stray quote does: `\"` for a quote
    within quotes, where the line has the right number of cells that way only; and a cell over several lines of which
    some look like rows, where `sound()` says that the whole file adds up when it is read like that. `spaced` says
    whether the file's header has a space after each delimiter, as prose has.
    """

    def __init__(
        self,
        lines: Iterator[str],
        *,
        delimiter: str,
        width: int,
        named: int,
        first_line: int,
        sound: Callable[[], bool] = lambda: False,
        spaced: bool = False,
    ) -> None:
        self.line = first_line
        # After a stray quote: the next quote may be its other half.
        self.swallowed = False
        self._lines = lines
        self._ahead: deque[str] = deque()
        self._delimiter = delimiter
        self._width = width
        self._named = named
        self._sound = sound
        self._spaced = spaced

    @property
    def looked_ahead(self) -> bool:
        """Whether lines were taken that belong to no record yet."""
        return bool(self._ahead)

    def __iter__(self) -> Iterator[Record]:
        # One loop for a million lines: names are local, and a line without quotes is split at once.
        delimiter, width, named = self._delimiter, self._width, self._named
        ahead, lines = self._ahead, self._lines
        while True:
            raw = ahead.popleft() if ahead else next(lines, None)
            if raw is None:
                return
            line = self.line
            self.line += 1
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
        swallowed, self.swallowed = self.swallowed, False
        cells = self._all_quoted(text) or cells_of(text, self._delimiter)
        if isinstance(cells, Broken) or len(cells) != self._width:
            cells = self._with_escapes(raw, text) or cells
        if cells is Broken.MALFORMED:
            return "stray_quote"
        if cells is Broken.OPEN:
            genuine = self._over_lines(raw)
            self.swallowed = genuine is None
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

    def _with_escapes(self, raw: str, text: str) -> list[str] | None:
        r"""The cells where \" stands for a quote; None where the line makes no sense that way either."""
        if '\\"' not in text:
            return None
        cells = cells_of(text, self._delimiter, escaped=True)
        if cells is Broken.OPEN:
            return self._over_lines(raw, escaped=True)
        return cells if isinstance(cells, list) and len(cells) == self._width else None

    def _over_lines(self, raw: str, *, escaped: bool = False) -> list[str] | None:
        """The cells of a record that continues on the next lines, or None where its quote is a stray one."""
        if self._width < 2:
            return None
        taken = [raw]
        doubtful, prose, is_row = False, True, False
        for following in self._following():
            text = following.rstrip("\r\n")
            is_row = self._is_a_row(text)
            if is_row:
                if not self._sound():
                    return None
                doubtful, prose = True, prose and self._is_prose(text)
            taken.append(following)
            if '"' not in text:
                continue
            cells = cells_of("".join(taken).rstrip("\r\n"), self._delimiter, escaped=escaped)
            if cells is Broken.OPEN:
                continue
            if not isinstance(cells, list) or len(cells) != self._width:
                return None
            # Two stray quotes enclose rows, so the last line is one as well; an address ends with another line.
            if doubtful and is_row and not prose:
                return None
            for _ in taken[1:]:
                self._ahead.popleft()
            self.line += len(taken) - 1
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

    def _is_prose(self, text: str) -> bool:
        """Whether the delimiters are punctuation: each is followed by a space, unlike those of the header."""
        return not self._spaced and text.count(self._delimiter) == text.count(f"{self._delimiter} ")


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
