"""What the ledger knows of one activity, folded from its pushes: the heart decides from nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from live_activity.core.content import Content
from live_activity.decision.schedule import Place

# A push that left phones behind is repeated at most twice while the activity lives (Time and content 5).
SPACED = (timedelta(seconds=5), timedelta(seconds=15))
# Backoff of a push that failed, doubling from the first to the last; full jitter is added by who calls.
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=1), timedelta(seconds=60)
# How soon after a 412 the newest content is tried again: phones sync 2 to 5 s after a start, some much later.
SYNC_PAUSES = tuple(timedelta(seconds=seconds) for seconds in (1, 1, 2, 3, 5, 8, 13, 20, 30))
LOST = "its end is lost: the API knew the activity no longer, and phones may keep what they showed last"
# A denied call counts as so many failures: a few are enough to know that repeating does not help.
DENIED_WEIGHS = 4
# What is denied before the start goes again, so that a key that is refused for a moment costs nobody the campaign.
MOST_DENIED = 3


class Kind(StrEnum):
    """What a push is for. `UNCHANGED` never leaves: it books rows that say what is shown already."""

    START = "start"
    UPDATE = "update"
    REPEAT = "repeat"
    SETTLE = "settle"
    END = "end"
    UNCHANGED = "unchanged"


class Outcome(StrEnum):
    """How a push ended, as far as anybody knows."""

    DONE = "done"
    NOT_SYNCED = "not_synced"  # 412: nothing was sent, nothing is wrong
    NOT_SENT = "not_sent"  # surely not processed: refused by the pace, no connection, 503 without a body
    UNKNOWN = "unknown"  # it left, and nobody knows what became of it
    REFUSED = "refused"  # the API will never take this one
    DENIED = "denied"  # the key or the product: nothing gets through until somebody mends the account
    LOCKED = "locked"  # 409 on start: it had arrived before
    GONE = "gone"  # 404: the activity is not there (any more)


# Outcomes after which a push's rows are dealt with. A row whose push did not leave may still be overtaken.
DECIDED = frozenset({Outcome.DONE, Outcome.UNKNOWN, Outcome.REFUSED, Outcome.LOCKED})


@dataclass(frozen=True, slots=True)
class Push:
    """One push, as it was intended and how it ended. `passed` counts the rows that it overtook unsent."""

    kind: Kind
    content: Content
    at: datetime
    outcome: Outcome
    place: Place | None = None
    passed: int = 0
    triggered: int = 0
    unsynced: int | None = None
    wait: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """When one activity starts, ends and expires, as things stand now; moved by steering, never by the heart.

    `ends_at` is our end at the latest; `expires_at` the vendor's, None before it was registered. `at_once`: it starts
    when everybody was added, and until then nothing is known that counts from its start.
    """

    starts_at: datetime
    registers_at: datetime
    ends_at: datetime | None = None
    expires_at: datetime | None = None
    at_once: bool = False
    refresh_before: timedelta = timedelta(0)
    gap: timedelta = timedelta(0)
    cancel_title: str | None = None
    cancel_message: str | None = None


@dataclass(frozen=True, slots=True)
class StopRequest:
    """Somebody's wish that the activity be closed: `why` is the status it ends in. Final (rule 3).

    `hurry` settles for a few seconds only, `settles` is False where nothing but /end may be sent.
    """

    why: str
    at: datetime
    title: str | None = None
    message: str | None = None
    content: Content | None = None
    hurry: bool = False
    settles: bool = True


@dataclass(frozen=True, slots=True)
class SentNow:
    """Content that somebody sent by hand; wanted until a later row's time comes."""

    content: Content
    at: datetime


