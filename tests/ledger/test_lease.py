from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from typing import Any

import pytest
from sqlalchemy import text, update

from live_activity.ledger import (
    Database,
    LeaseHeartbeat,
    LedgerUnwritable,
    LostLease,
    Owned,
    find_edition,
    give_back,
    held,
    is_gone,
    take,
    this_process,
)
from live_activity.ledger.lease import LEASE_SECONDS, beat
from live_activity.ledger.schema import editions
from tests.ledger.edition_requests import ELSEWHERE, held_by_a_child, ledger_of, opened, push, run_out


def lives(database: Database, edition_id: str) -> bool:
    edition = find_edition(database, edition_id)
    with database.reading() as connection:
        return held(edition.owner, until=edition.lease_until, now=database.now(connection))


def test_a_second_owner_is_refused_with_the_name_of_the_first(database: Database) -> None:
    edition = opened(database)
    with held_by_a_child(database, edition) as child:
        with pytest.raises(Owned) as owned:
            take(database, edition.id, owner=this_process("ours"))
        assert f"process {child.pid} on " in str(owned.value)
        assert "run child" in str(owned.value)
        assert "steer it" in str(owned.value)
        assert find_edition(database, edition.id).owner == owned.value.owner


def test_an_owner_that_was_killed_loses_the_edition_at_once(database: Database) -> None:
    edition = opened(database)
    with held_by_a_child(database, edition) as child:
        child.kill()
        child.wait()
        lease = find_edition(database, edition.id)
        with database.reading() as connection:
            assert lease.lease_until > database.now(connection)
        lease_token = take(database, edition.id, owner=this_process("ours"))
    assert lease_token.token == lease.lease_token + 1


def test_an_owner_that_is_a_zombie_process_loses_the_edition_at_once(database: Database) -> None:
    edition = opened(database)
    with held_by_a_child(database, edition) as child:
        child.kill()
        # A zombie: it has ended, and its parent has not waited for it.
        assert child.stdout is not None
        assert child.stdout.read() == ""
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        take(database, edition.id, owner=this_process("ours"))


def test_an_owner_of_another_machine_loses_it_only_when_its_lease_runs_out(database: Database) -> None:
    edition = opened(database)
    take(database, edition.id, owner=ELSEWHERE)
    with pytest.raises(Owned, match="another-machine"):
        take(database, edition.id, owner=this_process("ours"))
    run_out(database, edition.id)
    take(database, edition.id, owner=this_process("ours"))


def test_a_lease_uses_the_databases_time(database: Database) -> None:
    edition = opened(database)
    with database.reading() as connection:
        before = database.now(connection)
    lease_token = take(database, edition.id, owner=ELSEWHERE)
    with database.reading() as connection:
        after = database.now(connection)
    assert before + LEASE_SECONDS <= find_edition(database, edition.id).lease_until <= after + LEASE_SECONDS
    run_out(database, edition.id)
    assert beat(database, lease_token)
    with database.reading() as connection:
        assert find_edition(database, edition.id).lease_until > database.now(connection) + LEASE_SECONDS - 5


def test_a_run_can_take_its_own_edition_again_and_the_old_token_is_void(database: Database) -> None:
    edition = opened(database)
    first = take(database, edition.id, owner=this_process("ours"))
    second = take(database, edition.id, owner=this_process("ours"))
    assert second.token > first.token
    assert not beat(database, first)
    assert beat(database, second)


def test_two_runs_of_one_process_are_two_owners(database: Database) -> None:
    edition = opened(database)
    take(database, edition.id, owner=this_process("one"))
    with pytest.raises(Owned, match="run one"):
        take(database, edition.id, owner=this_process("other"))


def test_a_released_lease_is_free_at_once(database: Database) -> None:
    edition = opened(database)
    lease_token = take(database, edition.id, owner=ELSEWHERE)
    give_back(database, lease_token)
    assert find_edition(database, edition.id).owner is None
    take(database, edition.id, owner=this_process("ours"))


def test_an_owner_that_lost_the_lease_cannot_release_it(database: Database) -> None:
    edition = opened(database)
    lost = take(database, edition.id, owner=ELSEWHERE)
    run_out(database, edition.id)
    take(database, edition.id, owner=this_process("ours"))
    give_back(database, lost)
    with pytest.raises(Owned):
        take(database, edition.id, owner=ELSEWHERE)


def test_one_of_several_owners_at_the_same_time_gets_the_lease(ledger_url: str) -> None:
    database = Database(ledger_url)
    edition = opened(database)
    together = threading.Barrier(4)
    got: list[str] = []

    def come(name: str) -> None:
        mine = Database(ledger_url)
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
    database.close()


