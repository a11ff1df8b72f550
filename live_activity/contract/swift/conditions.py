"""Which branch of an `#if` a release build for a phone compiles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tree_sitter import Node

from live_activity.contract.swift.spelling import text_of

_DEVICE = {"os": {"iOS"}, "arch": {"arm64"}, "targetEnvironment": set[str](), "_endian": {"little"}}
_NOT_ON_A_PHONE = frozenset(
    {
        "AppKit",
        "Cocoa",
        "Glibc",
        "Musl",
        "WinSDK",
        "Android",
        "FoundationNetworking",
        "FoundationXML",
        "WatchKit",
        "TVUIKit",
        "Carbon",
    }
)


@dataclass(slots=True)
class _Block:
    around: bool
    branch_taken: bool = False
    active: bool = False
    flags: tuple[str, ...] = ()


@dataclass(slots=True)
class _Reading:
    """The tokens of a condition, read from the left, and the project's own flags in it."""

    tokens: list[str]
    flags_set: bool
    at: int = 0
    flags: list[str] = field(default_factory=list)

    def next(self) -> str:
        token = self.tokens[self.at] if self.at < len(self.tokens) else ""
        self.at += 1
        return token

    def sees(self, token: str) -> bool:
        if self.at < len(self.tokens) and self.tokens[self.at] == token:
            self.at += 1
            return True
        return False


def compiled(nodes: Iterable[Node], *, flags_set: bool) -> Iterator[tuple[Node, tuple[str, ...], bool]]:
    """The nodes, each with the project's own flags that it depends on, and whether a phone's build has it.

    `DEBUG` is not set; flags that only the project's settings know count as `flags_set` says.
    """
    blocks: list[_Block] = []
    for node in nodes:
        if node.type == "directive":
            _enter(node, blocks, flags_set=flags_set)
        else:
            flags = tuple(flag for block in blocks for flag in block.flags)
            yield node, flags, not blocks or (blocks[-1].active and blocks[-1].around)


def _enter(node: Node, blocks: list[_Block], *, flags_set: bool) -> None:
    word, *tokens = [text_of(leaf) for leaf in _leaves(node)] or [""]
    if word == "#if":
        blocks.append(_Block(around=all(block.active for block in blocks)))
    if not blocks:
        return
    block = blocks[-1]
    if word in ("#if", "#elseif"):
        reading = _Reading(tokens, flags_set)
        holds = _any_of(reading)
        block.flags += tuple(reading.flags)
        block.active = holds and not block.branch_taken
        block.branch_taken = block.branch_taken or holds
    elif word == "#else":
        block.active, block.branch_taken = not block.branch_taken, True
    elif word == "#endif":
        blocks.pop()


def _leaves(node: Node) -> Iterator[Node]:
    if not node.child_count:
        yield node
    for child in node.children:
        yield from _leaves(child)


def _any_of(reading: _Reading) -> bool:
    holds = _all_of(reading)
    while reading.sees("||"):
        holds = _all_of(reading) or holds
    return holds


def _all_of(reading: _Reading) -> bool:
    holds = _one(reading)
    while reading.sees("&&"):
        holds = _one(reading) and holds
    return holds


def _one(reading: _Reading) -> bool:
    if reading.sees("!"):
        return not _one(reading)
    if reading.sees("("):
        holds = _any_of(reading)
        reading.sees(")")
        return holds
    word = reading.next()
    if reading.sees("("):
        arguments = []
        while (token := reading.next()) not in (")", ""):
            arguments.append(token)
        return _asked(word, arguments)
    if word in ("true", "false"):
        return word == "true"
    if word == "DEBUG":
        return False
    reading.flags.append(word)
    return reading.flags_set


def _asked(word: str, arguments: list[str]) -> bool:
    if word in _DEVICE:
        return bool(_DEVICE[word] & set(arguments))
    if word == "canImport":
        return not (set(arguments[:1]) & _NOT_ON_A_PHONE)
    if word in ("swift", "compiler"):
        # Which compiler builds the app is not known; an app for Live Activities is built with a recent one.
        return arguments[:1] != ["<"]
    return True
