from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from live_activity.core.findings import InvalidInput
from live_activity.core.table_shape import TableShape
from live_activity.engine.approval import Decision, agreement
from live_activity.ledger import (
    AlreadyPlayed,
    Database,
    LedgerUnwritable,
    LostLease,
    all_editions,
    edition_of_run,
    edition_to_continue,
    find_edition,
    newest_edition,
    open_edition,
    take,
    this_process,
    withdraw,
)
from live_activity.ledger.schema import editions
from tests.ledger.edition_requests import (
    KICK_OFF,
    NOW,
    PARAMETERS,
    activity,
    edition_request,
    ended,
    held_by_a_child,
    ledger_of,
    opened,
    owned_elsewhere,
    run_out,
)

NEXT_WEEK = KICK_OFF + timedelta(days=7)


def refusal(database: Database, **values: Any) -> InvalidInput:
    with pytest.raises(InvalidInput) as refused:
        open_edition(database, edition_request(**values), now=NOW)
    return refused.value


def test_a_campaign_that_nobody_began_is_a_new_edition(database: Database) -> None:
    edition, continued = open_edition(database, edition_request(flow_run_id="run 1"), now=NOW)
    assert not continued
    assert (edition.name, edition.mode, edition.account, edition.status) == (
        "derby",
        "run",
        "sandbox",
        "running",
    )
    assert (edition.planned_start, edition.start_given, edition.created_at) == (KICK_OFF, True, NOW)
    assert edition.parameters == PARAMETERS
    assert find_edition(database, edition.id) == edition


def test_a_flow_run_is_always_the_same_edition(database: Database) -> None:
    first = opened(database, flow_run_id="run 1")
    # Its start is "at once", so each attempt plans another start; it is still the same run.
    later = edition_request(flow_run_id="run 1", planned_start=NEXT_WEEK)
    again, continued = open_edition(database, later, now=NOW + timedelta(minutes=5))
    assert continued
    assert (again.id, again.planned_start, again.created_at) == (first.id, KICK_OFF, NOW)


def test_a_flow_run_whose_edition_is_over_does_not_begin_another(database: Database) -> None:
    ended(database, opened(database, flow_run_id="run 1"))
    assert refusal(database, flow_run_id="run 1", again=True).findings[0].code == "edition_over"
    assert len(all_editions(database)) == 1


def test_a_later_process_of_a_flow_run_gets_the_report_of_the_one_that_played_the_edition(
    database: Database,
) -> None:
    edition = opened(database, flow_run_id="run 1")
    ledger_of(database, edition).note(status="ended", ended_at=NOW, report={"status": "ended"})
    with pytest.raises(AlreadyPlayed, match="this edition of 'derby' is over") as before:
        open_edition(database, edition_request(flow_run_id="run 1", again=True), now=NOW)
    assert before.value.report == {"status": "ended"}
    assert refusal(database, flow_run_id="run 2").findings[0].code == "edition_over"


def test_a_run_by_hand_continues_the_newest_unfinished_edition(database: Database) -> None:
    ended(database, opened(database, planned_start=KICK_OFF - timedelta(days=7)))
    older = opened(database)
    newest = opened(database, planned_start=NEXT_WEEK, now=NOW + timedelta(days=1))
    edition, continued = open_edition(
        database, edition_request(planned_start=None), now=NOW + timedelta(days=2)
    )
    assert (edition.id, continued) == (newest.id, True)
    assert opened(database).id == older.id


def test_changed_parameters_come_into_force_with_the_lease(database: Database) -> None:
    first = opened(database, flow_run_id="run 1")
    changed = {**PARAMETERS, "poll_seconds": 5}
    continued = opened(database, flow_run_id="run 2", parameters=changed)
    assert continued.flow_run_id == "run 2"
    assert continued.parameters == PARAMETERS
    take(database, first.id, owner=this_process("run 2"), parameters=changed)
    assert find_edition(database, first.id).parameters == changed
    assert len(all_editions(database)) == 1


def test_another_planned_start_opens_a_new_edition(database: Database) -> None:
    this_week = opened(database)
    next_week, continued = open_edition(database, edition_request(planned_start=NEXT_WEEK), now=NOW)
    assert not continued
    assert next_week.id != this_week.id


@pytest.mark.parametrize(
    "other", [{"name": "cup"}, {"account": "staging"}, {"mode": "test"}], ids=["name", "account", "mode"]
)
def test_another_name_account_or_mode_is_another_campaign(database: Database, other: dict[str, Any]) -> None:
    assert opened(database, **other).id != opened(database).id


