"""The next step while a start is not approved yet."""

from __future__ import annotations

from dataclasses import replace

from live_activity.decision.next_step import Finished, Start, Wait, next_step
from live_activity.decision.state import ActivityState, StopRequest
from tests.simulator import at, enrolled, open_run, plan, row, rows_of

MATCH = rows_of(row(1, 0, 0, event="start"), row(2, 20, 1), row(3, 90, 3, event="end"))


def test_people_are_added_and_missing_tokens_asked_for_again_while_nobody_has_approved() -> None:
    undecided = ActivityState(plan=plan(), undecided=True)
    played = open_run(MATCH, undecided, now=at(-60))
    assert played.enrolments == 1
    assert played.refreshes == 1
    assert played.pushes == []
    assert played.over is None


def test_nothing_starts_and_nothing_ends_before_the_decision_however_late_it_comes() -> None:
    undecided = enrolled(undecided=True)
    for minutes in (-1, 0, 20, 95):
        assert next_step(MATCH, undecided, at(minutes)) == Wait(None)


def test_it_starts_with_what_is_due_by_then_once_it_is_approved() -> None:
    approved = replace(enrolled(undecided=True), undecided=False)
    step = next_step(MATCH, approved, at(21))
    assert isinstance(step, Start)
    assert step.content.state == {"score": 1}


def test_a_rejection_sends_nothing_and_leaves_the_registration() -> None:
    rejected = enrolled(undecided=True, stop_request=StopRequest("rejected", at(-2)))
    step = next_step(MATCH, rejected, at(-2))
    assert isinstance(step, Finished)
    assert step.status == "rejected"
