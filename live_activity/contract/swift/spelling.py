"""How a type is spelled in Swift, before its names are looked up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from tree_sitter import Node


@dataclass(frozen=True, slots=True)
class Part:
    """One name of `A.B<C>` with its generic arguments."""

    name: str
    arguments: tuple[Spelling, ...] = ()


@dataclass(frozen=True, slots=True)
class Named:
    """A type by its name: `Int`, `Swift.Optional<Int>`, `Match.Period`."""

    parts: tuple[Part, ...]

    def __str__(self) -> str:
        return ".".join(
            f"{part.name}<{', '.join(map(str, part.arguments))}>" if part.arguments else part.name
            for part in self.parts
        )


@dataclass(frozen=True, slots=True)
class Tuple:
    """`(A, B)`."""

    elements: tuple[Spelling, ...]
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Composition:
    """`A & B`."""

    members: tuple[Spelling, ...]

    def __str__(self) -> str:
        return " & ".join(map(str, self.members))


@dataclass(frozen=True, slots=True)
class Member:
    """The type of the value `Base.name`, as in `var period = Period.first`."""

    base: Named
    name: str

    def __str__(self) -> str:
        return f"{self.base}.{self.name}"


@dataclass(frozen=True, slots=True)
class Other:
    """A type that is never decoded: a function, `any P`, `some P`, a metatype."""

    text: str

    def __str__(self) -> str:
        return self.text


_LONGEST = 400

Spelling: TypeAlias = Named | Tuple | Composition | Member | Other


def named(name: str, *arguments: Spelling) -> Named:
    """The type of one name, with its generic arguments."""
    return Named((Part(name, arguments),))


def plain_name(node: Node) -> str:
    """An identifier without backticks."""
    return text_of(node).strip("`")


def text_of(node: Node) -> str:
    """The source of a node."""
    return (node.text or b"").decode("utf-8", "replace")


def read_annotation(node: Node) -> Spelling | None:
    """The type of a `: T` annotation; `T!` is an Optional. None where it cannot be read."""
    written = node.child_by_field_name("name")
    if written is None or written.has_error:
        return None
    kind = read_type(written)
    forced = any(child.type == "!" for child in node.children)
    return named("Optional", kind) if forced else kind


def read_type(node: Node) -> Spelling:
    """The spelling of a type node."""
    match node.type:
        case "user_type":
            return _read_user_type(node)
        case "optional_type":
            return _read_optional(node)
        case "array_type" if node.child_by_field_name("count") is None:
            return named("Array", *_types_in(node))
        case "dictionary_type":
            return named("Dictionary", *_types_in(node))
        case "tuple_type":
            return _read_tuple(node)
        case "protocol_composition_type":
            return Composition(tuple(read_type(child) for child in node.named_children))
        case "type_identifier" | "simple_identifier":
            return named(plain_name(node))
    return Other(" ".join(text_of(node)[:_LONGEST].split()))


def _types_in(node: Node) -> tuple[Spelling, ...]:
    return tuple(read_type(child) for child in node.children_by_field_name("name"))


def _read_user_type(node: Node) -> Named:
    parts: list[Part] = []
    for child in node.named_children:
        if child.type == "type_identifier":
            parts.append(Part(plain_name(child)))
        elif child.type == "type_arguments" and parts:
            parts[-1] = Part(parts[-1].name, _types_in(child))
    return Named(tuple(parts))


def _read_optional(node: Node) -> Spelling:
    wrapped = node.child_by_field_name("wrapped")
    if wrapped is None:
        return Other(text_of(node))
    kind = read_type(wrapped)
    marks = node.end_byte - wrapped.end_byte
    for _ in range(marks):
        kind = named("Optional", kind)
    return kind


def _read_tuple(node: Node) -> Spelling:
    items = [child for child in node.named_children if child.type == "tuple_type_item"]
    written = [
        item.children_by_field_name("name") or item.children_by_field_name("element") for item in items
    ]
    if not all(written):
        return Other(text_of(node))
    elements = tuple(read_type(names[-1]) for names in written)
    return elements[0] if len(elements) == 1 else Tuple(elements, " ".join(text_of(node).split()))
