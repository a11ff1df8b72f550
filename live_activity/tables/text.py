"""The text of a table. Its encoding is decided by the whole file, before any of it is read as rows."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import BinaryIO, cast

from isal import igzip

from live_activity.core.findings import Finding, invalid
from live_activity.tables.file import TableFile, reading
from live_activity.tables.limits import LONGEST_LINE, MIB, MOST_TEXT, MOST_WHOLE_TEXT
from live_activity.tables.line_lengths import LineLengths, too_long

_BEGIN = 4096
_BLOCK = 3 * MIB
_MARK = codecs.BOM_UTF8
_MARKED = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# The first file in an OpenDocument archive says what it holds.
_OPEN_DOCUMENT = re.compile(rb"PK\x03\x04.{26}mimetypeapplication/vnd\.oasis\.opendocument", re.DOTALL)
_NOT_TEXT = (
    (b"PK\x03\x04", "is a workbook or a zip archive; name it .xlsx, or save it as CSV"),
    (b"\x1f\x8b", "is compressed; name it .csv.gz"),
    (b"PAR1", "is Parquet; name it .parquet"),
    (b"\xd0\xcf\x11\xe0", "is an old Excel workbook; save it as .xlsx or CSV"),
)
_SINGLE_BYTE = ("iso8859", "cp125", "cp437", "cp85", "koi8", "mac", "tis", "latin")
_PAGES = ("<!doctype", "<html", "<head", "<body", "<?xml")
_NAMES = {"cp1252": "Windows-1252", "cp1254": "Windows-1254 (Turkish)"}
# The bytes that Windows-1252 and Windows-1254 read differently: all are common Turkish letters (Ğİşğış).
_TURKISH_ONLY = frozenset(b"\xd0\xdd\xde\xf0\xfd\xfe")
# Letters of Turkish that both encodings read alike, with the circumflexes of loan words.
_TURKISH_TOO = frozenset("çÇöÖüÜâÂîÎûÛ".encode("cp1254"))
# One foreign letter among so many Turkish ones is a foreign name, and not another language.
_FOREIGN = 20


class Text:
    """A file of text. `encoding` holds for all of it; `findings` say so where it had to be guessed.

    UTF-8 and UTF-16 with or without a byte order mark, the `charset` that came with the file where it fits, otherwise
    Windows-1252, or Windows-1254 where the letters are those of Turkish. Raises `InvalidInput` when the file is empty,
    a web page, not text, or longer than what can be read.
    """

    def __init__(
        self,
        source: TableFile,
        *,
        compressed: bool = False,
        charset: str | None = None,
        has_long_lines: bool = False,
    ) -> None:
        """`has_long_lines` is for text that is read as a whole (`whole`), and may be one line."""
        self._has_long_lines = has_long_lines
        self.where = source.where
        # The bytes of the whole file, unpacked.
        self.size = 0
        self.compressed = compressed
        self._source = source
        with self._bytes() as file, reading(self.where):
            begin = file.read(_BEGIN)
        if _OPEN_DOCUMENT.match(begin):
            what = "is an OpenDocument spreadsheet (.ods); save it as .xlsx or CSV"
            raise invalid("not_text", what, where=self.where)
        for magic, what in _NOT_TEXT:
            if begin.startswith(magic):
                raise invalid("not_text", what, where=self.where)
        self._guessed = False
        self.encoding = self._encoding(begin, charset or source.charset)
        # A character may be cut in two at the end of these bytes.
        first = begin.decode(self.encoding, errors="ignore").lstrip("\ufeff \t\r\n")
        if first.lower().startswith(_PAGES):
            what = "is a web page and no table; is the link right, and open to everybody?"
            raise invalid("web_page", what, where=self.where)
        if not first and len(begin) < _BEGIN:
            raise invalid("empty_table", "is empty", where=self.where)
        self.findings = self._guess()

    @contextmanager
    def blocks(self) -> Iterator[Iterator[bytes]]:
        """The text in UTF-8, in blocks of whole lines, without the byte order marks that it begins with."""
        with self._raw_blocks() as blocks, reading(self.where):
            yield _of_whole_lines(self._utf8(blocks), where=self.where)

    @contextmanager
    def lines(self) -> Iterator[Iterator[str]]:
        r"""The lines with their ends, which are \r\n, \n or \r."""
        with self.blocks() as blocks:
            yield (line for block in blocks for line in split_lines(block))

    def whole(self) -> str:
        """All of it at once, without a byte order mark. Raises `InvalidInput` where that is too long."""
        with self._bytes() as file, reading(self.where):
            content = file.read(MOST_WHOLE_TEXT + 1)
            if len(content) > MOST_WHOLE_TEXT:
                what = f"is longer than {MOST_WHOLE_TEXT // MIB:,} MB; save it as .jsonl, or split it"
                raise invalid("too_large", what, where=self.where)
            return content.decode(self.encoding).lstrip("\ufeff")

    def _encoding(self, begin: bytes, charset: str | None) -> str:
        marked = next((encoding for mark, encoding in _MARKED if begin.startswith(mark)), None)
        if marked is not None:
            self._demand(marked, "not what its BOM says")
            return marked
        unmarked = _utf16_without_mark(begin)
        if unmarked is not None:
            self._demand(unmarked, "neither UTF-16 nor UTF-8")
            return unmarked
        named = self._named(charset)
        if named is not None:
            return named
        if self._is("utf-8"):
            return "utf-8"
        self._demand("cp1252", "neither UTF-8 nor Windows-1252")
        if (both := self._mixed()) is not None:
            what = (
                f"mixes encodings: line {both[0]} is UTF-8 and line {both[1]} is not, so letters of one of them would "
                "be wrong; save it as UTF-8"
            )
            raise invalid("mixed_encodings", what, where=self.where)
        self._guessed = True
        return "cp1254" if self._is_turkish() else "cp1252"

    @contextmanager
    def _bytes(self) -> Iterator[BinaryIO]:
        with self._source.open() as file:
            if not self.compressed:
                yield file
                return
            # Its parameters have no type hints.
            with igzip.open(file) as unpacked:  # type: ignore[no-untyped-call]
                yield cast(BinaryIO, unpacked)

    @contextmanager
    def _raw_blocks(self) -> Iterator[Iterator[bytes]]:
        with self._bytes() as file:
            yield iter(partial(file.read, _BLOCK), b"")

    def _raw(self) -> Iterator[bytes]:
        with self._raw_blocks() as blocks, reading(self.where):
            left = MOST_TEXT
            for block in blocks:
                left -= len(block)
                if left < 0:
                    what = f"is longer than {MOST_TEXT // MIB // 1024:,} GB unpacked; split it"
                    raise invalid("too_large", what, where=self.where)
                yield block
            self.size = MOST_TEXT - left

    def _utf8(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        begun = False
        decoder = (
            None if self.encoding in ("utf-8", "utf-8-sig") else codecs.getincrementaldecoder(self.encoding)()
        )
        for block in blocks:
            utf8 = block if decoder is None else decoder.decode(block).encode()
            while not begun and utf8.startswith(_MARK):
                utf8 = utf8[len(_MARK) :]
            begun = begun or bool(utf8)
            if utf8:
                yield utf8
        if decoder is not None and (last := decoder.decode(b"", final=True)):
            yield last.encode()

    def _is(self, encoding: str) -> bool:
        """Whether the whole file is text in this encoding. Raises `InvalidInput` for NUL and for too long lines."""
        decoder = codecs.getincrementaldecoder(encoding)()
        same = encoding == "utf-8"
        pending = False
        lines = LineLengths(self.where)
        try:
            for block in self._raw():
                if same and not pending and block.isascii():
                    nul = b"\0" in block
                else:
                    text = decoder.decode(block)
                    nul = "\0" in text
                    pending = bool(decoder.getstate()[0])
                    block = block if same else text.encode("utf-8", "replace")
                if nul:
                    what = "holds NUL bytes, so it is not text; save it as UTF-8"
                    raise invalid("not_text", what, where=self.where)
                if not self._has_long_lines:
                    lines.take(block)
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

    def _is_turkish(self) -> bool:
        turkish = foreign = 0
        for block in self._raw():
            letters = block.translate(None, bytes(range(0xC0)))
            turkish += sum(letters.count(byte) for byte in _TURKISH_ONLY)
            foreign += len(letters.translate(None, bytes(_TURKISH_ONLY | _TURKISH_TOO)))
        return turkish > 0 and foreign * _FOREIGN <= turkish and self._is("cp1254")

    def _demand(self, encoding: str, otherwise: str) -> None:
        if not self._is(encoding):
            raise invalid("not_text", f"is {otherwise}; save it as UTF-8", where=self.where)

    def _guess(self) -> tuple[Finding, ...]:
        if not self._guessed:
            return ()
        what = f"is not UTF-8 and was read as {_NAMES[self.encoding]}; save it as UTF-8 if letters look wrong"
        return (Finding.info("not_utf8", what, where=self.where),)


def split_lines(block: bytes) -> Iterator[str]:
    r"""The lines of a block in UTF-8 with their ends, which are \r\n, \n or \r."""
    return iter(io.StringIO(block.decode(), newline=""))


def _of_whole_lines(blocks: Iterator[bytes], *, where: str) -> Iterator[bytes]:
    rest = b""
    for block in blocks:
        data = rest + block if rest else block
        cut = data.rfind(b"\n") + 1
        # Where lines end with \r alone; the last one may be the first half of \r\n.
        cut = cut or data.rfind(b"\r", 0, len(data) - 1) + 1
        rest = data[cut:]
        if len(rest) > LONGEST_LINE:
            raise too_long(None, where)
        if cut:
            yield data[:cut]
    if rest:
        yield rest


def _utf16_without_mark(begin: bytes) -> str | None:
    """UTF-16 that lost its mark: every second byte of Latin text is NUL."""
    half = len(begin) // 2
    if half < 2:
        return None
    even, odd = begin[0::2].count(0), begin[1::2].count(0)
    if odd * 2 > half and even * 20 < half:
        return "utf-16-le"
    if even * 2 > half and odd * 20 < half:
        return "utf-16-be"
    return None


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
