from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from live_activity.core.findings import InvalidInput
from live_activity.decision.schedule import Place
from live_activity.decision.state import Kind, Outcome
from live_activity.ledger import Database, EditionLedger, PushAnswer
from live_activity.ledger.queries import overview, whole
from tests.ledger.edition_requests import KICK_OFF, NOW, activity, ledger_of, opened, push


def taken_over(database: Database, ledger: EditionLedger) -> EditionLedger:
    """Takes the lease for the next run; returns its ledger of the same edition."""
    return ledger_of(database, ledger.edition())


def answered(ledger: EditionLedger, entry: int, outcome: Outcome, **more: Any) -> None:
    fields: dict[str, Any] = {"status": 200, "code": None, "error": None, **more}
    ledger.answer_push(entry, PushAnswer(push(outcome=outcome), at=NOW, **fields))


def add(
    ledger: EditionLedger, batch: int, outcome: str | None = "done", *, endpoint: str = "add_users"
) -> None:
    entry = ledger.intend_batch(0, batch, endpoint=endpoint, people=3, at=NOW)
    if outcome is not None:
        ledger.answer_batch(entry, outcome=outcome, at=NOW, status=200, code=None, counters={"matched": 3})


def test_a_call_is_in_the_ledger_before_it_leaves(database: Database) -> None:
    ledger = ledger_of(database)
    ledger.intend_push(0, push(Kind.START))
    add(ledger, 0, None, endpoint="register")
    next_run = taken_over(database, ledger)
    assert [(number, each.kind, each.outcome) for number, each in next_run.pushes()] == [
        (0, Kind.START, Outcome.UNKNOWN)
    ]
    assert [call.outcome for call in next_run.batch_calls()] == ["intended"]


def test_a_push_is_read_back_as_it_was_intended_and_answered(database: Database) -> None:
    ledger = ledger_of(database)
    sent = push(score=2, place=Place(KICK_OFF, 7), passed=3, at=KICK_OFF)
    entry = ledger.intend_push(1, sent)
    done = replace(sent, outcome=Outcome.NOT_SYNCED, triggered=40, unsynced=2, wait=timedelta(seconds=1.5))
    ledger.answer_push(
        entry, PushAnswer(done, at=KICK_OFF, status=412, code="PUSH_TOKEN_NOT_SYNCED", error="not yet")
    )
    assert taken_over(database, ledger).pushes() == [(1, done)]


def test_rows_that_change_nothing_are_recorded_and_not_counted_as_calls(database: Database) -> None:
    ledger = ledger_of(database)
    noted = push(Kind.UNCHANGED, outcome=Outcome.DONE, place=Place(KICK_OFF, 2))
    ledger.intend_push(0, noted)
    assert ledger.pushes() == [(0, noted)]
    assert set(ledger.calls().values()) == {0}


def test_pushes_and_batches_are_read_in_the_order_in_which_they_were_sent(database: Database) -> None:
    ledger = ledger_of(database)
    entries = [ledger.intend_push(0, push(score=score)) for score in range(5)]
    for entry in reversed(entries):
        answered(ledger, entry, Outcome.DONE)
    for batch in (2, 0, 1):
        add(ledger, batch)
    assert [each.content.state["score"] for _, each in ledger.pushes()] == [0, 1, 2, 3, 4]
    assert [call.batch for call in ledger.batch_calls()] == [2, 0, 1]


def test_an_owner_that_lost_the_lease_still_records_the_answer_to_its_call(database: Database) -> None:
    ledger = ledger_of(database)
    entry = ledger.intend_push(0, push())
    next_run = taken_over(database, ledger)
    answered(ledger, entry, Outcome.DONE)
    assert [each.outcome for _, each in next_run.pushes()] == [Outcome.DONE]


