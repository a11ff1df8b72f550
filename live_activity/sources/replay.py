"""Replaying: a timeline that was recorded on another day is played as if that day were now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from live_activity.timeline import Row, Timeline


@dataclass(slots=True)
class Replay:
    """Moves a recorded timeline so that its first moment is `begins`; later readings are moved by the same time."""

    begins: datetime
    by: timedelta | None = None

    def moved(self, timeline: Timeline) -> Timeline:
        """The timeline in the time of its replay; times since the start stay as they are."""
        if self.by is None:
            moments = [row.at for row in timeline.rows if isinstance(row.at, datetime)]
            if not moments:
                return timeline
            self.by = self.begins - min(moments)
        return replace(timeline, rows=tuple(_moved(row, self.by) for row in timeline.rows))


def _moved(row: Row, by: timedelta) -> Row:
    return replace(row, at=row.at + by) if isinstance(row.at, datetime) else row
