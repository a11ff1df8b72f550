"""From Swift files to the attributes and the state of one Live Activity."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path as FilePath
from pathlib import PurePosixPath

from tree_sitter import Node

from live_activity.contract.swift.conformance import ATTRIBUTES, VENDOR_PROTOCOLS, Conformances
from live_activity.contract.swift.declarations import Declaration
from live_activity.contract.swift.library import Library
from live_activity.contract.swift.merge import Irreconcilable, merged
from live_activity.contract.swift.resolve import Resolver
from live_activity.contract.swift.source_index import SourceIndex
from live_activity.contract.swift.spelling import text_of
from live_activity.contract.types import SwiftType, VendorIdentifier, inner_types, unwrapped
from live_activity.core.findings import Finding, InvalidInput, invalid
from live_activity.core.formatting import quoted
from live_activity.core.suggestions import nearest

_MOST_ERRORS = 5
_MOST_LISTED = 12
_NO_SWIFT = "has no Swift file; give a .swift file, a folder of them, or a JSON Schema (.json)"
_TYPES_ALONE = "give a file with the Live Activity's types alone"


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
        message = nothing if library.index.files else _NO_SWIFT
        missing = Finding.error("swift_type_not_found", message, where=path.name)
        raise InvalidInput([missing, *_unreadable(library, Finding.error), *_syntax_errors(library)])
    return tuple(DeclaredType(one.name, one.file, one.line) for one in found)


def read_swift(path: FilePath, activity_type: str) -> SwiftTypes:
    """The attributes and the ContentState of the type with exactly this name.

    Raises InvalidInput where there is none, or two that differ, and OSError where a file cannot be read.
    """
    index = SourceIndex(path)
    for flags_set in (False, True):
        resolver = Resolver(Library(index, flags_set=flags_set))
        resolver.library.need(activity_type)
        named = [one for one in resolver.library.types() if one.name == activity_type]
        found = [one for one in named if resolver.conformances.is_attributes(one)]
        if found:
            break
    else:
        resolver = Resolver(Library(index))
        resolver.library.need(activity_type)
        named = [one for one in resolver.library.types() if one.name == activity_type]
        found = [one for one in named if _may_be_attributes(resolver, one)]
    library = resolver.library
    found = _of_the_widget(library, found)
    if not found:
        raise InvalidInput(_not_found(library, resolver.conformances, named, activity_type, path.name))
    try:
        read = [(one, resolver.nominal(one), _content_state(resolver, one)) for one in found]
    except RecursionError:
        where = resolver.used[-1].place if resolver.used else path.name
        raise invalid(
            "too_deep", f"its types are nested too deeply to be read; {_TYPES_ALONE}", where=where
        ) from None
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
    findings = (
        *differing,
        *resolver.findings,
        *_passed_over(resolver),
        *_protocols(resolver.conformances, first[0]),
        *_vendor(resolver.conformances, first[0], attributes, state),
        *_flags(resolver.used),
        *_syntax(library, resolver.used),
        *_unreadable(library, Finding.warning),
    )
    return SwiftTypes(attributes, state, findings)


def _of_the_widget(library: Library, found: list[Declaration]) -> list[Declaration]:
    """The declarations that the app is built from; of several those nearest to a widget, which decodes the pushes."""
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
        [missing, *_unreadable(resolver.library, Finding.error), *_syntax_errors(resolver.library)]
    )


def _not_found(
    library: Library, conformances: Conformances, named: list[Declaration], activity_type: str, path: str
) -> Iterator[Finding]:
    others = conformances.attributes_types()
    names = list(dict.fromkeys(one.name for one in others))
    if not library.index.files:
        message = _NO_SWIFT
    elif named:
        message = (
            f"{activity_type} does not conform to {ATTRIBUTES} in the files at hand ({named[0].place}); give the "
            f"file that declares the conformance{_listed(others)}"
        )
    else:
        message = f"no type {quoted(activity_type)} conforms to {ATTRIBUTES} here{_listed(others)}"
        near = nearest(activity_type, names)
        same = next((name for name in near if name.casefold() == activity_type.casefold()), None)
        if same:
            message += f"; {same} differs only in case, and the name must be exact: write {same}"
        elif near:
            message += f"; did you mean {' or '.join(near)}?"
    yield Finding.error("swift_type_not_found", message, where=path)
    yield from _unreadable(library, Finding.error)
    yield from _syntax_errors(library)


def _listed(found: list[Declaration]) -> str:
    if not found:
        return "; no type here does"
    more = f" and {len(found) - _MOST_LISTED} more" if len(found) > _MOST_LISTED else ""
    return "; these do: " + ", ".join(f"{one.name} ({one.place})" for one in found[:_MOST_LISTED]) + more


def _protocols(conformances: Conformances, declaration: Declaration) -> Iterator[Finding]:
    if not conformances.is_attributes(declaration):
        names = ", ".join(conformances.unknown_protocols(declaration))
        message = (
            f"{declaration.name} conforms to {names}, which the files at hand do not declare; it is read as if that "
            f"refined {ATTRIBUTES}"
        )
        yield Finding.warning("swift_unknown_protocol", message, where=declaration.place)


def _vendor(
    conformances: Conformances, declaration: Declaration, attributes: SwiftType, state: SwiftType
) -> Iterator[Finding]:
    """One remark about values of a vendor's SDK whose JSON form is not published."""
    fields = [
        (path, inner.name)
        for root, kind in (("attributes", attributes), ("state", state))
        for path, part in inner_types(kind, root)
        if isinstance(inner := unwrapped(part), VendorIdentifier)
    ]
    protocol = conformances.vendor_protocol(declaration)
    if protocol is None and not fields:
        return
    path, kind = fields[0] if fields else ("attributes", VENDOR_PROTOCOLS[protocol or ""])
    name = path.rpartition(".")[2]
    message = (
        f"the JSON form of {name} ({kind}) is not published, nor whether the vendor adds it to a start: it is "
        f"sent where the start row has {path}, and not required; try a start with `test` on one phone first"
        if fields
        else f"{protocol} is a vendor's protocol; try a start with `test` on one phone first"
    )
    yield Finding.info("vendor_identifier", message, where=declaration.place, column=path)


