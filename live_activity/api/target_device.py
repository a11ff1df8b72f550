"""A phone that a push is addressed to."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class TargetDevice:
    """One phone of one person; both fields are required."""

    insider_id: str = field(repr=False)
    udid: str = field(repr=False)
