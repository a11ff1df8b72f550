"""Activities that phones opened themselves: a table of their ids stands where a segment does, and all have started.

The app opens such an activity and the vendor's SDK sends its token (reference, Life of an activity). Nobody is
registered and nothing is started; updates and the end are those of any campaign. The table is staged as a segment
is, so that every row of it is accounted for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import reduce

from live_activity.account import Account
from live_activity.campaign import Campaign
from live_activity.clock import Clock
from live_activity.crowd import Crowd
from live_activity.ledger import ActivityRecord, Book
from live_activity.live import LiveActivity
from live_activity.people import People
from live_activity.planning import Times, planned_for
from live_activity.recorded import Plan, Push, Recorded
from live_activity.rehearsal import Rehearsal
from live_activity.restoring import OVER, latest_end, wish_of
from live_activity.timeline import Timeline

# The vendor keeps what a phone opened for a week at most (reference, Life of an activity).
KEPT = timedelta(days=7)


def opened_by_phones(
    book: Book,
    crowd: Crowd,
    campaign: Campaign,
    timeline: Timeline,
    times: Times,
    *,
    account: Account,
    clock: Clock,
    rehearsal: Rehearsal | None = None,
) -> list[LiveActivity]:
    """One for each `activity_id` of the staged table, new or continued, started when it was taken over."""
    if not book.activities():
        book.add_activities(_found(crowd, campaign, until=clock.now() + KEPT, rehearsal=rehearsal))
    pushed: dict[int, list[Push]] = {}
    for number, push in book.pushes():
        pushed.setdefault(number, []).append(push)
    wish = wish_of(book.edition().wish)
    activities = []
    for record in book.activities():
        own = planned_for(campaign, timeline, record.key, whole=times)
        begun = _begun(record, campaign, own, ends_at=latest_end(campaign, timeline, record.key, own))
        recorded = reduce(Recorded.after, pushed.get(record.number, ()), replace(begun, wish=wish))
        recorded = recorded.afresh()
        over = record.status if record.status in OVER else None
        activity = LiveActivity(
            number=record.number,
            key=record.key,
            activity_type=record.activity_type,
            activity_id=record.activity_id,
            people=People({}),
            times=own,
            recorded=replace(recorded, over=recorded.over or over),
            clock=clock,
        )
        activity.why = record.why
        activities.append(activity)
    return activities


def _begun(record: ActivityRecord, campaign: Campaign, own: Times, *, ends_at: datetime | None) -> Recorded:
    taken_over = record.expires_at - KEPT if record.expires_at is not None else own.starts_at
    plan = Plan(
        starts_at=own.starts_at,
        registers_at=own.registers_at,
        ends_at=ends_at,
        expires_at=record.expires_at,
        gap=timedelta(seconds=campaign.min_seconds_between_updates),
        cancel_title=campaign.cancel_title,
        cancel_message=campaign.cancel_message,
    )
    return Recorded(plan=plan, enrolled=True, refreshed=True, started_at=taken_over)


def _found(
    crowd: Crowd, campaign: Campaign, *, until: datetime, rehearsal: Rehearsal | None
) -> Sequence[ActivityRecord]:
    named: dict[str, Mapping[str, str]] = {}
    for part in crowd.staged.activities:
        for batch in range(part.first_batch, part.first_batch + part.batches):
            for activity_id in crowd.read(batch):
                named.setdefault(activity_id, part.key)
    return [
        ActivityRecord(
            number=number,
            key=key,
            activity_type=campaign.activity_type,
            # A rehearsal's phones open activities of their own, one for each that the table names.
            activity_id=rehearsal.opened_by_a_phone(campaign.activity_type) if rehearsal else activity_id,
            expires_at=until,
            planned_start=None,
            refreshed=True,
            status="started",
            why=None,
        )
        for number, (activity_id, key) in enumerate(named.items())
    ]
