"""An array that grows at its end."""

from __future__ import annotations

import mmap
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

_T = TypeVar("_T", bound=np.generic)
# Freed arrays of this size would leave holes in the heap, which the process does not give back.
_LARGE_BYTES = 1 << 20


class Growing(Generic[_T]):
    """An array that grows at its end."""

    def __init__(self, dtype: type[_T]) -> None:
        self._all: NDArray[_T] = np.empty(0, dtype)
        self._size = 0

    def __len__(self) -> int:
        return self._size

    @property
    def values(self) -> NDArray[_T]:
        """The elements; writing to them changes the array."""
        return self._all[: self._size]

    def extend(self, more: NDArray[_T]) -> None:
        """Appends an array."""
        size = self._size + len(more)
        if size > len(self._all):
            # It grows by half, so that little is copied even for a million people.
            larger = empty(max(size, len(self._all) * 3 // 2, 16), self._all.dtype)
            larger[: self._size] = self.values
            self._all = larger
        self._all[self._size : size] = more
        self._size = size


def empty(size: int, dtype: np.dtype[_T]) -> NDArray[_T]:
    """An uninitialised array; a large one has memory of its own, which goes back to the system when it is freed."""
    length = size * dtype.itemsize
    if length < _LARGE_BYTES:
        return np.empty(size, dtype)
    return np.frombuffer(mmap.mmap(-1, length, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS), dtype)
