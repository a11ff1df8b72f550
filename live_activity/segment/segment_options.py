"""What a segment's table is read for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from live_activity.tables import Table


@dataclass(frozen=True, slots=True)
class SegmentOptions:
    """What a segment's table is read for.

    `defaults` are the meanings of empty split values; `exclude` is a table of people who must not be in, and `holdout`
    the percentage of people who are kept out, drawn with `salt`.
    """

    id_column: str
    split_by: tuple[str, ...]
    defaults: Mapping[str, str]
    exclude: Table | None = None
    holdout: float = 0
    salt: str = ""
