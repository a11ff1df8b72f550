"""The bytes of a table: a local path or any fsspec URL, opened as often as needed."""

from __future__ import annotations

import gzip
import io
import os
import shutil
import stat
import tempfile
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, BinaryIO, cast
from urllib.parse import urlsplit

from isal import isal_zlib

from live_activity.core.findings import InvalidInput, invalid
from live_activity.core.source_access import PUBLIC_ACCESS, SourceAccess
from live_activity.core.suggestions import nearest_file
from live_activity.tables.python_function import is_python
from live_activity.tables.stores import ask_store, filesystem_of

# A smaller file is read once, so that all passes see the same even if somebody saves it meanwhile.
IN_MEMORY = 16 * 1024 * 1024
# isal's type hints state an exception where its class is meant.
_GZIP_ERRORS = (cast(type[Exception], isal_zlib.error), gzip.BadGzipFile, EOFError)
_WEB_PAGES = (b"<!doctype html", b"<html", b"<head", b"<body")


class TableFile:
    """A file that can be opened again and again, each time from its first byte.

    `kind` is the table format and `charset` the encoding that HTTP names, None where nothing names one.
    Raises `InvalidInput` when there is no such file, or when it cannot be read.
    """

    def __init__(
        self,
        path: str,
        *,
        where: str,
        content: bytes | None = None,
        charset: str | None = None,
        access: SourceAccess = PUBLIC_ACCESS,
    ) -> None:
        self.where = where
        self.kind: str | None = None
        self.charset = charset
        self._path = path
        self._access = access
        self._bytes = content
        if content is not None:
            return
        if is_web(path):
            self._download(path)
            return
        begin = _within_limit(path, partial(self._read, IN_MEMORY + 1), where=where)
        if len(begin) <= IN_MEMORY:
            self._bytes = begin

    def _download(self, url: str) -> None:
        """Keeps a URL's content in memory, or beyond `IN_MEMORY` in a private file, deleted with this object."""
        # Imported here, as httpx takes a while to import.
        from live_activity.tables.http import download

        with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as spool:
            page = download(url, spool.write, where=self.where, access=self._access)
            self.kind, self.charset = page.kind, page.charset
            spool.seek(0)
            if spool.seek(0, io.SEEK_END) <= IN_MEMORY:
                spool.seek(0)
                self._bytes = spool.read()
                return
            spool.seek(0)
            handle, self._path = tempfile.mkstemp(prefix="live-activity-")
            weakref.finalize(self, _remove, self._path)
            with os.fdopen(handle, "wb") as file, reading(self.where):
                shutil.copyfileobj(spool, file, 1 << 20)

    @property
    def in_memory(self) -> bool:
        """Whether its bytes are in memory, and so the same each time that it is opened."""
        return self._bytes is not None

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """The file's bytes; seekable where its storage is."""
        if self._bytes is not None:
            yield io.BytesIO(self._bytes)
            return
        with self._opened() as file:
            yield file

    def read(self, most: int) -> bytes:
        """Its first bytes, at most `most`. Raises `InvalidInput`."""
        return _within_limit(self._path, partial(self._read, most), where=self.where)

    def _read(self, most: int) -> bytes:
        with self.open() as file, reading(self.where):
            return file.read(most)

    def check_is_no_web_page(self) -> None:
        """Raises `InvalidInput` where the content is HTML, as sign-in pages and error pages are."""
        with self.open() as file, reading(self.where):
            begin = file.read(1024).removeprefix(b"\xef\xbb\xbf").lstrip().lower()
        if begin.startswith(_WEB_PAGES):
            what = "is a web page and no table; is the link right, and open to everybody?"
            raise invalid("web_page", what, where=self.where)

    @contextmanager
    def _opened(self) -> Iterator[BinaryIO]:
        with reading(self.where):
            try:
                file = _open(self._path, where=self.where, access=self._access)
            except FileNotFoundError:
                raise invalid(
                    "no_such_file",
                    f"there is no {shown(self._path)}{_nearest(self._path, self._access)}",
                    where=self.where,
                ) from None
        with file:
            yield file


def missing_file(path: str) -> str | None:
    """The problem with a local path at which there is no file or folder; None for every other path."""
    if "://" in path or is_python(path) or os.path.exists(path):
        return None
    return f"there is no {shown(path)}{_nearest(path, PUBLIC_ACCESS)}"


