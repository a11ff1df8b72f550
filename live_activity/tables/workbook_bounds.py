"""Checks the size of a workbook: a small archive may unpack to more than a machine holds."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from typing import IO, BinaryIO

from live_activity.core.findings import InvalidInput, invalid
from live_activity.tables.limits import (
    LONGEST_CELL,
    LONGEST_ROW,
    MIB,
    MOST_OTHER_PART,
    MOST_SHARED_STRINGS,
    MOST_SHEET,
    SUSPICIOUS_PART,
)

_BLOCK = LONGEST_CELL
_SHEETS = "xl/worksheets/"
_STRINGS = "xl/sharedStrings.xml"
_READ = (".xml", ".rels")


def check_workbook(file: BinaryIO, *, where: str) -> None:
    """Raises `InvalidInput` where a part unpacks to more than is read, or holds a text over the limit of a cell.

    A sheet is checked while it is read, by `checked_blocks`. zipfile never unpacks more of a part than the archive
    says that it has. Raises BadZipFile where the file is not an archive.
    """
    with zipfile.ZipFile(file) as archive:
        for part in archive.infolist():
            if not part.filename.endswith(_READ):
                continue
            is_sheet = part.filename.startswith(_SHEETS)
            most = MOST_SHEET if is_sheet else MOST_OTHER_PART
            if part.filename == _STRINGS:
                most = MOST_SHARED_STRINGS
            if part.file_size > most:
                raise _too_large(part, f"unpacks to {part.file_size // MIB:,} MB", where)
            if not is_sheet and part.file_size > SUSPICIOUS_PART:
                with archive.open(part) as content:
                    for _ in checked_blocks(content, part, where=where, is_sheet=False):
                        pass


def checked_blocks(
    content: BinaryIO | IO[bytes], part: zipfile.ZipInfo, *, where: str, is_sheet: bool
) -> Iterator[bytes]:
    """The content of a part, block by block.

    Raises `InvalidInput` where a large part holds a cell or a row over the limit.
    """
    row = gap = 0
    tail = b""
    while block := content.read(_BLOCK):
        yield block
        if part.file_size <= SUSPICIOUS_PART:
            continue
        first = block.find(b"<")
        gap += len(block) if first < 0 else first
        if gap > LONGEST_CELL:
            raise _too_large(part, f"holds a cell of more than {LONGEST_CELL // MIB:,} MB", where)
        gap = gap if first < 0 else len(block) - block.rfind(b"<")
        if not is_sheet:
            continue
        joined = tail + block
        last = joined.rfind(b"<row")
        row = row + len(block) if last < 0 else len(joined) - last
        if row > LONGEST_ROW:
            raise _too_large(part, f"holds a row of more than {LONGEST_ROW // MIB:,} MB", where)
        tail = block[-3:]


def _too_large(part: zipfile.ZipInfo, what: str, where: str) -> InvalidInput:
    name = part.filename if part.filename.isprintable() else repr(part.filename)
    return invalid("too_large", f"{what} ({name}); save the table as CSV", where=where)
