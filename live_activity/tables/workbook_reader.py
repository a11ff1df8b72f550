"""A workbook as openpyxl reads it, with its plain parts read fast.

openpyxl's public reader goes through an XML tree for every text and cell, and believes the size that a sheet states.
So this module, `plain_sheet` and `plain_rows` use what is private in openpyxl 3.1: `WorkSheetParser`, which reads one
row or cell, `ReadOnlyWorksheet`, which asks for the stated size in `_get_size`, and the workbook's `_sheets`,
`_date_formats` and `_timedelta_formats`, which `ExcelReader` fills.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import partial
from typing import Any, BinaryIO, cast

from openpyxl.reader.excel import ExcelReader
from openpyxl.reader.strings import read_string_table
from openpyxl.worksheet._read_only import ReadOnlyWorksheet
from openpyxl.worksheet._reader import WorkSheetParser
from openpyxl.xml.constants import SHARED_STRINGS

from live_activity.tables.limits import MIB
from live_activity.tables.plain_rows import Row
from live_activity.tables.plain_sheet import PlainSheet
from live_activity.tables.plain_strings import plain_strings

# A sheet that is smaller is unpacked once for all that is done with it.
_MOST_KEPT = 128 * MIB


class Sheet(ReadOnlyWorksheet):
    """A sheet whose stated size is not read: some programs state a wrong one.

    Where none is stated, openpyxl would read all rows to find it.
    """

    def __init__(self, reader: ExcelReader, title: str, path: str) -> None:
        super().__init__(reader.wb, title, path, reader.shared_strings)
        self._strings = reader.shared_strings
        self._open = partial(reader.archive.open, path)
        self.part = reader.archive.getinfo(path)
        self._xml: bytes | None = None

    def _get_size(self) -> None:
        return

    def xml(self) -> BinaryIO:
        """The sheet's XML, as it is in the file."""
        if self._xml is None and self.part.file_size <= _MOST_KEPT:
            with self._open() as file:
                self._xml = file.read()
        return io.BytesIO(self._xml) if self._xml is not None else cast(BinaryIO, self._open())

    def all_rows(self) -> Iterator[Row]:
        """Every row with its number, as openpyxl reads it."""
        sheet: Any = self  # its stubs take `iter_rows` for a method of other sheets
        return enumerate(sheet.iter_rows(values_only=True), 1)

    def plain(self) -> PlainSheet:
        """The rows as far as they are plain. Raises `NotPlainError` where openpyxl has to read them all."""
        book: Any = self.parent
        parser = WorkSheetParser(
            b"",
            self._strings,
            data_only=True,
            epoch=book.epoch,
            date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
        )
        return PlainSheet(self.xml(), parser, self._strings)


class WorkbookReader(ExcelReader):
    """openpyxl's reader, which reads plain texts faster, and of the sheets only where they are."""

    def read_strings(self) -> None:
        """Reads the shared texts into `shared_strings`."""
        part = self.package.find(SHARED_STRINGS)  # type: ignore[no-untyped-call]  # its stubs leave it untyped
        if part is None:
            return
        path = part.PartName[1:]
        with self.archive.open(path) as file:
            plain = plain_strings(file)
        if plain is None:
            with self.archive.open(path) as file:
                plain = read_string_table(file)
        self.shared_strings = plain

    def read_worksheets(self) -> None:
        """Finds the sheets, and reads none of them."""
        book: Any = self.wb
        for sheet, part in self.parser.find_sheets():
            if part.target in self.valid_files and "chartsheet" not in part.Type:
                found = Sheet(self, sheet.name, part.target)
                found.sheet_state = sheet.state or "hidden"
                book._sheets.append(found)
