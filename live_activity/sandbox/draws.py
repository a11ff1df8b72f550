"""Random numbers that follow from an id and a seed: the same in any batch, any order and any process."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

Draws = NDArray[np.uint64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def digest(insider_id: str, purpose: str = "", *, size: int = 8) -> bytes:
    """A hash of an id, a different one for each purpose."""
    # A lone surrogate is legal in JSON text.
    text = insider_id.encode("utf-8", "surrogatepass")
    return blake2b(text, digest_size=size, person=purpose.encode()).digest()


def draws_of(insider_ids: Iterable[str]) -> Draws:
    """One 64-bit number for each id."""
    together = b"".join(
        [blake2b(each.encode("utf-8", "surrogatepass"), digest_size=8).digest() for each in insider_ids]
    )
    return np.frombuffer(together, dtype=">u8").astype(np.uint64)


def for_phones(draws: Draws, nth: NDArray[np.int32]) -> Draws:
    """One number for each phone, from its person's number; the first phone has the same number as the person."""
    return draws + nth.astype(np.uint64) * _GOLDEN


def uniform(draws: Draws, *salt: object) -> NDArray[np.float64]:
    """A number in [0, 1) for each draw. Different salts give independent numbers."""
    salted = np.uint64(int.from_bytes(digest(repr(salt)), "big"))
    mixed = (draws ^ salted) + _GOLDEN
    mixed = (mixed ^ (mixed >> np.uint64(30))) * _FIRST
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _SECOND
    mixed ^= mixed >> np.uint64(31)
    return (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53
