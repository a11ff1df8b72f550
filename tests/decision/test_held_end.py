"""An end that is due may be held, for a bounded time; then the activity ends with the last good content."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from live_activity.core.content import Content
from live_activity.decision.after_push import after_push
from live_activity.decision.holding import LAST_CALL
from live_activity.decision.next_step import (
    End,
    Finished,
    Update,
    Wait,
    end_held_until,
    held_end_times,
    next_step,
)
from live_activity.decision.overrides import Override
from live_activity.decision.state import ActivityState, Hold, HoldReason, Kind, Outcome, Push, StopRequest
from live_activity.decision.words import WordsByHand
from tests.simulator import at, enrolled, open_run, plan, row, rows_of

MATCH = rows_of(row(1, 0, 0, event="start"), row(2, 20, 1), row(3, 50, 2), row(4, 90, 3, event="end"))
END = MATCH.rows[-1]


def live(**values: object) -> ActivityState:
    third = MATCH.rows[2]
    shown = Push(Kind.UPDATE, third.row.content, at(50), Outcome.DONE, third.place, unsynced=0, words=True)
    return replace(after_push(enrolled(started_at=at(0)), shown), **values)  # type: ignore[arg-type]  # checked by replace


def test_a_stale_timeline_keeps_the_last_content_past_the_end_until_it_is_read_well_again() -> None:
    assert next_step(MATCH, live(stale=True), at(95)) == Wait(at(150))
    assert isinstance(next_step(MATCH, live(), at(95)), End)


def test_a_stale_timeline_still_sends_the_rows_that_it_had_before_the_end() -> None:
    played = open_run(MATCH, enrolled(stale=True), now=at(0))
    assert played.scores(Kind.START, Kind.UPDATE) == [0, 1, 2]


@pytest.mark.parametrize("minutes", [60, 15, 0])
def test_a_held_end_comes_after_the_minutes_that_the_campaign_allows(minutes: int) -> None:
    held = plan(expires_at=at(600), hold_end=timedelta(minutes=minutes))
    played = open_run(MATCH, enrolled(stale=True, plan=held), now=at(0))
    assert played.pushes[-1].kind is Kind.END
    assert played.pushes[-1].at == at(90 + minutes)
    assert played.scores()[-1] == 3, "the end as it was last read"


@pytest.mark.parametrize(
    ("reason", "until"),
    [(HoldReason.ASK, 92 + 60), (HoldReason.IMPOSSIBLE, 92 + 10), (HoldReason.STALE, 92 + 60)],
)
def test_how_long_an_end_is_held_depends_on_the_reason(reason: HoldReason, until: float) -> None:
    state = live(held=frozenset({END.place}), held_end=Hold(reason, at(92)))
    assert end_held_until(state, at(90)) == at(until)
    assert next_step(MATCH, state, at(95)) == Wait(at(until))
    step = next_step(MATCH, state, at(until))
    assert isinstance(step, End)
    assert step.content.state == {"score": 2}, "the last good content"


def test_a_hold_that_began_before_the_end_came_counts_from_the_end() -> None:
    state = live(held_end=Hold(HoldReason.IMPOSSIBLE, at(30)))
    assert end_held_until(state, at(90)) == at(100)


def test_the_longer_of_two_holds_counts() -> None:
    state = live(stale=True, held_end=Hold(HoldReason.IMPOSSIBLE, at(90)))
    assert end_held_until(state, at(90)) == at(150)


def test_a_released_end_comes_at_once_with_its_own_content() -> None:
    step = next_step(MATCH, live(), at(95))
    assert isinstance(step, End)
    assert step.content.state == {"score": 3}


def test_no_hold_lasts_beyond_the_eight_hours_of_ios() -> None:
    long = rows_of(row(1, 0, 0, event="start"), row(2, 7.5 * 60, 1, event="end"))
    state = live(stale=True, plan=plan(expires_at=at(600)))
    assert end_held_until(state, at(7.5 * 60)) == at(8 * 60 - 5)
    assert isinstance(next_step(long, state, at(8 * 60 - 5)), End)


def test_the_vendors_expiry_bounds_a_hold_too() -> None:
    state = live(stale=True, plan=plan(expires_at=at(100)))
    assert end_held_until(state, at(90)) == at(100) - LAST_CALL


def test_an_end_without_a_known_expiry_is_held_for_the_usual_time() -> None:
    opened = live(stale=True, plan=plan(expires_at=None))
    assert next_step(MATCH, opened, at(91)) == Wait(at(150))


def test_what_is_sent_by_hand_is_never_held_and_the_ends_own_content_is() -> None:
    by_hand = Override(("score",), 8, 2, "anna", at(95))
    state = live(stale=True, overrides=(by_hand,), words_by_hand=WordsByHand("Hold on", None, at(95)))
    step = next_step(MATCH, state, at(95))
    assert isinstance(step, Update)
    assert step.content == Content("Hold on", "score 2", {"score": 8})


def test_ending_it_now_does_not_wait_for_the_hold() -> None:
    for held in (live(stale=True), live(held_end=Hold(HoldReason.ASK, at(90)))):
        stopped = replace(held, stop_request=StopRequest("ended", at(95)))
        assert isinstance(next_step(MATCH, stopped, at(95)), End)


def test_the_end_of_an_activity_that_never_started_is_not_held() -> None:
    assert isinstance(next_step(MATCH, enrolled(stale=True), at(95)), Finished)


def test_people_are_notified_when_a_hold_begins_halfway_and_when_it_ends() -> None:
    times = held_end_times(MATCH, live(held_end=Hold(HoldReason.ASK, at(92))))
    assert times is not None
    assert (times.begins, times.halfway, times.ends) == (at(92), at(122), at(152))
    assert held_end_times(MATCH, live()) is None


def test_a_row_that_a_guard_holds_is_not_sent_and_the_last_good_content_stays() -> None:
    held = rows_of(*(each.row for each in MATCH.rows[:2]), row(3, 50, 40), MATCH.rows[-1].row)
    state = enrolled(held=frozenset({held.rows[2].place}))
    played = open_run(held, state, now=at(0))
    assert played.scores(Kind.START, Kind.UPDATE) == [0, 1]
    released = open_run(held, enrolled(), now=at(0))
    assert released.scores(Kind.START, Kind.UPDATE) == [0, 1, 40]


def test_the_last_content_stays_if_the_correction_of_the_showing_row_is_held() -> None:
    corrected = rows_of(*(each.row for each in MATCH.rows[:2]), row(3, 50, 40), MATCH.rows[-1].row)
    state = live(held=frozenset({corrected.rows[2].place}))
    assert isinstance(next_step(corrected, state, at(60)), Wait)
    withdrawn = rows_of(*(each.row for each in MATCH.rows[:2]), row(4, 55, 40), MATCH.rows[-1].row)
    step = next_step(withdrawn, live(held=frozenset({withdrawn.rows[2].place})), at(60))
    assert isinstance(step, Update), "a withdrawal is never held"
    assert step.content.state == {"score": 1}
