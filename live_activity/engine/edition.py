"""One edition of a campaign while it is played: its state, its findings and its events."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from live_activity.api.account import Account
from live_activity.campaign.model import Campaign, Mode
from live_activity.campaign.planning import Times, planned_end, vendor_expiry
from live_activity.contract import Contract
from live_activity.core.clock import Clock, run_all
from live_activity.core.events import Event, EventHandler, EventType
from live_activity.core.findings import Finding
from live_activity.core.priority_semaphore import PrioritySemaphore
from live_activity.core.source_access import PUBLIC_ACCESS, SourceAccess
from live_activity.core.statuses import StopStatus
from live_activity.decision.alternation import Alternation
from live_activity.decision.feed_state import FeedState
from live_activity.decision.guard_memory import GuardMemory
from live_activity.decision.schedule import moved
from live_activity.decision.state import StopRequest
from live_activity.engine.activity import LiveActivity
from live_activity.engine.opened_table import OpenedTable
from live_activity.engine.recorded_calls import RecordedCalls
from live_activity.engine.rehearsal import Rehearsal
from live_activity.engine.stop_requests import stop_request_of
from live_activity.ledger import EditionLedger, LedgerUnwritable
from live_activity.segment.roster import Roster
from live_activity.sources.timeline_source import PolledSource
from live_activity.timeline import FirstSeen, Row, Timeline

# How many calls of one edition are made at once.
CONCURRENT_CALLS = 8
MOST_POLLS = 5_000


@dataclass
class Feed:
    """The timeline as it was read last, and where it is read from.

    `polled_at` is when the last good poll was, `changed_at` when the rows changed last, `look_again_at` when something
    waits for a reading that confirms it. `unread`: the edition is continued by a run that could not read its timeline
    yet. `polls` are the last polls of this run, each with whether it was good.
    """

    timeline: Timeline
    source: PolledSource
    first_seen_times: FirstSeen
    polled_at: datetime
    changed_at: datetime
    contract: Contract | None = None
    unread: bool = False
    # What is remembered of the feed, the rows that activities use, and what guards remember by activity number.
    changes: FeedState = field(default_factory=FeedState)
    rows: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)
    guards: dict[int, GuardMemory] = field(default_factory=dict)
    # The last values of each activity, by its number, and whether an alternation was reported.
    alternations: dict[int, Alternation] = field(default_factory=dict)
    alternates: bool = False
    look_again_at: datetime | None = None
    polls: deque[tuple[datetime, bool]] = field(default_factory=lambda: deque(maxlen=MOST_POLLS))


@dataclass
class LedgerAway:
    """Whether the ledger cannot be written now, and how often that was checked.

    `back_at` is when it could be written again the last time, `checking` is held while one activity checks for all.
    """

    now: bool = False
    checks: int = 0
    back_at: datetime | None = None
    checking: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass
class Failures:
    """Failed calls by the number of their activity.

    `batches` are the findings about batches that failed, each with the activities that it still holds for.
    """

    denied: Counter[int] = field(default_factory=Counter)
    reported: set[tuple[int, str]] = field(default_factory=set)
    batches: dict[Finding, set[int]] = field(default_factory=dict)


class Edition:
    """What the steps of one edition share.

    `feed` is the timeline and where it is read from, `roster` the people once they are staged in `folder`, and `calls`
    is the one place from which anything is sent. `access` opens every table that is read for it.
    """

    calls: RecordedCalls

    def __init__(
        self,
        *,
        campaign: Campaign,
        mode: Mode,
        times: Times,
        feed: Feed,
        findings: Sequence[Finding],
        clock: Clock,
        ledger: EditionLedger,
        account: Account,
        rehearsal: Rehearsal | None = None,
        access: SourceAccess = PUBLIC_ACCESS,
        inputs_base: str = ".",
        event_handlers: Sequence[EventHandler] = (),
    ) -> None:
        self.campaign = campaign
        self.mode = mode
        self.times = times
        self.findings = list(findings)
        # A large table can have as many findings as rows, and each poll looks each of them up.
        self._known_findings = set(findings)
        self.clock = clock
        self.ledger = ledger
        self.account = account
        self.rehearsal = rehearsal
        self.access = access
        self.inputs_base = inputs_base
        self.event_handlers = list(event_handlers)
        self.activities: list[LiveActivity] = []
        self.left_open = False
        # The status with which somebody stopped it last while an activity was still open.
        self.stopped_as: str | None = None
        self.opened_at = clock.now()
        self.feed = feed
        self.opened: OpenedTable | None = None
        if campaign.activities is not None:
            self.opened = OpenedTable(PolledSource(campaign.activities, access=access))
        self.roster: Roster | None = None
        self.folder = ""
        self.failures = Failures()
        self.ledger_away = LedgerAway()
        self._slots = PrioritySemaphore(CONCURRENT_CALLS, clock, at_once=True)

    @property
    def waits_for_activities(self) -> bool:
        """Whether activities that phones open may still join."""
        return self.opened is not None and self.roster is not None and not self.opened.closed

    def emit(
        self, type: EventType, message: str, activity: LiveActivity | None = None, **figures: Any
    ) -> None:
        """Hands an event to every event handler; one that raises is reported, and stops nothing."""
        whose = str(activity) if activity is not None and activity.key else None
        event = Event(type, message, self.clock.now(), whose, figures)
        for handle in self.event_handlers:
            try:
                handle(event)
            except Exception as error:  # a user's handler may raise anything; its text may name a person
                name = getattr(handle, "__qualname__", handle.__class__.__name__)
                what = f"the event handler {name} raised {error.__class__.__name__}; correct it, the campaign goes on"
                self.add_finding(Finding.warning("event_handler_failed", what, where=self.campaign.name))

    def add_finding(self, finding: Finding) -> bool:
        """Adds a finding once; False where it was known already."""
        if finding in self._known_findings:
            return False
        self._known_findings.add(finding)
        self.findings.append(finding)
        return True

    def drop_finding(self, finding: Finding) -> None:
        """Takes back a finding that turned out not to hold."""
        if finding in self._known_findings:
            self._known_findings.discard(finding)
            self.findings.remove(finding)

    async def run_concurrently(
        self, work: Iterable[Callable[[], Awaitable[Any]]], *, bounded: bool = True
    ) -> None:
        """Runs all of `work` concurrently; when one fails, the others are cancelled and its error is raised.

        `bounded` runs at most `CONCURRENT_CALLS` of the edition at once.
        """

        async def in_turn(doing: Callable[[], Awaitable[Any]]) -> None:
            async with self._slots.place("", self.clock.now()):
                await doing()

        await run_all(self.clock, map(in_turn, work) if bounded else (doing() for doing in work))

    def expiry_of(self, activity: LiveActivity) -> datetime:
        """The vendor's expiry for a registration of the activity that is made now."""
        return vendor_expiry(activity.expected, now=self.clock.now())

    def start_times_from(self, activity: LiveActivity, now: datetime) -> None:
        """Sets the planned start of an activity that starts at once to now: its times are counted from there.

        It is called after everybody was added, after missing tokens were asked for once more, and after an approval.
        """
        rows = self.feed.timeline.for_key(activity.key)
        activity.times = replace(
            activity.times, starts_at=now, given=True, ends_at=planned_end(self.campaign, rows, now)
        )
        if not self.times.given:
            self.times = replace(self.times, starts_at=now, given=True, ends_at=activity.times.ends_at)
        self.ledger.note_activity(activity.number, planned_start=now)
        starts_at = moved(now, activity.shifts)
        activity.change(plan=replace(activity.state.plan, starts_at=starts_at, at_once=False))
        activity.set_rows(rows)

    def request_stop(self, status: StopStatus, *, hurry: bool = True) -> bool:
        """Asks every activity to close with that status, once the ledger has it. Returns False where all were over.

        Raises `LostLease` where another run owns the edition: then this run closes nothing.
        """
        if self.opened is not None:
            self.opened.close()
        if self.activities and all(activity.state.over is not None for activity in self.activities):
            return False
        self.stopped_as = status
        now = self.clock.now()
        try:
            self.ledger.stop_request(status, at=now)
        except LedgerUnwritable:
            if self.folder:
                # Recovery reads it if this process dies before it can record the stop request.
                with contextlib.suppress(Exception):  # whatever its storage raises, the activities are closed
                    self.ledger.write_stop_beside(self.folder, status, at=now)
        for activity in self.activities:
            if activity.state.stop_request is None:
                activity.change(stop_request=StopRequest(status, now, hurry=hurry))
            elif hurry:
                activity.change(stop_request=replace(activity.state.stop_request, hurry=True))
        return True

    def take_stop_request(self) -> None:
        """Takes over a stop request that another process wrote into the ledger."""
        stop_request = stop_request_of(self.ledger.stop_requested())
        if stop_request is None:
            return
        if self.opened is not None:
            self.opened.close()
        for activity in self.activities:
            if activity.state.stop_request is None and activity.state.over is None:
                activity.change(stop_request=stop_request)