def test_every_request_sent_is_counted_once_under_its_endpoint(database: Database) -> None:
    ledger = ledger_of(database)
    add(ledger, 0, "failed", endpoint="register")
    add(ledger, 0, endpoint="register")
    add(ledger, 1)
    add(ledger, 2, "never_left")
    add(ledger, 2, None)
    add(ledger, 3, endpoint="remove_users")
    for kind in (Kind.START, Kind.UPDATE, Kind.REPEAT, Kind.SETTLE, Kind.END, Kind.END):
        answered(ledger, ledger.intend_push(0, push(kind)), Outcome.DONE)
    answered(ledger, ledger.intend_push(0, push(Kind.UPDATE)), Outcome.UNKNOWN, status=None)
    answered(
        ledger, ledger.intend_push(0, push(Kind.UPDATE)), Outcome.NOT_SENT, status=None, code="NEVER_LEFT"
    )
    assert ledger.calls() == {
        "register": 2, "add_users": 2, "remove_users": 1, "start": 1, "update": 4, "end": 2
    }  # fmt: skip


def test_the_calls_of_another_edition_are_not_counted(database: Database) -> None:
    other = ledger_of(database, opened(database, name="cup"))
    add(other, 0)
    other.intend_push(0, push())
    ledger = ledger_of(database)
    assert set(ledger.calls().values()) == {0}
    assert ledger.pushes() == []
    assert ledger.batch_calls() == []
    assert ledger.commands() == []
    assert ledger.activities() == []


def test_an_activity_is_recorded_once_and_keeps_its_values(database: Database) -> None:
    ledger = ledger_of(database)
    lines = [activity(0, key={"flight": "LH123"}), activity(1, key={"flight": "TK1"})]
    ledger.add_activities(lines)
    ledger.note_activity(1, activity_id="a-1", expires_at=KICK_OFF, refreshed=True, planned_start=KICK_OFF)
    next_run = taken_over(database, ledger)
    next_run.add_activities(lines)
    assert next_run.activities() == [
        lines[0],
        replace(lines[1], activity_id="a-1", expires_at=KICK_OFF, refreshed=True, planned_start=KICK_OFF),
    ]


def test_the_first_stop_request_stays(database: Database) -> None:
    ledger = ledger_of(database)
    ledger.stop_request("cancelled", at=NOW, title="Called off", message=None)
    ledger.stop_request("failed", at=KICK_OFF)
    assert taken_over(database, ledger).edition().stop_request == {
        "why": "cancelled", "at": NOW.isoformat(), "title": "Called off", "message": None, "author": None
    }  # fmt: skip


@pytest.mark.parametrize("folder", [None, "s3://bucket/people"])
def test_columns_of_an_edition_are_read_back_as_written(database: Database, folder: str | None) -> None:
    ledger = ledger_of(database)
    ledger.note(status="ended", ended_at=KICK_OFF, folder=folder, report={"status": "ended"})
    edition = ledger.edition()
    assert (edition.status, edition.ended_at, edition.folder) == ("ended", KICK_OFF, folder)
    assert edition.report == {"status": "ended"}
    assert edition.finished


def test_the_ledger_is_shown_in_short_and_in_full(database: Database) -> None:
    ledger = ledger_of(database)
    ledger.add_activities([activity()])
    add(ledger, 0, endpoint="register")
    ledger.intend_push(0, push(Kind.START))
    opened(database, name="cup", mode="rehearse", now=KICK_OFF)
    assert [(each["name"], each["mode"], each["status"]) for each in overview(database)] == [
        ("cup", "rehearse", "running"),
        ("derby", "run", "running"),
    ]
    said = whole(database, "derby")
    assert [each["endpoint"] for each in said["batches"]] == ["register"]
    assert [each["kind"] for each in said["pushes"]] == ["start"]
    assert len(said["activities"]) == 1
    assert whole(database, "cup")["mode"] == "rehearse"


def test_a_name_that_the_ledger_does_not_know_is_answered_with_the_nearest(database: Database) -> None:
    opened(database)
    with pytest.raises(InvalidInput, match="no campaign 'derbi'; did you mean derby"):
        whole(database, "derbi")
