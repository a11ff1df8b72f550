from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from live_activity.decision.schedule import Place, Schedule, Shift, moved, schedule
from tests.simulator import KICK_OFF, at, row, rows_of

MINUTES = st.integers(-600, 600)
MOMENTS = MINUTES.map(at)
SHIFTS = st.lists(
    st.builds(Shift, MOMENTS, MINUTES.map(lambda minutes: timedelta(minutes=minutes))), max_size=4
)


def test_rows_are_ordered_by_time_and_then_by_their_place_in_the_table() -> None:
    rows = rows_of(row(1, 50, 1), row(2, 0, 2), row(3, 50, 3), row(4, 20, 4))
    assert [each.row.number for each in rows.rows] == [2, 4, 1, 3]


def test_a_row_is_due_on_its_minute_and_not_before() -> None:
    rows = rows_of(row(1, 0, 0), row(2, 20, 1))
    assert rows.due_by(at(20) - timedelta(microseconds=1)) == 1
    assert rows.due_by(at(20)) == 2
    assert rows.next_due(at(0)) == at(20)
    assert rows.next_due(at(20)) is None


def test_rows_up_to_a_place_include_that_place() -> None:
    rows = rows_of(row(1, 0, 0), row(2, 20, 1), row(3, 20, 2))
    assert rows.until(None) == 0
    assert rows.until(Place(at(20), 2)) == 2
    assert rows.until(Place(at(20), 3)) == 3
    assert rows.until(Place(at(19), 9)) == 1


def test_the_opening_is_the_start_row_and_else_the_first() -> None:
    first, start = row(1, 0, 0), row(2, 10, 1, event="start")
    assert rows_of(first, start).opening == start
    assert rows_of(row(2, 10, 1), first).opening == first
    assert Schedule().opening is None


def test_an_end_that_was_moved_is_due_then_and_nothing_else_moves() -> None:
    rows = schedule([row(1, 0, 0), row(2, 90, 1, event="end")], start=KICK_OFF, end_moved=at(120))
    assert rows.end is not None
    assert [each.due for each in rows.rows] == [at(0), at(120)]


def test_a_shift_moves_what_is_still_to_come_and_leaves_what_was_due() -> None:
    shifts = [Shift(at(15), timedelta(minutes=20))]
    rows = schedule([row(1, 0, 0), row(2, 15, 1), row(3, 20, 2)], start=KICK_OFF, shifts=shifts)
    assert [each.due for each in rows.rows] == [at(0), at(15), at(40)]


def test_shifts_are_taken_one_after_the_other() -> None:
    delayed = Shift(at(0), timedelta(minutes=30))
    back = Shift(at(25), timedelta(minutes=-10))
    # It was due at 50 when it was shifted back, though its own time, 20, was over.
    assert moved(at(20), [delayed, back]) == at(40)


def test_a_row_that_is_shifted_back_into_the_past_is_due_at_once_and_not_overtaken() -> None:
    moment = moved(at(20), [Shift(at(15), timedelta(minutes=-60))])
    assert at(15) <= moment < at(15) + timedelta(seconds=1)


def test_rows_shifted_back_into_the_past_stay_in_the_order_of_their_times() -> None:
    newest_first = [row(1, 40, 2), row(2, 20, 1), row(3, 0, 0)]
    rows = schedule(newest_first, start=KICK_OFF, shifts=[Shift(at(15), timedelta(minutes=-60))])
    assert [each.row.number for each in rows.rows] == [3, 2, 1]


@settings(max_examples=200)
@given(MOMENTS, MOMENTS, SHIFTS)
def test_shifts_never_let_a_row_overtake_another(one: datetime, other: datetime, shifts: list[Shift]) -> None:
    early, late = sorted([one, other])
    assert moved(early, shifts) <= moved(late, shifts)


@settings(max_examples=200)
@given(MOMENTS, MOMENTS, MINUTES)
def test_what_was_due_when_it_was_shifted_stays_and_what_was_not_is_not_over(
    due: datetime, when: datetime, minutes: int
) -> None:
    after = moved(due, [Shift(when, timedelta(minutes=minutes))])
    assert after == due if due <= when else after >= when
