"""The folder of a staged segment: local, or at any fsspec URL. Other users may not read its files."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, BinaryIO, cast

_PART = ".part"
_COPIED = 4 * 1024 * 1024


class Folder:
    """Files that appear whole or not at all. Local ones have mode 0600 from the moment they exist."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._local = None if "://" in path or "::" in path else path
        self._files: Any = None
        self._root = path
        if self._local is None:
            import fsspec
            from fsspec.implementations.local import LocalFileSystem

            self._files, self._root = fsspec.core.url_to_fs(path)
            if isinstance(self._files, LocalFileSystem):
                self._local = self._root

    def place(self, name: str) -> str:
        """The file's path or URL, as people can use it."""
        return f"{self.path.rstrip('/')}/{name}" if self._local is None else os.path.join(self._local, name)

    def has(self, name: str) -> bool:
        """Whether the file is there."""
        if self._local is not None:
            return os.path.exists(self.place(name))
        # A cached listing from before another worker's write must not hide the file.
        self._files.invalidate_cache()
        return bool(self._files.exists(self._inner(name)))

    @contextmanager
    def written(self, name: str) -> Iterator[BinaryIO]:
        """A file to write to, and to read again; it gets its name once everything is in it, and only then.

        Where it is not local it is a temporary file that is copied at the end.
        """
        part = f"{name}{_PART}"
        self._remove(part)
        try:
            if self._local is None:
                with tempfile.TemporaryFile() as file:
                    yield cast(BinaryIO, file)
                    file.seek(0)
                    self._files.makedirs(self._root, exist_ok=True)
                    with self._files.open(self._inner(part), "wb") as target:
                        shutil.copyfileobj(file, target, _COPIED)
                self._files.mv(self._inner(part), self._inner(name))
                return
            with self._created(part) as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.replace(self.place(part), self.place(name))
        except BaseException:
            self._remove(part)
            raise

    @contextmanager
    def read(self, name: str) -> Iterator[BinaryIO]:
        """The file's bytes. Raises FileNotFoundError where it is not there."""
        if self._local is not None:
            with open(self.place(name), "rb") as file:
                yield file
            return
        with self._files.open(self._inner(name), "rb") as file:
            yield cast(BinaryIO, file)

    def remove(self, name: str) -> None:
        """Deletes the file, and the part of it that a crash left; a missing file is no error."""
        self._remove(f"{name}{_PART}")
        self._remove(name)

    def _remove(self, name: str) -> None:
        with suppress(FileNotFoundError):
            if self._local is not None:
                os.remove(self.place(name))
            else:
                self._files.rm_file(self._inner(name))

    def _inner(self, name: str) -> str:
        return f"{self._root.rstrip('/')}/{name}"

    def _created(self, name: str) -> BinaryIO:
        assert self._local is not None
        os.makedirs(self._local, mode=0o700, exist_ok=True)
        opened = os.open(self.place(name), os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        return os.fdopen(opened, "w+b")
