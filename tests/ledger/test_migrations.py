from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, make_url, text

from live_activity.core.findings import InvalidInput
from live_activity.decision.state import Kind, Outcome
from live_activity.ledger import (
    Database,
    EditionLedger,
    all_editions,
    folders_of,
    newest_edition,
    prepare,
    take,
)
from live_activity.ledger.queries import whole
from live_activity.ledger.schema import SCHEMA_VERSION, metadata
from tests.barrier import run_together
from tests.ledger.edition_requests import KICK_OFF, NOW, edition_request, ledger_of, opened

OLD = Path(__file__).with_name("schema_1")
Execute = Callable[[str], None]

_OPENER = """
import sys
from tests.barrier import wait_for_start
from live_activity.ledger import Database, all_editions
wait_for_start()
print(len(all_editions(Database(sys.argv[1]))))
"""


@pytest.fixture
def execute(ledger_url: str) -> Execute:
    """Runs SQL on the ledger without the ledger's own code."""

    def run(statements: str) -> None:
        url = make_url(ledger_url)
        if url.get_backend_name() == "sqlite":
            with sqlite3.connect(str(url.database)) as file:
                file.executescript(statements)
            file.close()
            return
        with psycopg.connect(ledger_url) as server:
            server.execute(statements.encode())

    return run


@pytest.fixture
def old_url(ledger_url: str, execute: Execute) -> str:
    """A ledger of a version that had no migrations."""
    execute((OLD / f"{make_url(ledger_url).get_backend_name()}.sql").read_text())
    return ledger_url


def playing(execute: Execute, *, seconds: float) -> None:
    """Gives the owner of the derby, an old process, a lease of so many more seconds."""
    until = (datetime.now(UTC) + timedelta(seconds=seconds)).timestamp()
    execute(f"UPDATE la_editions SET lease_until = {until} WHERE name = 'derby' AND mode = 'run'")


def test_everything_in_an_old_ledger_is_migrated(old_url: str) -> None:
    database = Database(old_url)
    editions = {(each.name, each.mode): each for each in all_editions(database)}
    assert {key: each.status for key, each in editions.items()} == {
        ("derby", "run"): "running",
        ("cup", "run"): "ended",
        ("blizzard", "run"): "running",
        ("derby", "rehearse"): "running",
    }
    derby = editions["derby", "run"]
    assert (derby.planned_start, derby.created_at, derby.folder) == (KICK_OFF, NOW, "/data/segments/derby")
    assert derby.first_seen_times == {"0": "2026-07-19T18:00:00+00:00"}
    assert folders_of(database, derby.id) == ["/data/segments/derby"]
    stop_request = editions["blizzard", "run"].stop_request
    assert stop_request is not None
    assert (stop_request["why"], stop_request["title"]) == ("cancelled", "Called off")
    ledger = ledger_of(database, derby)
    assert [(each.push.kind, each.push.outcome, each.words) for each in ledger.push_entries()] == [
        (Kind.START, Outcome.DONE, True),
        (Kind.UPDATE, Outcome.NOT_SENT, True),
        (Kind.UPDATE, Outcome.DONE, True),
        (Kind.UPDATE, Outcome.UNKNOWN, True),
    ]
    assert ledger.push_entries()[0].push.content.title == "Derby \N{EN DASH} half time"
    assert [(each.endpoint, each.counters["matched"]) for each in ledger.batch_calls()] == [("register", 3)]
    assert [each.activity_id for each in ledger.activities()] == ["11111111-2222-4333-8444-555555555555"]
    assert [(each.action, each.author) for each in ledger.commands()] == [("freeze", None)]
    shape = ledger.reading("feed.csv")
    assert shape is not None
    assert (shape.columns, shape.rows) == (("at", "state.score"), 12)
    assert whole(database, "derby")["pushes"][1]["told"] == "503 UNAVAILABLE"
    ledger.intend_push(0, ledger.pushes()[0][1])
    database.close()


def test_a_migrated_ledger_is_the_same_as_a_new_one(old_url: str) -> None:
    Database(old_url).close()
    engine = create_engine(make_url(old_url).set(drivername=_driver(old_url)))
    with engine.connect() as connection:
        options = {"include_object": lambda _, name, *__: name != "la_revision"}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), metadata) == []
        assert connection.execute(text("SELECT value FROM la_meta WHERE key = 'schema'")).scalar_one() == (
            str(SCHEMA_VERSION)
        )
    engine.dispose()


def test_a_new_ledger_counts_as_migrated(ledger_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "live_activity.ledger.prepare._migrate", lambda _: pytest.fail("a new ledger needs no migration")
    )
    for _ in range(2):
        Database(ledger_url).close()
    engine = create_engine(make_url(ledger_url).set(drivername=_driver(ledger_url)))
    with engine.connect() as connection:
        revision = connection.execute(text("SELECT version_num FROM la_revision")).scalar_one()
    engine.dispose()
    newest = sorted((Path(prepare.__file__).parent / "migrations/versions").glob("v*.py"))[-1]
    assert re.search(r'^revision = "(\d+)"', newest.read_text(), re.M).group(1) == revision  # type: ignore[union-attr]  # each migration names its revision


def test_tables_that_the_first_schema_lacked_at_first_are_created(old_url: str, execute: Execute) -> None:
    execute("DROP TABLE la_runs; DROP TABLE la_readings;")
    database = Database(old_url)
    assert opened(database, name="a new one", flow_run_id="run 9").name == "a new one"
    database.close()


def test_processes_that_migrate_at_the_same_time_wait_for_each_other(old_url: str) -> None:
    assert run_together(_OPENER, [[old_url]] * 3) == ["4\n"] * 3


def test_nothing_is_migrated_while_an_older_version_plays(old_url: str, execute: Execute) -> None:
    owner = '{"host": "old-host", "boot": "b", "space": "s", "pid": 4242, "born": 1.0, "run": "run-a"}'
    execute(f"UPDATE la_editions SET owner = '{owner}' WHERE name = 'derby'")
    playing(execute, seconds=600)
    with pytest.raises(InvalidInput) as refused:
        Database(old_url)
    assert [finding.code for finding in refused.value.findings] == ["ledger_in_use"]
    said = str(refused.value)
    assert "\n" not in said
    assert "an older version plays 'derby' (process 4242 on old-host, run run-a" in said
    assert re.search(r"its lease runs until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", said)
    assert "its planned end is 2026-07-19T22:00:00Z" in said
    # The ledger is left unchanged, so that the old version can go on.
    execute("UPDATE la_editions SET wish = NULL WHERE name = 'no such campaign'")
    playing(execute, seconds=-1)
    Database(old_url).close()


def test_an_edition_that_was_begun_before_the_migration_is_continued(old_url: str) -> None:
    database = Database(old_url)
    derby = newest_edition(database, "derby")
    assert derby is not None
    continued = opened(database, parameters=derby.parameters)
    assert continued.id == derby.id
    lease_token = take(
        database, derby.id, owner={"host": "a new one"}, parameters=edition_request().parameters
    )
    assert lease_token.token == derby.lease_token + 1
    EditionLedger(database, lease_token).note(status="ended")
    database.close()


def _driver(url: str) -> str:
    return "sqlite" if url.startswith("sqlite") else "postgresql+psycopg"
