"""Workbooks (.xlsx): the first visible sheet; values keep their types, and formulas have their last result."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import dropwhile, islice, zip_longest
from typing import TYPE_CHECKING, Any

from defusedxml.common import DefusedXmlException

from live_activity.core.findings import Finding, InvalidInput, invalid
from live_activity.core.formatting import count_of
from live_activity.core.spreadsheet_errors import is_spreadsheet_error
from live_activity.tables.file import TableFile, reading
from live_activity.tables.header import read_header
from live_activity.tables.row_blocks import BLOCK_ROWS, KnownBlocks, RowBlock
from live_activity.tables.table import FIRST_LINES, Chunk, Table, rows_of
from live_activity.tables.table_row import Cell, DamagedRow
from live_activity.tables.workbook_bounds import check_workbook, checked_blocks

if TYPE_CHECKING:
    from live_activity.tables.plain_rows import Row
    from live_activity.tables.plain_sheet import PlainSheet, RowSource
    from live_activity.tables.workbook_reader import Sheet

_HIDDEN = re.compile(rb"""<row [^<>]*\bhidden=["'](?:1|true)["']""")


@dataclass(slots=True, eq=False)
class _SheetBlock(RowBlock):
    """A block that was read from `source` with this layout of columns; None where it cannot be compared."""

    source: RowSource | None = None
    layout: object = None


class WorkbookTable(Table):
    """The first visible sheet of a workbook. Rows without any value are skipped, as empty lines are in CSV."""

    typed = True

    def __init__(self, source: TableFile) -> None:
        self._source = source
        # Left open for the first reading of the rows.
        self._opened: _OpenSheet | None = None
        self.where = source.where
        with source.open() as file, _workbook_errors(self.where):
            check_workbook(file, where=self.where)
        with self._sheet() as sheet:
            hidden = sheet.hidden_rows()
            self._header_line, header = _first(sheet.rows(), where=self.where)
            self._opened = sheet if source.in_memory else None
        names = ["" if cell is None else str(cell) for cell in header]
        self._header = read_header(names, where=self.where)
        super().__init__(
            where=self.where,
            columns=self._header.columns,
            findings=(*self._header.findings(self.where), *_hidden_findings(hidden, where=self.where)),
            doubled=self._header.doubled,
        )

    def column_chunks(self, names: Sequence[str], size: int) -> Iterator[Chunk]:
        places = self._places(names)
        first = 1
        with self._rows() as rows:
            while taken := rows.take(size):
                if (chunk := self._chunk(first, taken, places)) is not None:
                    yield chunk
                    first += chunk.count

    def row_blocks(self, before: Sequence[RowBlock] = ()) -> Iterator[RowBlock]:
        """All rows in blocks; those whose XML is as in the earlier reading are not read again."""
        places = self._places(self.columns)
        layout = self._header.named, tuple(places.items())
        known = KnownBlocks(before)
        first = 1
        with self._rows() as rows:
            while True:
                block = known.at(first)
                if (
                    not isinstance(block, _SheetBlock)
                    or block.layout != layout
                    or block.source is None
                    or not rows.skip(block.source)
                ):
                    if not (taken := rows.take(BLOCK_ROWS)):
                        return
                    if (chunk := self._chunk(first, taken, places)) is None:
                        continue
                    block = known.same(first, mark := chunk.mark())
                    if not isinstance(block, _SheetBlock):
                        block = _SheetBlock(first, chunk.count, mark, rows_of(chunk))
                    block.source, block.layout = rows.source, layout
                yield block
                first += block.count

    def _first_lines(self) -> Iterator[tuple[int, Sequence[Cell]]]:
        with self._sheet() as sheet:
            first = islice(_each(sheet.rows()), FIRST_LINES)
            yield from ((line, cells) for line, cells in first if line > self._header_line)

    def _places(self, names: Sequence[str]) -> dict[str, int]:
        self._check_doubled(names)
        return {name: self._header.places[name] for name in names}

    @contextmanager
    def _rows(self) -> Iterator[_Rows]:
        """The rows below the header."""
        with self._sheet() as sheet:
            rows = sheet.rows()
            while rows.line < self._header_line and rows.take(1):
                pass
            yield rows

    @contextmanager
    def _sheet(self) -> Iterator[_OpenSheet]:
        sheet, self._opened = self._opened or _open_sheet(self._source), None
        try:
            with reading(self.where):
                yield sheet
        finally:
            if sheet is not self._opened:
                sheet.close()

    def _chunk(self, first: int, taken: Sequence[Row], places: Mapping[str, int]) -> Chunk | None:
        """The rows by column; errors are looked for in all cells of a column at once."""
        block = [row for row in taken if row[1].count(None) < len(row[1])]
        if not block:
            return None
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
def _workbook_errors(where: str) -> Iterator[None]:
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
        # Each part is XML from outside, and each reader of it raises errors of its own.
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
    """The sheet that is read; `alone` where the workbook has no other."""

    sheet: Sheet
    alone: bool
    where: str
    close: Callable[[], None]

    def rows(self) -> _Rows:
        """The rows from the first one on."""
        return _Rows(self.sheet, alone=self.alone, where=self.where)

    def hidden_rows(self) -> int:
        """How many rows the spreadsheet does not show, such as those that a filter hides."""
        found, rest, inside = 0, b"", False
        with self.sheet.xml() as file, _workbook_errors(self.where):
            for block in checked_blocks(file, self.sheet.part, where=self.where, is_sheet=True):
                text = rest + block
                if not inside and (place := text.find(b"<sheetData")) >= 0:
                    inside, text = True, text[place:]
                cut = text.rfind(b"<") if inside else max(0, len(text) - len(b"<sheetData"))
                # Some programs state for every row whether it is hidden.
                if inside and (stated := text.count(b"hidden=")) and stated > text.count(b'hidden="false"'):
                    found += len(_HIDDEN.findall(text, 0, cut))
                rest = text[cut:]
        return found


class _Rows:
    """The rows of a sheet, taken some at a time. `line` is the number of the last one.

    `source` is what the rows that were taken last were read from; None where they cannot be compared.
    """

    def __init__(self, sheet: Sheet, *, alone: bool, where: str) -> None:
        self.line = 0
        self.source: RowSource | None = None
        self._sheet = sheet
        self._alone = alone
        self._where = where
        self._plain: PlainSheet | None = None
        self._others: Iterator[Row] | None = None

    def take(self, most: int) -> list[Row]:
        """The next rows with their numbers, each as long as it was written; none at the end of the sheet.

        At most `most` of them have cells.
        """
        try:
            rows = self._taken(most)
        except MemoryError:
            raise
        except DefusedXmlException as error:
            raise _unreadable(error, self._where) from None
        except Exception as error:
            # A number of thousands of digits, a date beyond the calendar, invalid XML.
            what = (
                f"row {self.line + 1} of the sheet or one after it cannot be read ({type(error).__name__}); "
            )
            raise invalid(
                "unreadable", f"{what}correct it, or save the table as CSV", where=self._where
            ) from None
        if not rows and not self.line and not self._alone:
            title = self._sheet.title
            what = f"its first sheet {title!r} is empty, and the others are not read; put the table there"
            raise invalid("empty_table", what, where=self._where)
        return rows

    def skip(self, source: RowSource) -> bool:
        """Skips the next rows where they are those of this source; returns whether they are."""
        if self._plain is None or not self._plain.skip(source):
            return False
        self.line, _ = source.after
        return True

    def _taken(self, most: int) -> list[Row]:
        from live_activity.tables.plain_xml import NotPlainError

        if self._others is None:
            try:
                self._plain = self._plain or self._sheet.plain()
                rows, self.source = self._plain.take(most)
            except NotPlainError:
                self._plain, self.source = None, None
                self._others = dropwhile(lambda row: row[0] <= self.line, self._sheet.all_rows())
            else:
                self.line = rows[-1][0] if rows else self.line
                return rows
        taken = []
        for row in islice(self._others, most):
            taken.append(row)
            self.line, _ = row
        return taken


def _open_sheet(source: TableFile) -> _OpenSheet:
    """The first sheet that is not hidden."""
    # openpyxl takes a while to import, and most tables are no workbooks.
    from live_activity.tables.workbook_reader import WorkbookReader

    with ExitStack() as stack:
        file = stack.enter_context(source.open())
        with _workbook_errors(source.where):
            reader = WorkbookReader(file, read_only=True, data_only=True)
            reader.read()
            book = reader.wb
        stack.callback(book.close)
        sheets: list[Any] = book.worksheets
        if not sheets:
            raise invalid("empty_table", "has no sheet with cells", where=source.where)
        sheet = next((each for each in sheets if each.sheet_state == "visible"), sheets[0])
        return _OpenSheet(sheet, len(sheets) == 1, source.where, stack.pop_all().close)


def _each(rows: _Rows) -> Iterator[Row]:
    while taken := rows.take(1):
        yield from taken


def _first(rows: _Rows, *, where: str) -> Row:
    for line, cells in _each(rows):
        if any(cell is not None for cell in cells):
            return line, cells
    raise invalid("empty_table", "is empty", where=where)
