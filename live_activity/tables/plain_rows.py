"""Rows of a worksheet that are written plainly, matched as text many times faster than through an XML tree.

Nearly every program writes rows alike: `<row r="7"><c r="A7" s="1" t="s"><v>12</v></c>...</row>`. openpyxl reads the
rows that are written in another way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from xml.etree import ElementTree

from openpyxl.utils import column_index_from_string, coordinate_to_tuple
from openpyxl.utils.datetime import from_excel
from openpyxl.worksheet._reader import WorkSheetParser
from openpyxl.xml.functions import fromstring

from live_activity.tables.plain_xml import MAIN, NotPlainError, unescaped

Row = tuple[int, tuple[Any, ...]]
"""A row's number and its cells."""
_Texts = Sequence[str]
_Convert = Callable[[_Texts], Sequence[Any]]

ROWS_END = "</sheetData>"
_ROW = re.compile(r'<row r="([1-9]\d{0,6})"[^<>]*(?<!/)>')
_CELL = re.compile(
    r'<c r="(?P<column>[A-Z]{1,3})(?P<line>\d+)"(?: s="(?P<style>\d+)")?(?: t="(?P<type>n|s|str|b|inlineStr)")?'
    r"(?: ?/>|>(?:<f[^<>]*/>|<f[^<>]*(?<!/)>[^<]*</f>)?"
    r"(?:<v>(?P<value>[^<\r]*)</v>|<v ?/>|<is><t(?: xml:space=\"preserve\")?>(?P<text>[^<\r]*)</t></is>)?</c>)"
)
_FORMULA = re.compile(r"<f([^<>]*)(?<!/)>[^<]*</f>")
_NAMESPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_FORMULA_CELL, _FORMULA_TAG = f"{_NAMESPACE}c", f"{_NAMESPACE}f"
_SPACE = re.compile(r"\s*")
# Layouts of rows that are remembered: which columns are there, with which styles and types.
_MOST_LAYOUTS = 16

NO_RESULT = "#CALC!"
"""Stands for a formula that no program has calculated: an error value, as formulas that failed have."""


class _Layout:
    """Rows with the same cells in the same style: one expression matches such a row as a whole."""

    def __init__(self, cells: Sequence[tuple[str, int, _Convert, str | None]], width: int) -> None:
        self.match = re.compile(rf"\s*{_ROW.pattern}{''.join(cell[0] for cell in cells)}</row>").match
        self._cells = [cell[1:] for cell in cells]
        self._width = width

    def rows(self, found: Sequence[_Texts]) -> Iterator[Row]:
        """The rows that matched, of which each is its number and the texts of its cells."""
        lines, *columns = zip(*found, strict=True)
        values: list[Sequence[Any]] = [(None,) * len(lines)] * self._width
        for (place, convert, empty), texts in zip(self._cells, columns, strict=True):
            if "" in texts:
                converted = iter(convert([text for text in texts if text]))
                values[place] = [next(converted) if text else empty for text in texts]
            else:
                values[place] = convert(texts)
        cells = zip(*values, strict=True) if values else iter([()] * len(lines))
        return zip(map(int, lines), cells, strict=True)


