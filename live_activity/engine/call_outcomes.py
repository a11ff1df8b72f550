"""How a step becomes the body of a call, and what a call's answer or error is recorded as."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from live_activity.api import (
    Added,
    AlreadyStarted,
    ApiError,
    NeverLeft,
    NobodyEligible,
    NotFound,
    ProductDisabled,
    Pushed,
    RefusedRequest,
    Removed,
    TokensNotSynced,
    Unauthorized,
)
from live_activity.decision.next_step import End, Settle, Start, Update
from live_activity.decision.state import Kind, Outcome
from live_activity.engine.activity import LiveActivity

# Answers to a batch that repeating does not change.
_FOR_GOOD = (RefusedRequest, NotFound, AlreadyStarted)


def body_of(activity: LiveActivity, step: Start | Update | Settle | End) -> dict[str, Any]:
    """The body of a push: the state, and title and message where they go along.

    Where the account requires words, missing ones are taken from the last that were sent, else from the opening.
    """
    content, opening = step.content, activity.schedule.opening
    if step.words and activity.state.must_say(content):
        title, message = activity.state.last_words
        first = opening.content if opening is not None else content
        content = replace(
            content,
            title=content.title or title or first.title,
            message=content.message or message or first.message,
        )
    return content.body(words=step.words)


def push_kind(step: Start | Update | Settle | End) -> Kind:
    """The kind of push that a step sends."""
    match step:
        case Start():
            return Kind.START
        case Update(repeat=True):
            return Kind.REPEAT
        case Update():
            return Kind.UPDATE
        case Settle():
            return Kind.SETTLE
        case End():
            return Kind.END


def reached(answer: Pushed) -> dict[str, Any]:
    """How many phones an answered push reached and left behind."""
    return {"triggered": answer.sessions_triggered, "unsynced": answer.skipped_not_synced}


def batch_counters(answer: Added | Removed) -> dict[str, Any]:
    """The counts of an answered batch, as the ledger keeps them."""
    if isinstance(answer, Removed):
        return {"removed": answer.removed}
    return {
        "matched": answer.matched,
        "added": answer.added,
        "refreshed": answer.refreshed,
        "skipped": answer.skipped.counts(),
        "gdpr_denied": answer.gdpr_denied_devices,
        "unprocessed": answer.unprocessed_insider_id_count,
    }


def batch_outcome(error: ApiError) -> str:
    """What a failed batch is recorded as."""
    if isinstance(error, NeverLeft):
        return "never_left"
    if isinstance(error, Unauthorized | ProductDisabled):
        return "denied"
    return "refused" if isinstance(error, _FOR_GOOD) else "failed"


def push_outcome(error: ApiError, *, words: bool) -> Outcome:
    """What a failed push is recorded as; `words` says whether title and message went along."""
    match error:
        case RefusedRequest(status=400) if not words:
            return Outcome.WORDS_REQUIRED
        case TokensNotSynced():
            return Outcome.NOT_SYNCED
        case AlreadyStarted():
            return Outcome.LOCKED
        case NotFound():
            return Outcome.GONE
        case Unauthorized() | ProductDisabled():
            return Outcome.DENIED
        case RefusedRequest() | NobodyEligible():
            return Outcome.REFUSED
    return Outcome.NOT_SENT if error.unprocessed else Outcome.UNKNOWN
