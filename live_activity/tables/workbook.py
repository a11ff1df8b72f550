"""Workbooks (.xlsx): the first visible sheet; values keep their types, and formulas are what they last came to."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice, zip_longest
from typing import TYPE_CHECKING, Any

from defusedxml.common import DefusedXmlException

from live_activity.core.findings import Finding, InvalidInput, invalid
from live_activity.core.formatting import count_of
from live_activity.tables.file import TableFile, reading
from live_activity.tables.header import read_header
from live_activity.tables.spreadsheet_errors import is_spreadsheet_error
from live_activity.tables.table import FIRST_LINES, Chunk, Table
from live_activity.tables.table_row import Cell, DamagedRow
from live_activity.tables.workbook_bounds import check_workbook

if TYPE_CHECKING:
    from live_activity.tables.workbook_reader import Sheet

_BLOCK = 1 << 20
_HIDDEN = re.compile(rb"""<row [^<>]*\bhidden=["'](?:1|true)["']""")
_Row = tuple[int, tuple[Cell, ...]]
_Rows = Iterator[_Row]


class WorkbookTable(Table):
    """The first visible sheet of a workbook. Rows without any value are passed over, as empty lines are in CSV."""

    typed = True

    def __init__(self, source: TableFile) -> None:
        self._source = source
        with source.open() as file, _no_workbook(source.where):
            check_workbook(file, where=source.where)
        with _sheet(source) as sheet:
            self._header_line, header = _first(sheet.rows(), where=source.where)
            hidden = sheet.hidden_rows()
        names = ["" if cell is None else str(cell) for cell in header]
        self._header = read_header(names, where=source.where)
        super().__init__(
            where=source.where,
            columns=self._header.columns,
            findings=(*self._header.findings(source.where), *_hidden_findings(hidden, where=source.where)),
            doubled=self._header.doubled,
        )

    def column_chunks(self, names: Sequence[str], size: int) -> Iterator[Chunk]:
        self._check_doubled(names)
        places = [self._header.places[name] for name in names]
        with _sheet(self._source) as sheet:
            rows = sheet.rows()
            next(line for line, _ in rows if line == self._header_line)
            first = 1
            while taken := list(islice(rows, size)):
                block = [row for row in taken if row[1].count(None) < len(row[1])]
                if block:
                    yield self._chunk(first, block, dict(zip(names, places, strict=True)))
                    first += len(block)

    def _first_lines(self) -> Iterator[tuple[int, Sequence[Cell]]]:
        with _sheet(self._source) as sheet:
            first = islice(sheet.rows(), FIRST_LINES)
            yield from ((line, cells) for line, cells in first if line > self._header_line)

    def _chunk(self, first: int, block: Sequence[_Row], places: Mapping[str, int]) -> Chunk:
        """The rows by column: what is wrong with them is looked for in all cells of a column at once."""
        width = self._header.named
        columns: list[Sequence[Cell]] = [*zip_longest(*(cells for _, cells in block))]
        columns += [[None] * len(block)] * (width - len(columns))
        broken: dict[int, str] = {}
        for cells in columns[width:]:
            broken.update({row: "too_many_cells" for row, cell in enumerate(cells) if cell is not None})
        for place in places.values():
            if any(isinstance(cell, str) and is_spreadsheet_error(cell) for cell in {*columns[place]}):
                for row, cell in enumerate(columns[place]):
                    if isinstance(cell, str) and is_spreadsheet_error(cell):
                        broken.setdefault(row, "formula_error")
        if not broken:
            cells_of = {name: [*columns[place]] for name, place in places.items()}
            return Chunk(first, [line for line, _ in block], cells_of, [])
        sound = [row for row in range(len(block)) if row not in broken]
        return Chunk(
            first,
            [block[row][0] for row in sound],
            {name: [columns[place][row] for row in sound] for name, place in places.items()},
            [DamagedRow(first + row, block[row][0], reason) for row, reason in sorted(broken.items())],
        )


@contextmanager
def _no_workbook(where: str) -> Iterator[None]:
    try:
        yield
    except InvalidInput:
        raise
    except MemoryError:
        raise invalid("too_large", "needs more memory than there is; save it as CSV", where=where) from None
    except zipfile.BadZipFile:
        what = "is not an .xlsx workbook, or is cut off; save it again as .xlsx or as CSV"
        raise invalid("unreadable", what, where=where) from None
    except Exception as error:
        # Each part is XML that somebody else wrote, and each reader of it has errors of its own.
        raise _unreadable(error, where) from None


def _hidden_findings(hidden: int, *, where: str) -> Iterator[Finding]:
    if hidden:
        what = f"hidden rows are read like all others, and the sheet has {count_of(hidden, 'row')} of them"
        yield Finding.warning("hidden_rows", f"{what}; delete those that are not meant", where=where)


def _unreadable(error: Exception, where: str) -> InvalidInput:
    why = type(error).__name__
    what = f"is not an .xlsx workbook that can be read ({why}); save it again as .xlsx or as CSV"
    return invalid("unreadable", what, where=where)


@dataclass(frozen=True, slots=True)
class _OpenSheet:
    """The sheet that is read, `alone` where the workbook has no other."""

    sheet: Sheet
    alone: bool
    where: str

    def rows(self) -> _Rows:
        """The rows with their numbers, each as long as it was written."""
        line = 0
        for line, cells in _numbered(self.sheet, where=self.where):
            yield line, cells
        if not line and not self.alone:
            what = f"its first sheet {self.sheet.title!r} is empty, and the others are not read; put the table there"
            raise invalid("empty_table", what, where=self.where)

    def hidden_rows(self) -> int:
        """How many rows the spreadsheet does not show, as behind a filter."""
        found, rest, inside = 0, b"", False
        with self.sheet.xml() as file:
            while block := file.read(_BLOCK):
                text = rest + block
                if not inside and (place := text.find(b"<sheetData")) >= 0:
                    inside, text = True, text[place:]
                cut = text.rfind(b"<") if inside else max(0, len(text) - len(b"<sheetData"))
                found += len(_HIDDEN.findall(text, 0, cut)) if inside else 0
                rest = text[cut:]
        return found


@contextmanager
def _sheet(source: TableFile) -> Iterator[_OpenSheet]:
    """The first sheet that is not hidden."""
    # openpyxl takes a while to import, and most tables are no workbooks.
    from live_activity.tables.workbook_reader import WorkbookReader

    with source.open() as file:
        with _no_workbook(source.where):
            reader = WorkbookReader(file, read_only=True, data_only=True)
            reader.read()
            book = reader.wb
        try:
            sheets: list[Any] = book.worksheets
            if not sheets:
                raise invalid("empty_table", "has no sheet with cells", where=source.where)
            sheet = next((each for each in sheets if each.sheet_state == "visible"), sheets[0])
            with reading(source.where):
                yield _OpenSheet(sheet, len(sheets) == 1, source.where)
        finally:
            book.close()


def _numbered(sheet: Sheet, *, where: str) -> _Rows:
    from live_activity.tables.plain_sheet import NotPlainError

    line = 0
    plain = True
    rows = sheet.plain_rows()
    while True:
        try:
            number, cells = next(rows)
        except StopIteration:
            return
        except NotPlainError:
            assert plain
            plain, rows = False, sheet.all_rows()
            continue
        except MemoryError:
            raise
        except DefusedXmlException as error:
            raise _unreadable(error, where) from None
        except Exception as error:
            # A number of thousands of digits, a date beyond the calendar, XML that is none.
            what = f"row {line + 1} of the sheet or one behind it cannot be read ({type(error).__name__}); "
            raise invalid("unreadable", f"{what}correct it, or save the table as CSV", where=where) from None
        if number > line:
            line = number
            yield line, cells


def _first(rows: _Rows, *, where: str) -> tuple[int, tuple[Cell, ...]]:
    for line, cells in rows:
        if any(cell is not None for cell in cells):
            return line, cells
    raise invalid("empty_table", "is empty", where=where)
