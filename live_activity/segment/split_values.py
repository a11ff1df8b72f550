"""Which activity each row belongs to: its values of the split columns, numbered in the order of their first rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from live_activity.segment.text_columns import text_column


class SplitValues:
    """Numbers the combinations of split values; `keys` are those of accepted rows, by number."""

    def __init__(self, split_by: Sequence[str], defaults: Mapping[str, str]) -> None:
        self._split_by = tuple(split_by)
        self._defaults = [defaults.get(name, "").strip() for name in split_by]
        self.keys: list[tuple[str, ...]] = [] if self._split_by else [()]
        self._known: dict[tuple[str, ...], int] = {}

    @property
    def splits(self) -> bool:
        """Whether there may be several activities."""
        return bool(self._split_by)

    def read(self, columns: Mapping[str, Any]) -> SplitRows | None:
        """The values of a chunk's rows; None where nothing splits."""
        if not self._split_by:
            return None
        codes: Any = None
        values: list[list[str]] = []
        missing: Any = None
        for name, default in zip(self._split_by, self._defaults, strict=True):
            own, texts = _encoded(columns[name])
            texts = [text or default for text in texts]
            empty = np.array([not text for text in texts] or [False])
            missing = empty[own] if missing is None else missing | empty[own]
            codes = own if codes is None else codes * max(1, len(texts)) + own
            values.append(texts)
        return SplitRows(codes, values, missing)

    def number(self, rows: SplitRows, places: Any) -> Any:
        """The activity of each of these rows; those that are new are numbered in order."""
        codes = rows.codes[places]
        unique, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
        numbers = np.empty(len(unique), np.int32)
        for place in np.argsort(first, kind="stable"):
            key = rows.key(int(unique[place]))
            number = self._known.get(key)
            if number is None:
                number = self._known[key] = len(self.keys)
                self.keys.append(key)
            numbers[place] = number
        return numbers[inverse.reshape(-1)]


class SplitRows:
    """The split values of a chunk's rows: a code for each, and `missing` where a value is not there."""

    def __init__(self, codes: Any, values: Sequence[Sequence[str]], missing: Any) -> None:
        self.codes = codes
        self.missing = missing
        self._values = values

    def key(self, code: int) -> tuple[str, ...]:
        """The values behind a code."""
        parts = []
        for texts in reversed(self._values):
            code, place = divmod(code, max(1, len(texts)))
            parts.append(texts[place])
        return tuple(reversed(parts))


def _encoded(cells: Any) -> tuple[Any, list[str]]:
    encoded = text_column(cells).texts.dictionary_encode()
    return encoded.indices.to_numpy().astype(np.int64), encoded.dictionary.to_pylist()
