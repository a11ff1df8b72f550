"""Chooses, while a campaign is played, whether its next call is a task run of its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from datetime import datetime

from live_activity.campaign.call_grain import (
    DUE_AT_ONCE,
    DUE_WINDOW,
    TASK_RUNS_AT_MOST,
    most_within,
    shares_task_runs,
)
from live_activity.core.clock import Clock
from live_activity.engine.activity import LiveActivity


class CallGrain:
    """Counts the calls of one flow run. Once calls share task runs, they do so to the end.

    The timeline at the first call decides; later calls share task runs once their own count passes the limits.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._grouped: bool | None = None
        self._made = 0
        self._recent: deque[datetime] = deque()

    def is_grouped(self, activities: Sequence[LiveActivity]) -> bool:
        """Whether the next call shares a task run; counts the call."""
        if self._grouped is None:
            due = [moment for activity in activities for moment in _due(activity)]
            batches = sum(len(activity.people.sizes) for activity in activities)
            self._grouped = shares_task_runs(len(due) + batches, most_within(due))
        if not self._grouped:
            self._count()
        return self._grouped

    def _count(self) -> None:
        now = self._clock.now()
        self._made += 1
        self._recent.append(now)
        while self._recent and self._recent[0] <= now - DUE_WINDOW:
            self._recent.popleft()
        self._grouped = self._made > TASK_RUNS_AT_MOST or len(self._recent) > DUE_AT_ONCE


def _due(activity: LiveActivity) -> Iterator[datetime]:
    yield activity.state.plan.starts_at
    yield from (row.due for row in activity.schedule.rows)