def _flags(used: list[Declaration]) -> Iterator[Finding]:
    for declaration in used:
        if declaration.member_flags:
            flags = ", ".join(sorted(declaration.member_flags))
            message = (
                f"the fields of {declaration.name} depend on `#if {flags}`, which the project's settings decide; "
                f"it was read as {'set' if declaration.flags_set else 'not set'}"
            )
            yield Finding.warning("swift_condition", message, where=declaration.place)


def _syntax(library: Library, used: list[Declaration]) -> Iterator[Finding]:
    reported: set[tuple[str, int]] = set()
    for declaration in used:
        for source in (declaration, *library.extensions_of(declaration)):
            reported |= {(source.file, node.start_point.row + 1) for node in source.broken()}
            yield from _broken(source.broken(), source.file)
    for name in dict.fromkeys(one.file for one in used):
        file = library.parsed[name]
        lines = [*file.harmless, *(node.start_point.row + 1 for node in file.errors())]
        lines = sorted({line for line in lines if (name, line) not in reported})[:_MOST_ERRORS]
        if lines and not any(place == name for place, _ in reported):
            where = f"line{'s' if len(lines) > 1 else ''} {', '.join(map(str, lines))}"
            message = f"cannot be read as Swift at {where}; the contract's types are not affected"
            yield Finding.warning("swift_syntax", message, where=name)


def _syntax_errors(library: Library) -> Iterator[Finding]:
    for file in library.parsed.values():
        yield from _broken(file.errors(), file.name)


def _unreadable(library: Library, new: Callable[..., Finding]) -> Iterator[Finding]:
    for file, _ in zip(library.unreadable, range(_MOST_ERRORS), strict=False):
        yield new("swift_unreadable", f"{file.problem}; {_TYPES_ALONE}", where=file.name)


def _broken(nodes: Iterable[Node], file: str) -> Iterator[Finding]:
    for node, _ in zip(nodes, range(_MOST_ERRORS), strict=False):
        text = " ".join(text_of(node).split())
        shown = f" at {quoted(text)}" if text else ""
        message = (
            f"line {node.start_point.row + 1} cannot be read as Swift{shown}; correct it, or {_TYPES_ALONE}"
        )
        yield Finding.error("swift_syntax", message, where=file)
