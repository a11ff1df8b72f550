"""Title and message make phones alert, so they are sent once; later pushes carry the state alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

from hypothesis import given, settings
from hypothesis import strategies as st

from live_activity.decision.after_push import after_push
from live_activity.decision.next_step import End, MarkUnchanged, Settle, Update, next_step
from live_activity.decision.state import Kind, Outcome, Push, StopRequest
from tests.decision.test_repeats_and_settling import behind
from tests.simulator import Answer, Answers, at, enrolled, open_run, plan, row, rows_of

MATCH = rows_of(row(1, 0, 0, event="start"), row(2, 20, 1), row(3, 50, 2), row(4, 90, 3, event="end"))


def words_required(then: Answer | None = None) -> Answers:
    """Returns the answers of an account that refuses pushes of state alone with 400."""
    return lambda push: Answer(Outcome.WORDS_REQUIRED, None) if not push.words else then or Answer()


def test_a_rows_words_are_sent_with_its_first_push_and_no_later_one() -> None:
    played = open_run(
        MATCH, enrolled(), now=at(0), answers=behind(90, 80, 70, 60, 50, 90, 80, 70, 60, 50, 9, 5)
    )
    assert Kind.REPEAT in played.kinds()
    assert played.kinds().count(Kind.SETTLE) > 1
    assert played.alerting() == [(Kind.START, 0), (Kind.UPDATE, 1), (Kind.UPDATE, 2), (Kind.SETTLE, 3)]
    assert played.state.counts.alerts == 4


def test_an_end_that_needs_no_settling_carries_its_words_itself() -> None:
    played = open_run(MATCH, enrolled(), now=at(0))
    assert played.alerting()[-1] == (Kind.END, 3)


def test_after_an_unknown_outcome_the_state_goes_alone() -> None:
    answers = iter([Answer(Outcome.UNKNOWN, None)])
    played = open_run(
        MATCH,
        enrolled(),
        now=at(0),
        answers=lambda push: next(answers, Answer()) if push.kind is Kind.UPDATE else Answer(),
    )
    first = [push for push in played.pushes if push.content.state["score"] == 1]
    assert [push.words for push in first] == [True, False]


def test_words_that_were_not_sent_or_reached_nobody_are_sent_later() -> None:
    answers = iter([Answer(Outcome.NOT_SENT, None), Answer(Outcome.NOT_SYNCED, None)])
    played = open_run(
        MATCH,
        enrolled(),
        now=at(0),
        answers=lambda push: next(answers, Answer()) if push.kind is Kind.UPDATE else Answer(),
    )
    first = [push for push in played.pushes if push.content.state["score"] == 1]
    assert [push.words for push in first] == [True, True, True]


def test_a_correction_of_the_state_alone_does_not_alert_and_one_of_the_words_does() -> None:
    state = reduce(after_push, _sent(2), enrolled())
    corrected = row(2, 20, 1)
    more = replace(corrected, content=replace(corrected.content, state={"score": 7}))
    step = next_step(rows_of(MATCH.rows[0].row, more, MATCH.rows[-1].row), state, at(21))
    assert isinstance(step, Update)
    assert (step.content.state, step.words) == ({"score": 7}, False)
    louder = replace(corrected, content=replace(corrected.content, title="Offside"))
    step = next_step(rows_of(MATCH.rows[0].row, louder, MATCH.rows[-1].row), state, at(21))
    assert isinstance(step, Update)
    assert (step.content.title, step.words) == ("Offside", True)


def test_a_row_that_is_wanted_again_as_a_later_one_was_withdrawn_does_not_alert_again() -> None:
    state = reduce(after_push, _sent(3), enrolled())
    rows = rows_of(*(each.row for each in MATCH.rows if each.row.number != 3))
    step = next_step(rows, state, at(55))
    assert isinstance(step, Update)
    assert (step.content.state, step.words) == ({"score": 1}, False)


def test_an_activity_does_not_end_with_content_withdrawn_just_before() -> None:
    state = reduce(after_push, _sent(3), enrolled(plan=plan(expires_at=at(600), ends_at=at(60))))
    rows = rows_of(*(each.row for each in MATCH.rows if each.row.number != 3))
    step = next_step(rows, replace(state, clean=True), at(60))
    assert isinstance(step, End)
    assert step.content.state == {"score": 1}


def test_rows_that_come_in_front_of_others_make_nobody_alert_again() -> None:
    state = reduce(after_push, _sent(3), enrolled())
    shifted = rows_of(
        row(1, -5, 0, title="Warm-up"),
        *(replace(each.row, number=each.row.number + 1) for each in MATCH.rows),
    )
    step = next_step(shifted, state, at(55))
    assert not isinstance(step, Update)


def test_a_row_with_the_words_of_the_row_before_it_alerts_as_it_is_another_row() -> None:
    goals = rows_of(
        row(1, 0, 0, event="start"),
        *(replace(row(n, 10 * n, n), content=replace(row(n, 0, n).content, message="Goal!")) for n in (2, 3)),
        row(9, 90, 9, event="end"),
    )
    played = open_run(goals, enrolled(), now=at(0))
    assert played.alerting() == [(Kind.START, 0), (Kind.UPDATE, 2), (Kind.UPDATE, 3), (Kind.END, 9)]


def test_a_row_with_other_words_for_the_same_state_is_sent() -> None:
    whistle = rows_of(MATCH.rows[0].row, row(2, 20, 0, title="Half-time"), MATCH.rows[-1].row)
    played = open_run(whistle, enrolled(), now=at(0))
    assert (Kind.UPDATE, 0) in played.alerting()
    same = rows_of(MATCH.rows[0].row, row(2, 20, 0), MATCH.rows[-1].row)
    assert isinstance(next_step(same, reduce(after_push, _sent(1), enrolled()), at(21)), MarkUnchanged)


def test_the_words_of_a_cancel_are_sent_once_too() -> None:
    stopped = reduce(after_push, _sent(2), enrolled())
    stopped = replace(
        stopped, clean=False, unsynced=20, stop_request=StopRequest("cancelled", at(30), title="Called off")
    )
    played = open_run(MATCH, stopped, now=at(30), answers=behind(9, 5, 3, 1))
    assert played.kinds()[-1] is Kind.END
    assert played.kinds().count(Kind.SETTLE) > 1
    assert [push.words for push in played.pushes] == [True] + [False] * (len(played.pushes) - 1)
    assert {push.content.title for push in played.pushes} == {"Called off"}


def test_an_end_by_ends_at_without_words_of_its_own_does_not_alert() -> None:
    state = reduce(after_push, _sent(2), enrolled(plan=plan(expires_at=at(600), ends_at=at(30))))
    played = open_run(MATCH, replace(state, clean=True), now=at(30))
    assert [(push.kind, push.words) for push in played.pushes] == [(Kind.END, False)]


def test_a_400_to_state_alone_is_answered_by_the_same_push_with_its_words_and_remembered() -> None:
    played = open_run(MATCH, enrolled(), now=at(0), answers=words_required(Answer(unsynced=5)))
    asked = [push for push in played.pushes if push.outcome is Outcome.WORDS_REQUIRED]
    assert [(push.kind, push.content.state["score"]) for push in asked] == [(Kind.REPEAT, 1)]
    at_once = played.pushes[played.pushes.index(asked[0]) + 1]
    assert (at_once.kind, at_once.words, at_once.at) == (Kind.REPEAT, True, asked[0].at)
    assert played.state.words_required
    assert played.state.counts.failed == 0
    assert played.over is not None
    assert played.over.status == "ended"


def test_a_400_about_the_content_does_not_count_as_one_about_the_words() -> None:
    def answers(push: Push) -> Answer:
        if push.kind is not Kind.REPEAT:
            return Answer(unsynced=5)
        return Answer(Outcome.REFUSED if push.words else Outcome.WORDS_REQUIRED, None)

    played = open_run(MATCH, enrolled(), now=at(0), answers=answers)
    assert not played.state.words_required
    assert played.state.counts.failed == 2


def test_an_end_of_state_alone_is_sent_with_words_where_they_are_required() -> None:
    state = reduce(after_push, _sent(2), enrolled(plan=plan(expires_at=at(600), ends_at=at(30))))
    played = open_run(MATCH, replace(state, clean=True), now=at(30), answers=words_required())
    assert [(push.kind, push.words) for push in played.pushes] == [(Kind.END, False), (Kind.END, True)]


def test_a_400_while_settling_does_not_cost_the_settling_push() -> None:
    played = open_run(MATCH, enrolled(), now=at(89.95), answers=words_required(Answer(unsynced=5)))
    assert [push.words for push in played.pushes if push.kind is Kind.SETTLE] == [True, False, True]


@settings(max_examples=150)
@given(
    answers=st.lists(
        st.sampled_from(
            [
                Answer(),
                Answer(unsynced=3),
                Answer(Outcome.NOT_SYNCED, None),
                Answer(Outcome.NOT_SENT, None),
                Answer(Outcome.UNKNOWN, None),
            ]
        ),
        max_size=25,
    )
)
def test_a_ledger_without_recorded_words_is_read_like_one_with_them(answers: list[Answer]) -> None:
    left = iter(answers)
    played = open_run(
        MATCH,
        enrolled(),
        now=at(0),
        answers=lambda push: Answer() if push.kind is Kind.START else next(left, Answer()),
    )
    without = reduce(after_push, (replace(push, words=None) for push in played.pushes), enrolled())
    assert without.counts == played.state.counts
    assert without.spoken == played.state.spoken
    for push in played.pushes:
        if push.outcome in (Outcome.DONE, Outcome.UNKNOWN) and push.words:
            assert [each.words for each in played.pushes if each.content == push.content].count(True) >= 1


def _sent(rows: int) -> Sequence[Push]:
    """Returns the start and the updates of the first rows, all of which reached every phone."""
    return [
        Push(
            Kind.START if each.row.event == "start" else Kind.UPDATE,
            each.row.content,
            each.due,
            Outcome.DONE,
            each.place,
            unsynced=0,
            words=True,
        )
        for each in MATCH.rows[:rows]
    ]


def test_a_settle_step_says_whether_its_words_are_sent() -> None:
    state = replace(reduce(after_push, _sent(3), enrolled()), clean=False)
    step = next_step(MATCH, state, at(90))
    assert isinstance(step, Settle)
    assert step.words
