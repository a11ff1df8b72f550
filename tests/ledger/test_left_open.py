from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update

from live_activity.engine.recovery import MOST_TRIES, give_up_hopeless, unfinished_editions
from live_activity.ledger import Database, find_edition, give_back
from live_activity.ledger.schema import editions
from tests.ledger.edition_requests import NOW, ended, held_by_a_child, ledger_of, opened


def left(database: Database, *, at_once: bool = True) -> list[tuple[str, str]]:
    return [(each.record.name, each.what) for each in unfinished_editions(database, at_once=at_once)]


def tried(database: Database, edition_id: str, times: int) -> None:
    with database.writing() as connection:
        connection.execute(update(editions).where(editions.c.id == edition_id).values(tries=times))


def test_an_edition_is_left_open_once_its_owner_is_gone_and_not_before(database: Database) -> None:
    edition = opened(database)
    with held_by_a_child(database, edition) as child:
        assert left(database) == []
        child.kill()
        child.wait()
        assert left(database) == [("derby", "resume")]


def test_an_edition_whose_owner_gave_it_back_unfinished_is_left_open(database: Database) -> None:
    ledger = ledger_of(database)
    assert left(database) == []
    give_back(database, ledger.lease_token)
    assert left(database) == [("derby", "resume")]


def test_what_somebody_wished_to_stop_is_only_closed(database: Database) -> None:
    ledger = ledger_of(database)
    ledger.stop_request("cancelled", at=NOW)
    give_back(database, ledger.lease_token)
    assert left(database) == [("derby", "close")]


def test_what_is_over_or_was_rehearsed_is_not_left_open(database: Database) -> None:
    ended(database, opened(database))
    opened(database, name="cup", mode="rehearse")
    assert left(database) == []


def test_of_reconcilers_at_the_same_time_each_gets_others_and_a_pause_is_kept(database: Database) -> None:
    opened(database)
    opened(database, name="cup")
    first = next(unfinished_editions(database))
    assert left(database, at_once=False) == [("derby" if first.record.name == "cup" else "cup", "resume")]
    assert left(database, at_once=False) == []
    assert len(left(database)) == 2


def test_one_edition_or_flow_run_can_be_named(database: Database) -> None:
    derby = opened(database, flow_run_id="run 1")
    opened(database, name="cup")
    for only in (derby.id, "run 1"):
        assert [each.record.id for each in unfinished_editions(database, only=only, at_once=True)] == [
            derby.id
        ]


def test_what_was_tried_too_often_is_given_up_once(database: Database) -> None:
    edition = opened(database)
    tried(database, edition.id, MOST_TRIES - 1)
    assert give_up_hopeless(database, now=NOW) == []
    tried(database, edition.id, MOST_TRIES)
    assert left(database) == []
    assert [each.id for each in give_up_hopeless(database, now=NOW)] == [edition.id]
    over = find_edition(database, edition.id)
    assert (over.status, over.ended_at) == ("failed", NOW)
    assert give_up_hopeless(database, now=NOW + timedelta(days=1)) == []


def test_what_somebody_plays_is_not_given_up_however_often_it_was_tried(database: Database) -> None:
    ledger = ledger_of(database)
    tried(database, ledger.edition_id, MOST_TRIES)
    assert give_up_hopeless(database, now=NOW) == []
    assert ledger.edition().status == "running"
