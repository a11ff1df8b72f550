"""The shape of a timeline at a good reading, by which later readings are judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class TableShape:
    """The headings and the number of rows at a good reading, and what is remembered of the feed (`FeedState`)."""

    columns: tuple[str, ...]
    rows: int
    feed: Mapping[str, Any] | None = field(default=None, compare=False, repr=False)
