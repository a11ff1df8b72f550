"""One PostgreSQL server for the tests that need one, and an empty ledger for each test, in either database.

Hypothesis has no deadline here: a busy machine must not fail a test.
"""

from __future__ import annotations

import gc
import itertools
from collections.abc import Generator, Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import Dialect, Engine

from live_activity.core.clock import RealClock
from live_activity.ledger.engines import create_ledger_engine
from live_activity.prefect_integration.local_server import local_server
from live_activity.sandbox import SandboxOptions, SandboxServer
from tests.cli_process import Shell
from tests.postgres_server import postgres_server

settings.register_profile(
    "no_deadline", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("no_deadline")

_schemas = itertools.count(1)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Keeps the garbage collector from scanning what is imported and collected, which stays in memory."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        # Most objects of a test are freed by their reference count, so collections may be rare.
        gc.set_threshold(10_000, 20, 50)
        gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests that need a Prefect server: `make prefect` runs them, `make test` the others."""
    for each in items:
        if "prefect_url" in getattr(each, "fixturenames", ()):
            each.add_marker(pytest.mark.prefect)


@pytest.fixture(scope="session", autouse=True)
def _statements_compiled_once() -> Iterator[None]:
    """Has SQLAlchemy compile a statement once in a process instead of once for each ledger.

    The tests open thousands of ledgers, and compiling the statements of one takes a fifth of its test.
    """
    compiled: dict[object, object] = {}
    dialects: dict[str, Dialect] = {}

    def create(url: str) -> Engine:
        engine = create_ledger_engine(url)
        engine.dialect = dialects.setdefault(engine.dialect.name, engine.dialect)
        engine.update_execution_options(compiled_cache=compiled)
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("live_activity.ledger.database.create_ledger_engine", create)
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a separate server on a free port, without a database name."""
    with postgres_server() as address:
        yield address


@pytest.fixture
def postgres_url(postgres: str) -> str:
    """The address of an empty schema, which is created faster than a database."""
    name = f"ledger_{next(_schemas)}"
    with psycopg.connect(f"{postgres}/postgres", autocommit=True) as connection:
        connection.execute(psycopg.sql.SQL("CREATE SCHEMA {}").format(psycopg.sql.Identifier(name)))
    return f"{postgres}/postgres?options=-csearch_path%3D{name}"


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database; each test that uses it runs with SQLite and with PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture(scope="session")
def prefect_url() -> Iterator[str]:
    with local_server() as url:
        yield url


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[SandboxServer]:
    fleet = tmp_path / "fleet.csv"
    rows = "".join(f"u{number:03d},phone-{number},ios,18.1,true,,t{number}\n" for number in range(25))
    fleet.write_text("insider_id,udid,platform,os_version,push_enabled,gdpr,push_to_start_token\n" + rows)
    options = SandboxOptions(api_keys=frozenset({"secret-key"}), fleet=fleet, sync_delay=0.2)
    with SandboxServer(options, clock=RealClock()) as server:
        yield server


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)
