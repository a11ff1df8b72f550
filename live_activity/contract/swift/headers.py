"""What stands in the head of a declaration: attributes, names, generic parameters, what it inherits from."""

from __future__ import annotations

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


def is_broken(node: Node) -> bool:
    """Whether a node is no Swift. The grammar knows no `;` after a `}`, which is."""
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
