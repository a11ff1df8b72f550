"""Tables of any format: named columns, rows, and damaged rows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from types import MappingProxyType
from typing import Any

from live_activity.core.findings import Finding, InvalidInput, invalid
from live_activity.tables.header import clean_name
from live_activity.tables.row_blocks import BLOCK_ROWS, KnownBlocks, RowBlock, mark_of
from live_activity.tables.table_row import Cell, DamagedRow, TableRow

# How many lines are searched for a header that stands below a title.
FIRST_LINES = 20

_CHUNK_ROWS = 10_000
_NONE_DOUBLED: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Chunk:
    """Consecutive rows, by column. `first` is the number of the first of them, sound or damaged.

    `lines` and each list of `columns` hold one entry for each sound row, in order.
    """

    first: int
    lines: list[int]
    columns: Mapping[str, list[Cell]] = field(repr=False)
    damaged: list[DamagedRow]

    @property
    def count(self) -> int:
        """How many rows there are, sound or damaged."""
        return len(self.lines) + len(self.damaged)

    def mark(self) -> bytes:
        """Bytes that are the same for the same rows."""
        return mark_of((self.lines, [*self.columns.values()], [astuple(row) for row in self.damaged]))

    def numbers(self) -> Iterator[int]:
        """The numbers of the sound rows."""
        broken = {row.number for row in self.damaged}
        every = range(self.first, self.first + len(self.lines) + len(broken))
        return (number for number in every if number not in broken) if broken else iter(every)


@dataclass(frozen=True, slots=True)
class ArrowChunk:
    """Consecutive rows by column, as Arrow arrays; like `Chunk` in all else. `lines` is a NumPy array."""

    first: int
    lines: Any
    columns: Mapping[str, Any] = field(repr=False)
    damaged: list[DamagedRow]


class Table(ABC):
    """An open table: its columns are known, and its rows can be read any number of times.

    `where` is its name in findings. `typed` says whether cells keep types of their own, `nests` whether the format
    is JSON, in which text is never an object that is written as text. `findings` are remarks about the table as a
    whole. `doubled` maps names that several columns share to what is wrong with them; `columns` leaves them out.
    """

    typed: bool
    nests = False

    def __init__(
        self,
        *,
        where: str,
        columns: Sequence[str],
        findings: Sequence[Finding] = (),
        doubled: Mapping[str, str] = _NONE_DOUBLED,
    ) -> None:
        self.where = where
        self.columns = tuple(columns)
        self.findings = tuple(findings)
        self.doubled = doubled

    @abstractmethod
    def column_chunks(self, names: Sequence[str], size: int) -> Iterator[Chunk]:
        """These columns of all rows, at most `size` rows at once, in the table's order.

        Raises `InvalidInput` where the file cannot be read to its end, or where several columns share a name.
        """

    def arrow_chunks(self, names: Sequence[str]) -> Iterator[Chunk | ArrowChunk]:
        """The same rows as `column_chunks` gives, as Arrow arrays where the format allows it."""
        return self.column_chunks(names, _CHUNK_ROWS)

    @property
    def expected_rows(self) -> int:
        """The estimated number of rows, to reserve memory by; 0 where it is not known."""
        return 0

    def line_of_names(self, names: Collection[str], *, least: int = 1) -> int | None:
        """The line below the header that holds at least `least` of these names, as under a title; or None."""
        for line, cells in self._first_lines():
            if len({clean_name(str(cell)) for cell in cells if cell is not None} & {*names}) >= least:
                return line
        return None

    def _first_lines(self) -> Iterator[tuple[int, Sequence[Cell]]]:
        """The first lines below the header, by number; none where the format has no lines above its header."""
        return iter(())

    def doubled_name(self, name: str) -> InvalidInput:
        """The error for a column that is needed, and whose name several columns share."""
        return invalid("column_twice", self.doubled[name], where=self.where)

    def _check_doubled(self, names: Sequence[str]) -> None:
        for name in names:
            if name in self.doubled:
                raise self.doubled_name(name)

    def rows(self) -> Iterator[TableRow | DamagedRow]:
        """All rows in the table's order. Raises `InvalidInput` where the file cannot be read to its end."""
        for chunk in self.column_chunks(self.columns, BLOCK_ROWS):
            yield from rows_of(chunk)

    def row_blocks(self, before: Sequence[RowBlock] = ()) -> Iterator[RowBlock]:
        """All rows in blocks; a block with the same rows as one of an earlier reading is that earlier one."""
        known = KnownBlocks(before)
        for chunk in self.column_chunks(self.columns, BLOCK_ROWS):
            mark = chunk.mark()
            yield known.same(chunk.first, mark) or RowBlock(chunk.first, chunk.count, mark, rows_of(chunk))


def rows_of(chunk: Chunk) -> Iterator[TableRow | DamagedRow]:
    """The rows of a chunk."""
    damaged = {row.number: row for row in chunk.damaged}
    names = tuple(chunk.columns)
    # A table without a column may have rows all the same: JSON objects with nothing in them.
    values = zip(*chunk.columns.values(), strict=True) if names else iter([()] * len(chunk.lines))
    lines = iter(chunk.lines)
    for number in range(chunk.first, chunk.first + len(chunk.lines) + len(damaged)):
        if number in damaged:
            yield damaged[number]
        else:
            yield TableRow(number, next(lines), dict(zip(names, next(values), strict=True)))
