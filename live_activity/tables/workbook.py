"""Workbooks (.xlsx): the first sheet; values keep their types, and formulas are what they last came to."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from live_activity.core.findings import invalid
from live_activity.tables.chunks import Record, chunked
from live_activity.tables.file import Source, reading
from live_activity.tables.header import checked_header
from live_activity.tables.table import Cell, Chunk, Table

_ERRORS = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"})


class WorkbookTable(Table):
    """The first sheet of a workbook. Rows without any value are passed over, as empty lines are in CSV."""

    typed = True

    def __init__(self, source: Source) -> None:
        self._source = source
        with _sheet(source) as rows:
            self._header_line, header = _first(rows, where=source.where)
        names = ["" if cell is None else str(cell) for cell in header]
        super().__init__(where=source.where, columns=checked_header(names, where=source.where))

    def column_chunks(self, names: Sequence[str], size: int) -> Iterator[Chunk]:
        places = [self.columns.index(name) for name in names]
        with _sheet(self._source) as rows:
            records = self._records(rows, places)
            yield from chunked(records, names=names, places=places, size=size)

    def _records(
        self, rows: Iterator[tuple[int, tuple[Cell, ...]]], places: Sequence[int]
    ) -> Iterator[Record]:
        width = len(self.columns)
        for line, cells in rows:
            if line <= self._header_line or all(cell is None for cell in cells):
                continue
            if any(cell is not None for cell in cells[width:]):
                yield line, "too_many_cells"
                continue
            padded = (*cells[:width], *[None] * (width - len(cells)))
            broken = any(isinstance(padded[place], str) and padded[place] in _ERRORS for place in places)
            yield line, "formula_error" if broken else padded


@contextmanager
def _sheet(source: Source) -> Iterator[Iterator[tuple[int, tuple[Cell, ...]]]]:
    """The rows of the first sheet with their numbers, each as long as it was written."""
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    with source.open() as file:
        try:
            ledger = openpyxl.load_workbook(file, read_only=True, data_only=True)
        except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError):
            what = "is no .xlsx workbook, or cut off; save it again as .xlsx or as CSV"
            raise invalid("unreadable", what, where=source.where) from None
        try:
            if not ledger.worksheets:
                raise invalid("empty_table", "has no sheet with cells", where=source.where)
            sheet = ledger.worksheets[0]
            # Some programs write the size of the sheet wrong, and rows beyond it would be lost.
            with suppress(AttributeError):
                sheet.reset_dimensions()
            with reading(source.where):
                yield enumerate(sheet.iter_rows(values_only=True), 1)
        finally:
            ledger.close()


def _first(rows: Iterator[tuple[int, tuple[Cell, ...]]], *, where: str) -> tuple[int, tuple[Cell, ...]]:
    for line, cells in rows:
        if any(cell is not None for cell in cells):
            return line, cells
    raise invalid("empty_table", "is empty", where=where)
