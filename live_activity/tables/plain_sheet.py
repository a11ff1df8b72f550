"""A worksheet read as text, piece by piece, as long as its XML holds nothing but elements and text.

openpyxl reads the rest of a sheet that holds anything else. Pieces that were read before are not read again.
"""

from __future__ import annotations

import io
import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, BinaryIO

from openpyxl.worksheet._reader import WorkSheetParser

from live_activity.tables.limits import LONGEST_ROW, MIB
from live_activity.tables.plain_rows import PlainRows, Row
from live_activity.tables.plain_strings import TextDigests
from live_activity.tables.plain_xml import MAIN, NotPlainError, checked_text

_BEGIN, _ROW_END = b"<sheetData>", b"</row>"
_LONGEST_HEAD = 1 * MIB
_BLOCK = 1 * MIB
# Rows that are longer together are taken in several pieces.
_LONGEST_PIECE = 4 * MIB
_ENCODING = re.compile(r"""<\?xml[^>]*encoding=["'](?!utf-8["'])""", re.IGNORECASE)
_ROOT = re.compile(r"<worksheet[^>]*>")


@dataclass(frozen=True, slots=True)
class RowSource:
    """What rows were read from: where all of this is the same again, so are the rows.

    `before` and `after` are the largest row number and that of the last row, before these rows and after them.
    `texts` is how many of the first shared texts the rows depend on, and the digest of those.
    """

    book: Hashable
    before: tuple[int, int]
    after: tuple[int, int]
    length: int
    digest: bytes
    texts: tuple[int, bytes]


class PlainSheet:
    """One sheet while it is read. `parser` is openpyxl's, with the workbook's texts and formats of dates.

    Raises `NotPlainError` where openpyxl has to read the sheet.
    """

    def __init__(self, file: BinaryIO, parser: WorkSheetParser, strings: Sequence[str]) -> None:
        begin = file.read(_LONGEST_HEAD)
        place = begin.find(_BEGIN) + len(_BEGIN)
        if place < len(_BEGIN):
            raise NotPlainError
        head = begin[:place].decode("utf-8", "replace")
        root = _ROOT.search(head)
        if root is None or MAIN not in root[0] or "<!" in head or _ENCODING.match(head):
            raise NotPlainError
        self._file = file
        self._head = begin[:place]
        # What was read and is not taken yet.
        self._ahead = bytearray(begin[place:])
        self._rows = PlainRows(root[0], parser, strings)
        self._digests = TextDigests(strings)
        formats: Any = parser.date_formats, parser.timedelta_formats  # its stubs declare only `in`
        self._book = root[0], parser.epoch, *map(frozenset, formats)
        self._largest = 0
        self._has_ended = False

    def take(self, most: int) -> tuple[list[Row], RowSource | None]:
        """The next rows with their numbers, at most `most` that have cells; none where the sheet has ended.

        The second value is what they were read from; None for the last rows, as others may be written after them.
        Raises `NotPlainError` where openpyxl has to read the next row and all after it.
        """
        while not self._has_ended:
            line = self._rows.line
            length, number = self._next(most)
            try:
                rows, source = self._take(length)
                is_whole = number == most or length >= _LONGEST_PIECE
            except MemoryError:
                raise
            except Exception:
                self._rows.line, self._has_ended = line, False
                if number <= 1:
                    raise
                # An error in a row must not affect the rows before it.
                most = number // 2
                continue
            if rows:
                return rows, source if is_whole else None
        return [], None

    def skip(self, source: RowSource) -> bool:
        """Skips the next rows where they are those of this source; returns whether they are."""
        if (source.book, source.before) != (self._book, (self._largest, self._rows.line)):
            return False
        while len(self._ahead) < source.length and self._read():
            pass
        number, digest = source.texts
        if (
            sha256(self._ahead[: source.length]).digest() != source.digest
            or self._digests.of(number) != digest
        ):
            return False
        del self._ahead[: source.length]
        self._largest, self._rows.line = source.after
        return True

    def _read(self) -> bool:
        block = self._file.read(_BLOCK)
        self._ahead += block
        return bool(block)

    def _next(self, most: int) -> tuple[int, int]:
        """The length in bytes of the next rows, and their number; 0 where no further row ends."""
        length = number = searched = 0
        while number < most and length < _LONGEST_PIECE:
            place = self._ahead.find(_ROW_END, searched)
            if place >= 0:
                length = searched = place + len(_ROW_END)
                number += 1
                continue
            searched = max(length, len(self._ahead) - len(_ROW_END))
            is_too_long = len(self._ahead) - length > LONGEST_ROW
            if is_too_long and not number:
                raise NotPlainError
            if is_too_long or not self._read():
                break
        return length, number

    def _take(self, length: int) -> tuple[list[Row], RowSource | None]:
        piece = bytes(self._ahead[:length] if length else self._ahead)
        text = checked_text(piece)
        before = self._largest, self._rows.line
        self._rows.used = 0
        found, place = self._rows.read(text)
        if not length or place < len(text):
            self._has_ended = True
            self._ahead += self._file.read()
            # The XML around the rows is checked as well.
            around = self._head + self._ahead[len(text[:place].encode()) :]
            list(WorkSheetParser(io.BytesIO(around), []).parse())
        rows, largest = [], self._largest
        for row in found:
            # openpyxl skips a row whose number is not larger than those before it.
            if row[0] > largest:
                largest = row[0]
                rows.append(row)
        self._largest = largest
        if self._has_ended:
            return rows, None
        del self._ahead[:length]
        used = self._rows.used
        after = largest, self._rows.line
        texts = used, self._digests.of(used)
        return rows, RowSource(self._book, before, after, length, sha256(piece).digest(), texts)
