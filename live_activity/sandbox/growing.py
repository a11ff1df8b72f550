"""An array that grows at its end."""

from __future__ import annotations

from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

_T = TypeVar("_T", bound=np.generic)


class Growing(Generic[_T]):
    """An array that grows at its end."""

    def __init__(self, dtype: type[_T]) -> None:
        self._all: NDArray[_T] = np.empty(0, dtype)
        self._size = 0

    def __len__(self) -> int:
        return self._size

    @property
    def values(self) -> NDArray[_T]:
        """What is in it; writing there changes it."""
        return self._all[: self._size]

    def extend(self, more: NDArray[_T]) -> None:
        """Puts an array behind what is there."""
        size = self._size + len(more)
        if size > len(self._all):
            # By a half, so that a million people copy little.
            larger = np.empty(max(size, len(self._all) * 3 // 2, 16), self._all.dtype)
            larger[: self._size] = self.values
            self._all = larger
        self._all[self._size : size] = more
        self._size = size
