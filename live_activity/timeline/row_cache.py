"""What rows became at the last reading: rows that are in the table again are not parsed again.

Whole blocks of rows are compared first; within blocks that differ, each row by its cells.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from live_activity.core.rows import Row
from live_activity.tables.row_blocks import RowBlock, mark_of
from live_activity.timeline.block_rows import BlockRows, KnownRow

_Result = TypeVar("_Result")
_Results = tuple[tuple[object, ...], Sequence[Any], dict[int, Any]]
"""What a check depends on, the objects that it looked at, and what it found by their ids."""


class RowCache:
    """The memory of one source. A reading calls `begin`, asks for its blocks and rows, and calls `finish` at its end.

    Only what the last finished reading used is kept.
    """

    def __init__(self) -> None:
        self._setting: Hashable = None
        self._next_setting: Hashable = None
        self._blocks: dict[RowBlock, BlockRows] = {}
        self._next_blocks: dict[RowBlock, BlockRows] = {}
        # The rows of all blocks by their cells, put together where a block is not the same.
        self._by_cells: dict[bytes, KnownRow] | None = None
        self._results: dict[Hashable, _Results] = {}
        self._next_results: dict[Hashable, _Results] = {}
        self._seen_at: datetime | None = None
        self._is_first = True
        self._is_outdated = False

    @property
    def blocks(self) -> tuple[RowBlock, ...]:
        """The blocks of the last reading, with which this one is to be compared."""
        return () if self._is_outdated else tuple(self._blocks)

    def begin(self, setting: Hashable, *, seen_at: datetime) -> None:
        """Begins a reading; `setting` is everything that the meaning of a row depends on apart from its cells.

        Rows that are new get `seen_at` as the time when they were first seen in the feed. Those of the first reading
        get none: how long they had been there is not known.
        """
        self._is_outdated = setting != self._setting
        self._next_setting = setting
        self._seen_at = None if self._is_first else seen_at
        self._next_blocks, self._by_cells, self._next_results = {}, None, {}

    def finish(self) -> None:
        """Ends a reading that came to its end: the next one is compared with it."""
        self._setting = self._next_setting
        self._blocks, self._results = self._next_blocks, self._next_results
        self._next_blocks, self._by_cells, self._next_results = {}, None, {}
        self._is_first = self._is_outdated = False

    def block(self, block: RowBlock, read: Callable[[], BlockRows]) -> BlockRows:
        """What the rows of a block became at the last reading, or become now."""
        known = None if self._is_outdated else self._blocks.get(block)
        self._next_blocks[block] = known = known or read()
        return known

    def known(self, number: int, cells: bytes) -> KnownRow | None:
        """What a row with these cells became at the last reading; None where there was none without problems."""
        if self._is_outdated:
            return None
        if self._by_cells is None:
            self._by_cells = {}
            for block in self._blocks.values():
                self._by_cells.update(block.by_cells)
        known = self._by_cells.get(cells)
        if known is not None and known.parsed.number != number:
            # An equal row, or one that moved, as where rows were inserted above: the content stays the same object.
            return KnownRow(replace(known.parsed, number=number), known.row)
        return known

    def row(self, known: KnownRow, at: datetime | timedelta) -> Row:
        """The row of a parsed row, with this time."""
        row, parsed = known.row, known.parsed
        if row is not None and row.number == parsed.number and row.content is parsed.content and row.at == at:
            return row
        known.row = Row(
            parsed.number,
            parsed.event,
            parsed.content,
            parsed.attributes,
            parsed.key,
            at,
            seen_at=row.seen_at if row is not None else self._seen_at,
            origin=parsed.origin,
        )
        return known.row

    def results(
        self, about: tuple[object, ...], subjects: Sequence[Any], check: Callable[[Any], _Result]
    ) -> list[_Result]:
        """What `check` finds in each of these objects, or found in the same object at the last reading.

        `about` are the other objects that the check depends on; what it finds is never None.
        """
        key = tuple(map(id, about))
        _, _, known = self._results.get(key, ((), (), {}))
        ids = [*map(id, subjects)]
        found: list[Any] = [*map(known.get, ids)]
        for place, result in enumerate(found):
            if result is None:
                found[place] = check(subjects[place])
        # The objects are kept, so that no other one gets their ids.
        self._next_results[key] = about, subjects, dict(zip(ids, found, strict=True))
        return found


def key_of(cells: Mapping[str, object]) -> bytes:
    """Bytes that are the same for the same cells."""
    return mark_of(cells if type(cells) is dict else dict(cells))
