"""Restores the activities of an edition from what the ledger recorded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import reduce

from live_activity.campaign.model import Campaign
from live_activity.campaign.planning import Times, planned_end, planned_for
from live_activity.core.statuses import is_over
from live_activity.decision.after_push import after_push
from live_activity.decision.reminders import Reminders
from live_activity.decision.state import ActivityState, Plan, Push, StopRequest
from live_activity.engine.activity import LiveActivity, refresh_before
from live_activity.engine.batch_tracker import BatchTracker
from live_activity.engine.edition import Edition
from live_activity.engine.opened_reading import KEPT, record_new_activities
from live_activity.engine.stop_requests import stop_request_of
from live_activity.ledger import ActivityRecord, BatchCall
from live_activity.segment.roster import Roster
from live_activity.timeline import Timeline


def restore_activities(edition: Edition) -> list[LiveActivity]:
    """One activity for each part of the staged roster, new or continued, each with times of its own."""
    ledger, roster = edition.ledger, edition.roster
    assert roster is not None  # the segment was staged
    if (opened := edition.opened) is not None:
        known = ledger.activities()
        opened.numbers |= {each.activity_id: each.number for each in known if each.activity_id is not None}
        opened.restore(ledger.feed_state(opened.state_key))
        record_new_activities(edition, opened, roster, seen_at=edition.clock.now() if known else None)
        opened.note_rows()
        ledger.note_feed_state(opened.state_key, opened.as_json())
        if ledger.edition().stop_request is not None:
            opened.close()
    else:
        ledger.add_activities(_registered_here(edition.campaign, roster))
    calls: dict[int, list[BatchCall]] = defaultdict(list)
    for call in ledger.batch_calls():
        calls[call.number].append(call)
    pushes: dict[int, list[Push]] = defaultdict(list)
    for entry in ledger.push_entries():
        pushes[entry.number].append(replace(entry.push, words=entry.words))
    stop_request = stop_request_of(ledger.edition().stop_request)
    restore = _restore_opened if edition.campaign.device_started else _restore_registered
    return [
        restore(edition, roster, record, calls[record.number], pushes[record.number], stop_request)
        for record in ledger.activities()
    ]


def restore_new(edition: Edition, records: Iterable[ActivityRecord]) -> list[LiveActivity]:
    """Activities that joined just now, and that nothing was sent to."""
    roster = edition.roster
    assert roster is not None  # they come from a table that was staged
    return [_restore_opened(edition, roster, record, (), (), None) for record in records]


def latest_end(
    campaign: Campaign, timeline: Timeline, key: Mapping[str, str], times: Times
) -> datetime | None:
    """Our end at the latest: `ends_at`; without it, for an activity that no row is for, the end in `times`."""
    return campaign.ends_at if campaign.ends_at is not None or timeline.for_key(key) else times.ends_at


def _registered_here(campaign: Campaign, roster: Roster) -> list[ActivityRecord]:
    return [
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


def _restore_registered(
    edition: Edition,
    roster: Roster,
    record: ActivityRecord,
    calls: Iterable[BatchCall],
    pushes: Sequence[Push],
    stop_request: StopRequest | None,
) -> LiveActivity:
    campaign, timeline = edition.campaign, edition.feed.timeline
    if record.activity_id is None:
        # The id of the activity that people were added to was not recorded, so they are in none: only the answer that
        # nobody is eligible still holds.
        calls = [call for call in calls if call.outcome == "nobody"]
    people = BatchTracker(roster.sizes(record.number), calls)
    times = planned_for(campaign, timeline, record.key, whole=edition.times)
    if record.planned_start is not None:
        ends_at = planned_end(campaign, timeline.for_key(record.key), record.planned_start)
        times = replace(times, starts_at=record.planned_start, given=True, ends_at=ends_at)
    plan = replace(
        _plan(edition, record, times),
        at_once=not times.given,
        refresh_before=refresh_before(
            len(people.sizes), requests_per_minute=edition.account.requests_per_minute
        ),
    )
    enrolled = record.activity_id is not None and times.given and not people.unfinished()
    begun = ActivityState(
        plan=plan,
        enrolled=enrolled,
        refreshed=record.refreshed or (enrolled and not people.worth_another_try()),
        stop_request=stop_request,
    )
    return _activity(edition, record, people, times, begun, pushes)


def _restore_opened(
    edition: Edition,
    roster: Roster,
    record: ActivityRecord,
    calls: Iterable[BatchCall],
    pushes: Sequence[Push],
    stop_request: StopRequest | None,
) -> LiveActivity:
    campaign, timeline = edition.campaign, edition.feed.timeline
    times = planned_for(campaign, timeline, record.key, whole=edition.times)
    if record.planned_start is not None:
        ends_at = planned_end(campaign, timeline.for_key(record.key), record.planned_start)
        times = replace(times, starts_at=record.planned_start, ends_at=ends_at)
    started_at = record.expires_at - KEPT if record.expires_at is not None else times.starts_at
    begun = ActivityState(
        plan=_plan(edition, record, times),
        enrolled=True,
        refreshed=True,
        started_at=started_at,
        opened_by_phone=True,
        stop_request=stop_request,
    )
    return _activity(edition, record, BatchTracker({}), times, begun, pushes)


def _plan(edition: Edition, record: ActivityRecord, times: Times) -> Plan:
    campaign = edition.campaign
    return Plan(
        starts_at=times.starts_at,
        registers_at=times.registers_at,
        ends_at=latest_end(campaign, edition.feed.timeline, record.key, times),
        expires_at=record.expires_at,
        gap=timedelta(seconds=campaign.min_seconds_between_updates),
        hold_end=timedelta(minutes=campaign.hold_end_minutes),
        cancel_title=campaign.cancel_title,
        cancel_message=campaign.cancel_message,
    )


def _activity(
    edition: Edition,
    record: ActivityRecord,
    people: BatchTracker,
    times: Times,
    begun: ActivityState,
    pushes: Sequence[Push],
) -> LiveActivity:
    # A run that takes over tries everything again, also what the run before it had given up.
    state = reduce(after_push, pushes, begun).afresh()
    over = record.status if is_over(record.status) else None
    activity = LiveActivity(
        number=record.number,
        key=record.key,
        activity_type=record.activity_type,
        activity_id=record.activity_id,
        people=people,
        times=times,
        state=replace(state, over=state.over or over),
        clock=edition.clock,
    )
    activity.why = record.why
    activity.reminders = Reminders.from_records(record.held, record.overrides)
    activity.recorded_reminders = {"held": record.held, "overrides": record.overrides}
    return activity
