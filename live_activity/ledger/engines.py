"""SQLAlchemy engines for the two databases that the ledger supports, with a time limit on everything they do."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError

from live_activity.core.findings import invalid

# How long a write waits for another process that writes. It blocks its thread, so it is short: callers wait and retry.
BUSY_SECONDS = 2.0
# How long opening the ledger, or an edition in it, waits: nobody is waiting for a push yet.
OPENING_SECONDS = 10.0
# How long PostgreSQL may take to connect, and to answer a statement before it cancels that itself.
CONNECT_SECONDS, STATEMENT_SECONDS = 5, 4.0
# After how long PostgreSQL ends a transaction whose process does nothing: one that was halted or cut off in the middle
# of a write holds the lock of its edition, and nobody else could take it over. It is less than a lease lasts.
IDLE_SECONDS = 5.0
# How long a PostgreSQL connection may be silent before it is given up: the server was halted, or the network is cut.
SILENCE_SECONDS = 6.0
# After how long without use a PostgreSQL connection is tried before it is relied on.
PING_SECONDS = 2.0
# How long a thread waits for a connection while others of this process use them all.
POOL_SECONDS = 5.0

_SETTING = "LIVE_ACTIVITY_DATABASE_URL"

Returned = TypeVar("Returned")


def create_ledger_engine(url: str) -> Engine:
    """An engine for the address. Raises `InvalidInput` where it is not one of a database that is supported."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise invalid(
            "ledger_url",
            "is not a database address; write it like postgresql://user@host/name or sqlite:///file.db",
            where=_SETTING,
        ) from None
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        return _sqlite(parsed)
    if backend in ("postgresql", "postgres"):
        return _postgresql(parsed)
    raise invalid("ledger_url", f"{backend} is not supported; use PostgreSQL or SQLite", where=_SETTING)


def sqlite_file(engine: Engine) -> str | None:
    """The path of an SQLite ledger's file; None for PostgreSQL, and for addresses that SQLite opens as a URI."""
    database = engine.url.database
    plain = engine.dialect.name == "sqlite" and database not in (None, "", ":memory:")
    return database if plain and "uri" not in engine.url.query else None


def _sqlite(url: URL) -> Engine:
    # Whatever driver is named: addresses are shared with other programs, and their driver is not this one's.
    url = url.set(drivername="sqlite")
    engine = create_engine(url, pool_timeout=POOL_SECONDS, connect_args={"timeout": BUSY_SECONDS})
    if (file := sqlite_file(engine)) is not None:
        folder = Path(file).parent
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise invalid(
                "ledger_unreachable", f"its folder cannot be created: {error.strerror}", where=file
            ) from None
        event.listen(engine, "do_connect", _Opening(file))
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_immediately)
    return engine


class _Opening:
    """Opens the file; creates it at the first connection only, so that a file that was deleted is an error."""

    def __init__(self, file: str) -> None:
        self._file = Path(file).absolute()
        self._opened = False

    def __call__(self, dialect: Any, record: Any, arguments: Any, options: dict[str, Any]) -> Any:
        mode = "rw" if self._opened else "rwc"
        uri = f"file:{quote(str(self._file))}?mode={mode}"
        connection = sqlite3.connect(uri, uri=True, **{"check_same_thread": False, **options})
        self._opened = True
        return connection


def _set_up_sqlite(connection: Any, _: Any) -> None:
    # SQLAlchemy begins transactions itself (below): the driver's own begin comes too late to hold off writers.
    connection.isolation_level = None
    cursor = connection.cursor()
    _write_ahead(cursor)
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _write_ahead(cursor: sqlite3.Cursor) -> None:
    # Of processes that create the ledger at the same time SQLite lets one switch, and fails the others at once.
    until = time.monotonic() + OPENING_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
        time.sleep(0.05)


def _begin_immediately(connection: Connection) -> None:
    # Readers use AUTOCOMMIT: they wait for no writer, and can read a ledger that cannot be written.
    options = connection.get_execution_options()
    if options.get("isolation_level") != "AUTOCOMMIT":
        # What must outlive a power cut is synced to the disk; everything else outlives the process.
        synchronous = "FULL" if options.get("durable") else "NORMAL"
        wanted = (int(options.get("wait", BUSY_SECONDS) * 1000), synchronous)
        if connection.info.get("pragmas") != wanted:  # they stay as they are until the connection is closed
            connection.info.pop("pragmas", None)
            connection.exec_driver_sql(f"PRAGMA busy_timeout={wanted[0]}").close()
            connection.exec_driver_sql(f"PRAGMA synchronous={synchronous}")
            connection.info["pragmas"] = wanted
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _postgresql(url: URL) -> Engine:
    try:
        import psycopg
    except ModuleNotFoundError:
        raise invalid(
            "ledger_driver_missing",
            "PostgreSQL needs psycopg, which is not installed; pip install 'psycopg[binary]'",
            where=_SETTING,
        ) from None

    class BoundedConnection(psycopg.Connection[Any]):
        """A connection that gives up on a server that says nothing, as one that was halted does."""

        silence = SILENCE_SECONDS

        def wait(self, gen: Any, *arguments: Any, **options: Any) -> Any:
            return super().wait(self._bounded(gen), *arguments, **options)

        def _bounded(self, gen: Generator[Any, Any, Returned]) -> Generator[Any, Any, Returned]:
            until = time.monotonic() + self.silence
            try:
                state = next(gen)
                while True:
                    ready = yield state
                    if not ready and time.monotonic() > until:
                        self.pgconn.finish()
                        raise psycopg.OperationalError(f"the server did not answer within {self.silence:g} s")
                    state = gen.send(ready)
            except StopIteration as done:
                returned: Returned = done.value
                return returned

    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=5,
        pool_timeout=POOL_SECONDS,
        connect_args={
            "connect_timeout": CONNECT_SECONDS,
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 3,
            "tcp_user_timeout": int(SILENCE_SECONDS * 1000),
        },
    )

    @event.listens_for(engine, "do_connect")
    def connect(dialect: Any, record: Any, arguments: Any, options: dict[str, Any]) -> Any:
        return BoundedConnection.connect(*arguments, **options)

    @event.listens_for(engine, "checkin")
    def returned(connection: Any, record: Any) -> None:
        record.info["returned"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def ping(connection: Any, record: Any, proxy: Any) -> None:
        # A ping before every write would cost a round trip each; one that fails for want of it is made again.
        if time.monotonic() - record.info.get("returned", time.monotonic()) < PING_SECONDS:
            return
        try:
            connection.execute("SELECT 1")
            connection.rollback()
        except psycopg.Error:
            raise DisconnectionError from None

    @event.listens_for(engine, "connect")
    def limit(connection: Any, _: Any) -> None:
        connection.execute(f"SET statement_timeout = {int(STATEMENT_SECONDS * 1000)}")
        connection.execute(f"SET idle_in_transaction_session_timeout = {int(IDLE_SECONDS * 1000)}")
        connection.commit()

    return engine
