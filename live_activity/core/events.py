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


@dataclass(frozen=True, slots=True)
class Alert:
    """What the staff gets when an event of a type happens in a live campaign: a subject, and what it means."""

    subject: str
    description: str


@dataclass(frozen=True, slots=True)
class EventUse:
    """What becomes of the events of a type.

    A `problem` is highlighted, and reported for each activity, however many activities there are. An event that is
    `emitted` is passed on to Prefect as `live-activity.TYPE`. Every alert is for a type that is emitted.
    """

    problem: bool = False
    emitted: bool = False
    alert: Alert | None = None


def _alert(subject: str, description: str, *, problem: bool = True) -> EventUse:
    return EventUse(problem=problem, emitted=True, alert=Alert(subject, description))


EVENT_USES: Mapping[EventType, EventUse] = {
    "planned": EventUse(),
    "added": EventUse(),
    "registered": EventUse(emitted=True),
    "awaiting_approval": _alert(
        "a start waits for approval",
        "A start waits until a person approves or rejects it. Without an answer in time it is rejected.",
        problem=False,
    ),
    "rejected": _alert(
        "not started: no approval",
        "The start was rejected, or nobody approved it in time. Nothing was sent.",
        problem=False,
    ),
    "started": EventUse(emitted=True),
    "updated": EventUse(emitted=True),
    "skipped": EventUse(problem=True, emitted=True),
    "unread": EventUse(problem=True),
    "stale": _alert(
        "the timeline is stale", "The timeline cannot be read. Phones keep showing the last content."
    ),
    "backlog": _alert(
        "updates wait to be sent",
        "Content has been due for a minute and was not sent: calls fail, or the rate limit is used up.",
    ),
    "unconfirmed": _alert(
        "a start is unconfirmed",
        "The start was sent, and no answer says whether it reached every phone.",
        problem=False,
    ),
    "doubtful": EventUse(problem=True),
    "steered": EventUse(emitted=True),
    "held": _alert("content is held", "A row breaks a guard. Phones keep showing the last content."),
    "end_held": _alert(
        "an end is held", "An end that is due waits: at its beginning, halfway, when it comes."
    ),
    "overridden": _alert(
        "content set by hand is in force",
        "A correction by hand still replaces the feed's value.",
        problem=False,
    ),
    "ended": EventUse(emitted=True),
    "failed": _alert(
        "an activity failed", "An activity failed, or one of its calls, and is not tried again."
    ),
    "note": EventUse(),
    "reported": EventUse(),
}
PROBLEMS = frozenset(type for type, use in EVENT_USES.items() if use.problem)
EMITTED = frozenset(type for type, use in EVENT_USES.items() if use.emitted)
ALERTS: Mapping[EventType, Alert] = {
    type: use.alert for type, use in EVENT_USES.items() if use.alert is not None
}


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
