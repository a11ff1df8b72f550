"""The next step of an activity, rule by rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from live_activity.decision.after_push import LOST, after_push
from live_activity.decision.next_step import (
    REPEATED_AFTER,
    End,
    Finished,
    MarkUnchanged,
    Start,
    Update,
    Wait,
    next_step,
)
from live_activity.decision.schedule import Schedule, Shift, schedule
from live_activity.decision.state import ActivityState, Kind, Outcome, Push, StopRequest
from live_activity.timeline import Row
from tests.examples import many_examples
from tests.simulator import KICK_OFF, Answer, at, enrolled, open_run, plan, row, rows_of

MATCH = rows_of(
    row(1, 0, 0, event="start"),
    row(2, 20, 1),
    row(3, 50, 2),
    row(4, 90, 3, event="end"),
)
NOBODY = Answer(Outcome.NOT_SYNCED, None)


def test_a_match_is_played_on_the_minute_from_registration_to_its_end() -> None:
    played = open_run(MATCH, ActivityState(plan=plan()), now=at(-60))
    assert played.enrolments == 1
    assert [(push.kind, push.at) for push in played.pushes] == [
        (Kind.START, at(0)),
        (Kind.UPDATE, at(20)),
        (Kind.UPDATE, at(50)),
        (Kind.END, at(90)),
    ]
    assert played.scores() == [0, 1, 2, 3]
    assert played.over == Finished("ended")
    assert played.state.counts.sent == 2


def test_people_are_registered_ahead_and_not_before() -> None:
    assert next_step(MATCH, ActivityState(plan=plan()), at(-31)) == Wait(at(-30))


def test_phones_without_a_token_get_a_second_chance_before_the_start() -> None:
    waiting = enrolled(refreshed=False, plan=plan(refresh_before=timedelta(minutes=1), expires_at=at(600)))
    assert next_step(MATCH, waiting, at(-20)) == Wait(at(-1))
    played = open_run(MATCH, waiting, now=at(-20))
    assert played.refreshes == 1
    assert played.pushes[0].at == at(0)


def test_the_last_row_in_the_table_wins_among_rows_of_one_time() -> None:
    tied = rows_of(row(1, 0, 0, event="start"), row(2, 20, 1), row(3, 20, 2), row(4, 90, 3, event="end"))
    played = open_run(tied, enrolled(), now=at(-1))
    assert played.scores() == [0, 2, 3]
    assert played.state.counts.superseded == 1


def test_a_late_start_shows_what_is_wanted_by_then_with_the_start_rows_attributes() -> None:
    step = next_step(MATCH, enrolled(), at(55))
    assert isinstance(step, Start)
    assert step.content.state == {"score": 2}
    assert step.attributes == {"home": "A"}
    assert step.passed == 2


def test_a_late_start_of_a_row_without_a_title_uses_the_start_rows_title() -> None:
    rows = rows_of(row(1, 0, 0, event="start"), row(2, 20, 1, title=None), row(3, 90, 3, event="end"))
    step = next_step(rows, enrolled(), at(30))
    assert isinstance(step, Start)
    assert step.title == "Derby"
    assert step.content.title is None
    played = open_run(rows, enrolled(), now=at(30))
    assert played.kinds() == [Kind.START, Kind.SETTLE, Kind.END], "what was started is not sent again at once"


def test_nothing_is_started_once_the_end_is_due() -> None:
    played = open_run(MATCH, enrolled(), now=at(95))
    assert played.pushes == []
    assert played.over is not None
    assert played.over.status == "expired"
    assert "never started" in (played.over.why or "")


def test_a_start_of_unknown_outcome_is_asked_again_and_409_counts_as_started() -> None:
    played = open_run(
        MATCH, enrolled(), now=at(0), answers=[Answer(Outcome.UNKNOWN, None), Answer(Outcome.LOCKED, None)]
    )
    assert played.kinds()[:3] == [Kind.START, Kind.START, Kind.UPDATE]
    assert played.scores()[2] == 0, "what phones show is unknown, so the newest content is sent"
    assert played.over == Finished("ended")


def test_a_start_of_unknown_outcome_is_not_asked_again_once_its_end_is_due() -> None:
    unknown = after_push(
        enrolled(), Push(Kind.START, MATCH.rows[0].row.content, at(89), Outcome.UNKNOWN, MATCH.rows[0].place)
    )
    played = open_run(MATCH, unknown, now=at(90))
    assert Kind.START not in played.kinds()
    assert played.kinds()[-1] is Kind.END


def test_a_corrected_row_goes_out() -> None:
    shown = enrolled(
        started_at=at(0),
        shown=Push(Kind.UPDATE, row(2, 20, 1).content, at(20), Outcome.DONE, unsynced=0),
        place=MATCH.rows[1].place,
        clean=True,
    )
    corrected = rows_of(row(1, 0, 0, event="start"), row(2, 20, 7), row(4, 90, 3, event="end"))
    step = next_step(corrected, shown, at(21))
    assert isinstance(step, Update)
    assert step.content.state == {"score": 7}
    assert step.passed == 0


def test_a_row_with_the_content_that_is_showing_is_recorded_and_not_sent() -> None:
    same = rows_of(row(1, 0, 0, event="start"), row(2, 20, 0), row(3, 90, 3, event="end"))
    played = open_run(same, enrolled(), now=at(0))
    assert Kind.UPDATE not in played.kinds()
    assert played.state.counts.unchanged == 1
    assert isinstance(next_step(same, _started(same), at(20)), MarkUnchanged)


def test_412_is_no_failure_and_the_newest_content_waits() -> None:
    rows = rows_of(row(1, 0, 0, event="start"), row(2, 1, 1), row(3, 2, 2), row(4, 90, 3, event="end"))
    refused_until = at(2)

    def answers(push: Push) -> Answer:
        if push.kind is not Kind.START and push.at < refused_until:
            return NOBODY
        return Answer()

    played = open_run(rows, enrolled(), now=at(0), answers=answers)
    assert played.state.failures == 0
    assert played.state.counts.failed == 0
    assert played.state.counts.superseded == 1, "row 2 was overtaken while nobody had synced"
    assert [push.content.state["score"] for push in played.pushes if push.outcome is Outcome.DONE] == [
        0,
        2,
        3,
    ]


def test_an_activity_with_nobody_left_behind_ends_without_settling() -> None:
    played = open_run(MATCH, enrolled(), now=at(0))
    assert Kind.SETTLE not in played.kinds()


def test_an_activity_that_nobody_synced_is_left_to_expire_and_reported() -> None:
    played = open_run(
        MATCH, enrolled(), now=at(0), answers=lambda push: Answer() if push.kind is Kind.START else NOBODY
    )
    assert played.over is not None
    assert played.over.status == "expired"
    assert "synced" in (played.over.why or "")
    assert played.kinds()[-1] is Kind.END
    assert played.pushes[-1].at <= at(92)


def test_ends_at_closes_with_the_last_content_that_was_due_and_the_words_for_it() -> None:
    early = plan(ends_at=at(60), expires_at=at(600), cancel_title="Abandoned")
    played = open_run(MATCH, enrolled(plan=early), now=at(0))
    last = played.pushes[-1]
    assert (last.kind, last.at, last.content.state, last.content.title) == (
        Kind.END,
        at(60),
        {"score": 2},
        "Abandoned",
    )


def test_the_end_row_keeps_its_own_words() -> None:
    played = open_run(MATCH, enrolled(plan=plan(expires_at=at(600), cancel_title="Abandoned")), now=at(0))
    assert played.pushes[-1].content.title == "Derby"


def showing(*rows: Row) -> ActivityState:
    """Returns the state of an activity that was sent these rows."""
    state = enrolled(plan=plan(ends_at=at(200), expires_at=at(600)))
    for place in rows_of(*rows).rows:
        kind = Kind.START if place.row.event == "start" else Kind.UPDATE
        state = after_push(
            state,
            Push(kind, place.row.content, place.due, Outcome.DONE, place.place, 0, unsynced=0, words=True),
        )
    return state


def test_an_update_behind_the_end_row_is_never_sent_also_where_both_are_read_together() -> None:
    before = (row(1, 0, 0, event="start"), row(2, 20, 1))
    rows = rows_of(*before, row(3, 90, 3, event="end"), row(4, 93, 9), row(5, 90, 8))
    for now in (at(21), at(90), at(95)):
        played = open_run(rows, showing(*before), now=now)
        assert played.scores() == [3]
        assert played.pushes[-1].content.message == "score 3"
        assert played.over == Finished("ended")


def test_an_end_row_before_the_update_that_shows_says_the_final_content_all_the_same() -> None:
    before = (row(1, 0, 0, event="start"), row(2, 20, 1), row(3, 93, 9))
    rows = rows_of(*before, row(4, 90, 3, event="end"))
    assert open_run(rows, showing(*before), now=at(95)).scores() == [3]


def test_a_cancel_never_shows_a_row_that_was_still_to_come() -> None:
    stopped = _started(MATCH, stop_request=StopRequest("cancelled", at(30)))
    played = open_run(MATCH, stopped, now=at(51))
    assert {push.content.state["score"] for push in played.pushes} == {1}
    assert played.over == Finished("cancelled")


def test_a_hurried_stop_tries_to_end_within_ten_seconds() -> None:
    stopped = _started(MATCH, stop_request=StopRequest("cancelled", at(30), hurry=True))
    played = open_run(MATCH, stopped, now=at(30), answers=lambda push: Answer(unsynced=4))
    assert played.kinds() == [Kind.SETTLE, Kind.SETTLE, Kind.END]
    assert played.pushes[-1].at - at(30) <= timedelta(seconds=10)


def test_a_stop_before_the_start_sends_nothing() -> None:
    played = open_run(MATCH, enrolled(stop_request=StopRequest("cancelled", at(-5))), now=at(-5))
    assert played.pushes == []
    assert played.over is not None
    assert played.over.status == "cancelled"


def test_a_frozen_activity_is_sent_nothing_until_its_end() -> None:
    played = open_run(MATCH, _started(MATCH, frozen=True), now=at(10))
    assert played.pushes[0].at >= at(90)


def test_after_an_unknown_outcome_the_newest_content_is_sent_changed_or_not() -> None:
    answers = iter([Answer(Outcome.UNKNOWN, None)])
    played = open_run(
        MATCH,
        enrolled(),
        now=at(0),
        answers=lambda push: next(answers, Answer()) if push.kind is Kind.UPDATE else Answer(),
    )
    assert played.scores(Kind.UPDATE)[:2] == [1, 1]
    assert played.state.counts.sent == 2


def test_an_update_that_failed_until_it_was_superseded_counts_as_failed_and_a_repeat_does_not() -> None:
    def answers(push: Push) -> Answer:
        return Answer(Outcome.UNKNOWN, None) if push.content.state["score"] == 1 else Answer()

    played = open_run(MATCH, enrolled(), now=at(0), answers=answers)
    assert set(played.scores(Kind.UPDATE)) == {1, 2}
    assert (played.state.counts.sent, played.state.counts.failed) == (1, 1)

    def failing_repeats(push: Push) -> Answer:
        return Answer(Outcome.UNKNOWN, None) if push.kind is Kind.REPEAT else Answer(unsynced=1)

    played = open_run(MATCH, enrolled(), now=at(0), answers=failing_repeats)
    assert played.kinds().count(Kind.REPEAT) == 2 * len(REPEATED_AFTER), "each of the two updates"
    assert (played.state.counts.sent, played.state.counts.failed) == (2, 0)


def test_content_that_was_refused_is_not_sent_again_and_the_last_good_one_stays() -> None:
    def answers(push: Push) -> Answer:
        return Answer(Outcome.REFUSED, None) if push.content.state["score"] == 1 else Answer()

    played = open_run(MATCH, enrolled(), now=at(0), answers=answers)
    assert played.scores(Kind.UPDATE) == [1, 2]
    assert played.state.counts.failed == 1


def test_404_after_an_end_of_unknown_outcome_means_closed_and_without_one_it_is_lost() -> None:
    closed = open_run(
        MATCH,
        _started(MATCH),
        now=at(90),
        answers=[Answer(), Answer(Outcome.UNKNOWN, None), Answer(Outcome.GONE, None)],
    )
    assert closed.over == Finished("ended")
    lost = open_run(MATCH, _started(MATCH), now=at(90), answers=[Answer(), Answer(Outcome.GONE, None)])
    assert lost.over == Finished("failed", LOST)


def test_a_close_that_fails_again_and_again_is_given_up_in_bounded_time() -> None:
    played = open_run(MATCH, _started(MATCH), now=at(90), answers=lambda _: Answer(Outcome.NOT_SENT, None))
    assert played.over is not None
    assert played.over.status == "failed"
    assert played.pushes[-1].at < at(105)


def test_an_activity_is_finished_at_the_vendors_expiry() -> None:
    assert next_step(MATCH, _started(MATCH), at(601)) == Finished(
        "expired", "the vendor's expiry passed before it could be ended"
    )


def test_a_row_that_rolled_off_the_feed_stays_and_a_push_in_doubt_is_sent_again() -> None:
    to_come = rows_of(row(3, 50, 2), row(4, 90, 3, event="end"))
    state = _started(to_come)
    shown = replace(state, shown=Push(Kind.UPDATE, row(2, 20, 1).content, at(20), Outcome.DONE, unsynced=0))
    assert next_step(to_come, shown, at(30)) == Wait(at(50))
    assert shown.shown is not None
    doubtful = replace(shown, shown=replace(shown.shown, outcome=Outcome.UNKNOWN))
    step = next_step(to_come, doubtful, at(30))
    assert isinstance(step, Update)
    assert (step.content.state, step.words) == ({"score": 1}, False)


def test_without_an_end_row_and_ends_at_the_last_row_ends_it_in_its_own_words() -> None:
    rows = rows_of(row(1, 0, 0, event="start"), row(2, 20, 1))
    played = open_run(rows, enrolled(plan=plan(expires_at=at(600), cancel_title="Abandoned")), now=at(0))
    assert played.pushes[-1].kind is Kind.END
    assert played.pushes[-1].content.title == "Derby"
    assert played.pushes[-1].content.state == {"score": 1}


def test_a_shift_moves_what_is_still_to_come_and_nothing_else() -> None:
    rows = [each.row for each in MATCH.rows]
    moved = schedule(rows, start=KICK_OFF, shifts=[Shift(at(30), timedelta(minutes=20))])
    assert [each.due for each in moved.rows] == [at(0), at(20), at(70), at(110)]


def test_a_gap_holds_updates_back_and_the_newest_wins() -> None:
    rows = rows_of(
        row(1, 0, 0, event="start"), row(2, 1, 1), row(3, 1.1, 2), row(4, 1.2, 3), row(5, 90, 4, event="end")
    )
    played = open_run(rows, enrolled(plan=plan(gap=timedelta(seconds=30), expires_at=at(600))), now=at(0))
    assert played.scores(Kind.UPDATE) == [1, 3]
    assert played.state.counts.superseded == 1


def _started(rows: Schedule, **values: object) -> ActivityState:
    first = rows.rows[0]
    push = Push(Kind.START, first.row.content, at(0), Outcome.DONE, first.place)
    return replace(after_push(enrolled(), push), **values)  # type: ignore[arg-type]  # names are checked by replace


OUTCOMES = st.sampled_from(
    [
        Answer(),
        Answer(unsynced=3),
        Answer(Outcome.NOT_SYNCED, None),
        Answer(Outcome.NOT_SENT, None),
        Answer(Outcome.UNKNOWN, None),
    ]
)


@many_examples(300)
@given(
    dues=st.lists(st.tuples(st.integers(0, 120), st.integers(0, 4)), min_size=1, max_size=12),
    answers=st.lists(OUTCOMES, max_size=25),
    begins=st.integers(-40, 150),
)
def test_content_is_never_older_never_from_the_future_and_started_once(
    dues: list[tuple[int, int]], answers: list[Answer], begins: int
) -> None:
    rows = rows_of(
        row(1, 0, 0, event="start"),
        *[row(number, minutes, score) for number, (minutes, score) in enumerate(dues, start=2)],
        row(99, 130, 9, event="end"),
    )
    given_answers = iter(answers)

    def answer(push: Push) -> Answer:
        given_answer = next(given_answers, Answer())
        if push.kind is Kind.START and given_answer.outcome is Outcome.NOT_SYNCED:
            return Answer()
        return given_answer

    played = open_run(rows, enrolled(), now=at(begins), answers=answer)
    assert played.over is not None
    newest: datetime | None = None
    started = 0
    for push in played.pushes:
        if push.place is not None:
            assert push.place.due <= push.at, "a row that was still to come"
            assert newest is None or push.place.due >= newest, "content older than one sent before"
            newest = push.place.due
        if push.kind is Kind.START:
            assert started == 0, "a second start after one that is known to have arrived"
            started += push.outcome is Outcome.DONE
    ends = [push for push in played.pushes if push.kind is Kind.END and push.outcome is Outcome.DONE]
    assert len(ends) <= 1
    if played.over.status == "ended":
        assert played.pushes[-1].content.state == {"score": 9}


@many_examples(200)
@given(
    dues=st.lists(st.tuples(st.integers(0, 120), st.integers(0, 4)), min_size=1, max_size=12),
    answers=st.lists(OUTCOMES, max_size=12),
    dies_after=st.integers(0, 12),
)
def test_a_resumed_activity_goes_on_where_the_dead_run_stopped(
    dues: list[tuple[int, int]], answers: list[Answer], dies_after: int
) -> None:
    rows = rows_of(
        row(1, 0, 0, event="start"),
        *[row(number, minutes, score) for number, (minutes, score) in enumerate(dues, start=2)],
        row(99, 130, 9, event="end"),
    )

    given_answers = iter(answers)

    def answer(push: Push) -> Answer:
        return Answer() if push.kind is Kind.START else next(given_answers, Answer())

    whole = open_run(rows, enrolled(), now=at(-1), answers=answer)
    kept = whole.pushes[:dies_after]
    state = enrolled()
    for push in kept:
        state = after_push(state, push)
    now = kept[-1].at if kept else at(-1)
    rest = open_run(rows, state, now=now)
    if any(push.kind is Kind.START for push in kept):
        assert Kind.START not in rest.kinds()
    assert rest.over is not None
    assert isinstance(next_step(rows, rest.state, at(500)), Finished)
    sent = {push.place for push in kept if push.outcome is Outcome.DONE and push.kind is Kind.UPDATE}
    again = [push for push in rest.pushes if push.kind is Kind.UPDATE and push.place in sent]
    assert not again or kept[-1].outcome is not Outcome.DONE, "a push that was done is not repeated"


def test_an_activity_whose_end_may_have_arrived_is_only_closed_even_if_its_end_moves() -> None:
    end = Push(Kind.END, MATCH.rows[-1].row.content, at(90), Outcome.UNKNOWN, MATCH.rows[-1].place)
    state = after_push(
        after_push(enrolled(), replace(end, kind=Kind.START, at=at(0), outcome=Outcome.DONE)), end
    )
    moved = schedule([each.row for each in MATCH.rows], start=KICK_OFF, end_moved=at(120))
    for step in (next_step(MATCH, state, at(90.1)), next_step(moved, state, at(95))):
        assert isinstance(step, End), "phones that have not synced are no longer waited for"


def test_a_start_that_is_denied_goes_again_and_is_given_up_soon() -> None:
    denied = Answer(Outcome.DENIED, None)
    assert open_run(MATCH, enrolled(), answers=[denied], now=at(-1)).over == Finished("ended")
    refused = open_run(MATCH, enrolled(), answers=[denied] * 9, now=at(-1))
    assert refused.over == Finished("failed")
    assert [push.kind for push in refused.pushes] == [Kind.START] * 3
