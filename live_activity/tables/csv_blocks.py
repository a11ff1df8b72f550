"""The rows of a CSV file in blocks: plain lines through Arrow, all others by the strict reader, with the same result.

A block is plain where Arrow's reader is sure to read it as the strict reader does: every quote opens or closes a whole
cell on one line, lines end with a line feed, and none is empty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

import numpy as np

from live_activity.tables.chunks import Record
from live_activity.tables.csv_parser import Records
from live_activity.tables.csv_quotes import is_plain
from live_activity.tables.line_lengths import line_feeds
from live_activity.tables.table import ArrowChunk, Chunk
from live_activity.tables.table_row import DamagedRow
from live_activity.tables.text import split_lines

# A block that is not plain is cut into pieces, so that one odd line costs little.
_PIECE = 64 * 1024
_ROWS = 10_000


class CsvBlocks:
    """All rows below the header: `blocks` begin with the first of them, on line `first_line`.

    `places` maps each column that is asked for to its place among the `width` cells of a row.
    """

    def __init__(
        self,
        blocks: Iterator[bytes],
        *,
        delimiter: str,
        width: int,
        named: int,
        first_line: int,
        places: Mapping[str, int],
        sound: Callable[[], bool],
        spaced: bool,
    ) -> None:
        self._blocks = blocks
        self._delimiter = delimiter
        self._width = width
        self._named = named
        self._places = dict(places)
        self._number = 1
        self._pieces: list[bytes] = []
        self._lines: list[str] = []
        self._records = Records(
            self._strict_lines(),
            delimiter=delimiter,
            width=width,
            named=named,
            first_line=first_line,
            sound=sound,
            spaced=spaced,
        )

    def __iter__(self) -> Iterator[Chunk | ArrowChunk]:
        strict = iter(self._records)
        fast = self._delimiter.isascii()
        while True:
            block = self._next()
            if block is None:
                return
            if fast and (chunk := self._arrow(block)) is not None:
                yield chunk
                continue
            pieces = list(_pieces_of(block))
            self._pieces = [*pieces, *self._pieces]
            if len(pieces) > 1:
                continue
            yield from self._by_the_strict_reader(strict)

    def _next(self) -> bytes | None:
        return self._pieces.pop(0) if self._pieces else next(self._blocks, None)

    def _strict_lines(self) -> Iterator[str]:
        """Lines for the strict reader, which takes pieces for as long as it looks ahead."""
        while (piece := self._next()) is not None:
            first, *others = _pieces_of(piece)
            self._pieces = [*others, *self._pieces]
            self._lines = list(split_lines(first))
            self._lines.reverse()
            while self._lines:
                yield self._lines.pop()

    def _by_the_strict_reader(self, records: Iterator[Record]) -> Iterator[Chunk]:
        """Reads one piece, and further ones until a piece ends with a record."""

        def until_a_piece_ends() -> Iterator[Record]:
            for record in records:
                yield record
                if not self._lines and not self._records.looked_ahead:
                    return

        taken = until_a_piece_ends()
        while rows := list(islice(taken, _ROWS)):
            yield self._chunk(rows)

    def _chunk(self, records: list[Record]) -> Chunk:
        first = self._number
        self._number += len(records)
        damaged, lines, rows = [], [], []
        for number, (line, cells) in enumerate(records, first):
            if isinstance(cells, str):
                damaged.append(DamagedRow(number, line, cells))
            else:
                lines.append(line)
                rows.append(cells)
        columns = {name: [cells[place] for cells in rows] for name, place in self._places.items()}
        return Chunk(first, lines, columns, damaged)

    def _arrow(self, block: bytes) -> ArrowChunk | None:
        """The rows of a plain block; None where it is not plain."""
        if not is_plain(block, self._delimiter):
            return None
        has_quotes = b'"' in block
        rows = line_feeds(block) + (not block.endswith(b"\n"))
        bad: list[tuple[int, str]] = []
        table = self._parsed(block, bad, has_quotes=has_quotes)
        # Arrow skips empty lines, and then lines cannot be counted.
        if table is None or table.num_rows + len(bad) != rows:
            return None
        for place in range(self._named, self._width):
            column = table.column(str(place))
            if len(column) and any(column.to_pylist()):
                return None
        first_line, first = self._records.line, self._number
        lines = np.arange(first_line, first_line + rows, dtype=np.int64)
        damaged = [DamagedRow(first + row, first_line + row, reason) for row, reason in bad]
        if bad:
            lines = np.delete(lines, [row for row, _ in bad])
        self._records.line += rows
        self._number += rows
        if has_quotes:
            self._records.swallowed = False
        columns = {name: table.column(str(place)).combine_chunks() for name, place in self._places.items()}
        return ArrowChunk(first, lines, columns, damaged)

    def _parsed(self, block: bytes, bad: list[tuple[int, str]], *, has_quotes: bool) -> Any:
        import pyarrow
        from pyarrow import csv

        def refuse(row: Any) -> str:
            few = row.actual_columns < self._width
            bad.append((row.number - 1, "too_few_cells" if few else "too_many_cells"))
            return "skip"

        needed = dict.fromkeys([*self._places.values(), *range(self._named, self._width)])
        names = [str(place) for place in needed]
        try:
            return csv.read_csv(
                pyarrow.BufferReader(block),
                read_options=csv.ReadOptions(
                    column_names=[str(place) for place in range(self._width)],
                    use_threads=False,
                    block_size=len(block) + 1,
                ),
                parse_options=csv.ParseOptions(
                    delimiter=self._delimiter,
                    quote_char='"' if has_quotes else False,
                    newlines_in_values=False,
                    invalid_row_handler=refuse,
                ),
                convert_options=csv.ConvertOptions(
                    # The encoding of the whole file was checked when it was opened.
                    check_utf8=False,
                    column_types=dict.fromkeys(names, pyarrow.string()),
                    include_columns=names,
                    strings_can_be_null=False,
                ),
            )
        except pyarrow.ArrowException:
            # Arrow cannot read the block, so the strict reader decides what is in it.
            bad.clear()
            return None


def _pieces_of(block: bytes) -> Iterator[bytes]:
    """Pieces of whole lines; one piece where the block is short, or a single line."""
    begin = 0
    while begin < len(block):
        end = block.find(b"\n", begin + _PIECE // 2) + 1
        end = end if end > 0 and len(block) - begin > _PIECE else len(block)
        yield block[begin:end]
        begin = end
