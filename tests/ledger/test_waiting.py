from __future__ import annotations

import os
import resource
import shutil
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from live_activity.decision.state import Outcome
from live_activity.ledger import (
    Database,
    EditionLedger,
    LedgerUnreadable,
    LedgerUnwritable,
    LostLease,
    PushAnswer,
    all_editions,
    find_edition,
    take,
    this_process,
    wait_until_writable,
)
from live_activity.ledger.schema import editions
from tests.ledger.edition_requests import NOW, ledger_of, opened, owned_elsewhere, push, run_out


class Waiting:
    """Time that passes only in `sleep`; the sleep with the number `repaired_at` calls `repair`."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.pauses: list[float] = []
        self.repair: Callable[[], object] = lambda: None
        self.repaired_at = 1

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.passed += seconds
        if len(self.pauses) == self.repaired_at:
            self.repair()

    def monotonic(self) -> float:
        return self.passed


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def sqlite(file: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{file}")
    yield database
    database.close()


class Moved:
    """Moves the ledger's file away until `back` is called."""

    def __init__(self, file: Path) -> None:
        self._file, self._away = file, file.with_suffix(".away")
        file.rename(self._away)

    def back(self) -> None:
        self._away.rename(self._file)


@contextmanager
def full_disk() -> Iterator[None]:
    """Keeps the files of this process from growing."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Holds a write lock from another connection."""
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.close()


def reason_of(database: Database) -> str:
    with pytest.raises(LedgerUnwritable) as failed, database.writing(wait=0.01) as connection:
        connection.execute(editions.update().values(tries=editions.c.tries + 1))
    assert failed.value.temporary
    assert "\n" not in str(failed.value)
    return str(failed.value)


def test_a_full_disk_is_an_unwritable_ledger_that_can_be_read(sqlite: Database) -> None:
    edition = opened(sqlite)
    with full_disk():
        reason = reason_of(sqlite)
        assert all_editions(sqlite) == [edition]
    assert reason.startswith("the ledger cannot be written: disk I/O error") or "full" in reason
    ledger_of(sqlite, edition).note(status="ended")


def test_a_ledger_that_is_locked_for_long_is_unwritable_and_can_be_read(sqlite: Database, file: Path) -> None:
    edition = opened(sqlite)
    with locked(file):
        assert reason_of(sqlite) == "the ledger cannot be written: database is locked"
        assert all_editions(sqlite) == [edition]


@pytest.mark.parametrize("what", ["deleted", "replaced"])
def test_a_ledger_whose_file_is_gone_is_an_error_and_never_an_empty_ledger(tmp_path: Path, what: str) -> None:
    file, away = tmp_path / "data" / "ledger.db", tmp_path / "away"
    database = Database(f"sqlite:///{file}")
    edition = opened(database)
    file.parent.rename(away)
    if what == "deleted":
        file.parent.mkdir()
    else:
        Database(f"sqlite:///{file}").close()
    for use in (lambda: opened(database), lambda: all_editions(database), database.probe):
        with pytest.raises(LedgerUnwritable, match=r"was deleted or moved|was replaced by another one"):
            use()
    assert file.exists() == (what == "replaced")
    shutil.rmtree(file.parent)
    away.rename(file.parent)
    assert all_editions(database) == [edition]
    database.close()


def test_an_edition_that_is_missing_in_the_ledger_is_no_lost_lease(database: Database) -> None:
    ledger = ledger_of(database)
    with database.writing() as connection:
        connection.execute(editions.delete())
    with pytest.raises(LedgerUnwritable, match="replaced by another one"):
        ledger.note(status="ended")
    with pytest.raises(LedgerUnreadable, match="no such edition"):
        ledger.edition()
    assert not ledger.names_this_run()


def test_an_entry_that_the_database_refuses_is_a_permanent_error(database: Database) -> None:
    with pytest.raises(LedgerUnwritable) as failed, database.writing() as connection:
        connection.execute(editions.insert().values(id="no other column"))
    assert not failed.value.temporary