class PlainRows:
    """Reads rows of one sheet. `parser` is openpyxl's, with the workbook's texts and formats of dates.

    `root` is the tag around the sheet. `line` is the number of the row that was read last, `used` how many of the
    first shared texts were needed since it was last set to 0.
    """

    def __init__(self, root: str, parser: WorkSheetParser, strings: Sequence[str]) -> None:
        self._root = root
        self._parser = parser
        self._strings = strings
        self._layouts: list[_Layout] = []
        self.line = 0
        self.used = 0

    def read(self, text: str) -> tuple[list[Row], int]:
        """The rows at the beginning of a text, and where they end."""
        rows: list[Row | None] = []
        alike: dict[_Layout, tuple[list[int], list[_Texts]]] = {}
        line: str | int = self.line
        place = 0
        while True:
            for layout in self._layouts:
                if (match := layout.match(text, place)) is not None:
                    break
            else:
                place = _beyond_space(text, place)
                if place == len(text) or text.startswith(ROWS_END, place):
                    break
                new = self._layout(text, place)
                if new is None:
                    self._parser.row_counter = int(line)
                    row, place = self._odd_row(text, place)
                    line = row[0]
                    rows.append(row)
                    continue
                layout, match = new
            texts = match.groups()
            if layout not in alike:
                alike[layout] = [], []
            places, found = alike[layout]
            places.append(len(rows))
            found.append(texts)
            rows.append(None)
            line, place = texts[0], match.end()
        self.line = int(line)
        for layout, (places, found) in alike.items():
            for at, row in zip(places, layout.rows(found), strict=True):
                rows[at] = row
        return [row for row in rows if row is not None], place

    def _layout(self, text: str, place: int) -> tuple[_Layout, re.Match[str]] | None:
        """The layout of a row that no known one matches; None where it is not plain."""
        start = _ROW.match(text, place)
        if start is None:
            return None
        cells: list[tuple[str, int, _Convert, str | None]] = []
        column, line, end = -1, start[1], start.end()
        while (cell := _CELL.match(text, end)) is not None:
            before, column = column, column_index_from_string(cell["column"]) - 1
            if cell["line"] != line or column <= before:
                return None
            end = cell.end()
            empty = NO_RESULT if "<f" in cell[0] and cell["type"] != "str" else None
            kind = "value" if cell["value"] is not None else "text" if cell["text"] is not None else None
            if kind is None or (kind == "text") != (cell["type"] == "inlineStr"):
                # Nothing in it; it may hold something in the next row.
                cells.append((_cell_pattern(cell, line, None), column, list, empty))
                continue
            convert = self._convert(cell["type"], cell["style"])
            cells.append((_cell_pattern(cell, line, kind), column, convert, empty))
        layout = _Layout(cells, column + 1)
        match = layout.match(text, place)
        if match is not None and len(self._layouts) < _MOST_LAYOUTS:
            self._layouts.append(layout)
        return (layout, match) if match is not None else None

    def _odd_row(self, text: str, place: int) -> tuple[Row, int]:
        """A row as openpyxl reads it, and where it ends."""
        if not text.startswith(("<row ", "<row>", "<row/"), place):
            raise NotPlainError
        end = text.find(">", place)
        if end < 0:
            raise NotPlainError
        if text[end - 1] != "/":
            end = text.find("</row>", place) + len("</row>") - 1
        tree = fromstring(f"{self._root}{text[place : end + 1]}</worksheet>".encode())
        line, cells = self._parser.parse_row(tree[0])  # type: ignore[arg-type]  # its stubs ask for an iterable of attributes
        # Which of the shared texts the row uses is not known, so all of them count.
        self.used = len(self._strings)
        width = max((cell["column"] for cell in cells), default=0)
        values: list[Any] = [None] * width
        for cell in cells:
            values[cell["column"] - 1] = cell["value"]
        for element in tree[0].iter(_FORMULA_CELL):
            at = coordinate_to_tuple(element.get("r", "A1"))[1] - 1
            if element.find(_FORMULA_TAG) is not None and element.get("t") != "str" and values[at] is None:
                values[at] = NO_RESULT
        return (line, tuple(values)), end + 1

    def _convert(self, kind: str | None, style: str | None) -> _Convert:
        """The function that turns the texts of such cells into values."""
        if kind == "s":
            return self._shared
        if kind == "b":
            return lambda texts: [bool(int(text)) for text in texts]
        if kind in ("str", "inlineStr"):
            return lambda texts: [*map(unescaped, texts)]
        if style is not None and int(style) in self._parser.date_formats:
            return lambda texts: [self._date(text, style) for text in texts]
        return lambda texts: [*map(_number, texts)]

    def _shared(self, texts: _Texts) -> list[str]:
        numbers = [*map(int, texts)]
        # Python counts negative numbers from the end, and so does openpyxl with it.
        self.used = max(self.used, max(numbers) + 1 if min(numbers) >= 0 else len(self._strings))
        strings = self._strings
        return [strings[number] for number in numbers]

    def _date(self, text: str, style: str) -> Any:
        is_duration = int(style) in self._parser.timedelta_formats
        try:
            return from_excel(_number(text), self._parser.epoch, timedelta=is_duration)
        except (OverflowError, ValueError):
            return self._by_openpyxl(text, style)

    def _by_openpyxl(self, text: str, style: str) -> Any:
        cell = ElementTree.fromstring(f'<c {MAIN} s="{style}"><v>{text}</v></c>')
        return self._parser.parse_cell(cell)["value"]


def _number(text: str) -> int | float:
    return float(text) if "." in text or "E" in text or "e" in text else int(text)


def _cell_pattern(cell: re.Match[str], line: str, kind: str | None) -> str:
    """The expression that matches cells written like this one."""
    before, after = cell[0], ""
    if kind is not None:
        begin, end = (place - cell.start() for place in cell.span(kind))
        before, after = before[:begin], before[end:]
    column = cell["column"]
    named = f'<c r="{column}{line}"'
    before = rf'<c r="{column}\1"' + _any_formula(re.escape(before.removeprefix(named)))
    return f"{before}([^<\\r]*){re.escape(after)}" if kind is not None else f"{before}()"


def _any_formula(escaped: str) -> str:
    """The expression with any formula in place of this one: only the formula's result counts."""
    return _FORMULA.sub(lambda found: f"<f{found[1]}>[^<]*</f>", escaped)


def _beyond_space(text: str, place: int) -> int:
    found = _SPACE.match(text, place)
    return found.end() if found is not None else place
