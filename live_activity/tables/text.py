"""The text of a table: which encoding it has, decided over the whole file before any of it is believed."""

from __future__ import annotations

import codecs
import gzip
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

from live_activity.core.findings import Finding, invalid
from live_activity.tables.file import Source, reading

_BEGIN = 4096
_BLOCK = 1 << 20
_MARKED = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NOT_TEXT = (
    (b"PK\x03\x04", "is a workbook or a zip archive; name it .xlsx, or save it as CSV"),
    (b"\x1f\x8b", "is compressed; name it .csv.gz"),
    (b"PAR1", "is Parquet; name it .parquet"),
    (b"\xd0\xcf\x11\xe0", "is an old Excel workbook; save it as .xlsx or CSV"),
)
_SINGLE_BYTE = ("iso8859", "cp125", "cp437", "cp85", "koi8", "mac", "tis", "latin")
_PAGES = ("<!doctype", "<html", "<head", "<body", "<?xml")


class Text:
    """A file of text. `encoding` holds for all of it; `findings` say so where it is not what is usual.

    UTF-8 with or without a BOM, UTF-16 with one, otherwise Windows-1252 (DESIGN, Tables). Raises `InvalidInput` when
    the file is empty, a web page, or no text.
    """

    def __init__(self, source: Source, *, compressed: bool = False) -> None:
        self.where = source.where
        self._source = source
        self._compressed = compressed
        with self._bytes() as file, reading(self.where):
            begin = file.read(_BEGIN)
        for magic, what in _NOT_TEXT:
            if begin.startswith(magic):
                raise invalid("not_text", what, where=self.where)
        marked = next((encoding for mark, encoding in _MARKED if begin.startswith(mark)), None)
        named = None if marked else self._named(source.charset)
        self.encoding = marked or named or ("utf-8" if self._is("utf-8") else "cp1252")
        self._guessed = self.encoding == "cp1252" and named is None
        if self.encoding != "utf-8" and named is None:
            self._demand()
        if self._guessed and (both := self._mixed()) is not None:
            what = (
                f"mixes encodings: line {both[0]} is UTF-8 and line {both[1]} is not, so letters of one of them would "
                "be wrong; save it as UTF-8"
            )
            raise invalid("mixed_encodings", what, where=self.where)
        # A character may be cut in two at the end of these bytes.
        first = begin.decode(self.encoding, errors="ignore").lstrip()
        if first.lower().startswith(_PAGES):
            what = "is a web page and no table; is the link right, and open to everybody?"
            raise invalid("web_page", what, where=self.where)
        if not first and len(begin) < _BEGIN:
            raise invalid("empty_table", "is empty", where=self.where)
        self.findings = self._told()

    @contextmanager
    def lines(self) -> Iterator[Iterator[str]]:
        r"""The lines with their ends, which are \r\n, \n or \r."""
        with self._bytes() as file, reading(self.where):
            wrapped = io.TextIOWrapper(file, encoding=self.encoding, newline="")
            yield wrapped
            wrapped.detach()

    def whole(self) -> str:
        """All of it at once."""
        with self._bytes() as file, reading(self.where):
            return file.read().decode(self.encoding)

    @contextmanager
    def _bytes(self) -> Iterator[BinaryIO]:
        with self._source.open() as file:
            if not self._compressed:
                yield file
                return
            with gzip.open(file) as unpacked:
                yield cast(BinaryIO, unpacked)

    def _blocks(self) -> Iterator[bytes]:
        with self._bytes() as file, reading(self.where):
            while block := file.read(_BLOCK):
                yield block

    def _is(self, encoding: str) -> bool:
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            for block in self._blocks():
                if "\0" in decoder.decode(block):
                    what = "holds NUL bytes, so it is no text; save it as UTF-8"
                    raise invalid("not_text", what, where=self.where)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
        return True

    def _named(self, charset: str | None) -> str | None:
        """The encoding that HTTP names, where the bytes can be read in it.

        Bytes that are UTF-8 are read as UTF-8 even where a server names a single-byte encoding, as many do for all
        files: text in such an encoding is almost never valid UTF-8 by accident.
        """
        try:
            name = codecs.lookup(charset or "").name
            width = len("ab".encode(name))
        except LookupError:
            return None
        if name in ("utf-8", "ascii"):
            return None
        single_byte = width == 2 and name.startswith(_SINGLE_BYTE)
        if single_byte and self._is("utf-8"):
            return None
        if name == "iso8859-1":
            name = "cp1252" if self._is("cp1252") else name  # what browsers read it as
        return name if self._is(name) else None

    def _mixed(self) -> tuple[int, int] | None:
        """The first line with letters in UTF-8 and the first in another encoding, where there are both."""
        marked: dict[bool, int] = {}
        with self._bytes() as file, reading(self.where):
            for number, line in enumerate(file, 1):
                if not line.isascii():
                    marked.setdefault(_is_utf8(line), number)
                    if len(marked) > 1:
                        return marked[True], marked[False]
        return None

    def _demand(self) -> None:
        if not self._is(self.encoding):
            spelt = "neither UTF-8 nor Windows-1252" if self.encoding == "cp1252" else "not what its BOM says"
            raise invalid("not_text", f"is {spelt}; save it as UTF-8", where=self.where)

    def _told(self) -> tuple[Finding, ...]:
        if not self._guessed:
            return ()
        what = "is not UTF-8 and was read as Windows-1252; save it as UTF-8 if letters look wrong"
        return (Finding(severity="info", code="not_utf8", message=what, where=self.where),)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
