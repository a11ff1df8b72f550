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

from live_activity.api.account import Account
from live_activity.campaign.model import Campaign
from live_activity.campaign.planning import Times, planned_for
from live_activity.core.clock import Clock
from live_activity.decision.state import ActivityState, Plan, Push
from live_activity.engine.activity import LiveActivity
from live_activity.engine.batch_tracker import BatchTracker
from live_activity.engine.rehearsal import Rehearsal
from live_activity.engine.restore import OVER, latest_end, stop_request_of
from live_activity.ledger import ActivityRecord, EditionLedger
from live_activity.segment.roster import Roster
from live_activity.timeline import Timeline

# The vendor keeps what a phone opened for a week at most (reference, Life of an activity).
KEPT = timedelta(days=7)


def device_started_activities(
    ledger: EditionLedger,
    roster: Roster,
    campaign: Campaign,
    timeline: Timeline,
    times: Times,
    *,
    account: Account,
    clock: Clock,
    rehearsal: Rehearsal | None = None,
) -> list[LiveActivity]:
    """One for each `activity_id` of the staged table, new or continued, started when it was taken over."""
    if not ledger.activities():
        ledger.add_activities(_found(roster, campaign, until=clock.now() + KEPT, rehearsal=rehearsal))
    pushed: dict[int, list[Push]] = {}
    for number, push in ledger.pushes():
        pushed.setdefault(number, []).append(push)
    stop_request = stop_request_of(ledger.edition().stop_request)
    activities = []
    for record in ledger.activities():
        own = planned_for(campaign, timeline, record.key, whole=times)
        begun = _begun(record, campaign, own, ends_at=latest_end(campaign, timeline, record.key, own))
        state = reduce(
            ActivityState.after, pushed.get(record.number, ()), replace(begun, stop_request=stop_request)
        )
        state = state.afresh()
        over = record.status if record.status in OVER else None
        activity = LiveActivity(
            number=record.number,
            key=record.key,
            activity_type=record.activity_type,
            activity_id=record.activity_id,
            people=BatchTracker({}),
            times=own,
            state=replace(state, over=state.over or over),
            clock=clock,
        )
        activity.why = record.why
        activities.append(activity)
    return activities


def _begun(
    record: ActivityRecord, campaign: Campaign, own: Times, *, ends_at: datetime | None
) -> ActivityState:
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
    return ActivityState(plan=plan, enrolled=True, refreshed=True, started_at=taken_over)


def _found(
    roster: Roster, campaign: Campaign, *, until: datetime, rehearsal: Rehearsal | None
) -> Sequence[ActivityRecord]:
    named: dict[str, Mapping[str, str]] = {}
    for part in roster.staged.activities:
        for batch in range(part.first_batch, part.first_batch + part.batches):
            for activity_id in roster.read(batch):
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
