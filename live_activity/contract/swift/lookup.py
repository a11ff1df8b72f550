"""What a type's name means where it is written, as far as the files at hand declare it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from live_activity.contract.swift.builtins import MODULES, NAMES
from live_activity.contract.swift.declarations import Alias, Declaration, Path
from live_activity.contract.swift.library import Library
from live_activity.contract.swift.spelling import Named, Spelling
from live_activity.contract.types import SwiftType

DEEPEST = 64
"""How many typealiases may lead to one another before they count as a circle."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a name is written: inside which types, in which file, with which generic parameters bound."""

    around: Path
    file: str
    bound: Mapping[str, SwiftType] = field(default_factory=dict)


class Lookup:
    """Looks names up in one library."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self._depth = 0

    def find(self, spelling: Named, scope: Scope) -> list[Declaration] | Alias | None:
        """The types or the typealias that a name means where it is written; None where the library has none."""
        names = [part.name for part in spelling.parts]
        if len(names) == 1 and names[0] in NAMES and not self.library.declares(names[0]):
            return None
        if names[0] == "Self" and scope.around:
            around = self.library.at(scope.around, file=scope.file)
            return self._inside_of(scope.around, names[1:], scope) if len(names) > 1 else around
        found = self.library.look_up(names[0], around=scope.around, file=scope.file)
        if len(names) == 1:
            return found
        if isinstance(found, Alias):
            found = self.declared(found.target, Scope(found.path[:-1], found.file))
        if found:
            return self._inside_of(found[0].path, names[1:], scope)
        # A module's name: the types of a package may lie in the same folder.
        rest = Named(spelling.parts[1:])
        return self.find(rest, Scope((), scope.file)) if names[0] not in MODULES else None

    def _inside_of(self, path: Path, names: list[str], scope: Scope) -> list[Declaration] | Alias | None:
        found: list[Declaration] | Alias | None = None
        for name in names:
            self.library.need(name)
            found = self.library.at((*path, name), file=scope.file)
            if isinstance(found, Alias) and name is not names[-1]:
                found = self.declared(found.target, Scope(found.path[:-1], found.file))
            if not found:
                return None
            path = found.path if isinstance(found, Alias) else found[0].path
        return found

    def declared(self, spelling: Spelling | None, scope: Scope) -> list[Declaration]:
        """The types of the library that a spelling names, seen through typealiases."""
        if not isinstance(spelling, Named) or self._depth > DEEPEST:
            return []
        found = self.find(spelling, scope)
        if not isinstance(found, Alias):
            return found or []
        self._depth += 1
        try:
            return self.declared(found.target, Scope(found.path[:-1], found.file))
        finally:
            self._depth -= 1
