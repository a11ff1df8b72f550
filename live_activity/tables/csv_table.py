"""CSV and TSV: separated by comma, semicolon or tab, and every cell is text."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from itertools import islice
from typing import Any

from live_activity.core.findings import invalid
from live_activity.tables.chunks import chunked
from live_activity.tables.csv_blocks import CsvBlocks
from live_activity.tables.csv_parser import Broken, Records, cells_of
from live_activity.tables.header import read_header
from live_activity.tables.row_blocks import KnownBlocks, LineGroups, RowBlock
from live_activity.tables.table import FIRST_LINES, ArrowChunk, Chunk, Table
from live_activity.tables.table_row import DamagedRow, TableRow
from live_activity.tables.text import Text, split_lines

_DELIMITERS = ",;\t"
# Spreadsheets write it on the first line, to say how the cells are separated.
_SEPARATOR = re.compile(r'\s*"?sep=([^"\w\s]|\t| )"?[\s,;]*', re.IGNORECASE)
# The assumed bytes of a row in UTF-8, where there is no row to measure.
_ROW_BYTES = 24


class DelimitedTable(Table):
    """A table of text cells with one delimiter; a `sep=` line decides which, else `delimiter`, else the header."""

    typed = False

    def __init__(self, text: Text, *, delimiter: str | None = None) -> None:
        self._text = text
        with text.lines() as lines:
            self._header_line, header, stated = _first(lines, where=text.where)
            self._row_bytes = max(2, len(next(lines, "x" * _ROW_BYTES).encode()))
        if header.startswith(("[{", '{"')):
            what = "holds JSON; let its name end in .json, or in .jsonl where each line is an object"
            raise invalid("unknown_format", what, where=text.where)
        self._delimiter = stated or delimiter or _delimiter_of(header)
        names = cells_of(header, self._delimiter)
        if isinstance(names, Broken):
            what = "a quote in the header opens or closes nothing; write each column's name on one line"
            raise invalid("stray_quote", what, where=text.where)
        self._header = read_header(names, where=text.where)
        cuts = header.count(self._delimiter)
        self._spaced = 0 < cuts == header.count(f"{self._delimiter} ")
        super().__init__(
            where=text.where,
            columns=self._header.columns,
            findings=(*text.findings, *self._header.findings(text.where)),
            doubled=self._header.doubled,
        )

    @property
    def expected_rows(self) -> int:
        return self._text.size // self._row_bytes

    def column_chunks(self, names: Sequence[str], size: int) -> Iterator[Chunk]:
        """All rows by the strict reader, which decides what a damaged line means."""
        places = self._places(names)
        with self._records() as records:
            yield from chunked(records, names=names, places=places, size=size)

    def rows(self) -> Iterator[TableRow | DamagedRow]:
        names = self.columns
        places = self._places(names)
        with self._records() as records:
            for number, (line, cells) in enumerate(records, 1):
                if isinstance(cells, str):
                    yield DamagedRow(number, line, cells)
                else:
                    row = {name: cells[place] for name, place in zip(names, places, strict=True)}
                    yield TableRow(number, line, row)

    def row_blocks(self, before: Sequence[RowBlock] = ()) -> Iterator[RowBlock]:
        """The rows in blocks of `BLOCK_ROWS` lines, or more where a quoted cell does not end with them."""
        layout = (
            self._delimiter,
            self._header.width,
            self._header.named,
            self._spaced,
            self._places(self.columns),
        )
        known = KnownBlocks(before)
        with self._text.lines() as lines:
            _first(lines, where=self.where)
            groups = LineGroups(lines)
            first, place = 1, (self._header_line + 1, False)
            while groups.peek(1):
                block = known.at(first)
                if block is not None:
                    number = len(block.mark[-1])
                    if block.mark == (layout, place, groups.peek(number)):
                        groups.skip(number)
                    else:
                        block = None
                block = block or self._block(first, place, layout, groups)
                yield block
                first, place = first + block.count, block.after

    def _block(self, first: int, place: tuple[int, bool], layout: Any, groups: LineGroups) -> RowBlock:
        """The rows of the next group of lines, and of further ones until a group ends with a record."""
        names, places = self.columns, self._places(self.columns)
        taken: list[str] = []
        left: list[str] = []
        is_alone = True

        def lines() -> Iterator[str]:
            nonlocal is_alone
            while (group := groups.take()) is not None:
                taken.append(group)
                left.extend(reversed([*io.StringIO(group, newline="")]))
                while left:
                    yield left.pop()
            is_alone = False  # what is read depends on where the table ends

        def sound() -> bool:
            nonlocal is_alone
            is_alone = False
            return self._sound

        records = self._strict(lines(), line=place[0], sound=sound)
        records.swallowed = place[1]
        rows: list[TableRow | DamagedRow] = []
        for number, (line, cells) in enumerate(records, first):
            if isinstance(cells, str):
                rows.append(DamagedRow(number, line, cells))
            else:
                rows.append(
                    TableRow(
                        number,
                        line,
                        {name: cells[inner] for name, inner in zip(names, places, strict=True)},
                    )
                )
            if not left and not records.looked_ahead:
                break
        mark = (layout, place, tuple(taken)) if is_alone else None
        return RowBlock(first, len(rows), mark, rows, after=(records.line, records.swallowed))

    @contextmanager
    def _records(self) -> Iterator[Records]:
        with self._text.lines() as lines:
            _first(lines, where=self.where)
            yield self._strict(lines, line=self._header_line + 1, sound=lambda: self._sound)

    def _strict(self, lines: Iterator[str], *, line: int, sound: Callable[[], bool]) -> Records:
        return Records(
            lines,
            delimiter=self._delimiter,
            width=self._header.width,
            named=self._header.named,
            first_line=line,
            sound=sound,
            spaced=self._spaced,
        )

    def arrow_chunks(self, names: Sequence[str]) -> Iterator[Chunk | ArrowChunk]:
        """The same rows, with plain lines read by Arrow."""
        places = dict(zip(names, self._places(names), strict=True))
        with self._text.blocks() as blocks:
            yield from CsvBlocks(
                _behind(blocks, self._header_line),
                delimiter=self._delimiter,
                width=self._header.width,
                named=self._header.named,
                first_line=self._header_line + 1,
                places=places,
                sound=lambda: self._sound,
                spaced=self._spaced,
            )

    def _first_lines(self) -> Iterator[tuple[int, Sequence[str]]]:
        with self._text.lines() as lines:
            for number, line in islice(enumerate(lines, 1), self._header_line, FIRST_LINES):
                delimiter = _delimiter_of(line)
                yield number, [cell.strip(' \r\n"') for cell in line.split(delimiter)]

    def _places(self, names: Sequence[str]) -> list[int]:
        self._check_doubled(names)
        return [self._header.places[name] for name in names]

    @cached_property
    def _sound(self) -> bool:
        """Whether every record has the header's number of cells where quoted cells may hold any number of lines."""
        width = self._header.width
        with self._text.lines() as lines:
            _first(lines, where=self.where)
            try:
                for cells in csv.reader(lines, delimiter=self._delimiter, strict=True):
                    if cells and len(cells) != width:
                        return False
            except csv.Error:
                return False
        return True


def _first(lines: Iterator[str], *, where: str) -> tuple[int, str, str | None]:
    """The header's line number and text, and the delimiter that a `sep=` line above it states."""
    stated = None
    for number, line in enumerate(lines, 1):
        text = line.rstrip("\r\n")
        if number == 1 and (found := _SEPARATOR.fullmatch(text)):
            stated = found[1]
        elif text.strip(" "):
            return number, text, stated
    raise invalid("empty_table", "is empty", where=where)


def _behind(blocks: Iterator[bytes], header_line: int) -> Iterator[bytes]:
    """The blocks without the first lines."""
    left = header_line
    for block in blocks:
        if not left:
            yield block
            continue
        begin = 0
        for line in split_lines(block):
            begin += len(line.encode())
            left -= 1
            if not left:
                break
        if not left and begin < len(block):
            yield block[begin:]


def _delimiter_of(header: str) -> str:
    # A delimiter in quotes is part of a name; every second piece is in quotes.
    outside = "".join(header.split('"')[::2])
    return max(_DELIMITERS, key=outside.count)
