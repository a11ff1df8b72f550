"""What a hand-written `init(from:)` seems to read: its calls of decode and decodeIfPresent with literal keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from live_activity.contract.swift.inference import written_type
from live_activity.contract.swift.spelling import Spelling, plain_name, text_of

_MOST_NODES = 20_000


@dataclass(frozen=True, slots=True)
class DecodeCall:
    """A call of `decode(Type.self, forKey: .key)`; `key` is None where a single value is decoded."""

    key: str | None
    type: Spelling
    if_present: bool


@dataclass(frozen=True, slots=True)
class Decoding:
    """The calls of one initializer, and the name of the CodingKeys that it uses."""

    keys: str
    calls: tuple[DecodeCall, ...]


def decoding_of(initializer: Node) -> Decoding:
    """The decode calls of an initializer in the order of the source."""
    body = initializer.child_by_field_name("body")
    keys, calls = "CodingKeys", []
    nodes = [(node, _called(node)) for node in _calls(body)] if body is not None else []
    is_single = any(name == "singleValueContainer" for _, name in nodes)
    for node, name in nodes:
        arguments = dict(_arguments(node))
        if name == "container" and (value := arguments.get("keyedBy")) is not None:
            keys = text_of(value).removesuffix(".self").rpartition(".")[2]
        elif name in ("decode", "decodeIfPresent"):
            kind = _type(arguments.get(""))
            key = _literal_key(arguments.get("forKey"))
            if kind is not None and (key is not None or (is_single and "forKey" not in arguments)):
                is_tried = node.parent is not None and text_of(node.parent).startswith("try?")
                calls.append(DecodeCall(key, kind, name == "decodeIfPresent" or is_tried))
    return Decoding(keys, tuple(calls))


def _calls(body: Node) -> Iterator[Node]:
    pending = [body]
    for _ in range(_MOST_NODES):
        if not pending:
            return
        node = pending.pop()
        if node.type == "call_expression":
            yield node
        pending += reversed(node.named_children)


def _called(node: Node) -> str:
    callee = node.children[0] if node.children else None
    suffix = callee.child_by_field_name("suffix") if callee is not None else None
    name = suffix.child_by_field_name("suffix") if suffix is not None else None
    return plain_name(name) if name is not None else ""


def _arguments(node: Node) -> Iterator[tuple[str, Node]]:
    for suffix in node.named_children:
        if suffix.type != "call_suffix":
            continue
        for arguments in suffix.named_children:
            for argument in arguments.named_children if arguments.type == "value_arguments" else ():
                label, value = argument.child_by_field_name("name"), argument.child_by_field_name("value")
                if value is not None:
                    yield (text_of(label) if label is not None else ""), value


def _type(node: Node | None) -> Spelling | None:
    """The type of `Type.self`."""
    if node is None or node.type != "navigation_expression" or not text_of(node).endswith(".self"):
        return None
    target = node.child_by_field_name("target")
    return written_type(target) if target is not None else None


def _literal_key(node: Node | None) -> str | None:
    """The key of `.key` or `CodingKeys.key`."""
    if node is None or node.type not in ("prefix_expression", "navigation_expression"):
        return None
    name = text_of(node).rpartition(".")[2].strip("`")
    return name if name.isidentifier() and "(" not in text_of(node) else None
