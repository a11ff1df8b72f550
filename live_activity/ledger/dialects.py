"""What differs between the two databases that a ledger may be in: the clock, the locks and the file."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, ClassVar

from sqlalchemy import URL, Connection, text

from live_activity.core.findings import invalid

SETTING = "LIVE_ACTIVITY_DATABASE_URL"


class LedgerDialect(ABC):
    """One kind of database. The locks last until the transaction of the connection ends."""

    clock: ClassVar[str]

    def now(self, connection: Connection) -> float:
        """The database's own time in Unix seconds."""
        return float(connection.execute(text(f"SELECT {self.clock}")).scalar_one())

    @abstractmethod
    def file(self, url: URL) -> str | None:
        """The path of the local file that the database is; None where it is none."""

    @abstractmethod
    def lock(self, connection: Connection, name: str) -> None:
        """Makes other transactions wait that lock the same name."""

    @abstractmethod
    def migrating(self, connection: Connection, *, seconds: float) -> AbstractContextManager[None]:
        """Waits for at most `seconds` until no other process creates or migrates the ledger, and keeps them out."""

    @abstractmethod
    def lock_editions(self, connection: Connection) -> None:
        """Keeps other processes from reading and writing `la_editions`, so that none takes a lease."""


class Sqlite(LedgerDialect):
    """SQLite: a transaction that writes is the only one from its beginning, so it needs no locks."""

    clock = "(julianday('now') - 2440587.5) * 86400.0"

    def file(self, url: URL) -> str | None:
        return url.database if url.database not in (None, "", ":memory:") and "uri" not in url.query else None

    def lock(self, connection: Connection, name: str) -> None: ...

    def migrating(self, connection: Connection, *, seconds: float) -> AbstractContextManager[None]:
        return nullcontext()

    def lock_editions(self, connection: Connection) -> None: ...


class Postgresql(LedgerDialect):
    """PostgreSQL."""

    clock = "extract(epoch from clock_timestamp())"

    def file(self, url: URL) -> str | None:
        return None

    def lock(self, connection: Connection, name: str) -> None:
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": name})

    @contextmanager
    def migrating(self, connection: Connection, *, seconds: float) -> Iterator[None]:
        driver: Any = connection.connection.driver_connection
        before, driver.silence = driver.silence, seconds + 5
        try:
            connection.execute(text(f"SET LOCAL statement_timeout = {int(seconds * 1000)}"))
            self.lock(connection, "live-activity schema")
            yield
        finally:
            driver.silence = before

    def lock_editions(self, connection: Connection) -> None:
        connection.execute(text("LOCK TABLE la_editions IN ACCESS EXCLUSIVE MODE"))


_BY_BACKEND = {"sqlite": Sqlite(), "postgresql": Postgresql(), "postgres": Postgresql()}


def dialect_of(url: URL) -> LedgerDialect:
    """The dialect of the database at that address. Raises `InvalidInput` where it is neither of the two."""
    backend = url.get_backend_name()
    if backend not in _BY_BACKEND:
        raise invalid("ledger_url", f"{backend} is not supported; use PostgreSQL or SQLite", where=SETTING)
    return _BY_BACKEND[backend]
