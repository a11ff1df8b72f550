"""Which places a fault strikes: one that a seed chooses, or all of them in a soak."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")

SOAK = "CHAOS_SOAK"
SEED = "CHAOS_SEED"


def is_soak() -> bool:
    """Whether every place is struck: `make soak`."""
    return os.environ.get(SOAK) == "1"


def chosen(places: Sequence[Item], fault: str, *, most: int = 1) -> list[Item]:
    """All of the places in a soak, else as many as `most`, chosen by `CHAOS_SEED` (1) and the fault's name."""
    if is_soak():
        return list(places)
    return random.Random(f"{os.environ.get(SEED, '1')} {fault}").sample(list(places), min(most, len(places)))
