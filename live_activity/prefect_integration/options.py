"""What a shell says beside the campaign's parameters."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """`again` opens a new edition, `speed` plays a rehearsal for watching, `keep_run` ties the edition to its run,
    `base` is where the paths begin,
    `edition_id` names the very edition to continue, `agreed` says who agreed to the start before anything began,
    `shown` whether there is a UI in which anybody can look at it."""

    again: bool = False
    speed: float | None = None
    keep_run: bool = True
    base: str | None = None
    edition_id: str | None = None
    agreed: str | None = None
    shown: bool = True


_DEFAULT = Options()
OPTIONS: ContextVar[Options] = ContextVar("options", default=_DEFAULT)