def read_bytes(path: str, *, where: str, most: int, access: SourceAccess = PUBLIC_ACCESS) -> bytes:
    """The content of a file. Raises `InvalidInput` where it is missing, cannot be read, or is larger than `most`."""
    content = TableFile(path, where=where, access=access).read(most + 1)
    if len(content) > most:
        raise invalid("too_large", f"is larger than {most // 1024**2:,} MB; make it smaller", where=where)
    return content


@contextmanager
def reading(where: str) -> Iterator[None]:
    """Turns any error of reading a file into one finding, without the credentials that a URL may hold."""
    try:
        yield
    except (InvalidInput, GeneratorExit):
        raise
    except ImportError as error:
        # fsspec's message names the package to install.
        raise invalid("unreadable", f"cannot be read from there: {error}", where=where) from None
    except IsADirectoryError:
        raise invalid("unreadable", "is a folder; name the file in it", where=where) from None
    except UnicodeError:
        raise invalid(
            "unreadable", "changed while it was read; start again once it is saved", where=where
        ) from None
    except MemoryError:
        raise invalid("too_large", "needs more memory than there is; split it", where=where) from None
    except _GZIP_ERRORS:
        raise invalid(
            "unreadable", "is cut off or not compressed with gzip; save it again", where=where
        ) from None
    except Exception as error:
        # Storage libraries raise exceptions of their own, whose messages repeat the URL.
        why = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
        raise invalid("unreadable", f"cannot be read ({why})", where=where) from None


def is_web(path: str) -> bool:
    """Whether the path is a web address."""
    return path.lower().startswith(("http://", "https://"))


def is_url(path: str) -> bool:
    """Whether the path is a URL, and not on the local disk."""
    return "://" in path or "::" in path


def name_of(path: str) -> str:
    """The file's own name, without the folder and without what a URL adds."""
    bare = path
    if is_url(path):
        parts = urlsplit(path)
        bare = parts.path.rstrip("/") or parts.netloc.rpartition("@")[2]
    return os.path.basename(bare) or bare


def shown(path: str) -> str:
    """The path as it may be shown: a URL can hold credentials, so only its file's name."""
    return name_of(path) if is_url(path) else path


def open_regular(path: str, *, where: str) -> BinaryIO:
    """A local file, opened for reading. Raises `InvalidInput` for a pipe, a socket or a device, and never waits."""
    # Opening a named pipe without a writer blocks, unless O_NONBLOCK is set.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(path)
    raise _no_file(mode, where)


def check_regular(path: str, *, where: str) -> None:
    """Raises `InvalidInput` where the path is a pipe, a socket or a device."""
    mode = os.stat(path).st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise _no_file(mode, where)


def _no_file(mode: int, where: str) -> InvalidInput:
    kinds = {stat.S_IFIFO: "a named pipe", stat.S_IFSOCK: "a socket"}
    kind = kinds.get(stat.S_IFMT(mode), "a device")
    return invalid("unreadable", f"is {kind} and not a file; save it as a file", where=where)


def _open(path: str, *, where: str, access: SourceAccess) -> BinaryIO:
    if not is_url(path):
        check_regular(path, where=where)
        return open_regular(path, where=where)
    from fsspec.implementations.local import LocalFileSystem

    filesystem, inner = filesystem_of(path, where=name_of(path), access=access)
    if isinstance(filesystem, LocalFileSystem):
        return _open(inner, where=where, access=access)
    return cast(BinaryIO, filesystem.open(inner, "rb"))


def _within_limit(path: str, read: Callable[[], bytes], *, where: str) -> bytes:
    return ask_store(path, read, where=where) if is_url(path) and not is_web(path) else read()


def _remove(path: str) -> None:
    with suppress(OSError):
        os.remove(path)


def _nearest(path: str, access: SourceAccess) -> str:
    names: Sequence[str] = ()
    # The names are only a suggestion; an error in listing them must not hide that the file is missing.
    with suppress(Exception):
        names = _neighbours(path, access)
    return nearest_file(name_of(path), names)


def _neighbours(path: str, access: SourceAccess) -> list[str]:
    if not is_url(path):
        return os.listdir(os.path.dirname(path) or ".")
    filesystem, inner = filesystem_of(path, where=name_of(path), access=access)
    found: list[Any] = filesystem.ls(os.path.dirname(inner), detail=False)
    return [os.path.basename(str(name).rstrip("/")) for name in found]
