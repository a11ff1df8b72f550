from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from live_activity.core.findings import InvalidInput
from live_activity.decision.schedule import Place
from live_activity.decision.state import Kind, Outcome
from live_activity.ledger import Database, EditionLedger, PushAnswer, account_flags, may_notify, send_command
from live_activity.ledger import queries as tables
from live_activity.ledger.handoff import handoff_times
from live_activity.ledger.schema import notifications
from tests.ledger.edition_requests import KICK_OFF, NOW, activity, ledger_of, opened, push

KEY = {"flight": "LH123"}


def at(seconds: float) -> datetime:
    return KICK_OFF + timedelta(seconds=seconds)


def sent(
    ledger: EditionLedger,
    row: int,
    *,
    seen: datetime | None,
    answered: datetime,
    kind: Kind = Kind.UPDATE,
    outcome: Outcome = Outcome.DONE,
) -> None:
    """A push of a row that was due at kick-off."""
    intended = push(kind, score=row, place=Place(KICK_OFF, row), at=at(1))
    entry = ledger.intend_push(0, intended, row_seen_at=seen)
    done = replace(intended, outcome=outcome, triggered=40, unsynced=2)
    ledger.answer_push(entry, PushAnswer(done, at=answered, status=200, sent_at=at(1.5)))


@pytest.fixture
def ledger(database: Database) -> EditionLedger:
    """An edition with entries of every kind."""
    ledger = ledger_of(database)
    ledger.add_activities([activity(key=KEY)])
    batch = ledger.intend_batch(0, 0, endpoint="register", people=3, at=NOW)
    counters = {"matched": 2, "skipped": {"no_token": 1, "android": 2}, "gdpr_denied": 0, "unprocessed": 1}
    ledger.answer_batch(
        batch, outcome="done", at=at(0), status=200, code=None, counters=counters, activity_id="a-1"
    )
    sent(ledger, 1, seen=NOW, answered=at(2), kind=Kind.START)
    ledger.intend_push(0, push(place=Place(at(9), 2)), words=False)
    command = send_command(database, ledger.edition_id, "freeze", {}, key=KEY, author="ann", at=NOW)
    ledger.carried_out(command, answer="frozen", effect={"action": "freeze"}, at=at(0))
    send_command(database, ledger.edition_id, "resume", {}, key=None, author=None, at=NOW)
    ledger.note(
        segment={"accepted": 3, "rejected": 1},
        report={"findings": [{"severity": "warning", "code": "late", "message": "It was late.", "row": 7}]},
    )
    return ledger


def test_editions_are_rows_with_the_documented_columns(database: Database, ledger: EditionLedger) -> None:
    ledger.stop_request("cancelled", at=NOW, author="ann")
    opened(database, name="cup", now=at(5))
    rows = tables.editions_table(database)
    assert [list(row) for row in rows] == [list(tables.EDITION_COLUMNS)] * 2
    assert [(row["name"], row["stop_why"], row["stop_author"], row["accepted"]) for row in rows] == [
        ("derby", "cancelled", "ann", 3),
        ("cup", None, None, None),
    ]


def test_pushes_are_rows_with_the_documented_columns(database: Database, ledger: EditionLedger) -> None:
    start, update = tables.pushes_table(database, ledger.edition_id)
    assert list(start) == list(tables.PUSH_COLUMNS)
    assert start == {
        "number": 0, "key": KEY, "kind": "start", "row": 1, "due_at": KICK_OFF, "row_seen_at": NOW,
        "intended_at": at(1), "sent_at": at(1.5), "answered_at": at(2), "outcome": "done", "status": 200,
        "code": None, "error": None, "triggered": 40, "unsynced": 2, "words": True, "title": "Derby",
        "message": None, "superseded": 0, "recorded_late": False,
    }  # fmt: skip
    assert (update["outcome"], update["words"], update["answered_at"]) == ("intended", False, None)


