from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import insert, text, update

from live_activity.core.findings import InvalidInput
from live_activity.ledger import Database, LedgerUnwritable, all_editions
from live_activity.ledger.schema import SCHEMA_VERSION, activities, meta
from tests.barrier import run_together
from tests.ledger.edition_requests import NOW, opened

_OPENER = """
import sys
from tests.ledger.edition_requests import opened
from tests.barrier import wait_for_start
from live_activity.ledger import Database
wait_for_start()
opened(Database(sys.argv[1]), name=sys.argv[2])
"""


def test_what_is_written_is_there_when_the_ledger_is_opened_again(ledger_url: str) -> None:
    first = Database(ledger_url)
    edition = opened(first)
    first.close()
    again = Database(ledger_url)
    assert all_editions(again) == [edition]
    again.close()


def test_a_postgresql_address_may_begin_as_libpq_also_takes_it(postgres_url: str) -> None:
    database = Database(postgres_url.replace("postgresql://", "postgres://"))
    edition = opened(database)
    assert all_editions(database) == [edition]
    database.close()


def test_processes_that_create_the_ledger_at_the_same_time_all_find_it_complete(ledger_url: str) -> None:
    run_together(_OPENER, [[ledger_url, f"match {number}"] for number in range(4)])
    database = Database(ledger_url)
    assert {edition.name for edition in all_editions(database)} == {f"match {number}" for number in range(4)}
    database.close()


@pytest.mark.parametrize("found", [str(SCHEMA_VERSION + 1), "from another program"])
def test_a_ledger_of_a_newer_schema_is_refused_and_left_as_it_is(ledger_url: str, found: str) -> None:
    database = Database(ledger_url)
    opened(database)
    with database.writing() as connection:
        connection.execute(update(meta).values(value=found))
    database.close()
    with pytest.raises(InvalidInput) as refused:
        Database(ledger_url)
    assert [finding.code for finding in refused.value.findings] == ["ledger_newer"]
    assert f"has schema {found}, this program knows {SCHEMA_VERSION}" in str(refused.value)


def test_a_write_that_fails_leaves_nothing_behind(database: Database) -> None:
    def half() -> None:
        with database.writing() as connection:
            connection.execute(insert(meta).values(key="half", value="done"))
            connection.execute(insert(activities).values(edition_id="no such edition", number=0))

    with pytest.raises(LedgerUnwritable):
        half()
    with database.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM la_meta WHERE key = 'half'")).scalar_one() == 0


def test_an_unwritable_ledger_gives_its_reason_in_one_line_without_the_values(database: Database) -> None:
    with pytest.raises(LedgerUnwritable) as failed, database.writing() as connection:
        connection.execute(insert(meta).values(key="schema", value="what was to be written"))
    assert "\n" not in str(failed.value)
    assert "what was to be written" not in str(failed.value)


def test_the_ledger_uses_the_databases_time_which_passes_within_a_transaction(database: Database) -> None:
    with database.writing() as connection:
        first = database.now(connection)
        assert abs(first - time.time()) < 3600
        while database.now(connection) == first:
            pass
        assert database.now(connection) > first


def test_a_reader_does_not_wait_for_a_writer(database: Database) -> None:
    edition = opened(database)
    read: list[object] = []
    with database.writing() as connection:
        connection.execute(update(meta).values(value=meta.c.value))
        reader = threading.Thread(target=lambda: read.extend(all_editions(database)))
        reader.start()
        # Much longer than a read takes, and much shorter than a reader would wait for the writer.
        reader.join(timeout=5)
        assert read == [edition]


def test_a_read_only_ledger_can_still_be_read(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    database = Database(f"sqlite:///{file}")
    edition = opened(database)
    read_only = Database(f"sqlite:///file:{file}?mode=ro&uri=true")
    assert all_editions(read_only) == [edition]
    with pytest.raises(LedgerUnwritable, match="readonly"):
        opened(read_only, name="another")
    read_only.close()
    database.close()


def test_a_ledger_whose_server_went_away_is_unwritable_not_a_crash(postgres_url: str) -> None:
    database = Database(postgres_url)
    gone = text("SELECT pg_terminate_backend(pg_backend_pid())")
    with pytest.raises(LedgerUnwritable, match="cannot be read"), database.reading() as connection:
        connection.execute(gone)
    with pytest.raises(LedgerUnwritable, match="cannot be written"), database.writing() as connection:
        connection.execute(gone)
    opened(database, name="afterwards")
    database.close()


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("", "ledger_url"),
        ("ledger.db", "ledger_url"),
        ("mysql://root@127.0.0.1/ledger", "ledger_url"),
        ("postgresql://nobody@127.0.0.1:1/ledger", "ledger_unreachable"),
        ("postgresql+asyncpg://nobody@127.0.0.1:1/ledger", "ledger_unreachable"),
        ("postgresql+psycopg2://nobody@127.0.0.1:1/ledger", "ledger_unreachable"),
    ],
)
def test_a_wrong_address_is_refused_in_one_line(url: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Database(url)
    assert [finding.code for finding in refused.value.findings] == [code]
    assert "LIVE_ACTIVITY_DATABASE_URL" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_the_databases_password_is_not_shown(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as refused:
        Database("postgresql://someone:hunter2@127.0.0.1:1/ledger")
    assert "hunter2" not in str(refused.value)


def test_a_file_that_is_not_a_database_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("these are no tables, and there are enough of them to see that at once\n" * 20)
    with pytest.raises(InvalidInput, match="not a database"):
        Database(f"sqlite:///{file}")


def test_a_folder_that_cannot_be_created_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(InvalidInput, match="folder cannot be created") as refused:
        Database(f"sqlite:///{tmp_path / 'taken' / 'ledger.db'}")
    assert [finding.code for finding in refused.value.findings] == ["ledger_unreachable"]


def test_the_ledgers_folder_is_for_its_owner_alone(tmp_path: Path) -> None:
    Database(f"sqlite:///{tmp_path / 'data' / 'ledger.db'}").close()
    assert os.stat(tmp_path / "data").st_mode & 0o777 == 0o700


def test_another_driver_in_the_address_is_replaced_by_ours(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'ledger.db'}")
    assert opened(database, now=NOW).created_at == NOW
    database.close()


def test_each_transaction_has_its_own_sync_and_lock_wait(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'ledger.db'}")
    found = []
    for wait, durable in [(2.0, False), (2.0, True), (2.0, True), (2.0, False), (10.0, False), (2.0, False)]:
        with database.writing(wait=wait, durable=durable) as connection:
            synced = connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
            found.append((connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one() / 1000, synced))
    database.close()
    assert found == [(2.0, False), (2.0, True), (2.0, True), (2.0, False), (10.0, False), (2.0, False)]
