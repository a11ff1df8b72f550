"""The Swift files that were handed over, and the look-up of names in them.

A file is parsed once somebody asks for a name that stands in it, so a folder of hundreds of files costs
little more than the few that declare the Live Activity.
"""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path as FilePath

import tree_sitter_swift
from tree_sitter import Language, Node, Parser

from live_activity.contract.swift.declarations import Alias, Declaration, Path, read_declarations
from live_activity.contract.swift.headers import is_broken
from live_activity.contract.swift.spelling import Named

_KEYWORDS = ("struct", "class", "enum", "actor", "typealias", "protocol")
_DIAGNOSTICS = (b"#warning(", b"#error(", b"#sourceLocation(")


class SwiftFile:
    """One source file; `name` is how it is told of."""

    def __init__(self, *, name: str, source: bytes) -> None:
        self.name = name
        self.source = _in_utf8(source)

    @cached_property
    def root(self) -> Node:
        """Its syntax tree.

        The grammar takes `#warning("...")` in fewer places than Swift does. It declares nothing, so a file that has
        errors is parsed again without it.
        """
        parser = Parser(Language(tree_sitter_swift.language()))
        root = parser.parse(self.source).root_node
        if root.has_error and (spared := _without(self.source, _diagnostics(root))) != self.source:
            root = parser.parse(spared).root_node
        return root

    def errors(self) -> Iterator[Node]:
        """The innermost places that are no Swift: the error around them may begin with the file."""
        yield from _errors(self.root)


class Library:
    """The declarations of one file, or of a folder and everything below it that is not hidden.

    `flags_set` says how the project's own `#if` flags are read. Raises OSError where a file cannot be read.
    """

    def __init__(self, path: FilePath, *, flags_set: bool = False) -> None:
        self.flags_set = flags_set
        self.files = tuple(_read_files(path))
        self.parsed: dict[str, SwiftFile] = {}
        self._asked: set[str] = set()
        self._types: dict[Path, list[Declaration]] = {}
        self._aliases: dict[Path, list[Alias]] = {}
        self._extensions: list[Declaration] = []

    def types(self) -> Iterator[Declaration]:
        """The types read so far."""
        for declared in self._types.values():
            yield from declared

    def extensions(self) -> Iterator[Declaration]:
        """The extensions read so far."""
        yield from self._extensions

    def need(self, name: str) -> None:
        """Reads the files in which the name stands."""
        if name in self._asked:
            return
        self._asked.add(name)
        word = name.encode()
        for file in self.files:
            if file.name not in self.parsed and word in file.source:
                self._read(file)

    def declares(self, name: str) -> bool:
        """Whether a type of this name seems to be declared anywhere; reads the files that may do so."""
        needles = [f"{keyword} {name}".encode() for keyword in _KEYWORDS]
        found = False
        for file in self.files:
            if any(needle in file.source for needle in needles):
                found = True
                if file.name not in self.parsed:
                    self._read(file)
        return found

    def look_up(self, name: str, *, around: Path, file: str) -> list[Declaration] | Alias | None:
        """What a name means where it is written, from the innermost type outwards, the same file first."""
        self.need(name)
        for depth in range(len(around), -1, -1):
            if found := self.at((*around[:depth], name), file=file):
                return found
        return None

    def at(self, path: Path, *, file: str) -> list[Declaration] | Alias | None:
        """What is declared under a full path, as the file sees it."""
        seen = [one for one in self._types.get(path, ()) if self._is_seen(one, path, file)]
        if seen:
            return [one for one in seen if one.file == file] or seen
        aliases = [one for one in self._aliases.get(path, ()) if self._is_seen(one, path, file)]
        return next((one for one in aliases if one.file == file), aliases[0]) if aliases else None

    def extensions_of(self, declaration: Declaration) -> list[Declaration]:
        """The extensions of a type; where two files declare the type, each has its own."""
        path = declaration.path
        twins = {one.file for one in self._types.get(path, ())}
        return [
            one
            for one in self._extensions
            if self._extended(one) == path and (one.file == declaration.file or one.file not in twins)
        ]

    def _extended(self, extension: Declaration) -> Path:
        """The path of the type that an extension is of, seen through a typealias."""
        path = extension.path
        alias = None if path in self._types else self.at(path[:1], file=extension.file)
        if isinstance(alias, Alias) and isinstance(alias.target, Named):
            return (*(part.name for part in alias.target.parts), *path[1:])
        return path

    @staticmethod
    def _is_seen(one: Declaration | Alias, path: Path, file: str) -> bool:
        return one.file == file or len(path) > 1 or not one.hidden

    def _read(self, file: SwiftFile) -> None:
        self.parsed[file.name] = file
        declarations, aliases = read_declarations(file.root, file=file.name, flags_set=self.flags_set)
        self._keep(declarations, aliases)

    def _keep(self, declarations: list[Declaration], aliases: list[Alias]) -> None:
        for alias in aliases:
            self._aliases.setdefault(alias.path, []).append(alias)
        for declaration in declarations:
            if declaration.kind == "extension":
                self._extensions.append(declaration)
            else:
                self._types.setdefault(declaration.path, []).append(declaration)
            self._keep(list(declaration.nested), list(declaration.aliases))


def _read_files(path: FilePath) -> Iterator[SwiftFile]:
    if path.is_file():
        yield SwiftFile(name=path.name, source=path.read_bytes())
        return
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if name.endswith(".swift") and not name.startswith("."):
                file = FilePath(folder, name)
                if not file.is_file():  # a link that leads nowhere
                    continue
                yield SwiftFile(name=file.relative_to(path).as_posix(), source=file.read_bytes())


def _in_utf8(source: bytes) -> bytes:
    """The source as the parser reads it, whatever byte order mark and line ends an editor gave it."""
    if source.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        source = source.decode("utf-16", "replace").encode()
    source = source.removeprefix(codecs.BOM_UTF8)
    return source.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in source else source


def _diagnostics(node: Node) -> Iterator[Node]:
    """Where `#warning` and its like stand, known to the grammar or not."""
    if node.type == "diagnostic" or (node.is_error and _is_diagnostic(node.text or b"")):
        yield node
        return
    for child in node.children:
        yield from _diagnostics(child)


def _is_diagnostic(text: bytes) -> bool:
    return text.startswith(_DIAGNOSTICS) and text.endswith(b")") and b"\n" not in text


def _without(source: bytes, nodes: Iterable[Node]) -> bytes:
    """The source with spaces in the place of these nodes."""
    for node in nodes:
        blank = b" " * (node.end_byte - node.start_byte)
        source = source[: node.start_byte] + blank + source[node.end_byte :]
    return source


def _errors(node: Node) -> Iterator[Node]:
    found = (error for child in node.children if child.has_error for error in _errors(child))
    inner = next(found, None)
    if inner is not None:
        yield inner
        yield from found
    elif is_broken(node):
        yield node
