"""The activities of an edition, each as far as the ledger says it came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import reduce
from typing import Any

from live_activity.account import Account
from live_activity.campaign import Campaign
from live_activity.clock import Clock
from live_activity.crowd import Crowd
from live_activity.ledger import ActivityRecord, BatchCall, Book
from live_activity.live import LiveActivity, refresh_before
from live_activity.people import People
from live_activity.planning import Times, planned_end, planned_for
from live_activity.recorded import Plan, Push, Recorded, Wish
from live_activity.timeline import Timeline

OVER = frozenset({"ended", "expired", "rejected", "cancelled", "failed"})


def activities_of(
    book: Book,
    crowd: Crowd,
    campaign: Campaign,
    timeline: Timeline,
    times: Times,
    *,
    account: Account,
    clock: Clock,
) -> list[LiveActivity]:
    """One for each part of the staged segment, new or continued, each with times of its own."""
    book.add_activities(
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
            for number, people in enumerate(crowd.staged.activities)
        ]
    )
    calls: dict[int, list[BatchCall]] = {}
    for call in book.batch_calls():
        calls.setdefault(call.number, []).append(call)
    pushed: dict[int, list[Push]] = {}
    for number, push in book.pushes():
        pushed.setdefault(number, []).append(push)
    wish = wish_of(book.edition().wish)
    found = []
    for record in book.activities():
        answers = calls.get(record.number, [])
        if record.activity_id is None:
            # Whoever an activity took in that nobody has the id of is in none: only refusals still hold.
            answers = [call for call in answers if call.outcome == "nobody"]
        people = People(crowd.sizes(record.number), answers)
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
            recorded=_recorded(record, plan, people, pushed.get(record.number, []), wish, given=own.given),
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


def wish_of(written: Mapping[str, Any] | None) -> Wish | None:
    """The wish to stop as the ledger has it."""
    if written is None:
        return None
    return Wish(
        written["why"],
        datetime.fromisoformat(written["at"]),
        title=written.get("title"),
        message=written.get("message"),
    )


def _recorded(
    record: ActivityRecord,
    plan: Plan,
    people: People,
    pushes: Sequence[Push],
    wish: Wish | None,
    *,
    given: bool,
) -> Recorded:
    enrolled = record.activity_id is not None and given and not people.unfinished()
    begun = Recorded(
        plan=plan,
        enrolled=enrolled,
        refreshed=record.refreshed or (enrolled and not people.worth_another_try()),
        wish=wish,
    )
    recorded = reduce(Recorded.after, pushes, begun)
    # Who takes over tries afresh, whatever the one before had given up on.
    recorded = recorded.afresh()
    over = record.status if record.status in OVER else None
    return replace(recorded, over=recorded.over or over)
