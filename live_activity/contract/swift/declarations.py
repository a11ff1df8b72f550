"""The declarations of a Swift file: types with their stored properties, cases, aliases and extensions.

The members of a type are read when they are asked for: most types of an app have nothing to do with a Live Activity.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from tree_sitter import Node

from live_activity.contract.swift.cases import Case, read_cases
from live_activity.contract.swift.conditions import compiled
from live_activity.contract.swift.headers import (
    attribute_names,
    can_return_nil,
    declares_brokenly,
    default_of,
    equalities_of,
    inherited_by,
    is_broken,
    is_hidden,
    only_label,
    parameter_type,
    parameters_of,
    path_of,
    takes_decoder,
)
from live_activity.contract.swift.properties import Property, read_properties
from live_activity.contract.swift.spelling import (
    Spelling,
    plain_name,
    read_type,
    text_of,
)

Path = tuple[str, ...]

_FUNCTIONS = frozenset(
    {"function_declaration", "init_declaration", "deinit_declaration", "subscript_declaration"}
)
_TYPES = frozenset({"class_declaration", "protocol_declaration"})


@dataclass(frozen=True, slots=True)
class Alias:
    """A typealias."""

    path: Path
    parameters: tuple[str, ...]
    target: Spelling
    file: str
    hidden: bool


class Declaration:
    """A struct, class, actor, enum or protocol, or an extension of one, where it stands in the source."""

    def __init__(
        self, node: Node, *, around: Path, file: str, flags: tuple[str, ...], flags_set: bool
    ) -> None:
        self.node = node
        self.flags_set = flags_set
        self.file = file
        self.flags = flags
        kind = node.child_by_field_name("declaration_kind")
        self.kind = text_of(kind) if kind else ""
        name = node.child_by_field_name("name")
        self.path: Path = (*around, *(path_of(name) if name else ()))

    @property
    def name(self) -> str:
        """The name alone, by which Apple names an activity's type wherever the type is nested."""
        return self.path[-1]

    @property
    def line(self) -> int:
        """The line of its name, from 1."""
        name = self.node.child_by_field_name("name")
        return (name or self.node).start_point.row + 1

    @property
    def text(self) -> str:
        """Its source."""
        return text_of(self.node)

    @property
    def place(self) -> str:
        """File and line, for messages."""
        return f"{self.file}, line {self.line}"

    @cached_property
    def attributes(self) -> frozenset[str]:
        """The names of its attributes: `available`, `MainActor`..."""
        return frozenset(attribute_names(self.node))

    @cached_property
    def hidden(self) -> bool:
        """Private or fileprivate: at the top level, other files do not see it."""
        return is_hidden(self.node)

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """The names of its generic parameters."""
        return parameters_of(self.node)

    @cached_property
    def inherits(self) -> tuple[Spelling, ...]:
        """The superclass and the protocols that it is declared with."""
        return tuple(inherited_by(self.node))

    @cached_property
    def all_members(self) -> tuple[tuple[Node, tuple[str, ...], bool], ...]:
        """The members, each with the `#if` flags that it depends on and whether a phone's build has it."""
        body = self.node.child_by_field_name("body")
        return tuple(compiled(body.children, flags_set=self.flags_set)) if body else ()

    @property
    def members(self) -> Iterator[tuple[Node, tuple[str, ...]]]:
        """The members that a phone's build has."""
        return ((node, flags) for node, flags, is_compiled in self.all_members if is_compiled)

    @cached_property
    def nested(self) -> tuple[Declaration, ...]:
        """The types inside."""
        return tuple(
            Declaration(node, around=self.path, file=self.file, flags=flags, flags_set=self.flags_set)
            for node, flags in self.members
            if node.type in _TYPES and node.child_by_field_name("name")
        )

    @cached_property
    def aliases(self) -> tuple[Alias, ...]:
        """The typealiases inside."""
        found = (
            read_alias(node, around=self.path, file=self.file)
            for node, _ in self.members
            if node.type == "typealias_declaration"
        )
        return tuple(alias for alias in found if alias)

    @cached_property
    def properties(self) -> tuple[Property, ...]:
        """The stored and static properties in the order of the source."""
        return tuple(prop for prop in self.all_properties if prop.is_static or not prop.is_computed)

    @cached_property
    def all_properties(self) -> tuple[Property, ...]:
        """All properties, the computed ones too."""
        return tuple(
            prop
            for node, _ in self.members
            if node.type in ("property_declaration", "protocol_property_declaration")
            for prop in read_properties(node, attributes=attribute_names(node))
        )

    @cached_property
    def cases(self) -> tuple[Case, ...]:
        """The cases of an enum in the order of the source."""
        return tuple(
            case for node, _ in self.members if node.type == "enum_entry" for case in read_cases(node)
        )

    @cached_property
    def decoding_initializer(self) -> Node | None:
        """Its `init(from: Decoder)`, where one is written by hand here."""
        return next(
            (node for node, _ in self.members if node.type == "init_declaration" and takes_decoder(node)),
            None,
        )

    @property
    def reads_itself(self) -> bool:
        """Whether an `init(from: Decoder)` is written by hand here."""
        return self.decoding_initializer is not None

    @cached_property
    def associated(self) -> dict[str, Spelling]:
        """The associated types that a protocol fixes: by `where Name == Type`, or by a default."""
        found = dict(equalities_of(self.node))
        for node, _ in self.members:
            if node.type == "associatedtype_declaration":
                found |= {name: kind for name, kind in default_of(node) if name not in found}
                found |= dict(equalities_of(node))
        return found

    @cached_property
    def raw_initializers(self) -> frozenset[str]:
        """How its `init(rawValue:)` is written by hand here: `init`, or `init?` where it can return nil."""
        return frozenset("init?" if can_return_nil(node) else "init" for node in self._raw_initializers)

    @cached_property
    def raw_parameter(self) -> Spelling | None:
        """The type of the parameter of its `init(rawValue:)`."""
        return next((kind for node in self._raw_initializers if (kind := parameter_type(node))), None)

    @property
    def _raw_initializers(self) -> list[Node]:
        return [
            node
            for node, _ in self.members
            if node.type == "init_declaration" and only_label(node) == "rawValue"
        ]

    @cached_property
    def member_flags(self) -> frozenset[str]:
        """The `#if` flags that decide which properties and cases it has."""
        deciding = ("property_declaration", "enum_entry")
        return frozenset(
            flag for node, flags, _ in self.all_members if node.type in deciding for flag in flags
        ) | frozenset(self.flags)

    def broken(self) -> Iterator[Node]:
        """The members with syntax errors; an error inside a function's body does not matter here."""
        for node, _ in self.members:
            if node.type in _TYPES or node.type in _FUNCTIONS or not (node.has_error or node.is_missing):
                continue
            if node.is_error and not is_broken(node):
                continue
            if node.type == "property_declaration" and not declares_brokenly(node):
                continue
            yield node


def read_declarations(root: Node, *, file: str, flags_set: bool) -> tuple[list[Declaration], list[Alias]]:
    """The declarations of a file's top level."""
    declarations: list[Declaration] = []
    aliases: list[Alias] = []
    for node, flags, is_compiled in compiled(_opened(root.children), flags_set=flags_set):
        if not is_compiled:
            continue
        if node.type in _TYPES and node.child_by_field_name("name"):
            declarations.append(Declaration(node, around=(), file=file, flags=flags, flags_set=flags_set))
        elif node.type == "typealias_declaration":
            alias = read_alias(node, around=(), file=file)
            aliases += [alias] if alias else []
    return declarations, aliases


def _opened(nodes: Iterable[Node]) -> Iterator[Node]:
    """The nodes of a file, and those inside a syntax error."""
    for node in nodes:
        if node.is_error:
            yield from _opened(node.children)
        else:
            yield node


def read_alias(node: Node, *, around: Path, file: str) -> Alias | None:
    """A typealias; None where it is broken."""
    names = node.children_by_field_name("name")
    if len(names) < 2:
        return None
    return Alias(
        (*around, plain_name(names[0])), parameters_of(node), read_type(names[1]), file, is_hidden(node)
    )
