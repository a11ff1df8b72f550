"""Events: what happens in a campaign while it runs, one line each, for logs, consoles and artifacts alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

EventType = Literal[
    "planned",
    "added",
    "registered",
    "awaiting_approval",
    "rejected",
    "started",
    "updated",
    "skipped",
    "unread",
    "stale",
    "backlog",
    "unconfirmed",
    "doubtful",
    "steered",
    "held",
    "end_held",
    "overridden",
    "ended",
    "failed",
    "note",
    "reported",
]
# Problems are highlighted, and reported for each activity, however many activities there are.
PROBLEMS: frozenset[EventType] = frozenset(
    {"failed", "stale", "backlog", "unread", "skipped", "doubtful", "held", "end_held"}
)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at a moment of campaign time. Holds no person's id."""

    type: EventType
    message: str
    at: datetime
    activity: str | None = None
    figures: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """One line, as a shell prints it, so that `print` is an event handler."""
        whose = f"{self.activity}  " if self.activity else ""
        return f"{self.at:%H:%M:%S}  {whose}{self.message}"


EventHandler = Callable[[Event], None]
