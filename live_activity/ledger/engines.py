"""SQLAlchemy engines for the two databases that the ledger supports, with a time limit on everything they do."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from live_activity.core.findings import invalid
from live_activity.ledger.dialects import SETTING, Sqlite, dialect_of

# How long a write waits for another process that writes. It blocks its thread, so it is short: callers wait and retry.
BUSY_SECONDS = 2.0
# How long opening the ledger, or an edition in it, waits: nobody is waiting for a push yet.
OPENING_SECONDS = 10.0
# How long a thread waits for a connection while others of this process use them all.
POOL_SECONDS = 5.0


def create_ledger_engine(url: str) -> Engine:
    """An engine for the address. Raises `InvalidInput` where it is not one of a database that is supported."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise invalid(
            "ledger_url",
            "is not a database address; write it like postgresql://user@host/name or sqlite:///file.db",
            where=SETTING,
        ) from None
    dialect = dialect_of(parsed)
    return _sqlite(parsed, dialect.file(parsed)) if isinstance(dialect, Sqlite) else _postgresql(parsed)


def _sqlite(url: URL, file: str | None) -> Engine:
    # A driver in the address is ignored: addresses are shared with other programs, which use other drivers.
    url = url.set(drivername="sqlite")
    engine = create_engine(url, pool_timeout=POOL_SECONDS, connect_args={"timeout": BUSY_SECONDS})
    if file is not None:
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
    # SQLAlchemy begins transactions itself (below): the driver's own begin comes too late to keep others from writing.
    connection.isolation_level = None
    cursor = connection.cursor()
    _write_ahead(cursor)
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _write_ahead(cursor: sqlite3.Cursor) -> None:
    # When several processes create the ledger at once, SQLite lets one of them switch; the others fail immediately.
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
    # Readers use AUTOCOMMIT: they do not wait for writers, and can read a ledger that cannot be written.
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
        from live_activity.ledger.postgresql import postgresql_engine
    except ModuleNotFoundError:
        raise invalid(
            "ledger_driver_missing",
            "PostgreSQL needs psycopg, which is not installed; pip install 'psycopg[binary]'",
            where=SETTING,
        ) from None
    return postgresql_engine(url, pool_seconds=POOL_SECONDS)
