"""The declarations of the Swift files at hand; a file is parsed when a name in it is needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from live_activity.contract.swift.declarations import Alias, Declaration, Path, read_declarations
from live_activity.contract.swift.source_file import SwiftFile
from live_activity.contract.swift.source_index import SourceIndex
from live_activity.contract.swift.spelling import Named

MOST_PARSED = 12_000_000
"""How many bytes of source are parsed at most; their syntax trees take about thirty times as much memory."""


class Library:
    """The declarations of one file, or of a folder. `flags_set` says how the project's own `#if` flags are read."""

    def __init__(self, index: SourceIndex, *, flags_set: bool = False) -> None:
        self.index = index
        self.flags_set = flags_set
        self.parsed: dict[str, SwiftFile] = {}
        self._bytes = 0
        self._asked: set[tuple[str, str | None]] = set()
        self._types: dict[Path, list[Declaration]] = {}
        self._aliases: dict[Path, list[Alias]] = {}
        self._extensions: dict[str, list[Declaration]] = {}

    @property
    def unreadable(self) -> list[SwiftFile]:
        """The files that could not be read within the bounds, of those that were needed."""
        return [file for file in self.index.files if file.problem]

    def types(self) -> list[Declaration]:
        """The types parsed so far."""
        return [one for declared in self._types.values() for one in declared]

    def need(self, name: str, *, inside: str | None = None) -> None:
        """Parses the files that declare or extend a name; `inside`: only as a member of a type of that name."""
        if (name, inside) in self._asked or (name, None) in self._asked:
            return
        self._asked.add((name, inside))
        self._parse(self.index.files_of(name, inside=inside))

    def declares(self, name: str) -> bool:
        """Whether a type or a typealias of this name seems to be declared."""
        return any(head.kind != "extension" and head.name == name for head in self.index.heads(name))

    def look_up(self, name: str, *, around: Path, file: str) -> list[Declaration] | Alias | None:
        """What a name means where it is written: from the innermost type outwards, the same file first."""
        for depth in range(len(around), 0, -1):
            self.need(name, inside=around[depth - 1])
            if found := self.at((*around[:depth], name), file=file):
                return found
        # Nested types of common names are many; those of the top level are tried first.
        self._parse(
            head.file for head in self.index.heads(name) if head.name == name and not head.is_indented
        )
        if found := self.at((name,), file=file):
            return found
        self.need(name)
        return self.at((name,), file=file)

    def at(self, path: Path, *, file: str) -> list[Declaration] | Alias | None:
        """What is declared under a full path, as the file sees it: its own, or else what stands nearest."""
        seen = [one for one in self._types.get(path, ()) if self._is_seen(one, path, file)]
        if seen:
            return self.index.targets.nearest(seen, file)
        aliases = [one for one in self._aliases.get(path, ()) if self._is_seen(one, path, file)]
        return self.index.targets.nearest(aliases, file)[0] if aliases else None

    def others(self, declaration: Declaration) -> list[Declaration]:
        """The declarations of the same type in other files."""
        return [
            one
            for one in self._types.get(declaration.path, ())
            if one.file != declaration.file and self._is_seen(one, declaration.path, declaration.file)
        ]

    def extensions_of(self, declaration: Declaration) -> list[Declaration]:
        """The extensions of a type; where two files declare the type, each has those nearest to it."""
        path = declaration.path
        twins = [one for one in self._types.get(path, ()) if not one.hidden or one.file == declaration.file]
        names = (path[-1], *self.index.aliases_of(path[-1]))
        self._parse(
            head.file
            for name in names
            for head in self.index.heads(name)
            if head.kind == "extension" and head.name == name
        )
        return [
            one
            for name in names
            for one in self._extensions.get(name, ())
            if self._extended(one) == path
            and (len(twins) < 2 or declaration in self.index.targets.nearest(twins, one.file))
        ]

    def extensions_named(self, name: str) -> list[Declaration]:
        """The extensions of a type that need not be declared here, such as one of Apple's."""
        self._parse(head.file for head in self.index.heads(name) if head.kind == "extension")
        return list(self._extensions.get(name, ()))

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

    def _parse(self, files: Iterable[SwiftFile]) -> None:
        for file in list(files):
            if file.name in self.parsed or file.problem:
                continue
            self._bytes += file.path.stat().st_size
            if self._bytes > MOST_PARSED:
                file.problem = f"was not read: files of over {MOST_PARSED:,} bytes declare the same names"
                continue
            root = file.root
            if root is None:
                continue
            self.parsed[file.name] = file
            try:
                declarations, aliases = read_declarations(root, file=file.name, flags_set=self.flags_set)
                self._keep(declarations, aliases)
            except RecursionError:
                file.problem = "is nested too deeply"

    def _keep(self, declarations: list[Declaration], aliases: list[Alias]) -> None:
        for alias in aliases:
            self._aliases.setdefault(alias.path, []).append(alias)
        for declaration in declarations:
            if declaration.kind == "extension":
                self._extensions.setdefault(declaration.path[-1], []).append(declaration)
            else:
                self._types.setdefault(declaration.path, []).append(declaration)
            self._keep(list(declaration.nested), list(declaration.aliases))


def all_of(sources: Iterable[Declaration], library: Library) -> Iterator[Declaration]:
    """Each declaration, followed by its extensions."""
    for one in sources:
        yield one
        yield from library.extensions_of(one)