@dataclass(frozen=True, slots=True)
class Counts:
    """The report's `updates`. `failed`: contents that were tried, and are not known to have arrived."""

    sent: int = 0
    repeated: int = 0
    superseded: int = 0
    unchanged: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class ActivityState:
    """Everything that was decided and done for one activity. `undecided`: its start has yet to be approved.

    `stale`: its timeline has not been read well for long, so nobody knows whether the end in it is the end.
    `final`: the content that it was being ended with, None while it lives.
    """

    plan: Plan
    stop_request: StopRequest | None = None
    frozen: bool = False
    blocked: bool = False
    undecided: bool = False
    stale: bool = False
    sent_now: SentNow | None = None
    enrolled: bool = False
    refreshed: bool = False
    started_at: datetime | None = None
    start_unknown: bool = False
    shown: Push | None = None
    clean: bool = False
    place: Place | None = None
    refused: frozenset[str] = frozenset()
    repeats: int = 0
    tried: str | None = None
    failing: str | None = None
    not_synced: int = 0
    settles: int = 0
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
    over: str | None = None
    why: str | None = None
    counts: Counts = field(default_factory=Counts)

    @property
    def started(self) -> bool:
        """Whether a start is known to have arrived."""
        return self.started_at is not None

    def afresh(self) -> ActivityState:
        """What is recorded for whoever takes over: it tries afresh, whatever the one before had given up on."""
        return replace(self, failures=0, not_before=None, end_failures=0, end_not_before=None)

    def after(self, push: Push) -> ActivityState:
        """What is recorded once this push is."""
        booked = self
        if push.outcome in DECIDED:
            booked = replace(
                self,
                place=_newest(self.place, push.place),
                counts=replace(self.counts, superseded=self.counts.superseded + push.passed),
            )
        if push.kind is Kind.UNCHANGED:
            return replace(booked, counts=replace(booked.counts, unchanged=booked.counts.unchanged + 1))
        booked = booked._overtaken(push)._paused(push)
        final = push.content if push.kind in (Kind.SETTLE, Kind.END) else None
        booked = replace(booked, final=final)
        match push.kind:
            case Kind.START:
                return booked._after_start(push)
            case Kind.END:
                return booked._after_end(push)
            case _:
                return booked._after_update(push)

    def _overtaken(self, push: Push) -> ActivityState:
        """What was tried and failed until something newer took its place has not arrived, as far as anybody knows."""
        if self.failing is None or self.failing == push.content.fingerprint:
            return self
        return replace(self, failing=None, counts=replace(self.counts, failed=self.counts.failed + 1))

    def _paused(self, push: Push) -> ActivityState:
        failed = push.outcome in (Outcome.NOT_SENT, Outcome.UNKNOWN, Outcome.DENIED)
        weight = DENIED_WEIGHS if push.outcome is Outcome.DENIED else 1
        # An end has failures and pauses of its own: it never waits behind updates (rule 6).
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
        booked = replace(self, not_synced=not_synced, tried=push.content.fingerprint)
        if ending:
            return replace(booked, end_failures=failures, end_not_before=not_before)
        return replace(booked, failures=failures, not_before=not_before)

    def _after_start(self, push: Push) -> ActivityState:
        match push.outcome:
            case Outcome.DONE:
                return replace(self, started_at=push.at, start_unknown=False, shown=push, clean=False)
            case Outcome.LOCKED:
                # It had arrived before, with the content of that time: nobody knows what the phones show.
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
            case Outcome.DENIED if self.failures >= DENIED_WEIGHS * MOST_DENIED:
                return replace(self, over="failed")
            case Outcome.GONE:
                return replace(self, over="expired", why="the API knew it no longer when it was to start")
            case _:
                return self

    def _after_update(self, push: Push) -> ActivityState:
        counts, refused = self.counts, self.refused
        same = self.shown is not None and self.shown.content == push.content
        if push.outcome in (Outcome.DONE, Outcome.UNKNOWN):
            fresh = not same or (self.shown is not None and self.shown.outcome is not Outcome.DONE)
            fresh = fresh and push.outcome is Outcome.DONE and push.kind is Kind.UPDATE
            if fresh:
                counts = replace(counts, sent=counts.sent + 1)
            elif push.outcome is Outcome.DONE:
                counts = replace(counts, repeated=counts.repeated + 1)
        elif push.outcome is Outcome.REFUSED:
            counts = replace(counts, failed=counts.failed + 1)
            refused = refused | {push.content.fingerprint}
        if push.outcome is Outcome.GONE and self.end_sent:
            return self._after_end(push)
        failing = self.failing
        if push.outcome in (Outcome.NOT_SENT, Outcome.UNKNOWN, Outcome.DENIED) and not same:
            failing = push.content.fingerprint
        settling = push.kind is Kind.SETTLE
        tried = settling and push.outcome not in (Outcome.NOT_SENT, Outcome.DENIED)
        done = push.outcome is Outcome.DONE
        return replace(
            self,
            counts=counts,
            refused=refused,
            failing=None if push.outcome is Outcome.DONE else failing,
            shown=push if push.outcome in (Outcome.DONE, Outcome.UNKNOWN) else self.shown,
            clean=done and not push.unsynced if push.outcome is not Outcome.REFUSED else self.clean,
            unsynced=push.unsynced or 0 if done else self.unsynced,
            repeats=self.repeats + 1
            if push.kind is Kind.REPEAT
            else 0
            if done and not same
            else self.repeats,
            settles=self.settles + 1 if tried else self.settles,
            settling_since=(self.settling_since or push.at) if settling else self.settling_since,
            over="failed" if push.outcome is Outcome.GONE else self.over,
            why=LOST if push.outcome is Outcome.GONE else self.why,
        )

    def _after_end(self, push: Push) -> ActivityState:
        why = self.stop_request.why if self.stop_request is not None else "ended"
        match push.outcome:
            case Outcome.DONE:
                return replace(self, over=why, ended_at=push.at, end_sent=True, unsynced=push.unsynced or 0)
            case Outcome.GONE if self.end_sent:
                return replace(self, over=why, ended_at=push.at)
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
