"""What every table is, whatever its format: named columns, rows, and rows that are damaged."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from live_activity.core.findings import Finding

# Text in CSV and TSV; JSON, Parquet and xlsx keep types of their own.
Cell = Any

_ROWS_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row that could be read. `number` counts data rows from 1, `line` is where it begins; the header is line 1.

    In Parquet, which has no lines, row 1 is line 2. In a workbook a line is a row of the sheet.
    """

    number: int
    line: int
    cells: Mapping[str, Cell] = field(repr=False)


@dataclass(frozen=True, slots=True)
class DamagedRow:
    """A row that cannot be trusted, so nobody is told its cells.

    `reason` is one of `too_few_cells`, `too_many_cells`, `stray_quote`; in JSON `not_json`, `not_an_object`; in a
    workbook `formula_error`.
    """

    number: int
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows in a row, by column. `first` is the number of the first of them, sound or damaged.

    `lines` and each list of `columns` hold one entry for each sound row, in order.
    """

    first: int
    lines: list[int]
    columns: Mapping[str, list[Cell]] = field(repr=False)
    damaged: list[DamagedRow]

    def numbers(self) -> Iterator[int]:
        """The numbers of the sound rows."""
        broken = {row.number for row in self.damaged}
        every = range(self.first, self.first + len(self.lines) + len(broken))
        return (number for number in every if number not in broken) if broken else iter(every)


class Table(ABC):
    """A table that was opened: its columns are known, its rows are read when asked for, as often as asked for.

    `where` is its name in findings. `typed` says whether cells keep types of their own, `nests` whether the format
    is JSON, in which text is never an object that is written as text. `findings` are what is worth telling of the
    table as a whole.
    """

    typed: bool
    nests = False

    def __init__(self, *, where: str, columns: Sequence[str], findings: Sequence[Finding] = ()) -> None:
        self.where = where
        self.columns = tuple(columns)
        self.findings = tuple(findings)

    @abstractmethod
    def column_chunks(self, names: Sequence[str], size: int) -> Iterator[Chunk]:
        """These columns of all rows, at most `size` rows at once, in the table's order.

        Raises `InvalidInput` where the file cannot be read to its end.
        """

    def rows(self) -> Iterator[TableRow | DamagedRow]:
        """All rows in the table's order. Raises `InvalidInput` where the file cannot be read to its end."""
        for chunk in self.column_chunks(self.columns, _ROWS_AT_ONCE):
            yield from _rows_of(chunk)


def _rows_of(chunk: Chunk) -> Iterator[TableRow | DamagedRow]:
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
