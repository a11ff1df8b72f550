"""Which hashes were seen before, with a value for each: an open-addressing table in two arrays, 12 bytes per slot."""

from __future__ import annotations

import tempfile
from typing import Any

import numpy as np

_FULLEST = 0.72
_SMALLEST = 1 << 16
# A table whose first row is short may seem to have far more rows than it has.
_MOST_EXPECTED = 100_000_000
# Old slots are put into a larger table in blocks, from a file: the two tables are never in memory at once.
_BLOCK = 1 << 20
_U32 = np.uint64(32)


class HashIndex:
    """Maps hashes (uint64, never 0) to values (uint32). `expected` reserves memory for that many."""

    def __init__(self, expected: int = 0) -> None:
        self._count = 0
        self._allocate(int(min(expected, _MOST_EXPECTED) / _FULLEST * 1.05))

    def _allocate(self, slots: int) -> None:
        self._slots = min(max(slots, _SMALLEST), 1 << 32)
        self._keys = np.zeros(self._slots, np.uint64)
        self._values = np.zeros(self._slots, np.uint32)

    def find(self, keys: Any) -> Any:
        """The value of each key, as int64; -1 where it was not added."""
        found = np.full(len(keys), -1, np.int64)
        rows = np.arange(len(keys))
        slots = self._home(keys)
        while len(rows):
            there = self._keys[slots]
            hit = there == keys[rows]
            found[rows[hit]] = self._values[slots[hit]]
            on = ~hit & (there != 0)
            rows, slots = rows[on], self._after(slots[on])
        return found

    def add(self, keys: Any) -> tuple[Any, Any, Any]:
        """Adds the keys that are new.

        Returns the value of each key that was there before, else -1; the place in `keys` of the first that is the
        same, which for a new key is its own place; and the slot of each new key, to `set` its value.
        """
        if self._count + len(keys) > self._slots * _FULLEST:
            self._grow(self._count + len(keys))
        before = np.full(len(keys), -1, np.int64)
        first = np.arange(len(keys))
        taken = self._home(keys)
        rows, mine, slots = np.arange(len(keys)), keys, taken
        while len(rows):
            there = self._keys[slots]
            on = there != mine
            if not on.all():
                known = np.flatnonzero(~on)
                before[rows[known]] = self._values[slots[known]]
            empty = np.flatnonzero(there == 0)
            if len(empty):
                free, claims = slots[empty], rows[empty].astype(np.uint32)
                # Where several rows claim a slot, the last assignment counts, which is the first row's.
                self._values[free[::-1]] = claims[::-1]
                owners = self._values[free]
                has_it = owners == claims
                won, lost = empty[has_it], np.flatnonzero(~has_it)
                self._keys[slots[won]] = mine[won]
                self._count += len(won)
                taken[rows[won]] = slots[won]
                on[won] = False
                same = lost[self._keys[free[lost]] == mine[empty[lost]]]
                first[claims[same]] = owners[same]
                on[empty[same]] = False
            left = np.flatnonzero(on)
            rows, mine, slots = rows[left], mine[left], self._after(slots[left])
        return before, first, taken

    def set(self, slots: Any, values: Any) -> None:
        """Sets the values of keys that were added."""
        self._values[slots] = values

    def _home(self, keys: Any) -> Any:
        return (((keys >> _U32) * np.uint64(self._slots)) >> _U32).view(np.int64)

    def _after(self, slots: Any) -> Any:
        slots = slots + 1
        slots[slots == self._slots] = 0
        return slots

    def _grow(self, needed: int) -> None:
        with tempfile.TemporaryFile() as old_keys, tempfile.TemporaryFile() as old_values:
            used = self._keys != 0
            for begin in range(0, self._slots, _BLOCK):
                part = slice(begin, begin + _BLOCK)
                self._keys[part][used[part]].tofile(old_keys)
                self._values[part][used[part]].tofile(old_values)
            del used
            slots = max(self._slots * 2, int(needed / _FULLEST * 1.05))
            self._keys = self._values = np.zeros(0, np.uint64)
            self._allocate(slots)
            old_keys.seek(0)
            old_values.seek(0)
            self._count = 0
            while len(keys := np.fromfile(old_keys, np.uint64, _BLOCK)):
                values = np.fromfile(old_values, np.uint32, len(keys))
                _, _, taken = self.add(keys)
                self.set(taken, values)
