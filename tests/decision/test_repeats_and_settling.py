"""Repeats and settling pushes cost every phone's budget, so they are made only while they help."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from live_activity.decision.after_push import after_push
from live_activity.decision.next_step import REPEATED_AFTER, SETTLING, Finished, Settle, Wait, next_step
from live_activity.decision.state import Kind, Outcome, Push, StopRequest
from tests.simulator import Answer, Answers, at, enrolled, open_run, row, rows_of

MATCH = rows_of(row(1, 0, 0, event="start"), row(2, 20, 1), row(3, 50, 2), row(4, 90, 3, event="end"))
NOBODY = Answer(Outcome.NOT_SYNCED, None)


def behind(*counts: int, of: int = 1000) -> Answers:
    """Returns answers that leave these numbers of phones behind, update by update; the last number stays."""
    left: Iterator[int] = iter(counts)
    last = counts[-1]

    def answer(push: Push) -> Answer:
        if push.kind is Kind.START:
            return Answer(triggered=of)
        unsynced = next(left, last)
        return Answer(unsynced=unsynced, triggered=of - unsynced)

    return answer


def seconds_after(pushes: list[Push], minutes: float) -> list[tuple[Kind, float]]:
    """Returns kind and seconds since then of the pushes from that minute to the next row."""
    since = at(minutes)
    return [
        (push.kind, (push.at - since).total_seconds())
        for push in pushes
        if timedelta(0) <= push.at - since < timedelta(minutes=25)
    ]


def test_a_push_that_left_phones_behind_is_repeated_four_times_while_repeats_reach_more_phones() -> None:
    played = open_run(MATCH, enrolled(), now=at(0), answers=behind(90, 80, 70, 60, 50, 0))
    assert seconds_after(played.pushes, 20) == [
        (Kind.UPDATE, 0),
        *((Kind.REPEAT, each.total_seconds()) for each in REPEATED_AFTER),
    ]
    assert [each.total_seconds() for each in REPEATED_AFTER] == [5, 20, 60, 300]
    assert played.state.counts.sent == 2
    assert played.state.counts.repeated == 4


def test_a_push_is_not_repeated_with_fewer_than_one_phone_in_a_hundred_behind() -> None:
    played = open_run(MATCH, enrolled(), now=at(0), answers=behind(90, 9))
    assert seconds_after(played.pushes, 20) == [(Kind.UPDATE, 0), (Kind.REPEAT, 5)]
    world_cup = open_run(MATCH, enrolled(), now=at(0), answers=behind(40, of=23_612))
    assert Kind.REPEAT not in world_cup.kinds()


def test_two_repeats_that_reached_no_more_phones_stop_them_until_a_later_row_leaves_fewer_behind() -> None:
    rows = rows_of(
        row(1, 0, 0, event="start"), *(row(n, 20 * n, n) for n in range(1, 6)), row(9, 150, 9, event="end")
    )
    left = {1: 50, 2: 50, 3: 60, 4: 40, 5: 40}

    def answer(push: Push) -> Answer:
        score = push.content.state["score"]
        return Answer(unsynced=left.get(int(str(score)), 0), triggered=950)

    played = open_run(rows, enrolled(), now=at(0), answers=answer)
    repeats = [push.content.state["score"] for push in played.pushes if push.kind is Kind.REPEAT]
    assert repeats == [1, 1, 4, 4], "rows 2 and 3 left no fewer behind than row 1 did"


def test_a_repeat_that_reaches_more_phones_resets_the_count_of_useless_repeats() -> None:
    played = open_run(MATCH, enrolled(), now=at(0), answers=behind(90, 90, 80, 80, 80, 0))
    assert [kind for kind, _ in seconds_after(played.pushes, 20)].count(Kind.REPEAT) == 4


def test_a_start_leaves_nobody_behind_and_is_not_repeated() -> None:
    played = open_run(MATCH, enrolled(), now=at(0), answers=lambda _: Answer(unsynced=5))
    assert seconds_after(played.pushes, 0)[:2] == [(Kind.START, 0), (Kind.UPDATE, 20 * 60)]


def test_a_run_that_takes_over_later_does_not_repeat_twice_at_once() -> None:
    state = enrolled()
    for push in (
        Push(Kind.START, MATCH.rows[0].row.content, at(0), Outcome.DONE, MATCH.rows[0].place),
        Push(Kind.UPDATE, MATCH.rows[1].row.content, at(20), Outcome.DONE, MATCH.rows[1].place, unsynced=9),
    ):
        state = after_push(state, push)
    played = open_run(MATCH, state, now=at(22), answers=behind(8, 7, 6, 5, 0, of=10))
    repeats = [push.at for push in played.pushes if push.kind is Kind.REPEAT and push.at < at(50)]
    assert repeats[0] == at(22)
    assert repeats[1] - repeats[0] == timedelta(seconds=15)


def test_the_final_content_is_sent_again_until_no_phone_is_left_behind_then_it_ends_once() -> None:
    played = open_run(MATCH, enrolled(), now=at(0), answers=behind(9, 9, 7, 5, 0, of=1000))
    closing = [push for push in played.pushes if push.at >= at(90)]
    assert [push.kind for push in closing] == [Kind.SETTLE, Kind.SETTLE, Kind.SETTLE, Kind.END]
    assert [push.at - at(90) for push in closing[:3]] == list(SETTLING[:3])
    assert {push.content.state["score"] for push in closing} == {3}
    assert closing[-1].at == closing[-2].at, "no phone is behind any more, so it does not wait"
    assert played.state.counts.settled == 3
    assert played.state.counts.sent == 2, "settling pushes do not count as rows"


def test_after_four_settling_pushes_it_ends_at_75_seconds_with_phones_left_behind() -> None:
    played = open_run(MATCH, enrolled(), now=at(0), answers=behind(9, 9, 8, 7, 6, 5))
    assert seconds_after(played.pushes, 90) == [
        (Kind.SETTLE, 0),
        (Kind.SETTLE, 5),
        (Kind.SETTLE, 15),
        (Kind.SETTLE, 35),
        (Kind.END, 75),
    ]
    assert played.over == Finished("ended")
    assert played.state.unsynced == 5


def test_after_a_settling_push_that_reached_no_more_phones_it_only_waits() -> None:
    played = open_run(MATCH, enrolled(), now=at(0), answers=behind(40, of=23_612))
    assert seconds_after(played.pushes, 90) == [(Kind.SETTLE, 0), (Kind.END, 75)]
    updates = [push for push in played.pushes if push.kind not in (Kind.START, Kind.END)]
    assert len(updates) == 3, "two rows, and the final content once"
    later = open_run(MATCH, enrolled(), now=at(0), answers=behind(9, 9, 5, 5))
    assert seconds_after(later.pushes, 90) == [(Kind.SETTLE, 0), (Kind.SETTLE, 5), (Kind.END, 75)]


def test_all_settling_pushes_are_made_while_no_phone_has_synced() -> None:
    played = open_run(
        MATCH, enrolled(), now=at(89.9), answers=lambda push: Answer() if push.kind is Kind.START else NOBODY
    )
    closing = [(push.kind, (push.at - at(90)).total_seconds()) for push in played.pushes if push.at >= at(90)]
    assert closing == [
        (Kind.SETTLE, 0),
        (Kind.SETTLE, 5),
        (Kind.SETTLE, 15),
        (Kind.SETTLE, 35),
        (Kind.END, 75),
    ]
    assert played.over is not None
    assert played.over.status == "expired"


def test_a_resumed_activity_does_not_restart_settling() -> None:
    state = open_run(MATCH, enrolled(), now=at(0), answers=behind(40)).state
    settled = replace(state, over=None, ended_at=None, end_sent=False)
    assert next_step(MATCH, settled, at(91)) == Wait(at(90) + timedelta(seconds=75))
    assert not isinstance(next_step(MATCH, settled, at(92)), Settle | Wait)


def test_final_content_that_is_corrected_while_it_waits_goes_out_at_once() -> None:
    state = open_run(MATCH, enrolled(), now=at(0), answers=behind(40)).state
    waiting = replace(state, over=None, ended_at=None, end_sent=False, final=MATCH.rows[-1].row.content)
    waiting = replace(waiting, shown=replace(waiting.shown, content=MATCH.rows[-1].row.content))  # type: ignore[type-var]  # something was shown
    corrected = rows_of(*(each.row for each in MATCH.rows[:3]), row(4, 90, 7, event="end"))
    step = next_step(corrected, waiting, at(90.5))
    assert isinstance(step, Settle)
    assert step.content.state == {"score": 7}


@pytest.mark.parametrize("left", [(9, 8, 7, 6), (9, 9, 9, 9)], ids=["reaches more", "reaches no more"])
def test_a_hurried_stop_ends_within_ten_seconds_and_waits_for_nobody(left: tuple[int, ...]) -> None:
    started = enrolled(started_at=at(0), stop_request=StopRequest("cancelled", at(30), hurry=True))
    shown = Push(
        Kind.UPDATE, MATCH.rows[1].row.content, at(20), Outcome.DONE, MATCH.rows[1].place, unsynced=9
    )
    played = open_run(MATCH, after_push(started, shown), now=at(30), answers=behind(*left[1:]))
    assert played.kinds()[-1] is Kind.END
    assert played.pushes[-1].at - at(30) <= timedelta(seconds=5)
