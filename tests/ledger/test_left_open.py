from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from live_activity.engine.recovery import (
    MOST_TRIES,
    close_what_cannot_be_continued,
    discard_old_people,
    give_up_hopeless,
    record_cancellation,
    unfinished_editions,
)
from live_activity.ledger import (
    Database,
    LedgerUnwritable,
    LostLease,
    find_edition,
    give_back,
    take,
    this_process,
)
from live_activity.ledger.schema import editions
from tests.ledger.edition_requests import (
    NOW,
    ended,
    held_by_a_child,
    ledger_of,
    opened,
    owned_elsewhere,
    run_out,
)


def left(database: Database, *, at_once: bool = True) -> list[tuple[str, str]]:
    return [(each.record.name, each.what) for each in unfinished_editions(database, at_once=at_once)]


def tried(database: Database, edition_id: str, times: int) -> None:
    with database.writing() as connection:
        connection.execute(update(editions).where(editions.c.id == edition_id).values(tries=times))


def test_an_edition_is_left_open_only_once_its_owner_is_gone(database: Database) -> None:
    edition = opened(database)
    with held_by_a_child(database, edition) as child:
        assert left(database) == []
        child.kill()
        child.wait()
        assert left(database) == [("derby", "continue")]


def test_an_unfinished_edition_whose_lease_was_released_is_left_open(database: Database) -> None:
    ledger = ledger_of(database)
    assert left(database) == []
    give_back(database, ledger.lease_token)
    assert left(database) == [("derby", "continue")]


def test_an_edition_with_a_stop_request_is_only_closed(database: Database) -> None:
    ledger = ledger_of(database)
    ledger.stop_request("cancelled", at=NOW)
    give_back(database, ledger.lease_token)
    assert left(database) == [("derby", "close")]


def test_editions_that_are_over_and_rehearsals_are_not_left_open(database: Database) -> None:
    ended(database, opened(database))
    opened(database, name="cup", mode="rehearse")
    assert left(database) == []


def test_two_recoveries_at_the_same_time_get_different_editions_and_keep_the_pause(
    database: Database,
) -> None:
    opened(database)
    opened(database, name="cup")
    first = next(unfinished_editions(database))
    assert left(database, at_once=False) == [("derby" if first.record.name == "cup" else "cup", "continue")]
    assert left(database, at_once=False) == []
    assert len(left(database)) == 2


def test_an_edition_with_a_locked_row_does_not_keep_recovery_from_others(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("live_activity.ledger.postgresql.STATEMENT_SECONDS", 0.2)
    database, other = Database(postgres_url), Database(postgres_url)
    derby = opened(database)
    with other.writing() as connection:
        connection.execute(update(editions).where(editions.c.id == derby.id).values(tries=0))
        with pytest.raises(LedgerUnwritable):
            left(database)
        opened(database, name="cup")
        opened(database, name="bowl")
        assert sorted(left(database)) == [("bowl", "continue"), ("cup", "continue")]
    assert ("derby", "continue") in left(database)
    for each in (database, other):
        each.close()


def test_one_edition_or_flow_run_can_be_named(database: Database) -> None:
    derby = opened(database, flow_run_id="run 1")
    opened(database, name="cup")
    for only in (derby.id, "run 1"):
        assert [each.record.id for each in unfinished_editions(database, only=only, at_once=True)] == [
            derby.id
        ]


def test_an_edition_that_was_tried_too_often_is_given_up_once(database: Database) -> None:
    edition = opened(database)
    tried(database, edition.id, MOST_TRIES - 1)
    assert give_up_hopeless(database, now=NOW) == []
    tried(database, edition.id, MOST_TRIES)
    assert left(database) == []
    assert [each.id for each in give_up_hopeless(database, now=NOW)] == [edition.id]
    over = find_edition(database, edition.id)
    assert (over.status, over.ended_at) == ("failed", NOW)
    assert give_up_hopeless(database, now=NOW + timedelta(days=1)) == []


def test_an_edition_with_a_live_owner_is_never_given_up(database: Database) -> None:
    ledger = ledger_of(database)
    tried(database, ledger.edition_id, MOST_TRIES)
    assert give_up_hopeless(database, now=NOW) == []
    assert ledger.edition().status == "running"


def test_a_stop_that_could_only_be_written_beside_the_segment_closes_the_edition(
    database: Database, tmp_path: Path
) -> None:
    ledger = ledger_of(database)
    ledger.begin_folder(str(tmp_path), at=NOW)
    ledger.write_stop_beside(str(tmp_path), "cancelled", at=NOW)
    give_back(database, ledger.lease_token)
    assert left(database) == [("derby", "close")]


def test_a_cancelled_flow_run_stops_its_edition_and_a_superseded_one_names_its_successor(
    database: Database,
) -> None:
    edition = opened(database, flow_run_id="run 1")
    opened(database, flow_run_id="run 2")
    assert record_cancellation(database, "run 1") == "run 2"
    assert find_edition(database, edition.id).stop_request is None
    assert record_cancellation(database, "run 2") is None
    stop_request = find_edition(database, edition.id).stop_request
    assert stop_request is not None
    assert (stop_request["why"], stop_request["author"]) == ("cancelled", "Prefect")


def test_an_edition_that_cannot_be_continued_is_closed_unless_a_run_plays_it(database: Database) -> None:
    ledger = ledger_of(database)
    tried(database, ledger.edition_id, MOST_TRIES - 1)
    assert close_what_cannot_be_continued(database, now=NOW) == []
    give_back(database, ledger.lease_token)
    assert [each.id for each in close_what_cannot_be_continued(database, now=NOW)] == [ledger.edition_id]
    assert left(database) == [("derby", "close")]


def test_an_owner_that_wakes_after_its_edition_was_given_up_changes_nothing(database: Database) -> None:
    halted = owned_elsewhere(database)
    tried(database, halted.edition_id, MOST_TRIES)
    run_out(database, halted.edition_id)
    assert len(give_up_hopeless(database, now=NOW)) == 1
    with pytest.raises(LostLease):
        halted.note(status="running")


def test_people_are_deleted_from_every_folder_also_where_staging_never_finished(
    database: Database, tmp_path: Path
) -> None:
    ledger = ledger_of(database)
    files = []
    for name in ("halted", "valid"):
        folder = tmp_path / name
        folder.mkdir()
        ledger.begin_folder(str(folder), at=NOW)
        files += [folder / "people.parquet.part", folder / "rejects.csv"]
    for file in files:
        file.write_text("u1")
    ledger.note(folder=str(tmp_path / "valid"))
    ended(database, ledger.edition())
    assert discard_old_people(database, now=NOW + timedelta(days=1)) == 0
    assert discard_old_people(database, now=NOW + timedelta(days=40)) == 1
    assert [file for file in files if file.exists()] == []
    assert discard_old_people(database, now=NOW + timedelta(days=40)) == 0


def test_a_new_owner_stages_in_another_folder_than_the_halted_one(database: Database) -> None:
    halted = owned_elsewhere(database)
    run_out(database, halted.edition_id)
    ours = take(database, halted.edition_id, owner=this_process("ours"))
    assert ours.folder_name != halted.lease_token.folder_name
