"""What is reported about Swift files: a type that is missing, syntax that cannot be read, what was assumed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from tree_sitter import Node

from live_activity.contract.swift.conformance import ATTRIBUTES, VENDOR_PROTOCOLS, Conformances
from live_activity.contract.swift.declarations import Declaration
from live_activity.contract.swift.library import Library
from live_activity.contract.swift.spelling import text_of
from live_activity.contract.types import SwiftType, VendorIdentifier, inner_types, unwrapped
from live_activity.core.findings import Finding
from live_activity.core.formatting import quoted
from live_activity.core.suggestions import nearest

_MOST_ERRORS = 5
_MOST_LISTED = 12
NO_SWIFT = "has no Swift file; give a .swift file, a folder of them, or a JSON Schema (.json)"
TYPES_ALONE = "give a file with the Live Activity's types alone"


def not_found(
    library: Library, conformances: Conformances, named: list[Declaration], activity_type: str, path: str
) -> Iterator[Finding]:
    """An error that no attributes have this name: what is there instead, and what could not be read."""
    others = conformances.attributes_types()
    names = list(dict.fromkeys(one.name for one in others))
    if not library.index.files:
        message = NO_SWIFT
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
    yield from unreadable_files(library, Finding.error)
    yield from syntax_errors(library)


def _listed(found: list[Declaration]) -> str:
    if not found:
        return "; no type here does"
    more = f" and {len(found) - _MOST_LISTED} more" if len(found) > _MOST_LISTED else ""
    return "; these do: " + ", ".join(f"{one.name} ({one.place})" for one in found[:_MOST_LISTED]) + more


def unknown_protocols(conformances: Conformances, declaration: Declaration) -> Iterator[Finding]:
    """A warning where the type is taken for the attributes because of a protocol that is not declared here."""
    if not conformances.is_attributes(declaration):
        names = ", ".join(conformances.unknown_protocols(declaration))
        message = (
            f"{declaration.name} conforms to {names}, which the files at hand do not declare; it is read as if that "
            f"refined {ATTRIBUTES}"
        )
        yield Finding.warning("swift_unknown_protocol", message, where=declaration.place)


def vendor_values(
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


def open_conditions(used: list[Declaration]) -> Iterator[Finding]:
    """Warnings of fields that depend on conditions of the build settings."""
    for declaration in used:
        if declaration.member_flags:
            flags = ", ".join(sorted(declaration.member_flags))
            message = (
                f"the fields of {declaration.name} depend on `#if {flags}`, which the project's settings decide; "
                f"it was read as {'set' if declaration.flags_set else 'not set'}"
            )
            yield Finding.warning("swift_condition", message, where=declaration.place)


def broken_syntax(library: Library, used: list[Declaration]) -> Iterator[Finding]:
    """Errors in the declarations that were used, and warnings of errors elsewhere in their files."""
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


def syntax_errors(library: Library) -> Iterator[Finding]:
    """Everything that cannot be read as Swift, by file."""
    for file in library.parsed.values():
        yield from _broken(file.errors(), file.name)


def unreadable_files(library: Library, new: Callable[..., Finding]) -> Iterator[Finding]:
    """Files that cannot be read at all; `new` makes the finding, as an error or a warning."""
    for file, _ in zip(library.unreadable, range(_MOST_ERRORS), strict=False):
        yield new("swift_unreadable", f"{file.problem}; {TYPES_ALONE}", where=file.name)


def _broken(nodes: Iterable[Node], file: str) -> Iterator[Finding]:
    for node, _ in zip(nodes, range(_MOST_ERRORS), strict=False):
        text = " ".join(text_of(node).split())
        shown = f" at {quoted(text)}" if text else ""
        message = (
            f"line {node.start_point.row + 1} cannot be read as Swift{shown}; correct it, or {TYPES_ALONE}"
        )
        yield Finding.error("swift_syntax", message, where=file)
