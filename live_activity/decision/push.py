"""One push: what it was for, what it carried and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from live_activity.core.content import Content
from live_activity.decision.schedule import Place


class Kind(StrEnum):
    """The kind of a push. `UNCHANGED` is never sent: it records rows that say what is shown already."""

    START = "start"
    UPDATE = "update"
    REPEAT = "repeat"
    SETTLE = "settle"
    END = "end"
    UNCHANGED = "unchanged"


class Outcome(StrEnum):
    """How a push ended, as far as it is known."""

    DONE = "done"
    NOT_SYNCED = "not_synced"  # 412: nothing was sent, nothing is wrong
    NOT_SENT = "not_sent"  # certainly not processed: rate limited, no connection, 503 without a body
    UNKNOWN = "unknown"  # it left, and whether it was processed is not known
    WORDS_REQUIRED = "words_required"  # 400 to a push of state alone: the account may require words
    REFUSED = "refused"  # the API will never accept this one
    DENIED = "denied"  # the key or the product: nothing gets through until the account is corrected
    LOCKED = "locked"  # 409 on start: an earlier start had arrived
    GONE = "gone"  # 404: the activity does not exist (any more)


# Outcomes after which a push's row is dealt with. A row whose push did not leave may still be overtaken.
DECIDED = frozenset({Outcome.DONE, Outcome.UNKNOWN, Outcome.REFUSED, Outcome.LOCKED})


@dataclass(frozen=True, slots=True)
class Push:
    """One push, as it was intended and how it ended.

    `place` is the row that it comes from; None where the content was given by hand, or is sent again. `passed` counts
    the rows that it overtook unsent. `words` says whether title and message went along with the state, so that phones
    alerted; None where a ledger did not record it (`after_push` then derives it from what came before).
    """

    kind: Kind
    content: Content
    at: datetime
    outcome: Outcome
    place: Place | None = None
    passed: int = 0
    triggered: int = 0
    unsynced: int | None = None
    wait: timedelta | None = None
    words: bool | None = None

    @property
    def share_behind(self) -> float:
        """The share of the activity's phones that this push could not reach."""
        behind = self.unsynced or 0
        return behind / (self.triggered + behind) if behind else 0.0
