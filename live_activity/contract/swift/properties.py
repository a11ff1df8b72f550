"""The properties of a declaration such as `var a, b: Int = 3, c = "x"`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tree_sitter import Node

from live_activity.contract.swift.inference import inferred
from live_activity.contract.swift.spelling import (
    Spelling,
    Tuple,
    plain_name,
    read_annotation,
    text_of,
)

# Attributes that change nothing about how a property is stored; any other names a property wrapper or a macro.
_PLAIN_ATTRIBUTES = frozenset(
    {
        "available",
        "objc",
        "nonobjc",
        "MainActor",
        "usableFromInline",
        "inlinable",
        "preconcurrency",
        "IBInspectable",
        "NSCopying",
        "GKInspectable",
        "_spi",
        "backDeployed",
        "ObservationIgnored",
        "Sendable",
        "unknown",
    }
)


@dataclass(frozen=True, slots=True)
class Property:
    """A property. `type` is None where it is not written and cannot be inferred from its default value."""

    name: str
    type: Spelling | None
    has_default: bool
    is_let: bool
    is_static: bool
    is_lazy: bool
    is_computed: bool
    wrapper: str | None


@dataclass(slots=True)
class _Declarator:
    pattern: Node
    type: Spelling | None = None
    typed: bool = False
    value: Node | None = None
    computed: bool = False


def read_properties(node: Node, *, attributes: Iterable[str]) -> Iterator[Property]:
    """The properties of one declaration."""
    declarators = _declarators(node)
    # `var a, b: Int`: a has the type that comes after b.
    following: _Declarator | None = None
    for one in reversed(declarators):
        if not one.typed and one.value is None and following is not None:
            one.type, one.typed = following.type, following.typed
        following = one
    words = _modifiers(node)
    wrapper = next((name for name in attributes if name not in _PLAIN_ATTRIBUTES), None)
    mutability = next((child for child in node.children if child.type == "value_binding_pattern"), None)
    is_static = bool(words & {"static", "class"})
    for one in declarators:
        for name, kind in _bindings(one):
            yield Property(
                name=name,
                type=kind,
                has_default=one.value is not None,
                is_let=mutability is not None and text_of(mutability).endswith("let"),
                is_static=is_static,
                is_lazy="lazy" in words,
                is_computed=one.computed,
                wrapper=wrapper,
            )


def _declarators(node: Node) -> list[_Declarator]:
    found: list[_Declarator] = []
    for index, child in enumerate(node.children):
        name = node.field_name_for_child(index)
        if name == "name" and child.type == "pattern":
            found.append(_Declarator(child))
        elif not found:
            continue
        elif child.type == "type_annotation":
            found[-1].type, found[-1].typed = read_annotation(child), True
        elif name == "value":
            found[-1].value = child
        elif name == "computed_value" or child.type == "protocol_property_requirements":
            found[-1].computed = True
    return found


def _bindings(one: _Declarator) -> Iterator[tuple[str, Spelling | None]]:
    kind = one.type if one.typed else (_inferred(one.value) if one.value else None)
    bound = one.pattern.child_by_field_name("bound_identifier")
    if bound is not None:
        if name := plain_name(bound):
            yield name, kind
        return
    parts = [plain_name(part) for part in one.pattern.named_children if part.type == "pattern"]
    elements: tuple[Spelling | None, ...] = kind.elements if isinstance(kind, Tuple) else ()
    if len(elements) != len(parts):
        elements = (None,) * len(parts)
    yield from zip(parts, elements, strict=True)


def _inferred(value: Node) -> Spelling | None:
    try:
        return inferred(value)
    except RecursionError:  # a sum of thousands of terms
        return None


def _modifiers(node: Node) -> frozenset[str]:
    return frozenset(
        text_of(word)
        for modifiers in node.children
        if modifiers.type == "modifiers"
        for word in modifiers.named_children
    )
