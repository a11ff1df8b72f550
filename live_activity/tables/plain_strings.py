"""The workbook around its first sheet: the texts that cells share are read fast where they are plain."""

from __future__ import annotations

import re
from typing import IO

from openpyxl.reader.excel import ExcelReader
from openpyxl.reader.strings import read_string_table
from openpyxl.worksheet._read_only import ReadOnlyWorksheet
from openpyxl.xml.constants import SHARED_STRINGS

from live_activity.tables.plain_sheet import NotPlainError, checked_text, unescaped

_PLAIN = re.compile(r'<si><t(?: xml:space="preserve")?>([^<\r]*)</t></si>')
_HEAD = re.compile(
    r'(?:<\?xml version="1\.0" encoding="UTF-8"(?: standalone="\w+")?\?>)?\s*<sst [^<>]*(?<!/)>\s*', re.I
)
_TAIL = re.compile(r"\s*</sst>\s*")
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


class _Sheet(ReadOnlyWorksheet):
    """A sheet whose size is not asked for: some programs write it wrong, and without it all rows would be read."""

    is_hidden = False

    def _get_size(self) -> None:
        return


class WorkbookReader(ExcelReader):
    """openpyxl's reader, which reads plain texts faster, and of the sheets only where they are."""

    def read_strings(self) -> None:
        """Reads the shared texts into `shared_strings`."""
        part = self.package.find(SHARED_STRINGS)  # type: ignore[no-untyped-call]  # its stubs leave it untyped
        if part is None:
            return
        path = part.PartName[1:]
        with self.archive.open(path) as file:
            plain = _plain_strings(file)
        if plain is None:
            with self.archive.open(path) as file:
                plain = read_string_table(file)
        self.shared_strings = plain

    def read_worksheets(self) -> None:
        """Finds the sheets, and reads none."""
        for sheet, part in self.parser.find_sheets():
            if part.target in self.valid_files and "chartsheet" not in part.Type:
                found = _Sheet(self.wb, sheet.name, part.target, self.shared_strings)
                found.is_hidden = sheet.state != "visible"
                sheets: list[object] = vars(self.wb)["_sheets"]
                sheets.append(found)


def _plain_strings(file: IO[bytes]) -> list[str] | None:
    """The texts; None where one of them has formats of its own, or anything else stands between them."""
    content = file.read()
    head_end = content.find(b"<si>")
    if head_end < 0:
        return None
    try:
        head, text = content[:head_end].decode(), checked_text(content[head_end:])
    except (NotPlainError, UnicodeDecodeError):
        return None
    if _HEAD.fullmatch(head) is None or _MAIN not in head:
        return None
    found = _PLAIN.findall(text)
    # As many as there are, with nothing between them.
    rest = _PLAIN.sub("", text)
    if _TAIL.fullmatch(rest) is None:
        return None
    if "&" in text:
        found = [unescaped(each) for each in found]
    return [each.replace("x005F_", "") for each in found] if "x005F_" in text else found