@pytest.mark.parametrize("start", [KICK_OFF, None], ids=["planned", "at once"])
def test_an_edition_that_was_not_approved_can_be_played_again(database: Database, start: Any) -> None:
    over = opened(database, planned_start=start)
    ended(database, over, status="rejected")
    again, continued = open_edition(database, edition_request(planned_start=start), now=NOW)
    assert not continued
    assert again.id != over.id


def test_a_run_that_should_continue_an_edition_that_has_ended_is_refused_as_taken(
    database: Database,
) -> None:
    over = opened(database)
    ended(database, over)
    with pytest.raises(LostLease, match=r"another run finished 'derby' before this one began \(ended\)"):
        open_edition(database, edition_request(edition_id=over.id), now=NOW)


@pytest.mark.parametrize("start", [KICK_OFF, None], ids=["planned", "at once"])
@pytest.mark.parametrize("status", ["ended", "cancelled", "failed"])
def test_an_edition_that_is_over_is_played_once_more_only_with_again(
    database: Database, status: str, start: Any
) -> None:
    over = opened(database, planned_start=start)
    ended(database, over, status=status)
    said = str(refusal(database, planned_start=start))
    assert f"'derby' is over ({status} at 2026-07-19 21:00 UTC)" in said
    assert "--again" in said
    again, continued = open_edition(database, edition_request(planned_start=start, again=True), now=NOW)
    assert not continued
    assert again.id != over.id
    # The next run continues it: only one more edition was asked for.
    assert opened(database, planned_start=start, again=True).id == again.id


def test_an_ended_edition_does_not_keep_the_next_weeks_from_beginning(database: Database) -> None:
    ended(database, opened(database))
    assert opened(database, planned_start=NEXT_WEEK).planned_start == NEXT_WEEK


@pytest.mark.parametrize("run", [None, "run 1"])
def test_a_rehearsal_is_always_a_new_edition(database: Database, run: str | None) -> None:
    editions = [opened(database, mode="rehearse", flow_run_id=run) for _ in range(3)]
    assert len({edition.id for edition in editions}) == 3
    ended(database, editions[0])
    assert opened(database, mode="rehearse", flow_run_id=run).id not in {edition.id for edition in editions}


def test_every_fixed_parameter_that_changed_while_the_campaign_runs_is_named(database: Database) -> None:
    edition = opened(database)
    changed = {**PARAMETERS, "activity_type": "Cup", "segment": "others.csv", "poll_seconds": 5}
    refused = refusal(database, parameters=changed)
    assert [finding.column for finding in refused.findings] == ["activity_type", "segment"]
    assert "was 'Match' when this edition began and is 'Cup' now" in str(refused)
    assert find_edition(database, edition.id) == edition


def test_a_run_that_is_refused_leaves_the_living_owners_edition_as_it_was(database: Database) -> None:
    edition = opened(database, flow_run_id="run 1")
    with held_by_a_child(database, edition):
        before = find_edition(database, edition.id)
        found, continued = open_edition(
            database,
            edition_request(flow_run_id="run 2", parameters={**PARAMETERS, "poll_seconds": 5}),
            now=NOW,
        )
        assert (found.id, continued) == (edition.id, True)
        after = find_edition(database, edition.id)
    assert (after.flow_run_id, after.parameters) == (before.flow_run_id, before.parameters)


def test_recovery_names_the_edition_itself(database: Database) -> None:
    this_week = opened(database)
    opened(database, planned_start=NEXT_WEEK)
    assert opened(database, edition_id=this_week.id, planned_start=None).id == this_week.id


