"""Which files of a folder an app is built from: not those of tests and packages, nor what its Xcode project leaves out.

Used only where a name is declared more than once.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import cached_property
from itertools import takewhile
from pathlib import Path, PurePosixPath
from typing import Protocol, TypeVar

_PROJECT = "project.pbxproj"
_MOST_BYTES = 64_000_000
_BUILT = re.compile(r"/\* (\S[^*]*\.swift) in Sources \*/ = ")
_SYNCHRONIZED = re.compile(r"isa = PBXFileSystemSynchronizedRootGroup;[^}]*?\bpath = \"?([^\";]+)", re.DOTALL)
_OTHER_FOLDER = re.compile(
    r".*(?:UI)?Tests?|Mocks?|Preview Content|node_modules|Pods|Carthage|DerivedData|SourcePackages"
)
_TEST_MODULE = re.compile(rb"^\s*(?:@testable\s+import\s|import\s+(?:XCTest|Testing)\b)", re.MULTILINE)


class InFile(Protocol):
    """Something that a file of the folder declares."""

    @property
    def file(self) -> str:
        """The file's path below the folder."""
        ...


_T = TypeVar("_T", bound=InFile)


class Targets:
    """The targets of the app in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._others: dict[str, bool] = {}

    def shipped(self, found: list[_T]) -> list[_T]:
        """Those in files of the app, where any are: not in tests or packages, and not left out of the Xcode project."""
        if len({one.file for one in found}) < 2:
            return found
        found = [one for one in found if not self._is_other(one.file)] or found
        return [one for one in found if self._is_built(one.file)] or found

    def nearest(self, found: list[_T], file: str) -> list[_T]:
        """Those that a file means: its own, or else the app's in the nearest folder: each target has a folder."""
        if own := [one for one in found if one.file == file]:
            return own
        found = self.shipped(found)
        depths = [_common(one.file, file) for one in found]
        return [one for one, depth in zip(found, depths, strict=True) if depth == max(depths)]

    def _is_other(self, file: str) -> bool:
        if file not in self._others:
            path = self._folder / file
            self._others[file] = any(map(_OTHER_FOLDER.fullmatch, PurePosixPath(file).parts[:-1])) or (
                path.is_file() and _TEST_MODULE.search(path.read_bytes()) is not None
            )
        return self._others[file]

    def _is_built(self, file: str) -> bool:
        names, folders = self._projects
        parts = PurePosixPath(file).parts
        return (
            not names
            or parts[-1] in names
            or any(folder in parts[:-1] for folder in folders)
            or any(
                (self._folder.joinpath(*parts[:depth]) / "Package.swift").is_file()
                for depth in range(len(parts))
            )
        )

    @cached_property
    def _projects(self) -> tuple[frozenset[str], frozenset[str]]:
        """The names of the files that the Xcode projects build, and of the folders that they build as a whole."""
        texts = list(self._project_texts())
        names = frozenset(name for text in texts for name in _BUILT.findall(text))
        folders = frozenset(
            PurePosixPath(path.strip()).name for text in texts for path in _SYNCHRONIZED.findall(text)
        )
        return names, folders

    def _project_texts(self) -> Iterator[str]:
        for folder, folders, names in os.walk(self._folder):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            path = Path(folder, _PROJECT)
            if _PROJECT in names and path.stat().st_size <= _MOST_BYTES:
                yield path.read_text("utf-8", "replace")


def _common(one: str, other: str) -> int:
    """How many folders two files share."""
    pairs = zip(PurePosixPath(one).parts[:-1], PurePosixPath(other).parts[:-1], strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
