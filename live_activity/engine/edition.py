"""One edition of a campaign while it is played: what its steps share."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from live_activity.api import ApiError, ProductDisabled, Repeat, Unauthorized
from live_activity.api.account import Account
from live_activity.campaign.contract_check import bad_rows, bad_starts, drop_bad_rows, start_is_blocked
from live_activity.campaign.inputs import contract_of, timeline_of
from live_activity.campaign.model import Campaign, Mode
from live_activity.campaign.paths import join
from live_activity.campaign.planning import Times, planned_end, planned_for, vendor_expiry
from live_activity.campaign.previous_editions import CONTENT, PEOPLE, content_fingerprint
from live_activity.campaign.split_check import split_findings
from live_activity.campaign.timeline_table import source_of
from live_activity.contract import Contract
from live_activity.core.clock import Clock
from live_activity.core.events import Event, EventHandler, EventType
from live_activity.core.findings import Finding, InvalidInput, Severity
from live_activity.core.settings import settings
from live_activity.decision.next_step import Finished, MarkUnchanged, end_of
from live_activity.decision.schedule import moved
from live_activity.decision.state import MOST_DENIED, Kind, Outcome, Push, StopRequest
from live_activity.engine.activity import LiveActivity
from live_activity.engine.build_report import segment_report
from live_activity.engine.recorded_calls import Calls
from live_activity.engine.rehearsal import Rehearsal
from live_activity.engine.restore import latest_end, restore_activities, stop_request_of
from live_activity.engine.restore_device_started import device_started_activities
from live_activity.ledger import EditionLedger, LedgerUnwritable
from live_activity.segment import SegmentCount, StagedSegment, count, stage, staged
from live_activity.segment.roster import Roster
from live_activity.sources.timeline_source import Source
from live_activity.timeline import FirstSeen, Timeline

# How many calls of one edition are under way at once.
SIDE_BY_SIDE = 8
# How long people whose look-up failed are asked for again before the start (Time and content 2).
PARTIAL_PATIENCE = timedelta(seconds=60)
# How long registering is tried where no end is known before the start.
REGISTERED_BY = timedelta(minutes=10)
# How long the ledger may be away before the campaign is ended without it, in seconds of real time: less than a lease
# lasts, so that whoever has it by then is still this run.
LEDGER_PATIENCE, LEDGER_PAUSE = 8.0, 1.0


class Edition:
    """What is known of one edition while its owner plays it."""

    def __init__(
        self,
        *,
        campaign: Campaign,
        mode: Mode,
        times: Times,
        timeline: Timeline,
        first_seen_times: FirstSeen,
        findings: Sequence[Finding],
        clock: Clock,
        ledger: EditionLedger,
        account: Account,
        rehearsal: Rehearsal | None = None,
        inputs_base: str = ".",
        contract: Contract | None = None,
        source: Source | None = None,
        unread: bool = False,
    ) -> None:
        self.campaign = campaign
        self.mode = mode
        self.times = times
        self.timeline = timeline
        self.findings = list(findings)
        # A large table has as many findings as rows, and each poll asks for each of them.
        self._found = set(findings)
        self.clock = clock
        self.ledger = ledger
        self.account = account
        self.rehearsal = rehearsal
        self.inputs_base = inputs_base
        self.contract = contract
        self.event_handlers: list[EventHandler] = []
        self.activities: list[LiveActivity] = []
        self.calls: Calls
        self.roster: Roster | None = None
        self.folder = ""
        self.left_open = False
        self.device_started = False
        self.polled_at = self.changed_at = self.opened_at = clock.now()
        self._sightings = first_seen_times
        self._denied: Counter[int] = Counter()
        self._unwritable: dict[int, tuple[float, float]] = {}
        self._told_again: set[tuple[int, str]] = set()
        self._places = asyncio.Semaphore(SIDE_BY_SIDE)
        self.source = source or source_of(campaign)
        self.unread = unread

    def tell(
        self, sort: EventType, message: str, activity: LiveActivity | None = None, **figures: Any
    ) -> None:
        """Tells everybody who listens."""
        name = str(activity) if activity is not None and activity.key else None
        told = Event(sort, message, self.clock.now(), name, figures)
        for listener in self.event_handlers:
            listener(told)

    def found(self, finding: Finding) -> None:
        """Adds a finding, once."""
        if finding not in self._found:
            self._found.add(finding)
            self.findings.append(finding)

    def finds(self, severity: Severity, code: str, message: str) -> None:
        """Adds what was found of the campaign itself, and of no table."""
        self.found(Finding(severity=severity, code=code, message=message, where=self.campaign.name))

    async def side_by_side(self, work: Iterable[Awaitable[Any]], *, bounded: bool = True) -> None:
        """Does all of it, so many at once; when one fails, the others are cancelled and its error is raised."""

        async def one(doing: Awaitable[Any]) -> None:
            if bounded:
                async with self._places:
                    with self.clock.working():
                        await doing
                return
            with self.clock.working():
                await doing

        with self.clock.idle():
            try:
                async with asyncio.TaskGroup() as group:
                    for doing in work:
                        group.create_task(one(doing))
            except ExceptionGroup as failed:
                raise failed.exceptions[0] from None

    async def reporting_failures(self, activity: LiveActivity, call: Awaitable[None]) -> None:
        """Makes one call of many: when it fails for good it is told, and the others go on."""
        try:
            await call
        except ApiError as failed:
            self.tell("failed", str(failed), activity)
            self.finds("error", "batch_failed", f"a batch of people could not be added: {failed}")

    async def retrying_partial_batches(self, activity: LiveActivity) -> AsyncIterator[list[int]]:
        """The batches that left people out for now, again and again, for a minute at most (Time and content 2)."""
        until = self.clock.now() + PARTIAL_PATIENCE
        pause = timedelta(seconds=1)
        while (left_out := activity.people.left_out()) and not activity.stopping:
            pause = min(pause * 2, until - self.clock.now())
            if pause <= timedelta(0):
                break
            await self.clock.sleep_until(self.clock.now() + pause, activity.news)
            activity.news.clear()
            yield left_out

    @asynccontextmanager
    async def handling_errors(self, activity: LiveActivity) -> AsyncIterator[None]:
        """Around one step: a failed call is in the ledger, and the heart decides what comes of it.

        While the ledger cannot be written nothing is sent; when it stays so, nothing is sent any more but /end.
        """
        try:
            yield
        except ApiError as failed:
            self.tell(_sort_of(failed, activity), str(failed), activity)
            if isinstance(failed, Unauthorized | ProductDisabled):
                self._denied[activity.number] += 1
            hopeless = self._denied[activity.number] >= MOST_DENIED or self._would_try_for_ever(activity)
            if activity.activity_id is None and hopeless:
                activity.change(over="failed")
            if activity.state.over is not None:
                activity.why = str(failed)
        except LedgerUnwritable as unwritable:
            await self._without_ledger(activity, unwritable)

    def _would_try_for_ever(self, activity: LiveActivity) -> bool:
        """Whether only its start would tell when it ends, and it could not be registered for long (rule 4)."""
        if end_of(activity.schedule, activity.state) is not None:
            return False
        return self.clock.now() - self.opened_at >= REGISTERED_BY

    @contextlib.contextmanager
    def reporting_retries(self, activity: LiveActivity) -> Iterator[None]:
        """Around one attempt: the first that fails is told at once, as the others may take minutes."""
        try:
            yield
        except ApiError as failed:
            if failed.safe_to_repeat and (activity.number, failed.endpoint) not in self._told_again:
                self._told_again.add((activity.number, failed.endpoint))
                self.tell("note", f"{failed} (it is repeated)", activity)
            raise

    async def _without_ledger(self, activity: LiveActivity, unwritable: LedgerUnwritable) -> None:
        now = time.monotonic()
        first, last = self._unwritable.get(activity.number, (now, now))
        if now - last > LEDGER_PATIENCE:
            first = now
        self._unwritable[activity.number] = (first, now)
        if now - first < LEDGER_PATIENCE:
            if first == now:
                self.tell("failed", f"{unwritable}; nothing is sent until it can be", activity)
            await asyncio.sleep(LEDGER_PAUSE)
            return
        self.tell("failed", f"{unwritable}; nothing is sent any more but the end", activity)
        stop_request = activity.state.stop_request
        if stop_request is None or stop_request.settles:
            stop_request = stop_request or StopRequest("failed", self.clock.now())
            activity.change(stop_request=replace(stop_request, settles=False))
        else:
            activity.change(over="failed")

    def stage_people(self) -> StagedSegment:
        """Stages the segment, or takes what an earlier run of this edition had staged.

        Raises `InvalidInput` where the table cannot be read, or nobody in it can be accepted.
        """
        self.folder = join(settings().storage, self.ledger.edition_id)
        people = (
            StagedSegment.load(self.folder)
            if staged(self.folder)
            else self._stage(self.campaign.segment, folder=self.folder)
        )
        for finding in people.findings:
            self.found(finding)
        if not people.accepted:
            raise InvalidInput([finding for finding in self.findings if finding.severity == "error"])
        self.roster = Roster(people)
        self.ledger.note(folder=self.folder, segment=self._marks(people))
        self._note_reading()
        restore = (
            partial(device_started_activities, rehearsal=self.rehearsal)
            if self.device_started
            else restore_activities
        )
        self.activities = restore(
            self.ledger,
            self.roster,
            self.campaign,
            self.timeline,
            self.times,
            account=self.account,
            clock=self.clock,
        )
        keys = [activity.key for activity in self.activities]
        for finding in split_findings(self.campaign, self.timeline, keys):
            self.found(finding)
        self._hand_out_rows()
        if self.unread:
            self._tell_unread()
        return people

    def _note_reading(self) -> None:
        if self.source.shape is not None:
            self.ledger.note_reading(self.source.path, self.source.shape)

    def _tell_unread(self) -> None:
        for activity in self.activities:
            if activity.state.over is None:
                activity.change(stale=True)
        self.tell(
            "stale",
            "the timeline cannot be read: phones keep what they show, and nothing newer is sent before it can be",
        )

    def stage_delta(self, table: str, *, number: int, adding: bool = True) -> tuple[str, StagedSegment]:
        """Stages people who are to be added or removed, beside the staged segment; the folder, and who is in it.

        Who is excluded or held out cannot be added, and can be removed.

        `number` tells deltas apart; one that a run staged and could not book any more is taken as it is.
        Raises `InvalidInput`.
        """
        folder = join(self.folder, f"delta-{number}")
        if staged(folder):
            return folder, StagedSegment.load(folder)
        return folder, self._stage(table, folder=folder, adding=adding)

    def count_people(self, table: str, *, adding: bool = True) -> SegmentCount:
        """How many people a table has that could be added or removed. Raises `InvalidInput`."""
        return count(
            table,
            id_column=self.campaign.id_column,
            split_by=self.campaign.split_by,
            defaults=self.campaign.defaults,
            exclude=self.campaign.exclude if adding else None,
            holdout=(self.campaign.holdout or 0) if adding else 0,
            salt=self.campaign.name,
        )

    def take_delta(self, action: str, folder: str) -> None:
        """Takes staged people in: they are added or removed before anything else happens."""
        adding = action == "add_people"
        if self.roster is None:
            raise RuntimeError("people can be added only once the segment is staged")
        for batch, delta in self.roster.take(StagedSegment.load(folder), adding=adding).items():
            activity = self.activities[delta.activity]
            activity.people.takes(batch, len(delta.people), adding=adding)
            activity.change(enrolled=False)

    def source_at(self, table: str) -> Source:
        """Another table that the rows could come from, replayed as this one is."""
        source = source_of(self.campaign.model_copy(update={"timeline": table}))
        source.replay = self.source.replay
        return source

    def follow(self, table: str, source: Source | None = None, timeline: Timeline | None = None) -> None:
        """Takes the rows from another table from now on; `source` and `timeline` are what was read of it already."""
        self.campaign = self.campaign.model_copy(update={"timeline": table})
        self.source = source or self.source_at(table)
        if timeline is None:
            self.source.remembers(self.ledger.reading(self.source.path))
            try:
                timeline = self.read_timeline(self.source)
            except InvalidInput as invalid:
                self._loses_sight(invalid.findings)
                return
        if timeline.readable:
            self.takes(timeline)
        else:
            self._loses_sight(timeline.findings)

    def _loses_sight(self, problems: Iterable[Finding]) -> None:
        """Forgets rows that are not the timeline's any more, where those that are cannot be read."""
        for finding in problems:
            self.tell("unread", f"the timeline could not be read: {finding}")
            self.found(finding.model_copy(update={"severity": "warning"}))
        self.timeline, self.unread = Timeline(()), True
        self.times = replace(self.times, ends_at=self.campaign.ends_at)
        for activity in self.activities:
            activity.reads(())
        self._tell_unread()

    def read_timeline(self, source: Source | None = None) -> Timeline:
        """The timeline as it stands in its table, as that was last looked at, or in another one.

        Raises `InvalidInput`.
        """
        if self.contract is None:
            self.contract = contract_of(self.campaign)
        if source is not None:
            source.changed()
        read = source or self.source
        return timeline_of(
            self.campaign.model_copy(update={"timeline": read.path}),
            now=self.clock.now(),
            first_seen_times=self._sightings,
            contract=self.contract,
            source=read,
        )

    def takes(self, timeline: Timeline) -> None:
        """Takes the timeline in as it reads now, and hands its rows to the activities."""
        for finding in timeline.findings:
            if finding not in self._found:
                self.tell("skipped" if finding.severity == "error" else "note", str(finding))
            self.found(finding)
        self.polled_at = self.clock.now()
        if timeline.rows != self.timeline.rows:
            self.changed_at = self.polled_at
        new_bad = bad_rows(timeline) - bad_rows(self.timeline)
        if new_bad and self.campaign.on_bad_row == "end_campaign":
            self.tell("failed", f"row {min(new_bad)} would be dropped by the phones, so the campaign ends")
            self.stop_request("failed", hurry=False)
        self.timeline = drop_bad_rows(timeline, self.timeline)
        self.ledger.note(first_seen_times=self._sightings.as_json())
        self._note_reading()
        self._hand_out_rows()
        if self.unread:
            self.unread = False
            for activity in self.activities:
                activity.change(stale=False)

    def expiry(self, activity: LiveActivity) -> datetime:
        """The vendor's expiry for a registration of the activity that is made now."""
        return vendor_expiry(activity.expected, now=self.clock.now())

    def enrolled(self, activity: LiveActivity) -> None:
        """Books that everybody of the activity was added, as far as that could be."""
        if activity.stopping:
            return
        if activity.activity_id is None:
            if not activity.people.open():
                activity.why = activity.why or "nobody was eligible, so nothing was registered"
                activity.change(over="failed")
            return
        if not activity.times.given and not activity.state.undecided:
            self.begins(activity, self.clock.now())
        activity.change(
            # People who were added while others were have another round.
            enrolled=not activity.people.untried(),
            refreshed=activity.state.refreshed or not activity.people.worth_another_try(),
        )

    def refreshed(self, activity: LiveActivity) -> None:
        """Books that phones without a token had their second chance."""
        self.ledger.note_activity(activity.number, refreshed=True)
        if activity.starts_at_once and not activity.state.undecided:
            # The second chance may have taken longer than the first rows last.
            self.begins(activity, self.clock.now())
        activity.change(refreshed=True)

    def notes(self, activity: LiveActivity, step: MarkUnchanged) -> None:
        """Books rows that say what is shown already."""
        push = Push(Kind.UNCHANGED, step.content, self.clock.now(), Outcome.DONE, step.place, step.passed)
        self.ledger.intend_push(activity.number, push)
        activity.records(push)

    def over(self, activity: LiveActivity, step: Finished) -> None:
        """Books how the activity finished."""
        activity.why = activity.why or step.why
        activity.change(over=step.status)
        if step.left_open:
            self.left_open = True
        else:
            with contextlib.suppress(LedgerUnwritable):
                self.ledger.note_activity(activity.number, status=step.status, why=activity.why)
        if activity.state.started and (left := activity.people.totals().unprocessed):
            self.finds(
                "warning",
                "people_not_processed",
                f"{activity}: {left:,} of {activity.people.count:,} people were not processed when it "
                "started, though they were added again; nobody knows who",
            )
        if step.status in ("expired", "failed") and activity.why:
            severity: Severity = "error" if step.status == "failed" else "warning"
            self.finds(severity, f"activity_{step.status}", f"{activity}: {activity.why}")
        if (failed := activity.state.counts.failed) and activity.trouble:
            several = f"{failed:,} updates are" if failed > 1 else "an update is"
            self.finds(
                "warning",
                "updates_failed",
                f"{activity}: {several} not known to have arrived; the last answer was: {activity.trouble}",
            )
        self.tell("ended" if step.status != "failed" else "failed", _how(activity), activity)

    def stop_request(self, why: str, *, hurry: bool = True) -> bool:
        """Wishes that everything be closed: first in the ledger, then here (rule 3). False when all was over."""
        if self.activities and all(activity.state.over is not None for activity in self.activities):
            return False
        now = self.clock.now()
        with contextlib.suppress(LedgerUnwritable):
            self.ledger.stop_request(why, at=now)
        for activity in self.activities:
            if activity.state.stop_request is None:
                activity.change(stop_request=StopRequest(why, now, hurry=hurry))
            elif hurry:
                activity.change(stop_request=replace(activity.state.stop_request, hurry=True))
        return True

    def heed_wish(self) -> None:
        """Takes in a wish to stop that somebody else wrote into the ledger."""
        stop_request = stop_request_of(self.ledger.edition().stop_request)
        for activity in self.activities:
            if (
                stop_request is not None
                and activity.state.stop_request is None
                and activity.state.over is None
            ):
                activity.change(stop_request=stop_request)

    def _stage(self, table: str, *, folder: str, adding: bool = True) -> StagedSegment:
        return stage(
            table,
            id_column=self.campaign.id_column,
            split_by=self.campaign.split_by,
            defaults=self.campaign.defaults,
            exclude=self.campaign.exclude if adding else None,
            holdout=(self.campaign.holdout or 0) if adding else 0,
            salt=self.campaign.name,
            folder=folder,
            batch_size=self.account.batch_size,
        )

    def _hand_out_rows(self) -> None:
        bad = bad_starts(self.timeline)
        for activity in self.activities:
            rows = self.timeline.for_key(activity.key)
            held = start_is_blocked(bad, rows) and not activity.state.started
            if rows == activity.rows and held == activity.state.blocked:
                continue  # of a thousand activities a poll has news for a few: the others sleep on
            activity.state = replace(activity.state, blocked=held)
            times = planned_for(self.campaign, self.timeline, activity.key, whole=self.times)
            if times.given and self.unread and activity.state.started:
                activity.times = times  # it started by them, and whoever took it over could not read them
            elif times.given:
                ends_at = latest_end(self.campaign, self.timeline, activity.key, times)
                activity.replans(times, ends_at=ends_at)
            activity.reads(rows)

    def _marks(self, people: StagedSegment) -> dict[str, Any]:
        """What later editions are told by: the segment's numbers, and what tells it and the content from others."""
        content = None if self.unread else content_fingerprint(self.campaign, self.timeline)
        fingerprints = {PEOPLE: people.fingerprint, CONTENT: content}
        kind = {"device_started": True} if self.device_started else {}
        return {**segment_report(self.roster).model_dump(mode="json"), **fingerprints, **kind}

    def begins(self, activity: LiveActivity, now: datetime) -> None:
        """An activity that starts at once starts when everybody was added and it was approved: rows count from then."""
        rows = self.timeline.for_key(activity.key)
        activity.times = replace(
            activity.times, starts_at=now, given=True, ends_at=planned_end(self.campaign, rows, now)
        )
        if not self.times.given:
            self.times = replace(self.times, starts_at=now, given=True, ends_at=activity.times.ends_at)
        self.ledger.note_activity(activity.number, planned_start=now)
        starts_at = moved(now, activity.shifts)
        activity.change(plan=replace(activity.state.plan, starts_at=starts_at, at_once=False))
        activity.reads(rows)


def _sort_of(failed: ApiError, activity: LiveActivity) -> EventType:
    """A call in doubt is only asked about again; once that fails too it has failed, which is told once."""
    asked_again = failed.repeat is Repeat.AS_QUESTION and activity.state.over is None
    return "doubtful" if asked_again and activity.state.failures != 2 else "failed"


def _how(activity: LiveActivity) -> str:
    state = activity.state
    if state.over == "ended" and state.unsynced:
        which = "phone" if state.unsynced == 1 else "phones"
        return f"ended; {state.unsynced:,} {which} could not be reached any more"
    return f"{state.over}" + (f": {activity.why}" if activity.why else "")
