"""Ledgers that become read-only, full or unreachable, in either database, while a campaign runs."""

from __future__ import annotations

import contextlib
import itertools
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import psycopg
from psycopg import sql
from sqlalchemy import event

from live_activity.ledger import Database

_names = itertools.count(1)
# The error codes of PostgreSQL for a full disk and for a read-only transaction (its appendix of error codes).
CODES = {"full": "53100", "read-only": "25006"}


class Ledger(Protocol):
    url: str

    def spoil(self, database: Database, how: str) -> None: ...

    def repair(self) -> None: ...


# A push of no edition, which fills the free space of the table of pushes.
_PUSH = (
    "INSERT INTO la_pushes (edition_id, number, kind, content, passed, intended_at, outcome, triggered, words) "
    "VALUES ('filler', 0, 'update', json_quote(?), 0, '2026-01-01 00:00:00', 'done', 0, 0)"
)


class SqliteLedger:
    def __init__(self, folder: Path) -> None:
        self._file = folder / "ledger.db"
        self._aside = folder / "aside.db"
        self.url = f"sqlite:///{self._file}"

    def spoil(self, database: Database, how: str) -> None:
        if how == "gone":
            self._file.rename(self._aside)
            return
        with database.reading() as connection:
            engine = connection.engine
        pragma = "query_only = ON" if how == "read-only" else f"max_page_count = {self._fill()}"

        # Applies to every new connection, in any thread.
        @event.listens_for(engine, "connect")
        def limit(connection: Any, _record: Any) -> None:
            connection.execute(f"PRAGMA {pragma}")

        engine.dispose()

    def _fill(self) -> int:
        """Fills the free space of the existing pages; returns the number of pages."""
        with contextlib.closing(sqlite3.connect(self._file, isolation_level=None)) as connection:
            (pages,) = connection.execute("PRAGMA page_count").fetchone()
            connection.execute(f"PRAGMA max_page_count = {pages}")
            for size in (2000, 200, 20, 1):
                with contextlib.suppress(sqlite3.OperationalError):
                    while True:
                        connection.execute(_PUSH, ("x" * size,))
        return int(pages)

    def repair(self) -> None:
        self._aside.rename(self._file)


class PostgresLedger:
    def __init__(self, server: str, name: str) -> None:
        self.url = f"{server}/{name}"
        self._server = server
        self._name = name

    def spoil(self, database: Database, how: str) -> None:
        if how == "gone":
            self._allow_connections(allowed=False)
            return
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(
                f"CREATE FUNCTION spoilt() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN RAISE EXCEPTION 'spoilt' USING ERRCODE = '{CODES[how]}'; END $$"
            )
            connection.execute(
                "CREATE TRIGGER spoilt BEFORE INSERT OR UPDATE ON la_pushes "
                "FOR EACH ROW EXECUTE FUNCTION spoilt()"
            )

    def repair(self) -> None:
        self._allow_connections(allowed=True)

    def _allow_connections(self, *, allowed: bool) -> None:
        name = sql.Identifier(self._name)
        with psycopg.connect(f"{self._server}/postgres", autocommit=True) as connection:
            connection.execute(
                sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}").format(name, sql.Literal(allowed))
            )
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [self._name]
            )


@contextmanager
def postgres_ledger(server: str) -> Iterator[PostgresLedger]:
    name = f"spoilt_{next(_names)}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    yield PostgresLedger(server, name)
