"""The cases of an enum."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from live_activity.contract.swift.literals import literal_value
from live_activity.contract.swift.spelling import Spelling, plain_name, read_type


@dataclass(frozen=True, slots=True)
class Case:
    """A case of an enum. `raw` is None where no raw value is written, or none that can be read.

    `values` are the associated values: their labels, None where they have none, and their types.
    """

    name: str
    raw: str | int | float | bool | None
    has_unread_raw: bool
    values: tuple[tuple[str | None, Spelling], ...] | None


def read_cases(node: Node) -> Iterator[Case]:
    """The cases of one `case a, b = 2` line."""
    name: str | None = None
    raw: Node | None = None
    values: Node | None = None
    for index, child in enumerate(node.children):
        field = node.field_name_for_child(index)
        if field == "name" and child.type == "simple_identifier":
            if name:
                yield _case(name, raw, values)
            name, raw, values = plain_name(child), None, None
        elif field == "raw_value":
            raw = child
        elif field == "data_contents":
            values = child
    if name:
        yield _case(name, raw, values)


def _case(name: str, raw: Node | None, values: Node | None) -> Case:
    value = literal_value(raw) if raw else None
    return Case(name, value, raw is not None and value is None, tuple(_values(values)) if values else None)


def _values(node: Node) -> Iterator[tuple[str | None, Spelling]]:
    label: str | None = None
    kind: Spelling | None = None
    is_labelled = is_default = False
    for index, child in enumerate(node.children):
        if child.type in (",", ")"):
            if kind is not None:
                yield label, kind
            label, kind, is_labelled, is_default = None, None, False, False
        elif child.type == "=":
            is_default = True
        elif is_default:
            continue
        elif node.field_name_for_child(index) == "name":
            kind = read_type(child)
        elif child.type in ("simple_identifier", "wildcard_pattern") and not is_labelled:
            # `by: Int` has a label; `_ by: Int` has none, whatever the name inside is.
            label = plain_name(child) if child.type == "simple_identifier" else None
            is_labelled = True
