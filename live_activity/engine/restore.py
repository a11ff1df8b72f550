"""The activities of an edition, each as far as the ledger says it came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import reduce
from typing import Any

from live_activity.api.account import Account
from live_activity.campaign.model import Campaign
from live_activity.campaign.planning import Times, planned_end, planned_for
from live_activity.core.clock import Clock
from live_activity.decision.state import ActivityState, Plan, Push, StopRequest
from live_activity.engine.activity import LiveActivity, refresh_before
from live_activity.engine.batch_tracker import BatchTracker
from live_activity.ledger import ActivityRecord, BatchCall, EditionLedger
from live_activity.segment.roster import Roster
from live_activity.timeline import Timeline

OVER = frozenset({"ended", "expired", "nobody_eligible", "rejected", "cancelled", "failed"})


def restore_activities(
    ledger: EditionLedger,
    roster: Roster,
    campaign: Campaign,
    timeline: Timeline,
    times: Times,
    *,
    account: Account,
    clock: Clock,
) -> list[LiveActivity]:
    """One for each part of the staged segment, new or continued, each with times of its own."""
    ledger.add_activities(
        [
            ActivityRecord(
                number=number,
                key=people.key,
                activity_type=campaign.activity_type,
                activity_id=None,
                expires_at=None,
                planned_start=None,
                refreshed=False,
                status="planned",
                why=None,
            )
            for number, people in enumerate(roster.staged.activities)
        ]
    )
    calls: dict[int, list[BatchCall]] = {}
    for call in ledger.batch_calls():
        calls.setdefault(call.number, []).append(call)
    pushed: dict[int, list[Push]] = {}
    for number, push in ledger.pushes():
        pushed.setdefault(number, []).append(push)
    stop_request = stop_request_of(ledger.edition().stop_request)
    found = []
    for record in ledger.activities():
        answers = calls.get(record.number, [])
        if record.activity_id is None:
            # Whoever an activity took in that nobody has the id of is in none: only refusals still hold.
            answers = [call for call in answers if call.outcome == "nobody"]
        people = BatchTracker(roster.sizes(record.number), answers)
        own = planned_for(campaign, timeline, record.key, whole=times)
        if record.planned_start is not None:
            began = record.planned_start
            ends_at = planned_end(campaign, timeline.for_key(record.key), began)
            own = replace(own, starts_at=began, given=True, ends_at=ends_at)
        plan = Plan(
            starts_at=own.starts_at,
            registers_at=own.registers_at,
            ends_at=latest_end(campaign, timeline, record.key, own),
            expires_at=record.expires_at,
            at_once=not own.given,
            refresh_before=refresh_before(len(people.sizes), requests_per_minute=account.requests_per_minute),
            cancel_title=campaign.cancel_title,
            cancel_message=campaign.cancel_message,
            gap=timedelta(seconds=campaign.min_seconds_between_updates),
        )
        activity = LiveActivity(
            number=record.number,
            key=record.key,
            activity_type=record.activity_type,
            activity_id=record.activity_id,
            people=people,
            times=own,
            state=_recorded(
                record, plan, people, pushed.get(record.number, []), stop_request, given=own.given
            ),
            clock=clock,
        )
        activity.why = record.why
        found.append(activity)
    return found


def latest_end(
    campaign: Campaign, timeline: Timeline, key: Mapping[str, str], times: Times
) -> datetime | None:
    """Our end at the latest: `ends_at`, or where no row reaches the activity, the end of all the others."""
    return campaign.ends_at if campaign.ends_at is not None or timeline.for_key(key) else times.ends_at


def stop_request_of(written: Mapping[str, Any] | None) -> StopRequest | None:
    """The wish to stop as the ledger has it."""
    if written is None:
        return None
    return StopRequest(
        written["why"],
        datetime.fromisoformat(written["at"]),
        title=written.get("title"),
        message=written.get("message"),
    )


def _recorded(
    record: ActivityRecord,
    plan: Plan,
    people: BatchTracker,
    pushes: Sequence[Push],
    stop_request: StopRequest | None,
    *,
    given: bool,
) -> ActivityState:
    enrolled = record.activity_id is not None and given and not people.unfinished()
    begun = ActivityState(
        plan=plan,
        enrolled=enrolled,
        refreshed=record.refreshed or (enrolled and not people.worth_another_try()),
        stop_request=stop_request,
    )
    state = reduce(ActivityState.after, pushes, begun)
    # Who takes over tries afresh, whatever the one before had given up on.
    state = state.afresh()
    over = record.status if record.status in OVER else None
    return replace(state, over=state.over or over)
