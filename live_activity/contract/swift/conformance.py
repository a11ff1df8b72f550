"""What a type conforms to, through its extensions, protocols of the app, typealiases and superclass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from live_activity.contract.swift.declarations import Alias, Declaration, Path
from live_activity.contract.swift.library import Library
from live_activity.contract.swift.spelling import Composition, Named, Part, Spelling

ATTRIBUTES = "ActivityAttributes"


def _last_parts(spellings: Iterable[Spelling]) -> Iterator[Part]:
    for spelling in spellings:
        if isinstance(spelling, Named):
            yield spelling.parts[-1]


class Conformances:
    """Answers of one library."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def named(self, declaration: Declaration) -> frozenset[str]:
        """The names of everything that a type inherits from, near and far."""
        return frozenset(name for name, _ in self._walk(declaration, set()))

    def inherited(self, declaration: Declaration) -> list[Declaration]:
        """The protocols and superclasses of a type that the library declares."""
        return [one for _, found in self._walk(declaration, set()) for one in found]

    def superclass(self, declaration: Declaration) -> Declaration | None:
        """The class that a class inherits from, where the library declares it."""
        if declaration.kind != "class":
            return None
        return next((one for one in self.inherited(declaration) if one.kind == "class"), None)

    def reads_itself(self, declaration: Declaration) -> Declaration | None:
        """Where an `init(from: Decoder)` of the type is written by hand, in it, an extension or a protocol."""
        sources = [declaration, *self._library.extensions_of(declaration)]
        for one in self.inherited(declaration):
            if one.kind == "protocol":
                sources += self._library.extensions_of(one)
        return next((one for one in sources if one.reads_itself), None)

    def attributes_types(self) -> list[Declaration]:
        """Every type of the library that conforms to ActivityAttributes, by file and line."""
        asked: set[str] = set()
        names = {ATTRIBUTES}
        while names - asked:
            for name in names - asked:
                self._library.need(name)
                asked.add(name)
            for extension in self._library.extensions():
                if names & {part.name for part in _last_parts(extension.inherits)}:
                    self._library.need(extension.name)
            names |= {
                one.name
                for one in self._library.types()
                if one.kind == "protocol" and ATTRIBUTES in self.named(one)
            }
        found = [one for one in self._library.types() if self.is_attributes(one)]
        return sorted(found, key=lambda one: (one.file, one.line))

    def is_attributes(self, declaration: Declaration) -> bool:
        """Whether a type (not a protocol) is one of a Live Activity's attributes."""
        return declaration.kind in ("struct", "class", "actor", "enum") and ATTRIBUTES in self.named(
            declaration
        )

    def _walk(
        self, declaration: Declaration, seen: set[Path]
    ) -> Iterator[tuple[str, tuple[Declaration, ...]]]:
        if declaration.path in seen:
            return
        seen.add(declaration.path)
        for one in (declaration, *self._library.extensions_of(declaration)):
            for spelling in one.inherits:
                yield from self._follow(spelling, one, seen)

    def _follow(
        self, spelling: Spelling, declaration: Declaration, seen: set[Path]
    ) -> Iterator[tuple[str, tuple[Declaration, ...]]]:
        if isinstance(spelling, Composition):
            for member in spelling.members:
                yield from self._follow(member, declaration, seen)
        if not isinstance(spelling, Named):
            return
        name = spelling.parts[-1].name
        found = self._find(name, declaration)
        yield name, tuple(found) if isinstance(found, list) else ()
        if isinstance(found, Alias):
            if found.path not in seen:
                seen.add(found.path)
                yield from self._follow(found.target, declaration, seen)
        elif found:
            for one in found:
                yield from self._walk(one, seen)

    def _find(self, name: str, declaration: Declaration) -> list[Declaration] | Alias | None:
        around = declaration.path[:-1]
        if not self._library.declares(name):
            return None
        return self._library.look_up(name, around=around, file=declaration.file)
