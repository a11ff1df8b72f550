"""Which activity each row belongs to: its values of the split columns, numbered in the order of their first rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from live_activity.segment.text_columns import text_column

# Up to this number, codes are looked up in an array, which is quicker than sorting them.
_MOST_COMBINATIONS = 1 << 21


class SplitValues:
    """Numbers the combinations of split values; `keys` are those of accepted rows, by number."""

    def __init__(self, split_by: Sequence[str], defaults: Mapping[str, str]) -> None:
        self._split_by = tuple(split_by)
        self._defaults = [defaults.get(name, "").strip() for name in split_by]
        self.keys: list[tuple[str, ...]] = [] if self._split_by else [()]
        self._known: dict[tuple[str, ...], int] = {}

    def read(self, columns: Mapping[str, Any]) -> SplitRows | None:
        """The values of a chunk's rows; None where there is no split column."""
        if not self._split_by:
            return None
        codes: Any = None
        values: list[list[str]] = []
        missing: Any = None
        not_text: dict[str, Sequence[int]] = {}
        for name, default in zip(self._split_by, self._defaults, strict=True):
            column = text_column(columns[name])
            if len(column.not_text):
                not_text[name] = column.not_text
            own, texts = _encoded(column.texts)
            texts = [text or default for text in texts]
            empty = np.array([not text for text in texts] or [False])
            missing = empty[own] if missing is None else missing | empty[own]
            codes = own if codes is None else codes * max(1, len(texts)) + own
            values.append(texts)
        return SplitRows(codes, values, missing, not_text)

    def number(self, rows: SplitRows, places: Any) -> Any:
        """The activity of each of these rows; those that are new are numbered in order."""
        codes = rows.codes[places]
        if rows.combinations <= _MOST_COMBINATIONS:
            # Where several rows have a code, the last assignment counts, which is the first row's.
            firsts = np.full(rows.combinations, -1, np.int64)
            firsts[codes[::-1]] = np.arange(len(codes))[::-1]
            unique = np.flatnonzero(firsts >= 0)
            numbers = np.zeros(rows.combinations, np.int32)
            numbers[unique] = self._numbers(rows, unique, firsts[unique])
            return numbers[codes]
        unique, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
        return self._numbers(rows, unique, first)[inverse.reshape(-1)]

    def _numbers(self, rows: SplitRows, codes: Any, firsts: Any) -> Any:
        numbers = np.empty(len(codes), np.int32)
        for place in np.argsort(firsts, kind="stable"):
            key = rows.key(int(codes[place]))
            number = self._known.get(key)
            if number is None:
                number = self._known[key] = len(self.keys)
                self.keys.append(key)
            numbers[place] = number
        return numbers


class SplitRows:
    """The split values of a chunk's rows: a code for each, and `missing` where a value is missing.

    `not_text` are the places of values that are not text, by column; they count as empty.
    """

    def __init__(
        self,
        codes: Any,
        values: Sequence[Sequence[str]],
        missing: Any,
        not_text: Mapping[str, Sequence[int]],
    ) -> None:
        self.codes = codes
        self.missing = missing
        self.not_text = not_text
        self._values = values
        self.combinations = 1
        for texts in values:
            self.combinations *= max(1, len(texts))

    def key(self, code: int) -> tuple[str, ...]:
        """The values that a code stands for."""
        parts = []
        for texts in reversed(self._values):
            code, place = divmod(code, max(1, len(texts)))
            parts.append(texts[place])
        return tuple(reversed(parts))


def _encoded(texts: Any) -> tuple[Any, list[str]]:
    encoded = texts.dictionary_encode()
    return encoded.indices.to_numpy().astype(np.int64), encoded.dictionary.to_pylist()
