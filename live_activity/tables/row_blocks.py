"""Rows in blocks, so that a table that is read again and again is compared with its last reading block by block."""

from __future__ import annotations

import marshal
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

BLOCK_ROWS = 1_000
# The last of marshal's formats that writes equal values alike: later ones depend on how often an object is referenced.
_FORMAT = 2


@dataclass(slots=True, eq=False)
class RowBlock:
    """Consecutive rows of a table, of which `first` is the number of the first.

    Blocks of one table with the same `first` and the same `mark` have the same rows; a mark of None equals no other.
    `after` is where the reader of the next block continues.
    """

    first: int
    count: int
    mark: Any = field(repr=False)
    rows: Iterable[Any] | None = field(repr=False)
    after: Any = None

    def take(self) -> Iterable[Any]:
        """The rows. They can be taken once: the caller remembers what it makes of them, and they are not kept."""
        rows, self.rows = self.rows, None
        assert rows is not None  # a block that was taken is not taken again
        return rows


class KnownBlocks:
    """The blocks of an earlier reading."""

    def __init__(self, blocks: Iterable[RowBlock]) -> None:
        self._blocks = {block.first: block for block in blocks}

    def at(self, first: int) -> RowBlock | None:
        """The block that begins with this row, where it can be compared."""
        block = self._blocks.get(first)
        return block if block is not None and block.mark is not None else None

    def same(self, first: int, mark: object) -> RowBlock | None:
        """The block that begins with this row, where it has this mark."""
        block = self.at(first)
        return block if block is not None and block.mark == mark else None


class LineGroups:
    """The lines of a text in groups of `BLOCK_ROWS`, each as one text."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._ahead: deque[str] = deque()

    def peek(self, number: int) -> tuple[str, ...]:
        """The next groups, fewer where the text ends."""
        while len(self._ahead) < number and (group := "".join(islice(self._lines, BLOCK_ROWS))):
            self._ahead.append(group)
        return tuple(islice(self._ahead, number))

    def take(self) -> str | None:
        """The next group; None where the text has ended."""
        return self._ahead.popleft() if self.peek(1) else None

    def skip(self, number: int) -> None:
        """Skips groups that were peeked at."""
        for _ in range(number):
            self._ahead.popleft()


def mark_of(values: Any) -> bytes:
    """Bytes that are the same for the same values: types count, so that 1, 1.0 and true are three values."""
    try:
        return marshal.dumps(values, _FORMAT)
    except ValueError:  # a type that marshal does not know, such as a date
        return repr(values).encode("utf-8", "surrogatepass")


def in_blocks(rows: Iterable[Any]) -> Iterator[RowBlock]:
    """Rows in blocks that are not compared with an earlier reading."""
    rest = iter(rows)
    first = 1
    while taken := list(islice(rest, BLOCK_ROWS)):
        yield RowBlock(first, len(taken), None, taken)
        first += len(taken)
