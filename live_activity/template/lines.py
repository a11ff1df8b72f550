"""On which lines of a template's YAML its rows and names are, for messages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode


def template_lines(path: Path) -> dict[str, int]:
    """The 1-based lines of `let.NAME`, `rows[N]` and `rows[N].FIELD`; empty where the file cannot be read."""
    try:
        root = YAML(typ="safe", pure=True).compose(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, YAMLError, RecursionError, ValueError):
        return {}
    found: dict[str, int] = {}
    for name, node, _ in _entries(root):
        if name == "let":
            found |= {f"let.{each}": line for each, _, line in _entries(node)}
        elif name == "rows" and isinstance(node, SequenceNode):
            for number, row in enumerate(node.value, 1):
                found[f"rows[{number}]"] = _line(row)
                found |= {f"rows[{number}].{field}": line for field, _, line in _entries(row)}
    return found


def _entries(node: Node | None) -> Iterator[tuple[str, Node, int]]:
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if isinstance(key, ScalarNode):
                yield str(key.value), value, _line(key)


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1
