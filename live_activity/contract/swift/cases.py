"""The cases of an enum."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from live_activity.contract.swift.literals import literal_value
from live_activity.contract.swift.spelling import plain_name


@dataclass(frozen=True, slots=True)
class Case:
    """A case of an enum. `raw` is None where no raw value is written, or none that can be read."""

    name: str
    raw: str | int | float | bool | None
    has_unread_raw: bool
    has_values: bool


def read_cases(node: Node) -> Iterator[Case]:
    """The cases of one `case a, b = 2` line."""
    name: str | None = None
    raw: Node | None = None
    has_values = False
    for index, child in enumerate(node.children):
        field = node.field_name_for_child(index)
        if field == "name" and child.type == "simple_identifier":
            if name:
                yield _case(name, raw, has_values=has_values)
            name, raw, has_values = plain_name(child), None, False
        elif field == "raw_value":
            raw = child
        elif field == "data_contents":
            has_values = True
    if name:
        yield _case(name, raw, has_values=has_values)


def _case(name: str, raw: Node | None, *, has_values: bool) -> Case:
    value = literal_value(raw) if raw else None
    return Case(name, value, raw is not None and value is None, has_values)
