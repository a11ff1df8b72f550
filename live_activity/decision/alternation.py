"""Values that alternate: A, B, A, B."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from live_activity.decision.schedule import DueRow

# A, B, A and B are three flips.
_VALUES = 4


@dataclass(slots=True)
class Alternation:
    """The last values of an activity's newest due row, each with the time of its reading."""

    values: deque[tuple[datetime, DueRow]] = field(default_factory=lambda: deque(maxlen=_VALUES))

    def take(self, newest: DueRow, now: datetime, *, keeps_the_one_before: bool) -> None:
        """Records the newest row of a reading; a new row beside the one before, which is kept, is not a flip."""
        if self.values and self.values[-1][1].row.content == newest.row.content:
            return
        if keeps_the_one_before:
            self.values.clear()
        self.values.append((now, newest))

    def flips(self, *, within: timedelta) -> bool:
        """Whether the last values are two that alternated within that time."""
        if len(self.values) < _VALUES:
            return False
        contents = [each.row.content for _, each in self.values]
        lasted = self.values[-1][0] - self.values[0][0]
        return contents[:2] == contents[2:] and lasted <= within
