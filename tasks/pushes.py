"""What goes to the phones: one task a call. Which content it is, the heart says when the call's turn has come."""

from __future__ import annotations

from live_activity.core.events import EventType
from live_activity.decision.state import Outcome, Push
from live_activity.engine.activity import LiveActivity
from live_activity.engine.edition import Edition
from tasks.retrying import api_call


@api_call("start {activity}")
async def start(edition: Edition, activity: LiveActivity) -> None:
    """Starts the activity. After an unknown outcome it is not repeated, but asked (reference, /start)."""
    _tell(edition, activity, "started", await edition.calls.start(activity))


@api_call("update {activity}")
async def update(edition: Edition, activity: LiveActivity) -> None:
    """Sends the newest content."""
    _tell(edition, activity, "updated", await edition.calls.update(activity))


@api_call("settle {activity}")
async def settle(edition: Edition, activity: LiveActivity) -> None:
    """Sends the final content once more, for the phones that were left behind."""
    _tell(edition, activity, "updated", await edition.calls.settle(activity))


@api_call("end {activity}")
async def end(edition: Edition, activity: LiveActivity) -> None:
    """Ends the activity with its final content."""
    _tell(edition, activity, "ended", await edition.calls.end(activity))


def _tell(edition: Edition, activity: LiveActivity, sort: EventType, push: Push | None) -> None:
    if push is None:
        return
    if push.outcome is Outcome.LOCKED:
        doubt = "the start is unconfirmed: it had arrived, and nobody knows whether every push of it left"
        edition.tell("unconfirmed", doubt, activity)
        edition.finds("warning", "start_unconfirmed", f"{activity}: {doubt}")
    edition.tell(sort, _line(push), activity, triggered=push.triggered, unsynced=push.unsynced or 0)


def _line(push: Push) -> str:
    said = push.content.title or push.content.message or "content"
    match push.outcome:
        case Outcome.NOT_SYNCED:
            return f"{push.kind.value}: no phone has synced yet, it goes again"
        case Outcome.WORDS_REQUIRED:
            return f"{push.kind.value}: the API asks for title and message, so they go along once more"
        case Outcome.LOCKED:
            return f"{push.kind.value}: it had started before"
        case Outcome.GONE:
            return f"{push.kind.value}: the activity is closed already"
    behind = f", {push.unsynced:,} not synced yet" if push.unsynced else ""
    row = f" (row {push.place.number})" if push.place is not None else ""
    return f"{push.kind.value}: {said}{row}, {push.triggered:,} handed to Apple{behind}"
