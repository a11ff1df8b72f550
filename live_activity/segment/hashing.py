"""64-bit hashes of ids, a block at once. They only say where to look: equal ids are compared letter by letter."""

from __future__ import annotations

from typing import Any

import numpy as np

from live_activity.segment.plain_ids import views

_M1, _M2, _M3 = (np.uint64(each) for each in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))
_MASKS = np.array([(1 << (8 * count)) - 1 for count in range(8)] + [2**64 - 1], np.uint64)


def hash_ids(ids: Any, *, seed: int) -> Any:
    """A hash of each string of an Arrow array, never 0."""
    letters, begins = views(ids)
    starts = begins[:-1]
    lengths = begins[1:] - starts
    padded = np.zeros(len(letters) + 8, np.uint8)
    padded[: len(letters)] = letters
    # Eight bytes from any place on: as many words as there are bytes, one byte apart.
    words = np.ndarray((len(letters) + 1,), np.dtype("<u8"), padded, strides=(1,))
    hashes = lengths.astype(np.uint64) * _M1 + np.uint64(seed * 2 + 1)
    longest = int(lengths.max(initial=0))
    shortest = int(lengths.min(initial=longest))
    for begin in range(0, longest, 8):
        rows = slice(None) if begin < shortest else np.flatnonzero(lengths > begin)
        word = words[starts[rows] + begin]
        if begin + 8 > shortest:
            word &= _MASKS[np.minimum(lengths[rows] - begin, 8)]
        word ^= hashes[rows]
        word *= _M1
        word ^= word >> np.uint64(32)
        hashes[rows] = word
    return _finished(hashes)


def with_codes(hashes: Any, codes: Any) -> Any:
    """Hashes of ids that also depend on the code of each, never 0."""
    return _finished(hashes ^ codes.astype(np.uint64) * _M2)


def _finished(hashes: Any) -> Any:
    hashes ^= hashes >> np.uint64(30)
    hashes *= _M2
    hashes ^= hashes >> np.uint64(27)
    hashes *= _M3
    hashes ^= hashes >> np.uint64(31)
    hashes[hashes == 0] = 1
    return hashes
