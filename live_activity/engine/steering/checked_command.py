"""A steering command that was checked: the input from which an action makes an effect and an answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from live_activity.engine.activity import LiveActivity
from live_activity.engine.edition import Edition
from live_activity.engine.steering.effects import CommandTable, Effect


@dataclass(frozen=True, slots=True)
class CheckedCommand:
    """A command for `targets`, with its checked arguments (`given`) and the table that it names.

    An action completes `effect` with what is to be recorded and applied, and returns the answer.
    """

    edition: Edition
    targets: list[LiveActivity]
    given: Mapping[str, Any]
    effect: Effect
    table: CommandTable | None = None

    @property
    def now(self) -> datetime:
        """The campaign time now."""
        return self.edition.clock.now()

    @property
    def zone(self) -> ZoneInfo:
        """The campaign's time zone."""
        return self.edition.campaign.zone
