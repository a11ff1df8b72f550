"""What the ledger knows of one activity, folded from its pushes. The next step is decided from nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from live_activity.core.content import Content
from live_activity.decision.holding import Hold, HoldReason
from live_activity.decision.not_found import after_not_found
from live_activity.decision.overrides import Override
from live_activity.decision.plan import Counts, Plan, StopRequest
from live_activity.decision.push import DECIDED, Kind, Outcome, Push
from live_activity.decision.schedule import Place
from live_activity.decision.words import Words, WordsByHand

__all__ = [
    "DECIDED",
    "LOST",
    "MOST_DENIED",
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

# Backoff of a push that failed, doubling from the first to the last; the caller adds full jitter.
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=1), timedelta(seconds=60)
# How soon after a 412 the newest content is tried again: phones sync 2 to 5 s after a start, some much later.
SYNC_PAUSES = tuple(timedelta(seconds=seconds) for seconds in (1, 1, 2, 3, 5, 8, 13, 20, 30))
START_NOT_FOUND = "never started: the API no longer knew it when it was to start, so nobody was sent anything"
LOST = "its end is lost: the API no longer knew the activity, and phones may keep what they showed last"
# A denied call counts as so many failures: a few are enough to know that repeating does not help.
DENIED_WEIGHT = 4
# A denied start is repeated, so that a key that is refused for a moment costs nobody the campaign.
MOST_DENIED = 3
_HOUR = timedelta(hours=1)


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
        `stale`: it has not been read well for long, so whether the end in it is the end is not known.
    Pushes
        `shown` is the last push that may have arrived, `arrived` the content that last did for sure, `place` the newest
        row that is dealt with, `clean` that no phone lacks what is shown, `unsynced` how many did after the last push,
        `final` the content that it was being ended with (None while it is live). `spoken` are the words that went
        along, and when. `words_required`: the account answers 400 to a push of state alone.
    Opened by a phone
        `opened_by_phone`: nothing of it was registered or started. `known`: the API has answered for it; `not_found`
        counts the answers that it does not know it.
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
    over: str | None = None
    why: str | None = None
    counts: Counts = field(default_factory=Counts)

    @property
    def started(self) -> bool:
        """Whether a start is known to have arrived."""
        return self.started_at is not None

    def afresh(self) -> ActivityState:
        """What is recorded for whoever takes over: it tries anew, whatever the one before had given up on."""
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

    def after(self, push: Push) -> ActivityState:
        """What is recorded once this push is."""
        if push.words is None:
            push = replace(push, words=self._words_went_along(push))
        if push.outcome is Outcome.WORDS_REQUIRED:
            settling = push.kind is Kind.SETTLE
            return replace(
                self._counted(push),
                words_asked=push.content.fingerprint,
                final=push.content if push.kind in (Kind.SETTLE, Kind.END) else None,
                settling_since=(self.settling_since or push.at) if settling else self.settling_since,
            )
        state = self
        if push.outcome in DECIDED:
            state = replace(
                self,
                place=_newest(self.place, push.place),
                counts=replace(self.counts, superseded=self.counts.superseded + push.passed),
            )
        if push.kind is Kind.UNCHANGED:
            return replace(state, counts=replace(state.counts, unchanged=state.counts.unchanged + 1))
        state = state._overtaken(push)._paused(push)._said(push)._counted(push)
        if push.outcome in (Outcome.DONE, Outcome.NOT_SYNCED):
            state = replace(state, known=True)
        final = push.content if push.kind in (Kind.SETTLE, Kind.END) else None
        state = replace(state, final=final)
        match push.kind:
            case Kind.START:
                return state._after_start(push)
            case Kind.END:
                return state._after_end(push)
            case _:
                return state._after_update(push)

    def _words_went_along(self, push: Push) -> bool:
        """Whether they did, of a push whose ledger does not say so: what `next_step` would have decided then."""
        if push.kind is Kind.START:
            return True
        if push.kind is Kind.UNCHANGED:
            return False
        if self.must_say(push.content):
            return True
        words = Words.of(push.content, push.place.due if push.place is not None else None)
        if push.kind is Kind.REPEAT or not words:
            return False
        if push.place is not None:
            return not self.has_said(words)
        shown = self.shown.content if self.shown is not None else None
        return shown is None or (shown.title, shown.message) != (words.title, words.message)

    def _said(self, push: Push) -> ActivityState:
        """Words that may have reached phones are not sent again, also where the outcome is unknown."""
        state = self
        if self.words_asked == push.content.fingerprint and push.words:
            if push.outcome is Outcome.DONE:
                state = replace(state, words_required=True, words_asked=None)
            elif push.outcome is Outcome.REFUSED:
                state = replace(state, words_asked=None)  # it was the content
        if not push.words or push.outcome not in (Outcome.DONE, Outcome.UNKNOWN):
            return state
        words = Words.of(push.content, push.place.due if push.place is not None else None)
        if not words:
            return state
        by_hand = push.place is None and push.kind is not Kind.REPEAT
        return replace(
            state,
            spoken={**state.spoken, words: push.at},
            spoken_by_hand_at=push.at if by_hand else state.spoken_by_hand_at,
            last_words=(words.title or state.last_words[0], words.message or state.last_words[1]),
        )

    def _counted(self, push: Push) -> ActivityState:
        state = self
        arrived = push.outcome is Outcome.DONE or (push.outcome is Outcome.LOCKED and self.start_unknown)
        if arrived and push.words:
            state = replace(state, counts=replace(state.counts, alerts=state.counts.alerts + 1))
        if push.outcome not in (Outcome.DONE, Outcome.UNKNOWN):
            return state
        recent = (*(each for each in state.recent if each > push.at - _HOUR), push.at)
        return replace(state, recent=recent, busiest_hour=max(state.busiest_hour, len(recent)))

    def _overtaken(self, push: Push) -> ActivityState:
        """What was tried and failed until something newer took its place has not arrived, as far as is known."""
        if self.failing is None or self.failing == push.content.fingerprint:
            return self
        return replace(self, failing=None, counts=replace(self.counts, failed=self.counts.failed + 1))

    def _paused(self, push: Push) -> ActivityState:
        failed = push.outcome in (Outcome.NOT_SENT, Outcome.UNKNOWN, Outcome.DENIED)
        weight = DENIED_WEIGHT if push.outcome is Outcome.DENIED else 1
        # An end has failures and pauses of its own: it never waits behind updates.
        ending = push.kind is Kind.END
        failures = (self.end_failures if ending else self.failures) + weight if failed else 0
        wait = push.wait
        if wait is None and failed:
            wait = min(FIRST_PAUSE * 2 ** min(failures - 1, 10), LONGEST_PAUSE)
        not_synced = 0
        if push.outcome is Outcome.NOT_SYNCED:
            not_synced = self.not_synced + 1 if push.content.fingerprint == self.tried else 1
        if not_synced and wait is None:
            wait = SYNC_PAUSES[min(not_synced, len(SYNC_PAUSES)) - 1]
        not_before = push.at + wait if wait is not None else None
        state = replace(self, not_synced=not_synced, tried=push.content.fingerprint)
        if ending:
            return replace(state, end_failures=failures, end_not_before=not_before)
        return replace(state, failures=failures, not_before=not_before)

    def _after_start(self, push: Push) -> ActivityState:
        match push.outcome:
            case Outcome.DONE:
                return replace(
                    self,
                    started_at=push.at,
                    start_unknown=False,
                    shown=push,
                    arrived=push.content.fingerprint,
                    clean=False,
                )
            case Outcome.LOCKED:
                # It had arrived before, with the content of that time: what phones show is not known.
                return replace(
                    self,
                    started_at=self.started_at or push.at,
                    start_unknown=False,
                    shown=replace(push, outcome=Outcome.UNKNOWN),
                    clean=False,
                )
            case Outcome.UNKNOWN:
                return replace(self, start_unknown=True, shown=push)
            case Outcome.REFUSED:
                return replace(self, over="failed")
            case Outcome.DENIED if self.failures >= DENIED_WEIGHT * MOST_DENIED:
                return replace(self, over="failed")
            case Outcome.GONE:
                return replace(self, over="failed", why=START_NOT_FOUND)
            case _:
                return self

    def _after_update(self, push: Push) -> ActivityState:
        if push.outcome is Outcome.GONE and self.end_sent:
            return self._after_end(push)
        if push.outcome is Outcome.GONE and self.opened_by_phone:
            return after_not_found(self, push)
        done, same = push.outcome is Outcome.DONE, self._shows(push.content)
        counts, refused, failing = self.counts, self.refused, self.failing
        if done:
            counts = self._count_done(push)
            failing = None
        elif push.outcome is Outcome.REFUSED:
            counts = replace(counts, failed=counts.failed + 1)
            refused = refused | {push.content.fingerprint}
        elif push.outcome in (Outcome.NOT_SENT, Outcome.UNKNOWN, Outcome.DENIED) and not same:
            failing = push.content.fingerprint
        gone = push.outcome is Outcome.GONE
        state = self._repeated(push) if push.kind is not Kind.SETTLE else self._settled(push)
        return replace(
            state,
            counts=counts,
            refused=refused,
            failing=failing,
            shown=push if push.outcome in (Outcome.DONE, Outcome.UNKNOWN) else self.shown,
            arrived=push.content.fingerprint if done else self.arrived,
            clean=done and not push.unsynced if push.outcome is not Outcome.REFUSED else self.clean,
            unsynced=push.unsynced or 0 if done else self.unsynced,
            measured=self.measured or done,
            over="failed" if gone else self.over,
            why=LOST if gone else self.why,
        )

    def _shows(self, content: Content) -> bool:
        return self.shown is not None and self.shown.content == content

    def _count_done(self, push: Push) -> Counts:
        counts = self.counts
        if push.kind is Kind.SETTLE:
            return replace(counts, settled=counts.settled + 1)
        if push.kind is Kind.REPEAT or push.content.fingerprint == self.arrived:
            return replace(counts, repeated=counts.repeated + 1)
        return replace(counts, sent=counts.sent + 1)

    def _repeated(self, push: Push) -> ActivityState:
        """Counts repeats, and those that reached no more phones; a later row that leaves fewer behind forgives them."""
        behind = push.unsynced or 0
        if push.kind is Kind.REPEAT:
            state = replace(self, repeats=self.repeats + 1)
            if push.outcome is not Outcome.DONE:
                return state
            vain = behind >= self.unsynced
            return replace(state, vain_repeats=self.vain_repeats + 1 if vain else 0, vain_behind=behind)
        if push.outcome is not Outcome.DONE:
            return self
        fewer = self.vain_behind is not None and behind < self.vain_behind
        repeats = self.repeats if self._shows(push.content) else 0
        return replace(self, repeats=repeats, vain_repeats=0 if fewer else self.vain_repeats)

    def _settled(self, push: Push) -> ActivityState:
        state = replace(self, settling_since=self.settling_since or push.at)
        if push.outcome in (Outcome.NOT_SENT, Outcome.DENIED):
            return state
        state = replace(state, settles=self.settles + 1, settled_at=push.at)
        if push.outcome is Outcome.DONE:
            vain = self.measured and (push.unsynced or 0) >= self.unsynced
            state = replace(state, settled_in_vain=vain)
        return state

    def _after_end(self, push: Push) -> ActivityState:
        why = self.stop_request.why if self.stop_request is not None else "ended"
        match push.outcome:
            case Outcome.DONE:
                return replace(self, over=why, ended_at=push.at, end_sent=True, unsynced=push.unsynced or 0)
            case Outcome.GONE if self.end_sent:
                return replace(self, over=why, ended_at=push.at)
            case Outcome.GONE if self.opened_by_phone:
                return after_not_found(self, push)
            case Outcome.GONE:
                return replace(self, over="failed", why=LOST)
            case Outcome.REFUSED:
                return replace(self, over="failed")
            case Outcome.UNKNOWN:
                return replace(self, end_sent=True, end_tried=True)
            case Outcome.NOT_SYNCED:
                return replace(self, end_tried=True, clean=False)
            case _:
                return self


def _newest(one: Place | None, other: Place | None) -> Place | None:
    if one is None or other is None:
        return one or other
    return max(one, other)
