from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from typing import Any

import pytest
from sqlalchemy import text, update

from live_activity.ledger import (
    Book,
    Heart,
    LedgerUnwritable,
    LostLease,
    Owned,
    Store,
    find_edition,
    give_back,
    held,
    surely_gone,
    take,
    this_process,
)
from live_activity.ledger.lease import LEASE_SECONDS, beat
from live_activity.ledger.tables import editions
from tests.ledger.occasions import NOW, book_of, held_by_a_child, opened, push

ELSEWHERE = {"host": "another-machine", "boot": "b", "space": "s", "pid": 1, "born": 1.0, "run": "theirs"}


def run_out(store: Store, edition_id: str) -> None:
    """As if the owner's last heartbeat lay longer back than a lease lasts."""
    with store.writing() as connection:
        over = store.now(connection) - 1
        connection.execute(update(editions).where(editions.c.id == edition_id).values(lease_until=over))


def lives(store: Store, edition_id: str) -> bool:
    edition = find_edition(store, edition_id)
    with store.reading() as connection:
        return held(edition.owner, until=edition.lease_until, now=store.now(connection))


def test_of_two_owners_at_once_the_second_is_told_who_has_it(store: Store) -> None:
    edition = opened(store)
    with held_by_a_child(store, edition) as child:
        with pytest.raises(Owned) as owned:
            take(store, edition.id, owner=this_process("ours"))
        assert f"process {child.pid} on " in str(owned.value)
        assert "run child" in str(owned.value)
        assert "steer it" in str(owned.value)
        assert find_edition(store, edition.id).owner == owned.value.owner


def test_an_owner_that_was_killed_loses_the_edition_at_once(store: Store) -> None:
    edition = opened(store)
    with held_by_a_child(store, edition) as child:
        child.kill()
        child.wait()
        lease = find_edition(store, edition.id)
        with store.reading() as connection:
            assert lease.lease_until > store.now(connection)
        holding = take(store, edition.id, owner=this_process("ours"))
    assert holding.token == lease.lease_token + 1


def test_an_owner_that_was_killed_and_not_yet_buried_loses_it_too(store: Store) -> None:
    edition = opened(store)
    with held_by_a_child(store, edition) as child:
        child.kill()
        # A zombie: it is dead once its pipe is closed, and nobody has waited for it.
        assert child.stdout is not None
        assert child.stdout.read() == ""
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        take(store, edition.id, owner=this_process("ours"))


def test_an_owner_of_another_machine_loses_it_only_when_its_lease_runs_out(store: Store) -> None:
    edition = opened(store)
    take(store, edition.id, owner=ELSEWHERE)
    with pytest.raises(Owned, match="another-machine"):
        take(store, edition.id, owner=this_process("ours"))
    run_out(store, edition.id)
    take(store, edition.id, owner=this_process("ours"))


def test_a_lease_runs_by_the_databases_time(store: Store) -> None:
    edition = opened(store)
    with store.reading() as connection:
        before = store.now(connection)
    holding = take(store, edition.id, owner=ELSEWHERE)
    with store.reading() as connection:
        after = store.now(connection)
    assert before + LEASE_SECONDS <= find_edition(store, edition.id).lease_until <= after + LEASE_SECONDS
    run_out(store, edition.id)
    assert beat(store, holding)
    with store.reading() as connection:
        assert find_edition(store, edition.id).lease_until > store.now(connection) + LEASE_SECONDS - 5


def test_one_run_may_take_its_own_edition_again_and_the_old_token_is_void(store: Store) -> None:
    edition = opened(store)
    first = take(store, edition.id, owner=this_process("ours"))
    second = take(store, edition.id, owner=this_process("ours"))
    assert second.token > first.token
    assert not beat(store, first)
    assert beat(store, second)


def test_two_runs_of_one_process_are_two_owners(store: Store) -> None:
    edition = opened(store)
    take(store, edition.id, owner=this_process("one"))
    with pytest.raises(Owned, match="run one"):
        take(store, edition.id, owner=this_process("other"))


def test_a_lease_that_was_given_back_is_free_at_once(store: Store) -> None:
    edition = opened(store)
    holding = take(store, edition.id, owner=ELSEWHERE)
    give_back(store, holding)
    assert find_edition(store, edition.id).owner is None
    take(store, edition.id, owner=this_process("ours"))


def test_who_lost_the_lease_gives_nothing_back(store: Store) -> None:
    edition = opened(store)
    lost = take(store, edition.id, owner=ELSEWHERE)
    run_out(store, edition.id)
    take(store, edition.id, owner=this_process("ours"))
    give_back(store, lost)
    with pytest.raises(Owned):
        take(store, edition.id, owner=ELSEWHERE)


def test_of_owners_that_come_at_the_same_time_one_gets_it(ledger_url: str) -> None:
    store = Store(ledger_url)
    edition = opened(store)
    together = threading.Barrier(4)
    got: list[str] = []

    def come(name: str) -> None:
        mine = Store(ledger_url)
        together.wait()
        try:
            take(mine, edition.id, owner=this_process(name))
            got.append(name)
        except Owned:
            pass
        mine.close()

    owners = [threading.Thread(target=come, args=[f"run {number}"]) for number in range(4)]
    for owner in owners:
        owner.start()
    for owner in owners:
        owner.join()
    assert len(got) == 1
    store.close()


