"""From Swift files to the attributes and the state of one Live Activity."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path as FilePath

from tree_sitter import Node

from live_activity.contract.swift.conformance import ATTRIBUTES, Conformances
from live_activity.contract.swift.declarations import Alias, Declaration
from live_activity.contract.swift.library import Library
from live_activity.contract.swift.lookup import Scope
from live_activity.contract.swift.resolve import Resolver
from live_activity.contract.swift.spelling import text_of
from live_activity.contract.types import SwiftType
from live_activity.core.findings import Finding, InvalidInput
from live_activity.core.formatting import quoted
from live_activity.core.suggestions import nearest

_MOST_ERRORS = 5
_NO_SWIFT = "no Swift file is here; hand over a .swift file, a folder of them, or a JSON Schema (.json)"


@dataclass(frozen=True, slots=True)
class DeclaredType:
    """A type that conforms to ActivityAttributes, and where it is declared."""

    name: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class SwiftTypes:
    """What the Swift says of one activity type."""

    attributes: SwiftType
    state: SwiftType
    findings: tuple[Finding, ...]


def attributes_types(path: FilePath) -> tuple[DeclaredType, ...]:
    """Every type below a path that conforms to ActivityAttributes.

    Raises WrongInput where there is none, and OSError where a file cannot be read.
    """
    library = Library(path)
    found = Conformances(library).attributes_types()
    if not found:
        nothing = f"no type here conforms to {ATTRIBUTES}; hand over the file that declares it"
        message = nothing if library.files else _NO_SWIFT
        missing = Finding(severity="error", code="swift_type_not_found", message=message, where=path.name)
        raise InvalidInput([missing, *_syntax_errors(library)])
    return tuple(DeclaredType(one.name, one.file, one.line) for one in found)


def read_swift(path: FilePath, activity_type: str) -> SwiftTypes:
    """The attributes and the ContentState of the type with exactly this name.

    Raises WrongInput where there is none, or two that differ, and OSError where a file cannot be read.
    """
    resolver, found = _find(path, activity_type, flags_set=False)
    if not found:
        resolver, found = _find(path, activity_type, flags_set=True)
    library = resolver.library
    if not found:
        named = [one for one in library.types() if one.name == activity_type]
        raise InvalidInput(_not_found(library, resolver.conformances, named, activity_type, path.name))
    read = [(one, resolver.nominal(one), _content_state(resolver, one)) for one in found]
    first = read[0]
    for other in read[1:]:
        if other[1:] != first[1:]:
            message = (
                f"{activity_type} is declared twice, and differently: in {first[0].place} and in "
                f"{other[0].place}; hand over only the file that the app is built from"
            )
            raise InvalidInput(
                [Finding(severity="error", code="swift_ambiguous", message=message, where=path.name)]
            )
    findings = (*resolver.findings, *_flags(resolver.used), *_syntax(library, resolver.used))
    return SwiftTypes(first[1], first[2], findings)


def _find(path: FilePath, activity_type: str, *, flags_set: bool) -> tuple[Resolver, list[Declaration]]:
    library = Library(path, flags_set=flags_set)
    library.need(activity_type)
    resolver = Resolver(library)
    named = [one for one in library.types() if one.name == activity_type]
    return resolver, [one for one in named if resolver.conformances.is_attributes(one)]


def _content_state(resolver: Resolver, declaration: Declaration) -> SwiftType:
    library = resolver.library
    owners = [declaration, *resolver.conformances.inherited(declaration)]
    for owner in owners:
        found = library.at((*owner.path, "ContentState"), file=owner.file)
        if isinstance(found, Alias):
            return resolver.resolve(found.target, Scope(found.path[:-1], found.file))
        if found:
            return resolver.nominal(found[0])
    message = (
        f"{declaration.name} has no ContentState in the files at hand; hand over the file that declares it, "
        "as a struct inside, in an extension, or by a typealias"
    )
    missing = Finding(severity="error", code="swift_no_state", message=message, where=declaration.place)
    raise InvalidInput([missing, *_syntax_errors(library)])


def _not_found(
    library: Library, conformances: Conformances, named: list[Declaration], activity_type: str, path: str
) -> Iterator[Finding]:
    others = conformances.attributes_types()
    names = list(dict.fromkeys(one.name for one in others))
    if not library.files:
        message = _NO_SWIFT
    elif named:
        message = (
            f"{activity_type} does not conform to {ATTRIBUTES} in the files at hand ({named[0].place}); hand "
            f"over the file that says so{_listed(others)}"
        )
    else:
        message = f"no type {quoted(activity_type)} conforms to {ATTRIBUTES} here{_listed(others)}"
        near = nearest(activity_type, names)
        same = next((name for name in near if name.casefold() == activity_type.casefold()), None)
        if same:
            message += f"; {same} differs only in case, and the name must be exact: write {same}"
        elif near:
            message += f"; did you mean {' or '.join(near)}?"
    yield Finding(severity="error", code="swift_type_not_found", message=message, where=path)
    yield from _syntax_errors(library)


def _listed(found: list[Declaration]) -> str:
    if not found:
        return "; no type here does"
    return "; what does: " + ", ".join(f"{one.name} ({one.place})" for one in found)


def _flags(used: list[Declaration]) -> Iterator[Finding]:
    for declaration in used:
        if declaration.member_flags:
            flags = ", ".join(sorted(declaration.member_flags))
            message = (
                f"what {declaration.name} holds depends on `#if {flags}`, which only the project's settings "
                f"know; it was read as {'set' if declaration.flags_set else 'not set'}"
            )
            yield Finding(
                severity="warning", code="swift_condition", message=message, where=declaration.place
            )


def _syntax(library: Library, used: list[Declaration]) -> Iterator[Finding]:
    told: set[tuple[str, int]] = set()
    for declaration in used:
        for source in (declaration, *library.extensions_of(declaration)):
            for finding in _told(source.broken(), source.file):
                told |= {(source.file, node.start_point.row) for node in source.broken()}
                yield finding
    for name in dict.fromkeys(one.file for one in used):
        file = library.parsed[name]
        spared = [node for node in file.errors() if (name, node.start_point.row) not in told]
        if spared and not any(place == name for place, _ in told):
            lines = list(dict.fromkeys(str(node.start_point.row + 1) for node in spared))[:_MOST_ERRORS]
            where = f"line{'s' if len(lines) > 1 else ''} {', '.join(lines)}"
            message = f"cannot be read as Swift at {where}; the contract's types stand elsewhere"
            yield Finding(severity="warning", code="swift_syntax", message=message, where=name)


def _syntax_errors(library: Library) -> Iterator[Finding]:
    for file in library.parsed.values():
        yield from _told(file.errors(), file.name)


def _told(nodes: Iterator[Node], file: str) -> Iterator[Finding]:
    for node, _ in zip(nodes, range(_MOST_ERRORS), strict=False):
        text = " ".join(text_of(node).split())
        shown = f" at {quoted(text)}" if text else ""
        message = (
            f"line {node.start_point.row + 1} cannot be read as Swift{shown}; mend it, or "
            "hand over a file of the Live Activity's types alone"
        )
        yield Finding(severity="error", code="swift_syntax", message=message, where=file)
