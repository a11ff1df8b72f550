"""The heads of declarations: attributes, names, generic parameters, protocols, constraints."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from live_activity.contract.swift.spelling import (
    Composition,
    Named,
    Other,
    Spelling,
    plain_name,
    read_type,
    text_of,
)


def attribute_names(node: Node) -> Iterator[str]:
    """The names of the attributes before a declaration."""
    for modifiers in node.children:
        if modifiers.type != "modifiers":
            continue
        for child in modifiers.named_children:
            if child.type == "attribute" and child.named_children:
                yield text_of(child.named_children[0])


def path_of(name: Node) -> tuple[str, ...]:
    """The names of a declared type; an extension may be of `A.B`."""
    kind = read_type(name)
    return tuple(part.name for part in kind.parts) if isinstance(kind, Named) else (plain_name(name),)


def is_hidden(node: Node) -> bool:
    """Whether a declaration is private or fileprivate."""
    words = (
        text_of(word)
        for modifiers in node.children
        if modifiers.type == "modifiers"
        for word in modifiers.named_children
    )
    return any(word in ("private", "fileprivate") for word in words)


def parameters_of(node: Node) -> tuple[str, ...]:
    """The names of the generic parameters."""
    lists = [child for child in node.named_children if child.type == "type_parameters"]
    return tuple(
        plain_name(parameter.named_children[0])
        for one in lists
        for parameter in one.named_children
        if parameter.type == "type_parameter" and parameter.named_children
    )


def inherited_by(node: Node) -> Iterator[Spelling]:
    """The superclass and the protocols after the colon."""
    for child in node.named_children:
        inherits = (
            child.child_by_field_name("inherits_from") if child.type == "inheritance_specifier" else None
        )
        if inherits is None:
            continue
        kind = read_type(inherits)
        if isinstance(kind, Composition):
            yield from kind.members
        elif not isinstance(kind, Other):
            yield kind


def takes_decoder(node: Node) -> bool:
    """Whether an initializer is `init(from: Decoder)`, in any spelling."""
    if only_label(node) != "from":
        return False
    parameter = next(child for child in node.named_children if child.type == "parameter")
    written = parameter.children_by_field_name("name")
    words = text_of(written[-1]).replace(".", " ").split()
    generic = [text_of(child) for child in node.named_children if child.type == "type_parameters"]
    return "Decoder" in words or any("Decoder" in one and words[-1] in one for one in generic)


def only_label(node: Node) -> str | None:
    """The label of an initializer's only parameter."""
    parameters = [child for child in node.named_children if child.type == "parameter"]
    if len(parameters) != 1:
        return None
    label = parameters[0].child_by_field_name("external_name") or parameters[0].child_by_field_name("name")
    return plain_name(label) if label else None


def parameter_type(node: Node) -> Spelling | None:
    """The type of an initializer's only parameter."""
    parameter = next((child for child in node.named_children if child.type == "parameter"), None)
    written = parameter.children_by_field_name("name") if parameter else []
    return read_type(written[-1]) if len(written) > 1 else None


def can_return_nil(node: Node) -> bool:
    """Whether a failable initializer may return nil: its body says `nil`, or calls another initializer."""
    if not any(child.type == "?" for child in node.children):
        return False
    body = node.child_by_field_name("body")
    words = set(re.findall(r"[\w.]+", text_of(body))) if body else {"nil"}
    return bool(words & {"nil", "self.init", "fatalError"}) or any(word.endswith(".init") for word in words)


def equalities_of(node: Node) -> Iterator[tuple[str, Spelling]]:
    """The constraints `Name == Type` and `Self.Name == Type` of a where clause."""
    for constraints in node.named_children:
        if constraints.type != "type_constraints":
            continue
        for constraint in constraints.named_children:
            for equality in constraint.named_children:
                if equality.type != "equality_constraint":
                    continue
                left, right = (
                    equality.child_by_field_name("constrained_type"),
                    equality.child_by_field_name("name"),
                )
                if left is not None and right is not None:
                    yield text_of(left).replace(" ", "").removeprefix("Self."), read_type(right)


def default_of(node: Node) -> Iterator[tuple[str, Spelling]]:
    """The default of an `associatedtype Name = Type`."""
    name, is_default = node.child_by_field_name("name"), False
    for child in node.children:
        if child.type == "=":
            is_default = True
        elif is_default and child.is_named and name is not None:
            yield plain_name(name), read_type(child)
            return


def is_broken(node: Node) -> bool:
    """Whether a node is a syntax error. A `;` after a `}` is valid Swift, though not for the grammar."""
    return (node.is_error and text_of(node) != ";") or node.is_missing


def declares_brokenly(node: Node) -> bool:
    """Whether the error is in the name or the type of a property, not only in its value or its accessors."""
    harmless = ("value", "computed_value")
    for index, child in enumerate(node.children):
        broken = child.has_error or child.is_missing or not text_of(child)
        aside = node.field_name_for_child(index) in harmless or child.type == "willset_didset_block"
        if broken and not aside:
            return True
    return False
