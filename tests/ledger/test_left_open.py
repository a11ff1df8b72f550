from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update

from live_activity.ledger import Store, find_edition, give_back
from live_activity.ledger.tables import editions
from live_activity.reconciling import MOST_TRIES, abandoned, give_up_hopeless
from tests.ledger.occasions import NOW, book_of, ended, held_by_a_child, opened


def left(store: Store, *, at_once: bool = True) -> list[tuple[str, str]]:
    return [(each.record.name, each.what) for each in abandoned(store, at_once=at_once)]


def tried(store: Store, edition_id: str, times: int) -> None:
    with store.writing() as connection:
        connection.execute(update(editions).where(editions.c.id == edition_id).values(tries=times))


def test_an_edition_is_left_open_once_its_owner_is_gone_and_not_before(store: Store) -> None:
    edition = opened(store)
    with held_by_a_child(store, edition) as child:
        assert left(store) == []
        child.kill()
        child.wait()
        assert left(store) == [("derby", "resume")]


def test_an_edition_whose_owner_gave_it_back_unfinished_is_left_open(store: Store) -> None:
    book = book_of(store)
    assert left(store) == []
    give_back(store, book.holding)
    assert left(store) == [("derby", "resume")]


def test_what_somebody_wished_to_stop_is_only_closed(store: Store) -> None:
    book = book_of(store)
    book.wish("cancelled", at=NOW)
    give_back(store, book.holding)
    assert left(store) == [("derby", "close")]


def test_what_is_over_or_was_rehearsed_is_not_left_open(store: Store) -> None:
    ended(store, opened(store))
    opened(store, name="cup", mode="rehearse")
    assert left(store) == []


def test_of_reconcilers_at_the_same_time_each_gets_others_and_a_pause_is_kept(store: Store) -> None:
    opened(store)
    opened(store, name="cup")
    first = next(abandoned(store))
    assert left(store, at_once=False) == [("derby" if first.record.name == "cup" else "cup", "resume")]
    assert left(store, at_once=False) == []
    assert len(left(store)) == 2


def test_one_edition_or_flow_run_can_be_named(store: Store) -> None:
    derby = opened(store, flow_run_id="run 1")
    opened(store, name="cup")
    for only in (derby.id, "run 1"):
        assert [each.record.id for each in abandoned(store, only=only, at_once=True)] == [derby.id]


def test_what_was_tried_too_often_is_given_up_once(store: Store) -> None:
    edition = opened(store)
    tried(store, edition.id, MOST_TRIES - 1)
    assert give_up_hopeless(store, now=NOW) == []
    tried(store, edition.id, MOST_TRIES)
    assert left(store) == []
    assert [each.id for each in give_up_hopeless(store, now=NOW)] == [edition.id]
    over = find_edition(store, edition.id)
    assert (over.status, over.ended_at) == ("failed", NOW)
    assert give_up_hopeless(store, now=NOW + timedelta(days=1)) == []


def test_what_somebody_plays_is_not_given_up_however_often_it_was_tried(store: Store) -> None:
    book = book_of(store)
    tried(store, book.edition_id, MOST_TRIES)
    assert give_up_hopeless(store, now=NOW) == []
    assert book.edition().status == "running"
