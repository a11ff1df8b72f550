"""A text index of Swift files: which file declares or extends which name.

Parsing is slow and its trees are large, so a folder is only searched with regular expressions; a file is parsed once
a name that it seems to declare is asked for. A head in a comment or a string costs one needless parse and no more.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path as FilePath

from live_activity.contract.swift.source_file import MOST_BYTES, SwiftFile, in_utf8
from live_activity.contract.swift.targets import Targets
from live_activity.core.findings import invalid

MOST_FILES = 50_000

_KINDS = rb"struct|class|enum|actor|protocol|extension|typealias"
_HEAD = re.compile(
    rb"\b(" + _KINDS + rb")\s+(?!(?:" + _KINDS + rb")\b)(`?[A-Za-z_\x80-\xff][\w.`\x80-\xff]*)"
    rb"(?=([^{}\"]{0,800}))"
)
_DRAWN = re.compile(rb"\bActivityConfiguration\s*\(\s*for\s*:\s*([\w.`\x80-\xff]+)\s*\.\s*self\b")
_WORD = re.compile(rb"[A-Za-z_\x80-\xff][\w\x80-\xff]*")


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a declaration: its kind, its dotted name, and the names that follow, such as its protocols.

    `is_indented`: it probably stands inside another declaration.
    """

    kind: str
    names: tuple[str, ...]
    words: frozenset[str]
    file: SwiftFile
    is_indented: bool

    @property
    def name(self) -> str:
        """The last part of its name."""
        return self.names[-1]


@dataclass(frozen=True, slots=True)
class Widget:
    """A widget that draws a Live Activity, by its file."""

    file: str


class SourceIndex:
    """The heads of all declarations in one file, or in a folder and everything below it that is not hidden.

    Raises OSError where a file cannot be read, and InvalidInput for a folder with too many files.
    """

    def __init__(self, path: FilePath) -> None:
        self.files: list[SwiftFile] = []
        self.targets = Targets(path)
        self.drawn_in: dict[str, list[Widget]] = {}
        """The widgets that draw the activities of a type, by the last part of the type's name."""
        self._heads: dict[str, list[Head]] = {}
        self._aliases: dict[str, set[str]] = {}
        for file in _swift_files(path):
            self.files.append(file)
            if len(self.files) > MOST_FILES:
                message = (
                    f"has more than {MOST_FILES:,} Swift files; give the folder of the Live Activity's types"
                )
                raise invalid("contract", message, where=path.name)
            if not file.problem:
                self._add(file, in_utf8(file.path.read_bytes()))

    def heads(self, name: str) -> list[Head]:
        """Every head with this name, or with it as a part of a dotted name."""
        return self._heads.get(name, [])

    def all_heads(self) -> Iterator[Head]:
        """Every head, once."""
        for name, heads in self._heads.items():
            for head in heads:
                if head.name == name:
                    yield head

    def aliases_of(self, name: str) -> set[str]:
        """The names of typealiases that lead to a name, directly or through others."""
        found: set[str] = set()
        pending = [name]
        while pending:
            for alias in self._aliases.get(pending.pop(), ()):
                if alias not in found and alias != name:
                    found.add(alias)
                    pending.append(alias)
        return found

    def files_of(self, name: str, *, inside: str | None = None) -> list[SwiftFile]:
        """The files that seem to declare or extend a name; `inside`: only those that also name the type around it."""
        files = dict.fromkeys(head.file for head in self.heads(name))
        if inside is None:
            return list(files)
        around = {head.file for head in self.heads(inside)}
        return [file for file in files if file in around]

    def conforming(self, protocols: Iterable[str]) -> set[str]:
        """The names of all types that seem to conform to one of these protocols, also through other protocols."""
        users: dict[str, set[str]] = {}
        for head in self.all_heads():
            for word in head.words:
                users.setdefault(word, set()).add(head.name)
        found: set[str] = set()
        pending = list(protocols)
        while pending:
            new = users.get(pending.pop(), set()) - found
            found |= new
            pending += new
        return found

    def _add(self, file: SwiftFile, source: bytes) -> None:
        for match in _DRAWN.finditer(source):
            name = match[1].decode("utf-8", "replace").replace("`", "").rpartition(".")[2]
            self.drawn_in.setdefault(name, []).append(Widget(file.name))
        for match in _HEAD.finditer(source):
            kind = match[1].decode()
            names = tuple(
                part for part in match[2].decode("utf-8", "replace").replace("`", "").split(".") if part
            )
            if not names or (kind == "class" and names[0] in ("func", "var", "let", "subscript")):
                continue
            words = _words_of(kind, match[3])
            before = source[source.rfind(b"\n", 0, match.start()) + 1 : match.start()]
            head = Head(kind, names, words, file, before[:1] in (b" ", b"\t") or b"{" in before)
            for name in dict.fromkeys(names):
                self._heads.setdefault(name, []).append(head)
            if kind == "typealias":
                for word in words:
                    self._aliases.setdefault(word, set()).add(names[-1])


def _words_of(kind: str, rest: bytes) -> frozenset[str]:
    if kind == "typealias":
        rest = rest.partition(b"=")[2].lstrip().partition(b"\n")[0]
    return frozenset(word.decode("utf-8", "replace") for word in _WORD.findall(rest)[:40])


def _swift_files(path: FilePath) -> Iterator[SwiftFile]:
    if path.is_file():
        yield _file(path.name, path)
        return
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if name.endswith(".swift") and not name.startswith("."):
                file = FilePath(folder, name)
                if file.is_file():  # not a link that leads nowhere
                    yield _file(file.relative_to(path).as_posix(), file)


def _file(name: str, path: FilePath) -> SwiftFile:
    file = SwiftFile(name=name, path=path)
    size = path.stat().st_size
    if size > MOST_BYTES:
        file.problem = f"has {size:,} bytes, and at most {MOST_BYTES:,} are read"
    return file