def test_one_of_several_runs_at_the_same_time_opens_the_edition_and_the_others_continue_it(
    ledger_url: str,
) -> None:
    together = threading.Barrier(4)
    found: list[tuple[str, bool]] = []

    def begin() -> None:
        database = Database(ledger_url)
        together.wait()
        edition, continued = open_edition(database, edition_request(), now=NOW)
        found.append((edition.id, continued))
        database.close()

    runs = [threading.Thread(target=begin) for _ in range(4)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert len({edition for edition, _ in found}) == 1
    assert sorted(continued for _, continued in found) == [False, True, True, True]


def test_an_edition_that_could_not_begin_is_withdrawn(database: Database) -> None:
    edition = opened(database)
    withdraw(database, edition.id)
    assert all_editions(database) == []
    assert not open_edition(database, edition_request(), now=NOW)[1]


def test_an_edition_in_which_anything_was_sent_cannot_be_withdrawn(database: Database) -> None:
    ledger = ledger_of(database)
    ledger.add_activities([activity()])
    ledger.intend_batch(0, 0, endpoint="register", people=3, at=NOW)
    with pytest.raises(LedgerUnwritable, match="calls were made"):
        withdraw(database, ledger.edition_id, ledger.lease_token)
    assert len(ledger.batch_calls()) == 1


def test_an_edition_that_was_staged_and_sent_nothing_can_be_withdrawn(database: Database) -> None:
    ledger = ledger_of(database)
    ledger.add_activities([activity()])
    ledger.begin_folder("/segments/derby", at=NOW)
    ledger.note_reading("feed.csv", TableShape(("at",), 1))
    withdraw(database, ledger.edition_id, ledger.lease_token)
    assert all_editions(database) == []


def test_only_the_owner_can_withdraw_an_edition_that_was_taken(database: Database) -> None:
    theirs = owned_elsewhere(database)
    run_out(database, theirs.edition_id)
    ours = ledger_of(database, theirs.edition())
    for token in (None, theirs.lease_token):
        with pytest.raises(LostLease):
            withdraw(database, ours.edition_id, token)
    assert ours.edition().status == "running"


def test_a_superseded_flow_run_learns_which_one_plays_its_edition(database: Database) -> None:
    opened(database, flow_run_id="run 1")
    opened(database, flow_run_id="run 2")
    first, second = edition_of_run(database, "run 1"), edition_of_run(database, "run 2")
    assert first is not None
    assert second is not None
    assert (first.superseded_by, second.superseded_by) == ("run 2", None)
    assert edition_of_run(database, "run 3") is None


def test_the_newest_edition_of_a_name_is_an_unfinished_one_and_not_a_rehearsal(database: Database) -> None:
    living = opened(database)
    later = opened(database, planned_start=NEXT_WEEK, now=NOW + timedelta(days=1))
    ended(database, later)
    rehearsal = opened(database, mode="rehearse", now=NOW + timedelta(days=2))
    found = newest_edition(database, "derby")
    assert found is not None
    assert found.id == living.id
    ended(database, living)
    found = newest_edition(database, "derby")
    assert found is not None
    assert found.id == later.id
    found = newest_edition(database, "derby", mode="rehearse")
    assert found is not None
    assert found.id == rehearsal.id
    assert newest_edition(database, "cup") is None


def test_unfinished_editions_are_neither_over_nor_rehearsals(database: Database) -> None:
    living = opened(database)
    ended(database, opened(database, name="cup"))
    opened(database, mode="rehearse")
    assert [edition.id for edition in all_editions(database, unfinished=True)] == [living.id]
    assert len(all_editions(database)) == 3


def test_an_approval_given_beforehand_is_known_to_the_run_that_continues_the_edition(
    database: Database,
) -> None:
    said = agreement("--yes at a shell", now=NOW)
    open_edition(database, edition_request(decision=said), now=NOW)
    continued, resumed = open_edition(database, edition_request(), now=NOW)
    assert resumed
    assert continued.decision == said
    assert Decision.from_json(said).answer == "approved"


def test_a_late_retry_of_an_earlier_run_finds_its_own_edition_and_no_newer_one(database: Database) -> None:
    first = opened(database, flow_run_id="run 1")
    assert opened(database, flow_run_id="run 2").id == first.id
    ended(database, first)
    assert opened(database, flow_run_id="run 3", again=True).id != first.id
    assert refusal(database, flow_run_id="run 1").findings[0].code == "edition_over"


def test_an_edition_keeps_when_its_run_was_scheduled(database: Database) -> None:
    opened(database, scheduled=NOW)
    assert opened(database).scheduled == NOW


def test_the_edition_to_continue_is_known_before_anything_is_opened(database: Database) -> None:
    assert edition_to_continue(database, edition_request()) is None
    first = opened(database)
    assert edition_to_continue(database, edition_request()) == first
    assert edition_to_continue(database, edition_request(planned_start=NEXT_WEEK)) is None
    ended(database, first)
    assert edition_to_continue(database, edition_request()) is None


def test_activities_that_an_older_version_recorded_as_a_segment_are_continued(database: Database) -> None:
    old = {**PARAMETERS, "segment": "orders.csv", "id_column": "activity_id"}
    begun, _ = open_edition(database, edition_request(parameters=old), now=NOW)
    with database.writing() as connection:
        connection.execute(
            update(editions).where(editions.c.id == begun.id).values(segment={"device_started": True})
        )
    record = find_edition(database, begun.id)
    assert record.device_started
    assert record.parameters == {**old, "segment": None, "activities": "orders.csv"}
    now = {**old, "segment": None, "activities": "orders.csv"}
    assert open_edition(database, edition_request(parameters=now), now=NOW) == (record, True)
    other = refusal(database, parameters={**now, "activities": "others.csv"})
    assert [finding.column for finding in other.findings] == ["activities"]
