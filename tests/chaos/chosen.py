"""The places at which a fault is tested: one or a few that a seed chooses, or all of them in a soak."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")

SOAK = "CHAOS_SOAK"
SEED = "CHAOS_SEED"


def is_soak() -> bool:
    """Returns whether every place is tested, as in `make soak`."""
    return os.environ.get(SOAK) == "1"


def chosen(places: Sequence[Item], fault: str, *, most: int = 1) -> list[Item]:
    """Returns all places in a soak, else `most` of them, chosen by `CHAOS_SEED` (default 1) and the fault's name."""
    if is_soak():
        return list(places)
    return random.Random(f"{os.environ.get(SEED, '1')} {fault}").sample(list(places), min(most, len(places)))
