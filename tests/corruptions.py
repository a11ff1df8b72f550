"""Ledgers that become read-only, full or are gone, in either database, while a campaign plays."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import psycopg
from psycopg import sql
from sqlalchemy import text

from live_activity.ledger import Database

_names = itertools.count(1)
# What PostgreSQL says of a full disk and of a server that only reads (its appendix of error codes).
CODES = {"full": "53100", "read-only": "25006"}


class Ledger(Protocol):
    url: str

    def spoil(self, database: Database, how: str) -> None: ...

    def mend(self) -> None: ...


class SqliteLedger:
    def __init__(self, folder: Path) -> None:
        self._file = folder / "ledger.db"
        self._aside = folder / "aside.db"
        self.url = f"sqlite:///{self._file}"

    def spoil(self, database: Database, how: str) -> None:
        if how == "gone":
            self._file.rename(self._aside)
            return
        with database.writing() as connection:
            if how == "read-only":
                connection.execute(text("PRAGMA query_only = ON"))
            else:
                pages = connection.execute(text("PRAGMA page_count")).scalar_one()
                connection.execute(text(f"PRAGMA max_page_count = {pages}"))

    def mend(self) -> None:
        self._aside.rename(self._file)


class PostgresLedger:
    def __init__(self, server: str, name: str) -> None:
        self.url = f"{server}/{name}"
        self._server = server
        self._name = name

    def spoil(self, database: Database, how: str) -> None:
        if how == "gone":
            self._lets_in(False)
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

    def mend(self) -> None:
        self._lets_in(True)

    def _lets_in(self, anybody: bool) -> None:
        name = sql.Identifier(self._name)
        with psycopg.connect(f"{self._server}/postgres", autocommit=True) as connection:
            connection.execute(
                sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}").format(name, sql.Literal(anybody))
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
