"""What phones would have shown if Apple had throttled: the pushes that were sent, under a budget of pushes an hour."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from live_activity.ledger.push_log import LoggedPush

# Apple publishes no budget: a few pushes an hour are called ideal, and phones do not take one a minute.
BUDGETS = (6, 12, 30, 60)
_HOUR = timedelta(hours=1)
_SENT = ("done", "unknown", "locked")


@dataclass(frozen=True, slots=True)
class Throttled:
    """One activity under a budget of so many pushes in any hour; pushes beyond the budget are never shown.

    `older_for` is how long phones would have shown something older than what was sent last; `final_shown` is whether
    they would have shown the final content.
    """

    budget: int
    shown: int
    lost: tuple[LoggedPush, ...]
    older_for: timedelta
    final_shown: bool


def throttled(pushes: Sequence[LoggedPush], budget: int) -> Throttled:
    """Plays the pushes of one activity, oldest first, to a phone that each of them would reach."""
    window: deque[LoggedPush] = deque()
    lost: list[LoggedPush] = []
    older_for = timedelta()
    on_screen: object = None
    before: LoggedPush | None = None
    sent = [push for push in pushes if push.outcome in _SENT]
    for push in sent:
        if before is not None and on_screen != _state(before):
            older_for += push.sent - before.sent
        before = push
        while window and push.sent - window[0].sent >= _HOUR:
            window.popleft()
        if len(window) < budget:
            window.append(push)
            on_screen = _state(push)
        else:
            lost.append(push)
    final_shown = bool(sent) and on_screen == _state(sent[-1])
    return Throttled(budget, len(sent) - len(lost), tuple(lost), older_for, final_shown)


def _state(push: LoggedPush) -> object:
    return (push.content or {}).get("content_state")
