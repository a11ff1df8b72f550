"""Maps the people of an activity to rows, for millions: some 25 bytes for each id instead of a dictionary's 150."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from live_activity.sandbox.growing import Growing, empty

_EMPTY = -1
_MOST_SHORT = np.iinfo(np.uint32).max
# How many are put into a new table at once, so that this takes little additional memory.
_SLICE = 65_536


class IdRows:
    """Ids with one row each, in the order in which they were added: a hash table that compares the text of ids.

    The number of slots is a power of two, at most two thirds are used, and collisions go to the next slot.
    """

    def __init__(self) -> None:
        self._text = Growing(np.uint8)
        self._ends: Growing[Any] = Growing(np.uint32)
        self._hashes = Growing(np.uint32)
        self._rows = Growing(np.int32)
        self._removed = Growing(np.bool_)
        self._slots: NDArray[np.int32] = np.full(16, _EMPTY, np.int32)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def items(self) -> Iterator[tuple[str, int]]:
        """Everybody who was added and not removed, with their row."""
        for place in np.flatnonzero(~self._removed.values).tolist():
            yield self._bytes(place).decode("utf-8", "surrogatepass"), int(self._rows.values[place])

    def add(self, insider_ids: Sequence[str], rows: NDArray[np.integer[Any]]) -> None:
        """Adds people, who must be all different and not in the table."""
        texts = [each.encode("utf-8", "surrogatepass") for each in insider_ids]
        first = len(self._rows)
        lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        ends = len(self._text) + np.cumsum(lengths)
        if len(ends) and ends[-1] > _MOST_SHORT and self._ends.values.dtype != np.int64:
            before = self._ends.values
            self._ends = Growing(np.int64)
            self._ends.extend(before.astype(np.int64))
        self._ends.extend(ends)
        self._text.extend(np.frombuffer(b"".join(texts), np.uint8))
        self._hashes.extend(_hashes(insider_ids))
        self._rows.extend(np.asarray(rows, np.int32))
        self._removed.extend(np.zeros(len(texts), np.bool_))
        self._count += len(texts)
        if len(self._rows) * 3 > len(self._slots) * 2:
            size = len(self._slots)
            while len(self._rows) * 3 > size * 2:
                size *= 2
            self._slots = empty(size, np.dtype(np.int32))
            self._slots.fill(_EMPTY)
            first = 0
        for begin in range(first, len(self._rows), _SLICE):
            hashes = self._hashes.values[begin : begin + _SLICE]
            self._insert(np.arange(begin, begin + len(hashes), dtype=np.int32), hashes)

    def get(self, insider_id: str) -> int | None:
        """The row of a person; None if they are not in the table."""
        place = int(self._places([insider_id])[0])
        return None if place == _EMPTY else int(self._rows.values[place])

    def pop(self, insider_id: str) -> int | None:
        """Removes a person. Returns their row, or None if they were not in the table."""
        place = int(self._places([insider_id])[0])
        if place == _EMPTY:
            return None
        self._removed.values[place] = True
        self._count -= 1
        return int(self._rows.values[place])

    def known(self, insider_ids: Sequence[str]) -> NDArray[np.bool_]:
        """Which of these people are in the table."""
        if not self._count:
            return np.zeros(len(insider_ids), np.bool_)
        found: NDArray[np.bool_] = self._places(insider_ids) != _EMPTY
        return found

    def rows_of(self, insider_ids: Sequence[str]) -> NDArray[np.int32]:
        """The row of each of these people; -1 for those who are not in the table."""
        places = self._places(insider_ids)
        found = np.full(len(places), _EMPTY, np.int32)
        found[places != _EMPTY] = self._rows.values[places[places != _EMPTY]]
        return found

    def rows(self) -> NDArray[np.int32]:
        """The rows of everybody in the table."""
        return self._rows.values[~self._removed.values]

    def slices(self) -> Iterator[tuple[list[str], NDArray[np.int32]]]:
        """Everybody who was ever added, some at a time, with their rows."""
        for begin in range(0, len(self._rows), _SLICE):
            rows = self._rows.values[begin : begin + _SLICE]
            places = range(begin, begin + len(rows))
            yield [self._bytes(place).decode("utf-8", "surrogatepass") for place in places], rows

    def _places(self, insider_ids: Sequence[str]) -> NDArray[np.int32]:
        """The place of each of these people; -1 for those who are not in the table."""
        hashes = _hashes(insider_ids)
        found = np.full(len(hashes), _EMPTY, np.int32)
        asked = np.arange(len(hashes))
        slots = self._first_slots(hashes)
        while len(asked):
            places = self._slots[slots]
            asked, slots, places = (each[places != _EMPTY] for each in (asked, slots, places))
            alike = np.flatnonzero(
                (self._hashes.values[places] == hashes[asked]) & ~self._removed.values[places]
            )
            right = [
                at
                for at in alike.tolist()
                if self._bytes(int(places[at])) == insider_ids[asked[at]].encode("utf-8", "surrogatepass")
            ]
            found[asked[right]] = places[right]
            left = np.ones(len(asked), np.bool_)
            left[right] = False
            asked, slots = asked[left], self._next(slots[left])
        return found

    def _insert(self, places: NDArray[np.int32], hashes: NDArray[np.uint32]) -> None:
        slots = self._first_slots(hashes)
        while len(places):
            free = self._slots[slots] == _EMPTY
            # If several want the same free slot, one of them gets it.
            self._slots[slots[free]] = places[free]
            left = self._slots[slots] != places
            places, slots = places[left], self._next(slots[left])

    def _first_slots(self, hashes: NDArray[np.uint32]) -> NDArray[np.int64]:
        slots: NDArray[np.int64] = hashes.astype(np.int64) & (len(self._slots) - 1)
        return slots

    def _next(self, slots: NDArray[np.int64]) -> NDArray[np.int64]:
        following: NDArray[np.int64] = (slots + 1) & (len(self._slots) - 1)
        return following

    def _bytes(self, place: int) -> bytes:
        begin = int(self._ends.values[place - 1]) if place else 0
        return self._text.values[begin : int(self._ends.values[place])].tobytes()


def _hashes(insider_ids: Sequence[str]) -> NDArray[np.uint32]:
    # Python's own hash: it may differ between processes and be short, because the text is compared too.
    return np.fromiter(map(hash, insider_ids), np.int64, len(insider_ids)).astype(np.uint32)
