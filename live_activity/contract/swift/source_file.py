"""One Swift file and its syntax tree, with bounds on size and nesting."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path as FilePath

import tree_sitter_swift
from tree_sitter import Language, Node, Parser

from live_activity.contract.swift.headers import is_broken

MOST_BYTES = 4_000_000
DEEPEST = 128
_MOST_ERRORS = 5
_DIAGNOSTICS = (b"#warning(", b"#error(", b"#sourceLocation(")

_TOKEN = re.compile(
    rb'"""(?:[^\\"]|\\.|"(?!""))*"""|"(?:[^"\\\n]|\\.)*"|//[^\n]*|/\*.*?\*/|[\[\](){}]', re.DOTALL
)
_DECLARES = re.compile(
    rb"\b(?:(struct|class|enum|actor|protocol|extension)\s+(?!func\b|var\b|let\b|subscript\b)[`\w]"
    rb"|func\b|init\b|subscript\b|deinit\b|var\b|let\b|case\b|macro\b)"
)
_OBSERVED = re.compile(rb"\s*(?:@\w+\s+)*(?:didSet|willSet)\b")
_CODING = re.compile(rb"\binit\s*[?!]?\s*(?:<[^>]*>)?\s*\(\s*(?:from|rawValue)\b")
# `case won(_: Int)`, whose value has no name at all.
_UNNAMED = re.compile(rb'^([^"\n]*\bcase\b[^"\n]*[(,][ \t]*)_([ \t]*:)', re.MULTILINE)
_ACCESSORS = re.compile(rb"[\s\w(),]*")


class SwiftFile:
    """A source file; `name` is its path below the folder, `problem` says why it cannot be read."""

    def __init__(self, *, name: str, path: FilePath) -> None:
        self.name = name
        self.path = path
        self.problem: str | None = None
        self.harmless: tuple[int, ...] = ()

    @cached_property
    def root(self) -> Node | None:
        """Its syntax tree; None, with `problem` set, where it cannot be parsed within the bounds.

        The grammar lags behind Swift. A file with errors is parsed again without what declares nothing:
        `#warning("...")` and its like, then comments and the bodies of functions and accessors. `harmless` are the
        lines of errors that this removes.
        """
        source = in_utf8(self.path.read_bytes())
        if line := _too_deep(source):
            self.problem = f"line {line} nests brackets more than {DEEPEST} deep"
            return None
        root = _parse(source)
        if not root.has_error:
            return root
        if (named := _named_values(source)) != source:
            source, root = named, _parse(named)
        without_diagnostics = _without(source, _diagnostics(root))
        if without_diagnostics != source:
            source, root = without_diagnostics, _parse(without_diagnostics)
        if root.has_error:
            bare = _parse(without_bodies(source))
            if not bare.has_error or _count(bare) < _count(root):
                left = {node.start_point.row + 1 for node in _errors(bare)}
                lines = dict.fromkeys(node.start_point.row + 1 for node in _errors(root))
                self.harmless = tuple(line for line in lines if line not in left)[:_MOST_ERRORS]
                root = bare
        return root

    def errors(self) -> Iterator[Node]:
        """The innermost syntax errors: an error around them may begin at the start of the file."""
        if self.root is not None:
            yield from _errors(self.root)


def _named_values(source: bytes) -> bytes:
    """The source with a name for each value of a case that has none: the grammar requires one."""
    while (named := _UNNAMED.sub(rb"\1_ value\2", source)) != source:
        source = named
    return source


def in_utf8(source: bytes) -> bytes:
    """The source as the parser reads it, whatever byte order mark and line ends it was saved with."""
    if source.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        source = source.decode("utf-16", "replace").encode()
    source = source.removeprefix(codecs.BOM_UTF8)
    return source.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in source else source


def without_bodies(source: bytes) -> bytes:
    """The source with spaces in place of comments, and of every block that is not the body of a type.

    Line numbers stay. The blocks of `init(from:)` and `init(rawValue:)` are kept, and so are lists of accessors.
    """
    pieces: list[bytes] = []
    depth, boundary, kept, body = 0, 0, 0, None
    for token in _TOKEN.finditer(source):
        mark = token[0]
        if body is not None:
            depth += (mark == b"{") - (mark == b"}")
            if depth == 0:
                inner = source[body : token.start()]
                pieces += [source[kept:body], _emptied(inner)]
                kept, boundary, body = token.start(), token.end(), None
        elif mark == b"{":
            head = source[boundary : token.start()]
            declares = list(_DECLARES.finditer(head))
            boundary = token.end()
            if not declares or declares[-1][1] is None:
                is_coding = bool(declares) and _CODING.match(head, declares[-1].start()) is not None
                depth, body = 1, None if is_coding else token.end()
        elif mark == b"}":
            boundary = token.end()
        elif mark.startswith((b"//", b"/*")):
            pieces += [source[kept : token.start()], _blank(mark)]
            kept = token.end()
    return b"".join((*pieces, source[kept:]))


def _emptied(inner: bytes) -> bytes:
    if _ACCESSORS.fullmatch(inner) and len(inner) < 80:
        return inner
    blank = _blank(inner)
    observer = b" didSet {} "
    if _OBSERVED.match(inner) and len(inner) >= len(observer):
        place = next((at for at in range(len(blank)) if b"\n" not in blank[at : at + len(observer)]), None)
        if place is not None and place + len(observer) <= len(blank):
            return blank[:place] + observer + blank[place + len(observer) :]
        return observer
    return blank


def _blank(source: bytes) -> bytes:
    return re.sub(rb"[^\n]", b" ", source)


def _parse(source: bytes) -> Node:
    return Parser(Language(tree_sitter_swift.language())).parse(source).root_node


def _too_deep(source: bytes) -> int | None:
    """The line where brackets nest too deeply."""
    depth = 0
    for token in _TOKEN.finditer(source):
        mark = token[0]
        if mark in (b"{", b"(", b"["):
            depth += 1
            if depth > DEEPEST:
                return source.count(b"\n", 0, token.start()) + 1
        elif mark in (b"}", b")", b"]"):
            depth = max(0, depth - 1)
    return None


def _count(root: Node) -> int:
    return sum(1 for _ in _errors(root))


def _diagnostics(root: Node) -> Iterator[Node]:
    """`#warning` and its like, whether the grammar knows them there or not."""
    pending = [root]
    while pending:
        node = pending.pop()
        if node.type == "diagnostic" or (node.is_error and _is_diagnostic(node.text or b"")):
            yield node
        else:
            pending += node.children


def _is_diagnostic(text: bytes) -> bool:
    return text.startswith(_DIAGNOSTICS) and text.endswith(b")") and b"\n" not in text


def _without(source: bytes, nodes: Iterable[Node]) -> bytes:
    """The source with spaces in the place of these nodes."""
    found = bytearray(source)
    for node in nodes:
        found[node.start_byte : node.end_byte] = b" " * (node.end_byte - node.start_byte)
    return bytes(found)


def _errors(root: Node) -> Iterator[Node]:
    """The innermost broken nodes in the order of the source."""
    pending = [root]
    while pending:
        node = pending.pop()
        inner = [child for child in node.children if child.has_error or child.is_missing]
        inner = [child for child in inner if child.children or is_broken(child)]
        if inner:
            pending += reversed(inner)
        elif is_broken(node):
            yield node
