"""Activities that phones opened, and for which the API answers 404."""

from __future__ import annotations

from dataclasses import replace

from live_activity.decision.state import ActivityState, Kind, Outcome, Push
from tests.simulator import Answer, at, enrolled, open_run, plan, row, rows_of

ORDER = rows_of(row(1, 0, 0), row(2, 20, 1), row(3, 40, 2, event="end"))
GONE = Answer(Outcome.GONE, None)


def opened() -> ActivityState:
    return enrolled(started_at=at(-5), opened_by_phone=True)


def test_an_activity_that_the_api_never_knows_is_asked_for_until_its_end_and_is_no_failure() -> None:
    played = open_run(ORDER, opened(), now=at(0), answers=lambda _: GONE)
    assert played.over is not None
    assert played.over.status == "not_found"
    assert played.kinds()[-1] is Kind.SETTLE, "the final content is tried once"
    assert Kind.END not in played.kinds()
    assert set(played.scores()) == {0, 1, 2}
    pauses = [
        (later.at - push.at).total_seconds()
        for push, later in zip(played.pushes, played.pushes[1:], strict=False)
        if push.content == later.content
    ]
    assert pauses[:4] == [5, 10, 20, 40]
    assert len(played.pushes) < 30


def test_an_activity_that_the_api_knows_late_gets_the_newest_content_and_its_end() -> None:
    def answer(push: Push) -> Answer:
        return GONE if push.at < at(1) else Answer()

    played = open_run(ORDER, opened(), now=at(0), answers=answer)
    assert played.over is not None
    assert played.over.status == "ended"
    known = [push for push in played.pushes if push.at >= at(1)]
    assert [push.content.state["score"] for push in known][:2] == [0, 1]
    assert known[0].at < at(2.5)


def test_an_activity_that_its_person_ended_is_left_alone_at_once() -> None:
    def answer(push: Push) -> Answer:
        return GONE if push.at >= at(20) else Answer()

    played = open_run(ORDER, opened(), now=at(0), answers=answer)
    assert played.over is not None
    assert (played.over.status, played.scores()) == ("not_found", [0, 1])
    assert "no longer knew it" in (played.over.why or "")


def test_an_activity_whose_phone_had_not_synced_is_known_to_the_api() -> None:
    answers = [Answer(Outcome.NOT_SYNCED, None), GONE]
    played = open_run(ORDER, opened(), now=at(0), answers=answers)
    assert played.over is not None
    assert "no longer knew it" in (played.over.why or "")
    assert len(played.pushes) == 2


def test_an_end_that_had_been_sent_before_counts_as_ended() -> None:
    ends = 0

    def answer(push: Push) -> Answer:
        nonlocal ends
        if push.kind is not Kind.END:
            return Answer()
        ends += 1
        return Answer(Outcome.UNKNOWN, None) if ends == 1 else GONE

    played = open_run(ORDER, opened(), now=at(0), answers=answer)
    assert played.over is not None
    assert (played.over.status, ends) == ("ended", 2)


def test_an_activity_without_any_row_is_left_to_expire() -> None:
    state = replace(opened(), plan=plan(expires_at=at(600), ends_at=at(40)))
    played = open_run(rows_of(), state, now=at(0))
    assert played.over is not None
    assert played.over.status == "expired"
    assert played.pushes == []
