"""What a type's name means where it is written, as far as the files at hand declare it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from live_activity.contract.swift.associated import AssociatedTypes
from live_activity.contract.swift.builtins import MODULES, NAMES
from live_activity.contract.swift.conformance import Conformances
from live_activity.contract.swift.declarations import Alias, Declaration, Path
from live_activity.contract.swift.library import Library
from live_activity.contract.swift.spelling import Named, Part, Spelling

DEEPEST = 64
"""How many typealiases may lead to one another before they count as a cycle."""

Bound = Mapping[str, "Binding | None"]
"""Generic parameters and what they stand for; None where that is not known."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a name is written: inside which types, in which file, with which generic parameters bound."""

    around: Path
    file: str
    bound: Bound = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Binding:
    """What a generic parameter stands for: a type as it is written somewhere."""

    spelling: Spelling
    scope: Scope


@dataclass(frozen=True, slots=True)
class Found:
    """The types or the typealias that a name means, and the generic parameters in them."""

    declared: tuple[Declaration, ...]
    alias: Alias | None
    bound: Bound

    @property
    def path(self) -> Path:
        """The full name."""
        return self.alias.path if self.alias else self.declared[0].path

    @property
    def target(self) -> tuple[Spelling, Scope] | None:
        """What a typealias stands for, and the scope in which that is written."""
        return (
            (self.alias.target, Scope(self.alias.path[:-1], self.alias.file, self.bound))
            if self.alias
            else None
        )


class Lookup:
    """Looks names up in one library."""

    def __init__(self, library: Library, conformances: Conformances) -> None:
        self.library = library
        self.associated = AssociatedTypes(library, conformances)
        self._depth = 0

    def find(self, spelling: Named, scope: Scope) -> Found | None:
        """What a name means where it is written; None where the library does not declare it."""
        first, *rest = spelling.parts
        if not rest and first.name in NAMES and not self.library.declares(first.name):
            return None
        if first.name in scope.bound:
            binding = scope.bound[first.name]
            found = self.declared(binding.spelling, binding.scope) if binding and rest else None
        elif first.name == "Self" and scope.around:
            found = self._found(
                self.library.at(scope.around, file=scope.file), Part("Self"), scope, scope.bound
            )
        else:
            written = self.library.look_up(first.name, around=scope.around, file=scope.file)
            found = self._found(written, first, scope, {})
            if found is None and rest and first.name not in MODULES:
                # It may be the name of a module: the types of a package may be in the same folder.
                return self.find(Named(tuple(rest)), Scope((), scope.file, scope.bound))
            if found is None and scope.around and not rest:
                found = self._member_of_self(first, scope)
        for part in rest:
            if found is None or (found.alias and not (found := self._through(found))):
                return None
            found = self._inside(found, part, scope)
        return found

    def declared(self, spelling: Spelling | None, scope: Scope) -> Found | None:
        """The types of the library that a spelling names, seen through typealiases and generic parameters."""
        if not isinstance(spelling, Named) or self._depth > DEEPEST:
            return None
        if len(spelling.parts) == 1 and spelling.parts[0].name in scope.bound:
            binding = scope.bound[spelling.parts[0].name]
            return self._deeper(binding.spelling, binding.scope) if binding else None
        found = self.find(spelling, scope)
        return self._through(found) if found and found.alias else found

    def final_name(self, spelling: Spelling | None, scope: Scope) -> str | None:
        """The last name that typealiases and generic parameters lead to, such as `Double`; None if not a plain name."""
        for _ in range(DEEPEST):
            if not isinstance(spelling, Named):
                return None
            if len(spelling.parts) == 1 and spelling.parts[0].name in scope.bound:
                binding = scope.bound[spelling.parts[0].name]
                if binding is None:
                    return None
                spelling, scope = binding.spelling, binding.scope
                continue
            found = self.find(spelling, scope)
            if found is None or found.target is None:
                return ".".join(found.path) if found else spelling.parts[-1].name
            spelling, scope = found.target
        return None

    def _through(self, found: Found) -> Found | None:
        return self._deeper(*found.target) if found.target else found

    def _deeper(self, spelling: Spelling, scope: Scope) -> Found | None:
        self._depth += 1
        try:
            return self.declared(spelling, scope)
        finally:
            self._depth -= 1

    def _inside(self, found: Found, part: Part, scope: Scope) -> Found | None:
        self.library.need(part.name, inside=found.path[-1])
        inner = self.library.at((*found.path, part.name), file=scope.file)
        if not inner and found.declared:
            inner = self.associated.of(found.declared[0], part.name)
        return self._found(inner, part, scope, found.bound)

    def _member_of_self(self, part: Part, scope: Scope) -> Found | None:
        """A type that the types around the name inherit from a protocol, or that Swift derives for them."""
        for depth in range(len(scope.around), 0, -1):
            around = self.library.at(scope.around[:depth], file=scope.file)
            if isinstance(around, list) and (alias := self.associated.of(around[0], part.name)):
                return self._found(alias, part, scope, {})
        return None

    def _found(
        self, written: list[Declaration] | Alias | None, part: Part, scope: Scope, around: Bound
    ) -> Found | None:
        if not written:
            return None
        alias = written if isinstance(written, Alias) else None
        declared = () if isinstance(written, Alias) else tuple(written)
        path = alias.path if alias else declared[0].path
        parameters = alias.parameters if alias else declared[0].parameters
        inherited = scope.bound if path[:-1] == scope.around[: len(path) - 1] else {}
        bound: dict[str, Binding | None] = {
            name: around.get(name, inherited.get(name)) for name in self._outer_parameters(path, scope.file)
        }
        is_inside = not part.arguments and path == scope.around[: len(path)]
        for index, name in enumerate(parameters):
            if index < len(part.arguments):
                bound[name] = Binding(part.arguments[index], scope)
            else:
                bound[name] = scope.bound.get(name) if is_inside else None
        return Found(declared, alias, {**around, **bound})

    def _outer_parameters(self, path: Path, file: str) -> list[str]:
        found: list[str] = []
        for depth in range(1, len(path)):
            around = self.library.at(path[:depth], file=file)
            found += [name for one in around for name in one.parameters] if isinstance(around, list) else []
        return found
