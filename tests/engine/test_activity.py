from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

from live_activity.campaign.planning import Times
from live_activity.core.virtual_clock import VirtualClock
from live_activity.decision.after_push import after_push
from live_activity.decision.next_step import Start, Update, Wait, end_of
from live_activity.decision.schedule import Place, Shift
from live_activity.decision.state import ActivityState, Kind, Outcome, Push
from live_activity.engine.activity import LiveActivity, refresh_before
from live_activity.engine.batch_tracker import BatchTracker
from tests.simulator import KICK_OFF, at, enrolled, plan, row

ROWS = [row(1, 0, 0, event="start"), row(2, 20, 1), row(3, 50, 2), row(4, 90, 3, event="end")]


def live(state: ActivityState | None = None, *, now: datetime = KICK_OFF, **key: str) -> LiveActivity:
    activity = LiveActivity(
        number=0,
        key=key,
        activity_type="Match",
        people=BatchTracker({0: 3}),
        state=state or enrolled(),
        times=Times(KICK_OFF, True, at(90), at(-30)),
        clock=VirtualClock(now),
    )
    activity.set_rows(ROWS)
    return activity


def started(**values: object) -> ActivityState:
    sent = Push(Kind.START, ROWS[0].content, KICK_OFF, Outcome.DONE, Place(KICK_OFF, 1), unsynced=0)
    return replace(after_push(enrolled(), sent), clean=True, **values)  # type: ignore[arg-type]  # checked by replace


def end(activity: LiveActivity) -> datetime | None:
    return end_of(activity.schedule, activity.state)


def test_an_activity_is_named_by_what_it_was_split_by() -> None:
    assert str(live(flight="LH1", language="de")) == "LH1 de"
    assert str(live()) == "activity"


def test_a_shift_before_the_start_moves_registration_start_rows_and_end() -> None:
    activity = live(now=at(-60))
    activity.shift(Shift(at(-60), timedelta(minutes=20)))
    plans = activity.state.plan
    assert (plans.registers_at, plans.starts_at, end(activity)) == (at(-10), at(20), at(110))
    assert [each.due for each in activity.schedule.rows] == [at(20), at(40), at(70), at(110)]


def test_a_shift_while_it_lives_moves_what_is_to_come_and_not_what_was() -> None:
    activity = live(started(), now=at(30))
    activity.shift(Shift(at(30), timedelta(minutes=20)))
    assert activity.state.plan.starts_at == KICK_OFF
    assert [each.due for each in activity.schedule.rows] == [at(0), at(20), at(70), at(110)]


def test_rows_that_come_later_are_shifted_with_the_others() -> None:
    activity = live(started(), now=at(30))
    activity.shift(Shift(at(30), timedelta(minutes=20)))
    activity.set_rows([*ROWS[:3], row(4, 60, 9), row(5, 90, 3, event="end")])
    assert [each.due for each in activity.schedule.rows][-2:] == [at(80), at(110)]


def test_a_moved_end_replaces_the_end_row_and_ends_at() -> None:
    activity = live(started(plan=plan(ends_at=at(100), expires_at=at(600))), now=at(30))
    activity.move_end(at(120))
    assert end(activity) == at(120)
    activity.set_rows(ROWS)
    assert end(activity) == at(120)


def test_a_shift_moves_an_end_that_was_moved_before() -> None:
    activity = live(started(), now=at(30))
    activity.move_end(at(120))
    activity.shift(Shift(at(31), timedelta(minutes=20)))
    assert end(activity) == at(140)


def test_an_end_that_was_moved_after_a_shift_is_not_shifted() -> None:
    activity = live(started(), now=at(30))
    activity.shift(Shift(at(30), timedelta(minutes=20)))
    activity.move_end(at(95))
    assert end(activity) == at(95)


def test_a_timeline_that_names_another_start_is_followed_until_it_started() -> None:
    later = Times(at(15), True, at(105), at(-15))
    waiting, lives = live(now=at(-60)), live(started(), now=at(5))
    for activity in (waiting, lives):
        activity.replan(later, ends_at=None)
    assert waiting.state.plan.starts_at == at(15)
    assert lives.state.plan.starts_at == KICK_OFF


async def test_a_change_wakes_a_waiting_activity() -> None:
    activity = live(started(), now=at(1))
    step = activity.next_step()
    assert step == Wait(at(20))
    activity.changed.clear()
    waiting = asyncio.create_task(activity.wait(Wait(None)))
    await asyncio.sleep(0)
    activity.change(frozen=True)
    await waiting
    assert not activity.changed.is_set()


async def test_waiting_for_a_step_returns_it_at_once_or_none_if_another_is_next() -> None:
    activity = live(now=KICK_OFF)
    step = await activity.comes_to(Start)
    assert isinstance(step, Start)
    assert await activity.comes_to(Update) is None


async def test_a_retry_waits_as_long_as_it_was_asked_to_and_sends_what_is_newest_by_then() -> None:
    activity = live(started(not_before=at(21), failures=1), now=at(20))
    asked = asyncio.create_task(activity.comes_to(Update))
    await asyncio.sleep(0)
    activity.set_rows([*ROWS[:1], row(2, 20, 7), *ROWS[2:]])
    step = await asked
    assert isinstance(step, Update)
    assert step.content.state == {"score": 7}
    assert activity._clock.now() == at(21)


async def test_a_retry_is_not_made_once_the_next_step_is_another() -> None:
    activity = live(started(not_before=at(21), failures=1), now=at(20))
    asked = asyncio.create_task(activity.comes_to(Update))
    await asyncio.sleep(0)
    activity.change(frozen=True)
    assert await asked is None


def test_a_report_has_status_times_and_people_at_each_stage() -> None:
    assert live().report().status == "registered"
    report = live(started()).report()
    assert (report.status, report.started_at, report.people, report.unprocessed) == (
        "started",
        KICK_OFF,
        3,
        3,
    )
    over = live(started(over="ended", ended_at=at(90), unsynced=2)).report()
    assert (over.status, over.ended_at, over.unsynced_at_end) == ("ended", at(90), 2)


def test_the_pass_over_missing_tokens_begins_as_early_as_the_pace_makes_it_last() -> None:
    assert refresh_before(500, requests_per_minute=1000) == timedelta(seconds=90)
    assert refresh_before(60_000, requests_per_minute=0) == timedelta(minutes=2)
