"""Opening the ledger: SQLite in the user's data folder, or PostgreSQL."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, insert, inspect, make_url, select, text
from sqlalchemy.exc import ArgumentError, OperationalError, SQLAlchemyError

from live_activity.core.findings import InvalidInput, invalid
from live_activity.ledger import schema as tables

# How long a process waits for another one that writes.
BUSY_SECONDS = 10.0


class LedgerUnwritable(Exception):
    """The ledger cannot be written (gone, full, read-only): nothing may be sent any more but /end."""


class Database:
    """One ledger database. `now` is the database's own time, in Unix seconds: leases live by it."""

    def __init__(self, url: str) -> None:
        """Opens the ledger, and makes it at first use.

        Raises `InvalidInput` where the address is none, the database is not to be had, or its schema is newer.
        """
        self.url = url
        self._engine = _engine(url)
        try:
            self._prepare()
        except SQLAlchemyError as error:
            self.close()
            raise invalid(
                "ledger_unreachable",
                f"the ledger cannot be opened ({_plain(error)}); see LIVE_ACTIVITY_DATABASE_URL",
            ) from None
        except InvalidInput:
            self.close()
            raise
        self._file = self._identity()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction. Raises `LedgerUnwritable` where the database does not take it."""
        if self._identity() != self._file:
            # SQLite would go on writing into a file that nobody finds any more.
            raise LedgerUnwritable("the ledger cannot be written: its file is gone, or is another one by now")
        try:
            with self._engine.begin() as connection:
                yield connection
        except (SQLAlchemyError, OSError) as error:
            raise LedgerUnwritable(f"the ledger cannot be written: {_plain(error)}") from None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for queries. Raises `LedgerUnwritable` where the database is not to be had."""
        try:
            with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                yield connection
        except (SQLAlchemyError, OSError) as error:
            raise LedgerUnwritable(f"the ledger cannot be read: {_plain(error)}") from None

    def now(self, connection: Connection) -> float:
        """The database's time."""
        sqlite = self._engine.dialect.name == "sqlite"
        asked = (
            "(julianday('now') - 2440587.5) * 86400.0" if sqlite else "extract(epoch from clock_timestamp())"
        )
        return float(connection.execute(text(f"SELECT {asked}")).scalar_one())

    def lock(self, connection: Connection, name: str) -> None:
        """Holds other openers of the same name off until the transaction ends."""
        if self._engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": name})

    def close(self) -> None:
        """Gives the connections back."""
        self._engine.dispose()

    def _identity(self) -> tuple[int, int] | None:
        """What tells SQLite's file from any other of its name; None where there is none."""
        if self._engine.dialect.name != "sqlite" or not self._engine.url.database:
            return None
        try:
            found = os.stat(self._engine.url.database)
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _prepare(self) -> None:
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            found = _schema(connection)
            whole = set(tables.metadata.tables).issubset(inspect(connection).get_table_names())
        if found is None or (found == str(tables.SCHEMA_VERSION) and not whole):
            with self._engine.begin() as connection:
                self.lock(connection, "live-activity schema")
                found = _schema(connection)
                if found in (None, str(tables.SCHEMA_VERSION)):
                    tables.metadata.create_all(
                        connection
                    )  # those that are not there: new ones leave the others be
                if found is None:
                    found = str(tables.SCHEMA_VERSION)
                    connection.execute(insert(tables.meta).values(key="schema", value=found))
        if found != str(tables.SCHEMA_VERSION):
            raise invalid(
                "ledger_newer",
                f"the ledger has schema {found}, this program knows {tables.SCHEMA_VERSION}; "
                "update live-activity, or name another ledger in LIVE_ACTIVITY_DATABASE_URL",
            )


def _schema(connection: Connection) -> str | None:
    """The schema that the ledger says it has, None where there is no ledger yet."""
    if not inspect(connection).has_table(tables.meta.name):
        return None
    found = connection.execute(select(tables.meta.c.value).where(tables.meta.c.key == "schema"))
    return str(found.scalar_one_or_none())


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise invalid(
            "ledger_url",
            "is no database address; write it like postgresql://user@host/name or sqlite:///file.db",
            where="LIVE_ACTIVITY_DATABASE_URL",
        ) from None
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        # Whatever driver is named: addresses are shared with other programs, and ours is not theirs.
        parsed = parsed.set(drivername="sqlite")
        if parsed.database and parsed.database != ":memory:" and "uri" not in parsed.query:
            try:
                Path(parsed.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            except OSError as error:
                raise invalid(
                    "ledger_unreachable",
                    f"its folder cannot be made: {error.strerror}",
                    where=parsed.database,
                ) from None
        engine = create_engine(parsed, connect_args={"timeout": BUSY_SECONDS})
        event.listen(engine, "connect", _settle_sqlite)
        event.listen(engine, "begin", _begin_at_once)
        return engine
    if backend not in ("postgresql", "postgres"):
        raise invalid(
            "ledger_url",
            f"{backend} is not supported; use PostgreSQL or SQLite",
            where="LIVE_ACTIVITY_DATABASE_URL",
        )
    parsed = parsed.set(drivername="postgresql+psycopg")
    try:
        return create_engine(parsed, pool_pre_ping=True, pool_size=5, connect_args={"connect_timeout": 10})
    except ModuleNotFoundError:
        raise invalid(
            "ledger_driver_missing",
            "PostgreSQL needs psycopg, which is not installed; pip install 'psycopg[binary]'",
            where="LIVE_ACTIVITY_DATABASE_URL",
        ) from None


def _settle_sqlite(connection: Any, _: Any) -> None:
    # SQLAlchemy begins transactions itself (below): the driver's own begin comes too late to hold off writers.
    connection.isolation_level = None
    cursor = connection.cursor()
    _write_ahead(cursor)
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _write_ahead(cursor: sqlite3.Cursor) -> None:
    # Of processes that make the ledger at the same time SQLite lets one switch, and tells the others without waiting.
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
        time.sleep(0.05)


def _begin_at_once(connection: Connection) -> None:
    # Who only reads waits for no writer, and can read a ledger that cannot be written.
    if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _plain(error: Exception) -> str:
    """The database's own words in one line, without the statement and its values."""
    original = getattr(error, "orig", None) or error
    if isinstance(error, OperationalError) and original is not error:
        return str(original).splitlines()[0]
    return f"{type(original).__name__}: {str(original).splitlines()[0] if str(original) else ''}"