def test_a_server_that_is_halted_is_given_up_and_the_next_write_goes_to_another_connection(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("live_activity.ledger.postgresql.SILENCE_SECONDS", 0.3)
    database = Database(postgres_url)
    halted = 0
    try:
        with database.reading() as connection:
            halted = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
            os.kill(halted, signal.SIGSTOP)
            with pytest.raises(OperationalError, match=r"did not answer within 0\.3 s"):
                connection.execute(text("SELECT 1"))
        assert opened(database).name == "derby"
    finally:
        os.kill(halted, signal.SIGCONT)
        database.close()


def test_a_row_that_another_session_holds_for_long_is_an_unwritable_ledger(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("live_activity.ledger.postgresql.STATEMENT_SECONDS", 0.2)
    database, other = Database(postgres_url), Database(postgres_url)
    ledger = ledger_of(database)
    with other.writing() as connection:
        connection.execute(editions.update().values(tries=1))
        with pytest.raises(LedgerUnwritable, match="statement timeout"):
            ledger.note(status="ended")
    ledger.note(status="ended")
    for each in (database, other):
        each.close()


def test_a_process_halted_in_the_middle_of_a_write_does_not_keep_its_edition_from_others(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("live_activity.ledger.postgresql.IDLE_SECONDS", 0.2)
    database, other = Database(postgres_url), Database(postgres_url)
    edition = opened(database)

    def write_with_a_pause() -> None:
        with database.writing() as connection:
            connection.execute(editions.update().values(tries=1))
            assert take(other, edition.id, owner=this_process("other")).token == 1
            connection.execute(editions.update().values(tries=2))

    with pytest.raises(LedgerUnwritable) as failed:
        write_with_a_pause()
    assert failed.value.temporary, "a resumed process does not try again"
    assert opened(database).id == edition.id
    for each in (database, other):
        each.close()


async def test_a_writable_ledger_is_not_waited_for(database: Database) -> None:
    waiting = Waiting()
    assert await wait_until_writable(database, sleep=waiting.sleep, monotonic=waiting.monotonic) == 0
    assert waiting.pauses == []


async def test_a_ledger_that_comes_back_is_waited_for_with_growing_pauses(
    sqlite: Database, file: Path
) -> None:
    waiting = Waiting()
    waiting.repair, waiting.repaired_at = Moved(file).back, 6
    seconds = await wait_until_writable(sqlite, sleep=waiting.sleep, monotonic=waiting.monotonic)
    assert waiting.pauses == [0.5, 1, 2, 4, 5, 5]
    assert seconds == sum(waiting.pauses)


async def test_waiting_for_the_ledger_ends_with_the_reason_after_its_limit_or_a_stop(
    sqlite: Database, file: Path
) -> None:
    Moved(file)
    waiting = Waiting()
    with pytest.raises(LedgerUnwritable, match="was deleted or moved"):
        await wait_until_writable(sqlite, patience=3, sleep=waiting.sleep, monotonic=waiting.monotonic)
    assert waiting.pauses == [0.5, 1, 1.5]
    with pytest.raises(LedgerUnwritable, match="was deleted or moved"):
        await wait_until_writable(sqlite, sleep=waiting.sleep, stopped=lambda: len(waiting.pauses) == 5)


async def test_answers_that_came_while_the_ledger_was_away_are_recorded_before_anything_else(
    sqlite: Database, file: Path
) -> None:
    ledger, waiting = ledger_of(sqlite), Waiting()
    entry = ledger.intend_push(0, push())
    moved = Moved(file)
    with pytest.raises(LedgerUnwritable):
        ledger.answer_push(entry, PushAnswer(push(outcome=Outcome.DONE), at=NOW, status=200))
    with pytest.raises(LedgerUnwritable):
        ledger.intend_push(0, push())
    assert ledger.unrecorded == 1
    waiting.repair = moved.back
    assert await ledger.wait_until_writable(sleep=waiting.sleep, monotonic=waiting.monotonic) == 0.5
    assert ledger.unrecorded == 0
    assert [each.outcome for _, each in ledger.pushes()] == [Outcome.DONE]


async def test_a_run_that_waited_for_the_ledger_notices_that_another_run_took_over(
    sqlite: Database, file: Path
) -> None:
    halted, waiting = owned_elsewhere(sqlite), Waiting()
    run_out(sqlite, halted.edition_id)
    moved = Moved(file)

    def repair() -> None:
        moved.back()
        take(sqlite, halted.edition_id, owner=this_process("ours"))

    waiting.repair = repair
    with pytest.raises(LostLease, match="run ours"):
        await halted.wait_until_writable(sleep=waiting.sleep)


def test_a_kept_answer_is_recorded_with_the_next_write_or_when_the_lease_is_given_back(
    sqlite: Database, file: Path
) -> None:
    for last in (lambda ledger: ledger.note(status="running"), EditionLedger.release):
        ledger = ledger_of(sqlite, opened(sqlite, name=str(last)))
        batch = ledger.intend_batch(0, 0, endpoint="add_users", people=3, at=NOW)
        moved = Moved(file)
        with pytest.raises(LedgerUnwritable):
            ledger.answer_batch(batch, outcome="done", at=NOW, status=200, code=None, counters={})
        moved.back()
        last(ledger)
        assert [each.outcome for each in ledger.batch_calls()] == ["done"]
    assert find_edition(sqlite, ledger.edition_id).owner is None


@pytest.mark.parametrize("value", [10**40, -(10**40)])
def test_numbers_and_texts_from_outside_can_always_be_recorded(database: Database, value: int) -> None:
    ledger = ledger_of(database)
    entry = ledger.intend_push(0, push(passed=value))
    answer = push(outcome=Outcome.REFUSED, triggered=value, unsynced=value)
    error = "no \x00 \ud800 " + "x" * 100_000
    ledger.answer_push(entry, PushAnswer(answer, at=NOW, status=400, code="C" * 500, error=error))
    batch = ledger.intend_batch(0, 0, endpoint="register", people=3, at=NOW)
    counters = {"matched": value}
    ledger.answer_batch(
        batch, outcome="done", at=NOW, status=200, code=None, counters=counters, activity_id="a" * 400
    )
    assert [call.counters for call in ledger.batch_calls()] == [counters]
    assert [each.outcome for _, each in ledger.pushes()] == [Outcome.REFUSED]


def test_an_idle_connection_that_was_closed_is_replaced(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("live_activity.ledger.postgresql.PING_SECONDS", 0.0)
    database, other = Database(postgres_url), Database(postgres_url)
    with database.reading() as connection:
        pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    with other.reading() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    assert opened(database).name == "derby"
    for each in (database, other):
        each.close()
