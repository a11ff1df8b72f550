"""The steps of a campaign that reach outside the process: the loop calls them, hosts retry and show them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from live_activity.campaign.previous_editions import segment_findings
from live_activity.campaign.split_check import split_findings
from live_activity.core.events import EventType
from live_activity.core.findings import Finding
from live_activity.core.formatting import count_of
from live_activity.core.threads import run_in_daemon_thread
from live_activity.decision.state import Outcome, Push
from live_activity.engine.activity import LiveActivity
from live_activity.engine.edition import Edition
from live_activity.engine.failure_policy import report_first_failure
from live_activity.engine.guarding import apply_guards
from live_activity.engine.people_feed import stage_people
from live_activity.engine.polling import read_again
from live_activity.engine.restore import restore_activities
from live_activity.engine.timeline_feed import hand_out_rows, judge_first_reading, mark_unread, record_reading

# How often a call is repeated; `next_step` decides what follows. The pauses add up to 1.5 minutes on average, and to 3
# minutes at most, unless an answer asks for longer ones.
RETRIES = 8

StageCall = Callable[[Edition], Awaitable[str]]
PollCall = Callable[[Edition], Awaitable[Sequence[Finding]]]
MakeBatchCall = Callable[[Edition, LiveActivity, int], Awaitable[str]]
MakePushCall = Callable[[Edition, LiveActivity], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class CampaignCalls:
    """The calls that `play_campaign` makes; a host decides how each is retried and shown.

    Each returns one line that says what happened, and raises `ApiError` once it has failed for good. `poll` returns
    the findings that kept the timeline from being read.
    """

    stage: StageCall
    poll: PollCall
    register: MakeBatchCall
    add_users: MakeBatchCall
    remove_users: MakeBatchCall
    start: MakePushCall
    update: MakePushCall
    settle: MakePushCall
    end: MakePushCall


OpenCalls = Callable[[Edition], AbstractAsyncContextManager[CampaignCalls]]
"""Makes the calls of one edition; what they hold is released when the context ends."""


async def stage(edition: Edition) -> str:
    """Stages the segment in batches, or loads what an earlier run of this edition staged. Raises `InvalidInput`."""
    people = await run_in_daemon_thread(stage_people, edition)
    edition.activities = restore_activities(edition)
    judge_first_reading(edition)
    keys = [activity.key for activity in edition.activities]
    for finding in split_findings(edition.campaign, edition.feed.timeline, keys):
        edition.add_finding(finding)
    hand_out_rows(edition)
    apply_guards(edition)
    if edition.feed.unread:
        mark_unread(edition)
    else:
        record_reading(edition)
    for finding in segment_findings(edition.ledger.database, edition.ledger.edition_id):
        edition.add_finding(finding)
        edition.emit("note", str(finding))
    device_started = edition.campaign.device_started
    accepted = ("row of activities", "rows of activities") if device_started else ("person", "people")
    line = (
        f"{count_of(people.accepted, *accepted)} accepted, {count_of(people.rejected, 'row')} rejected, "
        f"{count_of(len(edition.activities), 'activity', 'activities')}"
    )
    edition.emit("planned", line)
    return line


async def poll(edition: Edition) -> Sequence[Finding]:
    """Reads the timeline again and hands its rows to the activities; returns what kept it from being read."""
    before = edition.feed.timeline.rows
    problems = await read_again(edition)
    if not problems and edition.feed.timeline.rows != before:
        edition.emit("note", f"the timeline has changed: {count_of(len(edition.feed.timeline.rows), 'row')}")
    return problems


async def register(edition: Edition, activity: LiveActivity, batch: int) -> str:
    """Registers the activity with a batch of its people."""
    with report_first_failure(edition, activity):
        answer = await edition.calls.register(activity, batch, expires_at=edition.expiry_of(activity))
    if answer.outcome == "nobody":
        line = "nobody in this batch is eligible; the next one registers"
        edition.emit("note", line, activity)
        return line
    line = _added(activity)
    if answer.outcome == "done":
        edition.emit("registered", f"registered, {line}", activity)
    return line


async def add_users(edition: Edition, activity: LiveActivity, batch: int) -> str:
    """Adds a batch of people to the registered activity."""
    with report_first_failure(edition, activity):
        await edition.calls.add_users(activity, batch)
    return _report_people(edition, activity)


async def remove_users(edition: Edition, activity: LiveActivity, batch: int) -> str:
    """Removes a batch of people who were taken out by hand."""
    await edition.calls.remove_users(activity, batch)
    return _report_people(edition, activity)


async def start(edition: Edition, activity: LiveActivity) -> str:
    """Starts the activity. After an unknown outcome the same call asks whether the first one arrived."""
    return _report_push(edition, activity, "started", await edition.calls.start(activity))


async def update(edition: Edition, activity: LiveActivity) -> str:
    """Sends the newest content."""
    return _report_push(edition, activity, "updated", await edition.calls.update(activity))


async def settle(edition: Edition, activity: LiveActivity) -> str:
    """Sends the final content again, for the phones that were left behind."""
    return _report_push(edition, activity, "updated", await edition.calls.settle(activity))


async def end(edition: Edition, activity: LiveActivity) -> str:
    """Ends the activity with its final content."""
    return _report_push(edition, activity, "ended", await edition.calls.end(activity))


def _report_people(edition: Edition, activity: LiveActivity) -> str:
    totals = activity.people.totals()
    line = _added(activity)
    edition.emit("added", line, activity, people=activity.people.count, left=totals.unprocessed)
    return line


def _added(activity: LiveActivity) -> str:
    totals = activity.people.totals()
    added = f"{activity.people.count - totals.unprocessed:,}"
    people, phones = count_of(activity.people.count, "person", "people"), count_of(totals.matched, "phone")
    return f"{added} of {people} added, {phones}"


def _report_push(edition: Edition, activity: LiveActivity, type: EventType, push: Push | None) -> str:
    if push is None:
        return "nothing to send any more"
    if push.outcome is Outcome.LOCKED:
        doubt = "the start is unconfirmed: it had arrived, but whether every push of it left is not known"
        edition.emit("unconfirmed", doubt, activity)
        edition.add_finding(
            Finding.warning("start_unconfirmed", f"{activity}: {doubt}", where=edition.campaign.name)
        )
    line = _push_line(push)
    if push.outcome is Outcome.GONE and activity.state.opened_by_phone:
        # The push is repeated many times, and one finding is about all such activities.
        if activity.state.not_found == 1:
            edition.emit("note", line, activity)
        return line
    edition.emit(type, line, activity, triggered=push.triggered, unsynced=push.unsynced or 0)
    return line


def _push_line(push: Push) -> str:
    match push.outcome:
        case Outcome.NOT_SYNCED:
            return f"{push.kind.value}: no phone has synced yet, it is sent again"
        case Outcome.WORDS_REQUIRED:
            return f"{push.kind.value}: the API requires title and message, so it is sent again with them"
        case Outcome.LOCKED:
            return f"{push.kind.value}: it had started before"
        case Outcome.GONE:
            return f"{push.kind.value}: the API does not know the activity (unknown, ended or expired)"
    text = push.content.title or push.content.message or "content"
    row = f" (row {push.place.number})" if push.place is not None else ""
    behind = f", {push.unsynced:,} not synced yet" if push.unsynced else ""
    return f"{push.kind.value}: {text}{row}, {push.triggered:,} handed to Apple{behind}"
