"""The values that Swift literals spell."""

from __future__ import annotations

from tree_sitter import Node

from live_activity.contract.swift.spelling import text_of

STRINGS = ("line_string_literal", "multi_line_string_literal", "raw_string_literal")
INTEGERS = ("integer_literal", "hex_literal", "oct_literal", "bin_literal")

_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", '"': '"', "'": "'", "\\": "\\"}


def literal_value(node: Node) -> str | int | float | bool | None:
    """The value of a literal; None where the node is not a literal, or holds an interpolation."""
    if node.type in STRINGS:
        return _string(text_of(node))
    if node.type in INTEGERS:
        return _integer(text_of(node))
    if node.type == "real_literal":
        return _real(text_of(node))
    if node.type == "boolean_literal":
        return text_of(node) == "true"
    if node.type == "prefix_expression":
        return _signed(node)
    return None


def _signed(node: Node) -> int | float | None:
    sign, target = node.child_by_field_name("operation"), node.child_by_field_name("target")
    if sign is None or target is None or text_of(sign) not in ("-", "+"):
        return None
    value = literal_value(target)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return -value if text_of(sign) == "-" else value


def _integer(text: str) -> int | None:
    digits = text.replace("_", "")
    try:
        return int(digits, 0 if digits[:2] in ("0x", "0o", "0b") else 10)
    except ValueError:
        return None


def _real(text: str) -> float | None:
    digits = text.replace("_", "")
    try:
        return float.fromhex(digits) if digits.startswith("0x") else float(digits)
    except (ValueError, OverflowError):
        return None


def _string(text: str) -> str | None:
    hashes = len(text) - len(text.lstrip("#"))
    body = text[hashes : len(text) - hashes]
    if body.startswith('"""'):
        lines = body[3:-3].replace("\r\n", "\n").split("\n")
        indent = lines[-1]
        body = "\n".join(line.removeprefix(indent) for line in lines[1:-1])
    else:
        body = body[1:-1]
    return _unescaped(body, escape="\\" + "#" * hashes)


def _unescaped(body: str, *, escape: str) -> str | None:
    first, *rest = _escaped_pieces(body, escape)
    found = [first]
    for piece in rest:
        if piece.startswith("u{"):
            code, _, after = piece[2:].partition("}")
            try:
                found.append(chr(int(code, 16)) + after)
            except (ValueError, OverflowError):
                return None
        elif piece[:1] in _ESCAPES:
            found.append(_ESCAPES[piece[0]] + piece[1:])
        elif piece.lstrip(" \t").startswith("\n"):
            found.append(piece.lstrip(" \t")[1:])
        else:
            return None
    return "".join(found)


def _escaped_pieces(body: str, escape: str) -> list[str]:
    """The text cut at each escape; an escaped backslash begins its piece and escapes nothing after it."""
    pieces = [""]
    at = 0
    while at < len(body):
        if body.startswith(escape, at):
            at += len(escape)
            pieces.append(body[at : at + 1])
            at += 1
        else:
            pieces[-1] += body[at]
            at += 1
    return pieces
