"""CSV and TSV, as people have them: comma, semicolon or tab, and every cell is text (DESIGN, Tables)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from live_activity.core.findings import invalid
from live_activity.tables.chunks import chunked
from live_activity.tables.csv_parser import Broken, Records, cells_of
from live_activity.tables.header import checked_header
from live_activity.tables.table import Chunk, DamagedRow, Table, TableRow
from live_activity.tables.text import Text

_DELIMITERS = ",;\t"


class DelimitedTable(Table):
    """A table of text cells with one delimiter; the header decides which where `delimiter` does not."""

    typed = False

    def __init__(self, text: Text, *, delimiter: str | None = None) -> None:
        self._text = text
        with text.lines() as lines:
            self._header_line, header = _first(lines, where=text.where)
        self._delimiter = delimiter or _delimiter_of(header)
        names = cells_of(header, self._delimiter)
        if isinstance(names, Broken):
            what = "a quote in the header opens or closes nothing; write each column's name on one line"
            raise invalid("stray_quote", what, where=text.where)
        self._width = len(names)
        columns = checked_header(names, where=text.where)
        super().__init__(where=text.where, columns=columns, findings=text.findings)

    def column_chunks(self, names: Sequence[str], size: int) -> Iterator[Chunk]:
        places = [self.columns.index(name) for name in names]
        with self._records() as records:
            yield from chunked(records, names=names, places=places, size=size)

    def rows(self) -> Iterator[TableRow | DamagedRow]:
        names = self.columns
        with self._records() as records:
            for number, (line, cells) in enumerate(records, 1):
                if isinstance(cells, str):
                    yield DamagedRow(number, line, cells)
                else:
                    yield TableRow(number, line, dict(zip(names, cells, strict=False)))

    @contextmanager
    def _records(self) -> Iterator[Records]:
        with self._text.lines() as lines:
            _first(lines, where=self.where)
            yield Records(
                lines,
                delimiter=self._delimiter,
                width=self._width,
                named=len(self.columns),
                first_line=self._header_line + 1,
            )


def _first(lines: Iterator[str], *, where: str) -> tuple[int, str]:
    for number, line in enumerate(lines, 1):
        text = line.rstrip("\r\n")
        if text.strip(" "):
            return number, text
    raise invalid("empty_table", "is empty", where=where)


def _delimiter_of(header: str) -> str:
    # What stands in quotes is part of a name; every second piece does.
    outside = "".join(header.split('"')[::2])
    return max(_DELIMITERS, key=outside.count)
