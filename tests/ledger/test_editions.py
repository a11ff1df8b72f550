from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest

from live_activity.approval import Decision, agreement
from live_activity.findings import WrongInput
from live_activity.ledger import (
    LedgerUnwritable,
    Store,
    all_editions,
    edition_to_continue,
    find_edition,
    newest_edition,
    open_edition,
    withdraw,
)
from tests.ledger.occasions import KICK_OFF, NOW, PARAMETERS, asked, book_of, ended, held_by_a_child, opened

NEXT_WEEK = KICK_OFF + timedelta(days=7)


def refusal(store: Store, **values: Any) -> WrongInput:
    with pytest.raises(WrongInput) as refused:
        open_edition(store, asked(**values), now=NOW)
    return refused.value


def test_a_campaign_that_nobody_began_is_a_new_edition(store: Store) -> None:
    edition, continued = open_edition(store, asked(flow_run_id="run 1"), now=NOW)
    assert not continued
    assert (edition.name, edition.mode, edition.account, edition.status) == (
        "derby",
        "run",
        "sandbox",
        "running",
    )
    assert (edition.planned_start, edition.start_given, edition.created_at) == (KICK_OFF, True, NOW)
    assert edition.parameters == PARAMETERS
    assert find_edition(store, edition.id) == edition


def test_a_flow_run_is_always_the_same_edition(store: Store) -> None:
    first = opened(store, flow_run_id="run 1")
    # Its start is "at once", so each attempt plans another one; it is the same run all the same.
    later = asked(flow_run_id="run 1", planned_start=NEXT_WEEK)
    again, continued = open_edition(store, later, now=NOW + timedelta(minutes=5))
    assert continued
    assert (again.id, again.planned_start, again.created_at) == (first.id, KICK_OFF, NOW)


def test_a_flow_run_whose_edition_is_over_does_not_begin_another(store: Store) -> None:
    ended(store, opened(store, flow_run_id="run 1"))
    assert refusal(store, flow_run_id="run 1", again=True).findings[0].code == "edition_over"
    assert len(all_editions(store)) == 1


def test_a_run_by_hand_continues_the_newest_unfinished_edition(store: Store) -> None:
    ended(store, opened(store, planned_start=KICK_OFF - timedelta(days=7)))
    older = opened(store)
    newest = opened(store, planned_start=NEXT_WEEK, now=NOW + timedelta(days=1))
    edition, continued = open_edition(store, asked(planned_start=None), now=NOW + timedelta(days=2))
    assert (edition.id, continued) == (newest.id, True)
    assert opened(store).id == older.id


def test_who_continues_an_edition_is_booked_with_what_may_change(store: Store) -> None:
    opened(store, flow_run_id="run 1")
    continued = opened(store, flow_run_id="run 2", parameters={**PARAMETERS, "poll_seconds": 5})
    assert continued.flow_run_id == "run 2"
    assert continued.parameters["poll_seconds"] == 5
    assert len(all_editions(store)) == 1


def test_another_planned_start_opens_a_new_edition(store: Store) -> None:
    this_week = opened(store)
    next_week, continued = open_edition(store, asked(planned_start=NEXT_WEEK), now=NOW)
    assert not continued
    assert next_week.id != this_week.id


@pytest.mark.parametrize(
    "other", [{"name": "cup"}, {"account": "staging"}, {"mode": "test"}], ids=["name", "account", "mode"]
)
def test_another_name_account_or_mode_is_another_campaign(store: Store, other: dict[str, Any]) -> None:
    assert opened(store, **other).id != opened(store).id


@pytest.mark.parametrize("start", [KICK_OFF, None], ids=["planned", "at once"])
def test_one_that_was_not_approved_sent_nothing_and_may_be_asked_for_again(store: Store, start: Any) -> None:
    over = opened(store, planned_start=start)
    ended(store, over, status="rejected")
    again, continued = open_edition(store, asked(planned_start=start), now=NOW)
    assert not continued
    assert again.id != over.id


@pytest.mark.parametrize("start", [KICK_OFF, None], ids=["planned", "at once"])
@pytest.mark.parametrize("status", ["ended", "cancelled", "failed"])
def test_an_edition_that_is_over_is_told_and_played_once_more_only_with_again(
    store: Store, status: str, start: Any
) -> None:
    over = opened(store, planned_start=start)
    ended(store, over, status=status)
    told = str(refusal(store, planned_start=start))
    assert f"'derby' is over ({status} at 2026-07-19 21:00 UTC)" in told
    assert "--again" in told
    again, continued = open_edition(store, asked(planned_start=start, again=True), now=NOW)
    assert not continued
    assert again.id != over.id
    # A second time it is continued: only one more was asked for.
    assert opened(store, planned_start=start, again=True).id == again.id


def test_an_ended_week_does_not_keep_the_next_one_from_beginning(store: Store) -> None:
    ended(store, opened(store))
    assert opened(store, planned_start=NEXT_WEEK).planned_start == NEXT_WEEK


