"""Rows of a worksheet whose XML is plain, read many times faster than through an XML tree.

Nearly every program writes rows alike: `<row r="7"><c r="A7" s="1" t="s"><v>12</v></c>...</row>`. Such rows are matched
as text. openpyxl stays the judge of all others: of a row that is written in another way, and, from there on, of a sheet
that holds anything else than rows.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, BinaryIO
from xml.etree import ElementTree

from openpyxl.utils import column_index_from_string, coordinate_to_tuple
from openpyxl.utils.datetime import from_excel
from openpyxl.worksheet._reader import WorkSheetParser
from openpyxl.xml.functions import fromstring

from live_activity.tables.limits import LONGEST_ROW, MIB

Row = tuple[int, tuple[Any, ...]]
_Convert = Callable[[str], Any]

_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_BEGIN, _END, _ROW_END = "<sheetData>", "</sheetData>", b"</row>"
_LONGEST_HEAD = 1 * MIB
_BLOCK = 1 * MIB
# What XML may hold beside elements and text, and what it may not.
_ODD = (b"<!", b"<?", b"]]>", b"\xef\xbf\xbe", b"\xef\xbf\xbf")
_CONTROLS = bytes(set(range(32)) - {9, 10, 13})
_ENCODING = re.compile(r"""<\?xml[^>]*encoding=["'](?!utf-8["'])""", re.IGNORECASE)
_ROOT = re.compile(r"<worksheet[^>]*>")
_ROW = re.compile(r'<row r="([1-9]\d{0,6})"[^<>]*>')
_CELL = re.compile(
    r'<c r="(?P<column>[A-Z]{1,3})(?P<line>\d+)"(?: s="(?P<style>\d+)")?(?: t="(?P<type>n|s|str|b|inlineStr)")?'
    r"(?: ?/>|>(?:<f[^<>]*/>|<f[^<>]*(?<!/)>[^<]*</f>)?"
    r"(?:<v>(?P<value>[^<\r]*)</v>|<v ?/>|<is><t(?: xml:space=\"preserve\")?>(?P<text>[^<\r]*)</t></is>)?</c>)"
)
_NAMESPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_FORMULA_CELL, _FORMULA_TAG = f"{_NAMESPACE}c", f"{_NAMESPACE}f"
_SPACE = re.compile(r"\s*")
# Layouts of rows that are remembered: which columns are there, with which styles and types.
_MOST_LAYOUTS = 16


NO_RESULT = "#CALC!"
"""What stands for a formula that no program has calculated: an error value, as those that failed have."""


class NotPlainError(Exception):
    """The rest of the sheet has to be read by openpyxl."""


class _Layout:
    """Rows with the same cells in the same style: one expression matches such a row as a whole."""

    def __init__(self, parts: Sequence[tuple[str, int, _Convert, str | None]], width: int) -> None:
        self.match = re.compile(
            r'<row r="([1-9]\d{0,6})"[^<>]*>' + "".join(part[0] for part in parts) + "</row>"
        ).match
        self._cells = [(place, convert, empty) for _, place, convert, empty in parts]
        self._width = width
        self._is_gapless = [part[1] for part in parts] == [*range(width)]
        self._others = [(place, convert) for _, place, convert, _ in parts if convert is not unescaped]

    def cells(self, found: re.Match[str]) -> tuple[Any, ...]:
        """The values of the cells in a row that matched."""
        _, *texts = found.groups()
        if self._is_gapless and "" not in texts and found.string.find("&", found.start(), found.end()) < 0:
            # As most rows are: what is plain text is a value already.
            for place, convert in self._others:
                texts[place] = convert(texts[place])
            return tuple(texts)
        return self.values(texts)

    def values(self, texts: Sequence[str]) -> tuple[Any, ...]:
        """The values of cells that are written like this."""
        values: list[Any] = [None] * self._width
        for (place, convert, empty), text in zip(self._cells, texts, strict=True):
            values[place] = convert(text) if text else empty
        return tuple(values)


class PlainSheet:
    """One sheet while it is read. `parser` is openpyxl's, with the workbook's texts and formats of dates."""

    def __init__(self, file: BinaryIO, parser: WorkSheetParser, strings: Sequence[str]) -> None:
        self._file = file
        self._parser = parser
        self._strings = strings
        self._layouts: list[_Layout] = []
        self._root = ""

    def rows(self) -> Iterator[Row]:
        """The rows that have cells, with their numbers. Raises `NotPlainError` where openpyxl has to read the rest."""
        head, rest = self._head()
        last = 0
        while True:
            block = self._file.read(_BLOCK)
            rest += block
            cut = rest.rfind(_ROW_END) + len(_ROW_END) if block else len(rest)
            if cut < len(_ROW_END):
                cut = 0
            text, rest = checked_text(rest[:cut]), rest[cut:]
            if len(rest) > LONGEST_ROW:
                raise NotPlainError
            place = 0
            while (place := _beyond_space(text, place)) < len(text) and not text.startswith(_END, place):
                place, line, cells = self._row(text, place)
                # openpyxl passes over rows that stand before those that were read.
                if line > last:
                    last = line
                    yield line, cells
            if not block or place < len(text):
                # What stands around the rows is looked at as well.
                around = head + text[place:].encode() + rest + self._file.read()
                list(WorkSheetParser(io.BytesIO(around), []).parse())
                return

    def _head(self) -> tuple[bytes, bytes]:
        begin = self._file.read(_LONGEST_HEAD)
        place = begin.find(_BEGIN.encode())
        if place < 0:
            raise NotPlainError
        place += len(_BEGIN)
        head = begin[:place].decode("utf-8", "replace")
        root = _ROOT.search(head)
        if root is None or _MAIN not in root[0] or "<!" in head or _ENCODING.match(head):
            raise NotPlainError
        self._root = root[0]
        return begin[:place], begin[place:]

    def _row(self, text: str, place: int) -> tuple[int, int, tuple[Any, ...]]:
        """Where the row ends that begins at `place`, its number and its cells."""
        for layout in self._layouts:
            if (found := layout.match(text, place)) is not None:
                self._parser.row_counter = line = int(found[1])
                return found.end(), line, layout.cells(found)
        start = _ROW.match(text, place)
        if start is not None and not start[0].endswith("/>"):
            plain = self._plain_row(text, start.end(), start[1])
            if plain is not None:
                return plain
        return self._odd_row(text, place)

    def _plain_row(self, text: str, place: int, line: str) -> tuple[int, int, tuple[Any, ...]] | None:
        parts: list[tuple[str, int, _Convert, str | None]] = []
        values: list[str] = []
        column = -1
        while (cell := _CELL.match(text, place)) is not None:
            before, column = column, column_index_from_string(cell["column"]) - 1
            if cell["line"] != line or column <= before:
                return None
            place = cell.end()
            empty = NO_RESULT if "<f" in cell[0] and cell["type"] != "str" else None
            kind = "value" if cell["value"] is not None else "text" if cell["text"] is not None else None
            if kind is None or (kind == "text") != (cell["type"] == "inlineStr"):
                # Nothing in it; it may hold something in the next row.
                parts.append((_spelt(cell, line, None), column, str, empty))
                values.append("")
                continue
            parts.append(
                (_spelt(cell, line, kind), column, self._convert(cell["type"], cell["style"]), empty)
            )
            values.append(cell[kind])
        if not text.startswith("</row>", place):
            return None
        layout = _Layout(parts, column + 1)
        if len(self._layouts) < _MOST_LAYOUTS:
            self._layouts.append(layout)
        self._parser.row_counter = int(line)
        return place + len("</row>"), int(line), layout.values(values)

    def _odd_row(self, text: str, place: int) -> tuple[int, int, tuple[Any, ...]]:
        """A row as openpyxl reads it."""
        if not text.startswith(("<row ", "<row>", "<row/"), place):
            raise NotPlainError
        end = text.find(">", place)
        if end < 0:
            raise NotPlainError
        if text[end - 1] != "/":
            end = text.find("</row>", place) + len("</row>") - 1
        tree = fromstring(f"{self._root}{text[place : end + 1]}</worksheet>".encode())
        line, cells = self._parser.parse_row(tree[0])  # type: ignore[arg-type]  # its stubs ask for an iterable of attributes
        width = max((cell["column"] for cell in cells), default=0)
        values: list[Any] = [None] * width
        for cell in cells:
            values[cell["column"] - 1] = cell["value"]
        for element in tree[0].iter(_FORMULA_CELL):
            place = coordinate_to_tuple(element.get("r", "A1"))[1] - 1
            if element.find(_FORMULA_TAG) is not None and element.get("t") != "str" and values[place] is None:
                values[place] = NO_RESULT
        return end + 1, line, tuple(values)

    def _convert(self, kind: str | None, style: str | None) -> _Convert:
        """How the text of such cells becomes a value."""
        if kind == "s":
            strings = self._strings
            return lambda text: strings[int(text)]
        if kind == "b":
            return lambda text: bool(int(text))
        if kind in ("str", "inlineStr"):
            return unescaped
        if style is not None and int(style) in self._parser.date_formats:
            return lambda text: self._date(text, style)
        return _number

    def _date(self, text: str, style: str) -> Any:
        is_duration = int(style) in self._parser.timedelta_formats
        try:
            return from_excel(_number(text), self._parser.epoch, timedelta=is_duration)
        except (OverflowError, ValueError):
            return self._by_openpyxl(text, style)

    def _by_openpyxl(self, text: str, style: str) -> Any:
        cell = ElementTree.fromstring(f'<c {_MAIN} s="{style}"><v>{text}</v></c>')
        return self._parser.parse_cell(cell)["value"]


def unescaped(text: str) -> str:
    """Text as it stands in XML, without its escapes."""
    return text if "&" not in text else ElementTree.fromstring(f"<t>{text}</t>").text or ""


def _number(text: str) -> int | float:
    return float(text) if "." in text or "E" in text or "e" in text else int(text)


def _spelt(cell: re.Match[str], line: str, kind: str | None) -> str:
    """The expression for cells that are written as this one."""
    before, after = cell[0], ""
    if kind is not None:
        begin, end = (place - cell.start() for place in cell.span(kind))
        before, after = before[:begin], before[end:]
    column = cell["column"]
    named = f'<c r="{column}{line}"'
    before = rf'<c r="{column}\1"' + _any_formula(re.escape(before.removeprefix(named)))
    return f"{before}([^<\\r]*){re.escape(after)}" if kind is not None else f"{before}()"


_FORMULA = re.compile(r"<f([^<>]*)(?<!/)>[^<]*</f>")


def _any_formula(escaped: str) -> str:
    """The expression, whatever the formula says: only what it came to counts."""
    return _FORMULA.sub(lambda found: f"<f{found[1]}>[^<]*</f>", escaped)


def checked_text(block: bytes) -> str:
    """A block of XML as text. Raises `NotPlainError` where it holds anything else than elements and text."""
    if any(odd in block for odd in _ODD) or len(block.translate(None, _CONTROLS)) != len(block):
        raise NotPlainError
    try:
        return block.decode()
    except UnicodeDecodeError:
        raise NotPlainError from None


def _beyond_space(text: str, place: int) -> int:
    found = _SPACE.match(text, place)
    return found.end() if found is not None else place
