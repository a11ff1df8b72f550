"""The bytes of a table: a local path or any fsspec URL, opened as often as needed."""

from __future__ import annotations

import gzip
import io
import os
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, BinaryIO, cast
from urllib.parse import urlsplit

from live_activity.core.credentials import credentials_of
from live_activity.core.findings import InvalidInput, invalid
from live_activity.core.suggestions import nearest_file
from live_activity.tables.http import get, is_web

# What is smaller is read once, so that all passes see the same while somebody saves the file.
IN_MEMORY = 16 * 1024 * 1024


class Source:
    """A file that can be opened again and again, each time from its first byte.

    Raises `InvalidInput` when there is no such file, or when it cannot be read.
    """

    def __init__(self, path: str, *, where: str, content: bytes | None = None) -> None:
        self.where = where
        self.kind: str | None = None
        self._path = path
        self._bytes = content
        if content is not None:
            return
        if is_web(path):
            page = get(path, where=where)
            assert page is not None  # only a known page can be unchanged
            self._bytes, self.kind = page.content, page.kind
            return
        with self._opened() as file, reading(where):
            begin = file.read(IN_MEMORY + 1)
            if len(begin) <= IN_MEMORY:
                self._bytes = begin

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """The file's bytes, seekable where the place that it comes from can seek."""
        if self._bytes is not None:
            yield io.BytesIO(self._bytes)
            return
        with self._opened() as file:
            yield file

    @contextmanager
    def _opened(self) -> Iterator[BinaryIO]:
        with reading(self.where):
            try:
                file = _open(self._path)
            except FileNotFoundError:
                raise invalid(
                    "no_such_file",
                    f"there is no {shown(self._path)}{_nearest(self._path)}",
                    where=self.where,
                ) from None
        with file:
            yield file


@contextmanager
def reading(where: str) -> Iterator[None]:
    """Around every read: what goes wrong on the way becomes one line, without the credentials a URL may hold."""
    try:
        yield
    except (InvalidInput, GeneratorExit):
        raise
    except ImportError as error:
        # fsspec's own words name the packages.
        raise invalid("unreadable", f"cannot be read from there: {error}", where=where) from None
    except IsADirectoryError:
        raise invalid("unreadable", "is a folder; name the file in it", where=where) from None
    except UnicodeError:
        raise invalid(
            "unreadable", "changed while it was read; start again once it is saved", where=where
        ) from None
    except (zlib.error, gzip.BadGzipFile, EOFError):
        raise invalid(
            "unreadable", "is cut off or not compressed with gzip; save it again", where=where
        ) from None
    except Exception as error:
        # Whoever stores the file has exceptions of their own, and their texts repeat the URL.
        why = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
        raise invalid("unreadable", f"cannot be read ({why})", where=where) from None


def is_url(path: str) -> bool:
    """Whether the path is for fsspec and not for the local disk."""
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


def _open(path: str) -> BinaryIO:
    if not is_url(path):
        return open(path, "rb")
    import fsspec

    # Of a chain (`simplecache::s3://...`) each part is a scheme of its own.
    scheme = path.partition("://")[0].rpartition("::")[2]
    if scheme not in fsspec.available_protocols():
        what = f"{scheme}:// is no place that can be read; write a path, or a URL such as https:// or s3://"
        raise invalid("unreadable", what, where=name_of(path))
    filesystem, inner = fsspec.core.url_to_fs(path, **credentials_of(path).storage_options)
    return cast(BinaryIO, filesystem.open(inner, "rb"))


def _nearest(path: str) -> str:
    names: Sequence[str] = ()
    # The list of neighbours is a courtesy; the file is missing with or without it.
    with suppress(Exception):
        names = _neighbours(path)
    return nearest_file(name_of(path), names)


def _neighbours(path: str) -> list[str]:
    if not is_url(path):
        return os.listdir(os.path.dirname(path) or ".")
    import fsspec

    filesystem, inner = fsspec.core.url_to_fs(path, **credentials_of(path).storage_options)
    found: list[Any] = filesystem.ls(os.path.dirname(inner), detail=False)
    return [os.path.basename(str(name).rstrip("/")) for name in found]