@pytest.mark.parametrize("run", [None, "run 1"])
def test_a_rehearsal_is_always_a_new_edition(store: Store, run: str | None) -> None:
    editions = [opened(store, mode="rehearse", flow_run_id=run) for _ in range(3)]
    assert len({edition.id for edition in editions}) == 3
    ended(store, editions[0])
    assert opened(store, mode="rehearse", flow_run_id=run).id not in {edition.id for edition in editions}


def test_every_fixed_parameter_that_changed_under_a_living_campaign_is_named(store: Store) -> None:
    edition = opened(store)
    changed = {**PARAMETERS, "activity_type": "Cup", "segment": "others.csv", "poll_seconds": 5}
    refused = refusal(store, parameters=changed)
    assert [finding.column for finding in refused.findings] == ["activity_type", "segment"]
    assert "was 'Match' when this edition began and is 'Cup' now" in str(refused)
    assert find_edition(store, edition.id) == edition


def test_a_run_that_is_refused_leaves_the_living_owners_edition_as_it_was(store: Store) -> None:
    edition = opened(store, flow_run_id="run 1")
    with held_by_a_child(store, edition):
        before = find_edition(store, edition.id)
        found, continued = open_edition(
            store, asked(flow_run_id="run 2", parameters={**PARAMETERS, "poll_seconds": 5}), now=NOW
        )
        assert (found.id, continued) == (edition.id, True)
        after = find_edition(store, edition.id)
    assert (after.flow_run_id, after.parameters) == (before.flow_run_id, before.parameters)


def test_the_reconciler_names_the_edition_itself(store: Store) -> None:
    this_week = opened(store)
    opened(store, planned_start=NEXT_WEEK)
    assert opened(store, edition_id=this_week.id, planned_start=None).id == this_week.id


def test_of_runs_that_begin_at_the_same_time_one_begins_and_the_others_continue_it(ledger_url: str) -> None:
    together = threading.Barrier(4)
    found: list[tuple[str, bool]] = []

    def begin() -> None:
        store = Store(ledger_url)
        together.wait()
        edition, continued = open_edition(store, asked(), now=NOW)
        found.append((edition.id, continued))
        store.close()

    runs = [threading.Thread(target=begin) for _ in range(4)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert len({edition for edition, _ in found}) == 1
    assert sorted(continued for _, continued in found) == [False, True, True, True]


def test_an_edition_that_could_not_begin_is_taken_back(store: Store) -> None:
    edition = opened(store)
    withdraw(store, edition.id)
    assert all_editions(store) == []
    assert not open_edition(store, asked(), now=NOW)[1]


def test_an_edition_in_which_anything_was_sent_cannot_be_taken_back(store: Store) -> None:
    book = book_of(store)
    book.intend_batch(0, 0, endpoint="register", people=3, at=NOW)
    with pytest.raises(LedgerUnwritable):
        withdraw(store, book.edition_id)
    assert len(book.batch_calls()) == 1


def test_the_newest_edition_of_a_name_is_a_living_one_and_no_rehearsal(store: Store) -> None:
    living = opened(store)
    later = opened(store, planned_start=NEXT_WEEK, now=NOW + timedelta(days=1))
    ended(store, later)
    rehearsal = opened(store, mode="rehearse", now=NOW + timedelta(days=2))
    found = newest_edition(store, "derby")
    assert found is not None
    assert found.id == living.id
    ended(store, living)
    found = newest_edition(store, "derby")
    assert found is not None
    assert found.id == later.id
    found = newest_edition(store, "derby", mode="rehearse")
    assert found is not None
    assert found.id == rehearsal.id
    assert newest_edition(store, "cup") is None


def test_unfinished_editions_are_neither_over_nor_rehearsals(store: Store) -> None:
    living = opened(store)
    ended(store, opened(store, name="cup"))
    opened(store, mode="rehearse")
    assert [edition.id for edition in all_editions(store, unfinished=True)] == [living.id]
    assert len(all_editions(store)) == 3


def test_what_was_agreed_to_beforehand_is_known_to_whoever_continues_it(store: Store) -> None:
    said = agreement("--yes at a shell", now=NOW)
    open_edition(store, asked(decision=said), now=NOW)
    continued, resumed = open_edition(store, asked(), now=NOW)
    assert resumed
    assert continued.decision == said
    assert Decision.from_json(said).answer == "approved"


def test_a_late_retry_of_an_earlier_run_finds_its_own_edition_and_no_newer_one(store: Store) -> None:
    first = opened(store, flow_run_id="run 1")
    assert opened(store, flow_run_id="run 2").id == first.id
    ended(store, first)
    assert opened(store, flow_run_id="run 3", again=True).id != first.id
    assert refusal(store, flow_run_id="run 1").findings[0].code == "edition_over"


def test_an_edition_keeps_when_its_run_was_scheduled(store: Store) -> None:
    opened(store, scheduled=NOW)
    assert opened(store).scheduled == NOW


def test_what_would_be_continued_is_known_before_anything_is_opened(store: Store) -> None:
    assert edition_to_continue(store, asked()) is None
    first = opened(store)
    assert edition_to_continue(store, asked()) == first
    assert edition_to_continue(store, asked(planned_start=NEXT_WEEK)) is None
    ended(store, first)
    assert edition_to_continue(store, asked()) is None
