"""Two owners: the first is halted, the second takes over, the first is resumed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from live_activity.core.table_shape import TableShape
from live_activity.decision.state import Kind, Outcome
from live_activity.ledger import (
    Database,
    EditionLedger,
    LostLease,
    PushAnswer,
    account_flags,
    give_back,
    request_stop,
    send_command,
    withdraw,
)
from live_activity.ledger.edition_record import all_editions
from live_activity.ledger.recovery_claims import give_up, stop_unowned
from live_activity.ledger.schema import editions
from tests.ledger.edition_requests import (
    ELSEWHERE,
    KICK_OFF,
    NOW,
    activity,
    ledger_of,
    opened,
    owned_elsewhere,
    push,
    run_out,
)

Write = Callable[[EditionLedger], Any]

# Every entry that other processes act on.
WRITES: dict[str, Write] = {
    "status": lambda ledger: ledger.note(status="ended"),
    "report": lambda ledger: ledger.note(report={"status": "failed"}, ended_at=NOW),
    "folder": lambda ledger: ledger.note(folder="/theirs"),
    "stop of a signal": lambda ledger: ledger.stop_request("cancelled", at=NOW, author="SIGTERM"),
    "stop of a failure": lambda ledger: ledger.stop_request("failed", at=NOW),
    "staging": lambda ledger: ledger.begin_folder("/theirs", at=NOW),
    "withdrawal": lambda ledger: withdraw(ledger.database, ledger.edition_id, ledger.lease_token),
    "activities": lambda ledger: ledger.add_activities([activity(7)]),
    "activity": lambda ledger: ledger.note_activity(0, status="ended", activity_id="theirs"),
    "batch": lambda ledger: ledger.intend_batch(0, 0, endpoint="add_users", people=3, at=NOW),
    "push": lambda ledger: ledger.intend_push(0, push(Kind.END)),
    "unchanged rows": lambda ledger: ledger.intend_push(0, push(Kind.UNCHANGED, outcome=Outcome.DONE)),
    "reading": lambda ledger: ledger.note_reading("feed.csv", TableShape(("at",), 1)),
    "feed state": lambda ledger: ledger.note_feed_state("feed.csv", {"etag": "theirs"}),
    "command": lambda ledger: ledger.carried_out(1, answer="done", effect={"action": "freeze"}, at=NOW),
    "account": lambda ledger: ledger.remember_of_account("sandbox", "words_required", True, at=NOW),
}


def everything(ledger: EditionLedger) -> list[Any]:
    """Returns all that the ledger has of the edition."""
    return [
        ledger.edition(),
        ledger.activities(),
        ledger.batch_calls(),
        ledger.push_entries(),
        ledger.commands(),
        ledger.reading("feed.csv"),
        ledger.feed_state("feed.csv"),
        account_flags(ledger.database, "sandbox"),
    ]


@pytest.fixture
def owners(database: Database) -> tuple[EditionLedger, EditionLedger]:
    """The ledger of the owner that was halted, and of the one that took over."""
    halted = owned_elsewhere(database)
    halted.add_activities([activity()])
    run_out(database, halted.edition_id)
    return halted, ledger_of(database, halted.edition())


def test_the_owner_can_make_each_of_these_entries(database: Database) -> None:
    for name, write in WRITES.items():
        ledger = ledger_of(database, opened(database, name=name))
        ledger.add_activities([activity()])
        before = everything(ledger) if name != "withdrawal" else None
        command = send_command(database, ledger.edition_id, "freeze", {}, key=None, author="ann", at=NOW)
        if name == "command":
            ledger.carried_out(command, answer="done", effect={"action": "freeze"}, at=NOW)
        else:
            write(ledger)
        if name == "withdrawal":
            assert name not in [each.name for each in all_editions(database)]
        elif name != "staging":
            assert everything(ledger) != before, name


def test_an_owner_that_lost_the_lease_changes_nothing(owners: tuple[EditionLedger, EditionLedger]) -> None:
    halted, ours = owners
    send_command(ours.database, ours.edition_id, "freeze", {}, key=None, author="ann", at=NOW)
    before = everything(ours)
    for name, write in WRITES.items():
        with pytest.raises(LostLease, match="another run took this campaign over") as lost:
            write(halted)
        assert lost.value.owner == before[0].owner
        assert everything(ours) == before, name
    give_back(halted.database, halted.lease_token)
    assert everything(ours) == before
    assert not halted.names_this_run()
    ours.note(status="ended")


def test_answers_to_its_own_calls_are_recorded_after_the_lease_was_lost(database: Database) -> None:
    halted = owned_elsewhere(database)
    halted.add_activities([activity()])
    left = halted.intend_push(0, push())
    batch = halted.intend_batch(0, 4, endpoint="add_users", people=3, at=NOW)
    run_out(database, halted.edition_id)
    ours = ledger_of(database, halted.edition())
    halted.answer_push(
        left, PushAnswer(push(outcome=Outcome.DONE, triggered=40), at=NOW, status=200, sent_at=NOW)
    )
    halted.answer_batch(batch, outcome="done", at=NOW, status=200, code=None, counters={"matched": 3})
    late = PushAnswer(push(Kind.END, outcome=Outcome.DONE), NOW, 200, None, None)
    halted.push_without_record(0, late)
    assert [(each.push.outcome, each.push.triggered) for each in ours.push_entries()] == [
        (Outcome.DONE, 40),
        (Outcome.DONE, 0),
    ]
    assert [each.recorded_late for each in ours.push_entries()] == [False, True]
    assert [(each.batch, each.outcome) for each in ours.batch_calls()] == [(4, "done")]


@pytest.mark.parametrize("lost", [False, True])
def test_only_the_owners_answers_reset_the_count_of_dead_runs(database: Database, lost: bool) -> None:
    caller = owned_elsewhere(database)
    caller.add_activities([activity()])
    batch = caller.intend_batch(0, 4, endpoint="add_users", people=3, at=NOW)
    sent = caller.intend_push(0, push())
    run_out(database, caller.edition_id)
    if lost:
        ledger_of(database, caller.edition())

    def tries_after(answer: Callable[[], None]) -> int:
        with database.writing() as connection:
            connection.execute(update(editions).where(editions.c.id == caller.edition_id).values(tries=2))
        answer()
        with database.reading() as connection:
            return int(connection.execute(select(editions.c.tries)).scalar_one())

    assert tries_after(
        lambda: caller.answer_batch(batch, outcome="done", at=NOW, status=200, code=None, counters={})
    ) == (2 if lost else 0)
    answered = push(outcome=Outcome.DONE, triggered=40)
    assert tries_after(
        lambda: caller.answer_push(sent, PushAnswer(answered, at=NOW, status=200, sent_at=NOW))
    ) == (2 if lost else 0)


def test_a_registration_answered_after_the_lease_was_lost_does_not_replace_the_next_owners(
    database: Database,
) -> None:
    halted = owned_elsewhere(database)
    halted.add_activities([activity()])
    entry = halted.intend_batch(0, 0, endpoint="register", people=3, at=NOW)
    run_out(database, halted.edition_id)
    ours = ledger_of(database, halted.edition())

    def registered(ledger: EditionLedger, entry: int, activity_id: str) -> None:
        ledger.answer_batch(
            entry,
            outcome="done",
            at=NOW,
            status=200,
            code=None,
            counters={},
            activity_id=activity_id,
            expires_at=KICK_OFF,
        )

    registered(ours, ours.intend_batch(0, 0, endpoint="register", people=3, at=NOW), "ours")
    registered(halted, entry, "theirs")
    (record,) = ours.activities()
    assert (record.activity_id, record.status, record.expires_at) == ("ours", "registered", KICK_OFF)
    assert [each.activity_id for each in ours.batch_calls()] == ["theirs", "ours"]


def test_a_person_can_stop_an_edition_of_any_owner(database: Database) -> None:
    ours = ledger_of(database)
    assert request_stop(database, ours.edition_id, "cancelled", author="ann", at=NOW)
    ours.stop_request("failed", at=KICK_OFF)
    stop_request = ours.stop_requested()
    assert stop_request is not None
    assert (stop_request["why"], stop_request["author"]) == ("cancelled", "ann")
    assert stop_request == ours.edition().stop_request
    assert not request_stop(database, "no such edition", "cancelled", author="ann", at=NOW)


def test_recovery_gives_up_only_editions_without_an_owner_and_a_halted_owner_notices(
    database: Database,
) -> None:
    halted = owned_elsewhere(database)
    edition = halted.edition()
    assert not give_up(database, edition, at=NOW)
    assert not stop_unowned(database, edition, "failed", author="recovery", at=NOW)
    run_out(database, edition.id)
    assert stop_unowned(database, edition, "failed", author="recovery", at=NOW)
    assert give_up(database, edition, at=NOW)
    with pytest.raises(LostLease):
        halted.note(status="running")
    assert halted.edition().status == "failed"
    assert not give_up(database, edition, at=NOW)


def test_a_new_owner_knows_whether_the_one_before_may_still_have_calls_under_way(database: Database) -> None:
    halted = owned_elsewhere(database)
    run_out(database, halted.edition_id)
    ours = ledger_of(database, halted.edition())
    assert ours.lease_token.previous_owner == ELSEWHERE
    ours.release()
    assert ledger_of(database, ours.edition()).lease_token.previous_owner is None