def test_everything_else_is_rows_with_the_documented_columns(
    database: Database, ledger: EditionLedger
) -> None:
    (batch,) = tables.batches_table(database, ledger.edition_id)
    assert list(batch) == list(tables.BATCH_COLUMNS)
    assert (batch["key"], batch["people"], batch["matched"], batch["skipped"]) == (KEY, 3, 2, 3)
    freeze, resume = tables.commands_table(database, ledger.edition_id)
    assert list(freeze) == list(tables.COMMAND_COLUMNS)
    assert (freeze["author"], freeze["done"], freeze["answer"]) == ("ann", True, "frozen")
    assert (resume["author"], resume["done"]) == (None, None)
    (row,) = tables.activities_table(database, ledger.edition_id)
    assert list(row) == list(tables.ACTIVITY_COLUMNS)
    assert (row["key"], row["activity_id"]) == (KEY, "a-1")
    (finding,) = tables.findings_table(database, ledger.edition_id)
    assert finding == {
        "severity": "warning", "code": "late", "message": "It was late.", "where": None, "row": 7, "column": None
    }  # fmt: skip


def test_an_edition_without_anything_has_empty_tables(database: Database) -> None:
    edition = opened(database)
    for table in (
        tables.activities_table,
        tables.pushes_table,
        tables.batches_table,
        tables.commands_table,
        tables.findings_table,
    ):
        assert table(database, edition.id) == []


def test_an_edition_is_found_by_name_and_a_wrong_name_answered_with_the_nearest(
    database: Database, ledger: EditionLedger
) -> None:
    assert tables.find_by_name(database, "derby").id == ledger.edition_id
    with pytest.raises(InvalidInput, match="no campaign 'derbi'; did you mean derby"):
        tables.find_by_name(database, "derbi")


def test_handoff_counts_from_when_a_row_was_in_the_feed_and_due(database: Database) -> None:
    ledger = ledger_of(database)
    sent(ledger, 0, seen=NOW, answered=at(2))  # seen long before it was due
    sent(ledger, 1, seen=at(3), answered=at(4))  # late in the feed
    sent(ledger, 2, seen=at(10), answered=at(17))
    sent(ledger, 2, seen=at(10), answered=at(99))  # a repeat of the row
    sent(ledger, 2, seen=at(10), answered=at(500), kind=Kind.REPEAT)
    sent(ledger, 3, seen=at(10), answered=at(500), outcome=Outcome.UNKNOWN)
    sent(ledger, 4, seen=at(10), answered=at(500), kind=Kind.END)
    sent(ledger, 5, seen=None, answered=at(500))
    times = handoff_times(database, ledger.edition_id, slowest=2)
    assert (times.rows, times.p50, times.p99) == (3, 2, 7)
    assert [(each.row, each.seconds) for each in times.slowest] == [(2, 7), (0, 2)]
    nothing = handoff_times(database, opened(database, name="cup").id)
    assert (nothing.rows, nothing.p50, nothing.p99, nothing.slowest) == (0, None, None, ())


def test_a_kind_of_notification_goes_out_once_a_minute_for_a_campaign(database: Database) -> None:
    derby, cup = opened(database), opened(database, name="cup")
    assert may_notify(database, derby, "failed") == 0
    assert may_notify(database, derby, "failed") is None
    assert may_notify(database, derby, "failed") is None
    assert may_notify(database, derby, "stale") == 0
    assert may_notify(database, cup, "failed") == 0
    with database.writing() as connection:
        connection.execute(update(notifications).values(sent_at=notifications.c.sent_at - 61))
    assert may_notify(database, derby, "failed") == 2
    assert may_notify(database, derby, "failed") is None


def test_what_was_learnt_about_an_account_is_stored(database: Database) -> None:
    ledger = ledger_of(database)
    ledger.remember_of_account("sandbox", "words_required", False, at=NOW)
    ledger.remember_of_account("sandbox", "words_required", True, at=KICK_OFF)
    assert account_flags(database, "sandbox") == {"words_required": True}
    assert account_flags(database, "another") == {}


def test_a_feed_keeps_its_state_beside_its_last_good_reading(database: Database) -> None:
    ledger = ledger_of(database)
    ledger.note_feed_state("feed.csv", {"etag": "1", "withdrawn": [3]})
    assert ledger.reading("feed.csv") is None
    assert ledger.feed_state("feed.csv") == {"etag": "1", "withdrawn": [3]}
    assert ledger.feed_state("other.csv") is None


def test_overrides_and_held_values_are_stored_with_the_activity(database: Database) -> None:
    ledger = ledger_of(database)
    ledger.add_activities([activity()])
    overrides = {"homeScore": {"value": 2, "author": "ann", "at": NOW.isoformat()}}
    ledger.note_activity(0, overrides=overrides, held=[{"row": 7, "why": "guard"}])
    (record,) = ledger.activities()
    assert (record.overrides, record.held) == (overrides, [{"row": 7, "why": "guard"}])