def test_no_call_is_recorded_while_another_run_takes_over(ledger_url: str) -> None:
    database, other = Database(ledger_url), Database(ledger_url)
    ledger = ledger_of(database)
    lost: list[object] = []

    def intend() -> None:
        try:
            ledger.intend_push(0, push())
        except LostLease as gone:
            lost.append(gone)

    with other.writing() as connection:
        owned_elsewhere = update(editions).where(editions.c.id == ledger.edition_id)
        connection.execute(owned_elsewhere.values(lease_token=ledger.lease_token.token + 1))
        writer = threading.Thread(target=intend)
        writer.start()
        # Time enough to write, if it did not wait for the other transaction.
        writer.join(timeout=0.5)
    writer.join()
    assert len(lost) == 1
    assert ledger.pushes() == []
    database.close()
    other.close()


def test_a_heartbeat_keeps_the_lease_and_can_be_stopped(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("live_activity.ledger.heartbeat.BEAT_SECONDS", 0.01)
    edition = opened(database)
    lease_token = take(database, edition.id, owner=this_process("ours"))
    run_out(database, edition.id)
    heartbeat = LeaseHeartbeat(database, lease_token)
    while not lives(database, edition.id):
        time.sleep(0.01)
    heartbeat.check()
    heartbeat.stop()
    assert "lease" not in [thread.name for thread in threading.enumerate()]


def test_a_heartbeat_notices_that_another_run_took_over(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("live_activity.ledger.heartbeat.BEAT_SECONDS", 0.01)
    edition = opened(database)
    heartbeat = LeaseHeartbeat(database, take(database, edition.id, owner=ELSEWHERE))
    heartbeat.check()
    run_out(database, edition.id)

    def taken_over() -> None:
        # A heartbeat in between may renew the lease; then it is made to run out again.
        while True:
            try:
                take(database, edition.id, owner=this_process("ours"))
            except Owned:
                run_out(database, edition.id)
            heartbeat.check()

    with pytest.raises(LostLease):
        taken_over()
    heartbeat.stop()


def test_no_call_leaves_while_the_lease_cannot_be_verified(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("live_activity.ledger.lease.LEASE_SECONDS", 0.0)
    lease_token = take(database, opened(database).id, owner=this_process("ours"))
    heartbeat = LeaseHeartbeat(database, lease_token)
    with database.writing() as connection:
        connection.execute(text("ALTER TABLE la_editions RENAME TO la_gone"))
    with pytest.raises(LedgerUnwritable):
        heartbeat.check()
    heartbeat.stop()
    with database.writing() as connection:
        connection.execute(text("ALTER TABLE la_gone RENAME TO la_editions"))


def test_a_process_that_was_halted_asks_the_ledger_who_owns_the_edition(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("live_activity.ledger.lease.LEASE_SECONDS", 0.0)
    edition = opened(database)
    heartbeat = LeaseHeartbeat(database, take(database, edition.id, owner=ELSEWHERE))
    heartbeat.check()
    take(database, edition.id, owner=this_process("ours"))
    with pytest.raises(LostLease):
        heartbeat.check()
    heartbeat.stop()


def test_this_process_is_alive_to_itself_and_to_others() -> None:
    assert not is_gone(this_process())
    said = subprocess.run(
        [
            sys.executable,
            "-c",
            "import json, sys; from live_activity.ledger import is_gone;print(is_gone(json.load(sys.stdin)))",
        ],
        input=json.dumps(this_process()),
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout == "False\n"


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
def test_an_owner_counts_as_gone_only_where_that_can_be_seen(other: dict[str, Any], gone: bool) -> None:
    assert is_gone({**this_process(), **other}) is gone


def test_a_heartbeat_survives_any_error_of_the_ledger(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = iter([LedgerUnwritable("disk full"), RuntimeError("a bug"), LedgerUnwritable("disk full")])
    beaten = threading.Event()

    def beat_after_failures(*_: object) -> bool:
        if (failure := next(failures, None)) is not None:
            raise failure
        beaten.set()
        return True

    monkeypatch.setattr("live_activity.ledger.heartbeat.BEAT_SECONDS", 0.01)
    monkeypatch.setattr("live_activity.ledger.heartbeat.beat", beat_after_failures)
    heartbeat = LeaseHeartbeat(database, take(database, opened(database).id, owner=this_process("ours")))
    assert beaten.wait(timeout=60)
    heartbeat.check()
    heartbeat.stop()


def test_a_lease_that_ran_out_is_still_the_owners_as_long_as_nobody_took_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = ledger_of(database)
    heartbeat = LeaseHeartbeat(database, ledger.lease_token)
    run_out(database, ledger.edition_id)
    monkeypatch.setattr("live_activity.ledger.lease.LEASE_SECONDS", 3.0)
    assert not lives(database, ledger.edition_id)
    heartbeat.check()
    assert lives(database, ledger.edition_id)
    ledger.note(status="running")
    heartbeat.stop()