def test_a_taken_over_owner_can_intend_no_call_any_more(store: Store) -> None:
    theirs = Book(store, take(store, opened(store).id, owner=ELSEWHERE))
    theirs.intend_push(0, push())
    run_out(store, theirs.edition_id)
    ours = book_of(store, theirs.edition())
    for write in (
        lambda: theirs.intend_push(0, push()),
        lambda: theirs.intend_batch(0, 0, endpoint="add_users", people=3, at=NOW),
        lambda: theirs.note(status="ended"),
        lambda: theirs.note_activity(0, status="ended"),
        lambda: theirs.add_activities([]),
        lambda: theirs.obeyed(1, answer="done", effect=None, at=NOW),
    ):
        with pytest.raises(LostLease):
            write()
    assert len(ours.pushes()) == 1
    assert ours.batch_calls() == []
    assert ours.edition().status == "running"


def test_a_call_is_not_intended_while_another_run_is_taking_over(ledger_url: str) -> None:
    store, other = Store(ledger_url), Store(ledger_url)
    book = book_of(store)
    lost: list[object] = []

    def intend() -> None:
        try:
            book.intend_push(0, push())
        except LostLease as gone:
            lost.append(gone)

    with other.writing() as connection:
        taken = update(editions).where(editions.c.id == book.edition_id)
        connection.execute(taken.values(lease_token=book.holding.token + 1))
        writer = threading.Thread(target=intend)
        writer.start()
        # Time enough to write, if it did not wait for the other one's transaction.
        writer.join(timeout=0.5)
    writer.join()
    assert len(lost) == 1
    assert book.pushes() == []
    store.close()
    other.close()


def test_a_heart_that_beats_keeps_the_lease_and_stops_in_order(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("live_activity.ledger.lease.BEAT_SECONDS", 0.01)
    edition = opened(store)
    holding = take(store, edition.id, owner=this_process("ours"))
    run_out(store, edition.id)
    heart = Heart(store, holding)
    while not lives(store, edition.id):
        pass
    heart.check()
    heart.stop()
    assert "lease" not in [thread.name for thread in threading.enumerate()]


def test_a_heart_tells_that_another_run_took_over(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("live_activity.ledger.lease.BEAT_SECONDS", 0.01)
    edition = opened(store)
    heart = Heart(store, take(store, edition.id, owner=ELSEWHERE))
    heart.check()
    run_out(store, edition.id)

    def taken_over() -> None:
        # It may beat in between, and the lease be theirs again; then it runs out once more.
        while True:
            try:
                take(store, edition.id, owner=this_process("ours"))
            except Owned:
                run_out(store, edition.id)
            heart.check()

    with pytest.raises(LostLease):
        taken_over()
    heart.stop()


def test_a_heart_that_reaches_no_ledger_lets_nothing_leave(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("live_activity.ledger.lease.LEASE_SECONDS", 0.0)
    holding = take(store, opened(store).id, owner=this_process("ours"))
    heart = Heart(store, holding)
    with store.writing() as connection:
        connection.execute(text("ALTER TABLE la_editions RENAME TO la_gone"))
    with pytest.raises(LedgerUnwritable):
        heart.check()
    heart.stop()
    with store.writing() as connection:
        connection.execute(text("ALTER TABLE la_gone RENAME TO la_editions"))


def test_a_process_that_was_halted_asks_the_ledger_whose_the_campaign_is(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("live_activity.ledger.lease.LEASE_SECONDS", 0.0)
    edition = opened(store)
    heart = Heart(store, take(store, edition.id, owner=ELSEWHERE))
    heart.check()
    take(store, edition.id, owner=this_process("ours"))
    with pytest.raises(LostLease):
        heart.check()
    heart.stop()


def test_this_process_is_alive_to_itself_and_to_others() -> None:
    assert not surely_gone(this_process())
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import json, sys; from live_activity.ledger import surely_gone;"
            "print(surely_gone(json.load(sys.stdin)))",
        ],
        input=json.dumps(this_process()),
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == "False\n"


@pytest.mark.parametrize(
    ("other", "gone"),
    [
        ({"born": 0.0}, True),
        ({"pid": 2**22 + 1}, True),
        ({"pid": "no number"}, True),
        ({"host": "another-machine", "born": 0.0}, False),
        ({"boot": "another boot, or a machine of the same name", "born": 0.0}, False),
        ({"space": "another container", "born": 0.0}, False),
    ],
    ids=[
        "the pid was given away again",
        "no such pid",
        "no pid",
        "another host",
        "another boot",
        "container",
    ],
)
def test_an_owner_is_gone_only_where_that_can_be_seen(other: dict[str, Any], gone: bool) -> None:
    assert surely_gone({**this_process(), **other}) is gone
