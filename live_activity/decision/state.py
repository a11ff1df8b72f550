"""The recorded state of one activity, from which the next step is decided.

`after_push` gives the state once another push is recorded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from live_activity.core.content import Content
from live_activity.core.statuses import FinalActivityStatus
from live_activity.decision.holding import Hold, HoldReason
from live_activity.decision.overrides import Override
from live_activity.decision.plan import Counts, Plan, StopRequest
from live_activity.decision.push import DECIDED, Kind, Outcome, Push
from live_activity.decision.schedule import Place
from live_activity.decision.words import Words, WordsByHand

__all__ = [
    "DECIDED",
    "ActivityState",
    "Counts",
    "Hold",
    "HoldReason",
    "Kind",
    "Outcome",
    "Plan",
    "Push",
    "StopRequest",
]


@dataclass(frozen=True, slots=True)
class ActivityState:
    """Everything that was decided and done for one activity.

    Steering and guards
        `frozen`, `stop_request`; `overrides` and `words_by_hand` are corrections by hand; `held` are the rows that a
        guard holds, and `held_end` says why and since when the end is held.
    Before the start
        `blocked`: its start row would be dropped by phones. `undecided`: its start has yet to be approved. `enrolled`,
        `refreshed`: everybody was added, and missing tokens were asked for once more.
    The timeline
        `stale`: it has had no good reading for long, so whether the end in it still holds is not known.
    Pushes
        `shown` is the last push that may have arrived, `arrived` the last content that arrived for sure, `place` the
        newest row that is dealt with. `clean`: no phone lacks what is shown; `unsynced` is how many phones lacked it
        after the last push. `final` is the content that the activity was being ended with (None while it is live).
        `spoken` are the words that went along, and when. `words_required`: the account answers 400 to a push of state
        alone.
    Opened by a phone
        `opened_by_phone`: we neither registered nor started it. `known`: the API has answered a push to it with 200 or
        412; `not_found` counts the answers that the API does not know it.
    """

    plan: Plan
    stop_request: StopRequest | None = None
    frozen: bool = False
    blocked: bool = False
    undecided: bool = False
    stale: bool = False
    overrides: tuple[Override, ...] = ()
    words_by_hand: WordsByHand | None = None
    held: frozenset[Place] = frozenset()
    held_end: Hold | None = None
    enrolled: bool = False
    refreshed: bool = False
    started_at: datetime | None = None
    start_unknown: bool = False
    shown: Push | None = None
    arrived: str | None = None
    clean: bool = False
    place: Place | None = None
    refused: frozenset[str] = frozenset()
    spoken: Mapping[Words, datetime] = field(default_factory=dict)
    spoken_by_hand_at: datetime | None = None
    last_words: tuple[str | None, str | None] = (None, None)
    words_required: bool = False
    words_asked: str | None = None
    repeats: int = 0
    vain_repeats: int = 0
    vain_behind: int | None = None
    tried: str | None = None
    failing: str | None = None
    not_synced: int = 0
    settles: int = 0
    settled_at: datetime | None = None
    settled_in_vain: bool = False
    settling_since: datetime | None = None
    final: Content | None = None
    end_sent: bool = False
    end_tried: bool = False
    ended_at: datetime | None = None
    failures: int = 0
    not_before: datetime | None = None
    end_failures: int = 0
    end_not_before: datetime | None = None
    unsynced: int = 0
    measured: bool = False
    recent: tuple[datetime, ...] = ()
    busiest_hour: int = 0
    opened_by_phone: bool = False
    known: bool = False
    not_found: int = 0
    over: FinalActivityStatus | None = None
    why: str | None = None
    counts: Counts = field(default_factory=Counts)

    @property
    def started(self) -> bool:
        """Whether a start is known to have arrived."""
        return self.started_at is not None

    def afresh(self) -> ActivityState:
        """The state for a run that takes over: its failures and pauses are reset, so that everything is tried again."""
        return replace(self, failures=0, not_before=None, end_failures=0, end_not_before=None)

    def has_said(self, words: Words, *, since: datetime | None = None) -> bool:
        """Whether these words went along with a push (since then), or need not any more.

        A row's words are overtaken by words that were sent by hand after the row was due.
        """
        said = self.spoken.get(words)
        if said is not None and (since is None or said >= since):
            return True
        by_hand = self.spoken_by_hand_at
        return words.due is not None and by_hand is not None and words.due <= by_hand

    def must_say(self, content: Content) -> bool:
        """Whether title and message go along in any case, as the account answers 400 to state alone."""
        return self.words_required or self.words_asked == content.fingerprint
