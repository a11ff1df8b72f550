"""How a segment's table is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from live_activity.tables import Table


@dataclass(frozen=True, slots=True)
class SegmentOptions:
    """How a segment's table is read.

    `defaults` replace empty split values; `exclude` is a table of people who must not be in, and `holdout`
    the percentage of people who are kept out, drawn with `salt`.
    """

    id_column: str
    split_by: tuple[str, ...]
    defaults: Mapping[str, str]
    exclude: Table | None = None
    holdout: float = 0
    salt: str = ""
