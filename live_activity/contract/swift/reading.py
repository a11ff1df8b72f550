"""From Swift files to the attributes and the state of one Live Activity."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path as FilePath
from pathlib import PurePosixPath

from live_activity.contract.swift.conformance import ATTRIBUTES, Conformances
from live_activity.contract.swift.declarations import Declaration
from live_activity.contract.swift.library import Library
from live_activity.contract.swift.merge import Irreconcilable, merged
from live_activity.contract.swift.resolve import Resolver
from live_activity.contract.swift.source_findings import (
    NO_SWIFT,
    TYPES_ALONE,
    broken_syntax,
    not_found,
    open_conditions,
    syntax_errors,
    unknown_protocols,
    unreadable_files,
    vendor_values,
)
from live_activity.contract.swift.source_index import SourceIndex
from live_activity.contract.types import SwiftType
from live_activity.core.findings import Finding, InvalidInput, invalid

_Read = tuple[Declaration, SwiftType, SwiftType]


@dataclass(frozen=True, slots=True)
class DeclaredType:
    """A type that conforms to ActivityAttributes, and where it is declared."""

    name: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class SwiftTypes:
    """What the Swift declares for one activity type."""

    attributes: SwiftType
    state: SwiftType
    findings: tuple[Finding, ...]


def attributes_types(path: FilePath) -> tuple[DeclaredType, ...]:
    """Every type below a path that conforms to ActivityAttributes.

    Raises InvalidInput where there is none, and OSError where a file cannot be read.
    """
    library = Library(SourceIndex(path))
    found = Conformances(library).attributes_types()
    if not found:
        nothing = f"no type here conforms to {ATTRIBUTES}; give the file that declares it"
        message = nothing if library.index.files else NO_SWIFT
        missing = Finding.error("swift_type_not_found", message, where=path.name)
        raise InvalidInput([missing, *unreadable_files(library, Finding.error), *syntax_errors(library)])
    return tuple(DeclaredType(one.name, one.file, one.line) for one in found)


def read_swift(path: FilePath, activity_type: str) -> SwiftTypes:
    """The attributes and the ContentState of the type with exactly this name.

    Raises InvalidInput where there is none, or two that differ, and OSError where a file cannot be read.
    """
    index = SourceIndex(path)
    resolver, named, found = _declarations(index, activity_type)
    found = _of_the_widget(resolver.library, found)
    if not found:
        raise InvalidInput(
            not_found(resolver.library, resolver.conformances, named, activity_type, path.name)
        )
    read = _types_of(resolver, found, path)
    attributes, state, differing = _combined(read, path, activity_type)
    first = read[0][0]
    findings = (
        *differing,
        *resolver.findings,
        *_passed_over(resolver),
        *unknown_protocols(resolver.conformances, first),
        *vendor_values(resolver.conformances, first, attributes, state),
        *open_conditions(resolver.used),
        *broken_syntax(resolver.library, resolver.used),
        *unreadable_files(resolver.library, Finding.warning),
    )
    return SwiftTypes(attributes, state, findings)


def _declarations(
    index: SourceIndex, activity_type: str
) -> tuple[Resolver, list[Declaration], list[Declaration]]:
    """The types with this name, and those of them that are the attributes of a Live Activity; with their resolver.

    Where there is none with the flags of `#if` unset, they are looked for with the flags set, and then among types that
    conform to a protocol which is not declared here.
    """
    for flags_set in (False, True):
        resolver = Resolver(Library(index, flags_set=flags_set))
        named = _named(resolver, activity_type)
        found = [one for one in named if resolver.conformances.is_attributes(one)]
        if found:
            return resolver, named, found
    resolver = Resolver(Library(index))
    named = _named(resolver, activity_type)
    return resolver, named, [one for one in named if _may_be_attributes(resolver, one)]


def _named(resolver: Resolver, activity_type: str) -> list[Declaration]:
    resolver.library.need(activity_type)
    return [one for one in resolver.library.types() if one.name == activity_type]


def _types_of(resolver: Resolver, found: list[Declaration], path: FilePath) -> list[_Read]:
    try:
        return [(one, resolver.nominal(one), _content_state(resolver, one)) for one in found]
    except RecursionError:
        where = resolver.used[-1].place if resolver.used else path.name
        raise invalid(
            "too_deep", f"its types are nested too deeply to be read; {TYPES_ALONE}", where=where
        ) from None


def _combined(
    read: list[_Read], path: FilePath, activity_type: str
) -> tuple[SwiftType, SwiftType, list[Finding]]:
    """The attributes and the state that satisfy every declaration, and a warning for each that differs.

    Raises `InvalidInput` where no content can satisfy them all.
    """
    first = read[0]
    attributes, state = first[1:]
    differing = []
    for other in read[1:]:
        if other[1:] == first[1:]:
            continue
        places = f"in {first[0].place} and in {other[0].place}"
        fix = (
            "set the contract to the file or the folder of the one in the app that people have, such as "
            f"{_choice(path, first[0].file, other[0].file)}"
        )
        try:
            attributes = merged(attributes, other[1], "attributes")
            state = merged(state, other[2], "state")
        except Irreconcilable as why:
            message = f"{activity_type} is declared twice, and differently: {places} ({why}); {fix}"
            raise invalid("swift_ambiguous", message, where=path.name) from None
        message = (
            f"{activity_type} is declared differently {places}; content is checked by both; for one, {fix}"
        )
        differing.append(Finding.warning("swift_ambiguous", message, where=path.name))
    return attributes, state, differing


def _of_the_widget(library: Library, found: list[Declaration]) -> list[Declaration]:
    """The declarations that the app is built from; if several, those nearest to a widget, which decodes the pushes."""
    targets = library.index.targets
    found = targets.shipped(found)
    if len(found) < 2:
        return found
    widgets = targets.shipped(library.index.drawn_in.get(found[0].name, []))
    near = [one for widget in widgets for one in targets.nearest(found, widget.file)]
    return [one for one in found if one in near] or found


def _choice(path: FilePath, file: str, other: str) -> str:
    """The shortest path that leads to one of two files and not to the other."""
    parts, others = PurePosixPath(file).parts, PurePosixPath(other).parts
    depth = next((at for at, part in enumerate(parts) if others[at : at + 1] != (part,)), len(parts))
    return PurePosixPath(path.name, *parts[: depth + 1]).as_posix()


def _passed_over(resolver: Resolver) -> Iterator[Finding]:
    """Says which declaration was chosen where other files declare the same type differently."""
    reported: set[tuple[str, str]] = set()
    for declaration in list(resolver.used):
        for other in resolver.library.others(declaration):
            key = (declaration.path[0], other.file)
            if other in resolver.used or key in reported:
                continue
            kinds = [Resolver(resolver.library).nominal(one) for one in (declaration, other)]
            if kinds[0] != kinds[1]:
                reported.add(key)
                message = (
                    f"{'.'.join(declaration.path)} is declared differently in {other.place}; this one (line "
                    f"{declaration.line}) is read; if that is wrong, set the contract to the other's file or folder"
                )
                yield Finding.warning("swift_ambiguous", message, where=declaration.file)


def _may_be_attributes(resolver: Resolver, declaration: Declaration) -> bool:
    """Whether a type has a ContentState, and conforms to a protocol that is not declared here and may refine
    ActivityAttributes."""
    if declaration.kind == "protocol" or not resolver.conformances.unknown_protocols(declaration):
        return False
    return resolver.content_state(declaration) is not None


def _content_state(resolver: Resolver, declaration: Declaration) -> SwiftType:
    state = resolver.content_state(declaration)
    if state is not None:
        return state
    message = (
        f"{declaration.name} has no ContentState in the files at hand; give the file that declares it: a struct "
        "inside, an extension, a typealias, or a protocol with a where clause"
    )
    missing = Finding.error("swift_no_state", message, where=declaration.place)
    raise InvalidInput(
        [missing, *unreadable_files(resolver.library, Finding.error), *syntax_errors(resolver.library)]
    )
