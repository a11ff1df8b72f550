"""The ledger's database: SQLite in the user's data folder, or PostgreSQL."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, delete, insert, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from live_activity.core.findings import InvalidInput, invalid
from live_activity.ledger.dialects import dialect_of
from live_activity.ledger.engines import BUSY_SECONDS, create_ledger_engine
from live_activity.ledger.errors import LedgerUnreadable, LedgerUnwritable, is_temporary, reason
from live_activity.ledger.prepare import prepare
from live_activity.ledger.schema import meta

# What the database raises, what a deleted file or folder raises, and values that the driver cannot bind.
_FAILURES = (SQLAlchemyError, OSError, OverflowError, UnicodeError)


def ledger_exists(url: str) -> bool:
    """Whether `Database` would open what is there; False where it would create a file."""
    try:
        parsed = make_url(url)
        file = dialect_of(parsed).file(parsed)
    except (ArgumentError, InvalidInput):
        return True  # opening it says what is wrong
    return file is None or os.path.exists(file)


class Database:
    """One ledger database; may be used from several threads."""

    def __init__(self, url: str) -> None:
        """Opens the ledger: creates one that is not there, and migrates one of an older schema.

        Raises `InvalidInput` where the address is wrong, the database cannot be reached, its schema is newer, or it
        is older and cannot be migrated now.
        """
        self.url = url
        self._engine = create_ledger_engine(url)
        self._dialect = dialect_of(self._engine.url)
        self.file = self._dialect.file(self._engine.url)
        try:
            prepare(self._engine, self._dialect)
            self._opened = self._identity()
        except (SQLAlchemyError, OSError) as error:
            self.close()
            raise invalid(
                "ledger_unreachable",
                f"the ledger cannot be opened ({reason(error)}); see LIVE_ACTIVITY_DATABASE_URL",
            ) from None
        except InvalidInput:
            self.close()
            raise
        self._probing = threading.Lock()

    @contextmanager
    def writing(self, *, wait: float = BUSY_SECONDS, durable: bool = False) -> Iterator[Connection]:
        """A transaction, committed at the end of the block.

        `wait` is how many seconds it waits for another process that writes; `durable` has SQLite sync it to the disk,
        as PostgreSQL always does. Raises `LedgerUnwritable`.
        """
        self._check_file(LedgerUnwritable, "written")
        try:
            with (
                self._engine.connect().execution_options(wait=wait, durable=durable) as connection,
                connection.begin(),
            ):
                yield connection
        except LedgerUnwritable:
            raise
        except _FAILURES as error:
            raise LedgerUnwritable(
                f"the ledger cannot be written: {reason(error)}", temporary=is_temporary(error)
            ) from None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for queries; it does not wait for processes that write. Raises `LedgerUnreadable`."""
        self._check_file(LedgerUnreadable, "read")
        try:
            with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                yield connection
        except LedgerUnwritable:
            raise
        except _FAILURES as error:
            raise LedgerUnreadable(
                f"the ledger cannot be read: {reason(error)}", temporary=is_temporary(error)
            ) from None

    def probe(self) -> None:
        """Writes a test entry. Raises `LedgerUnwritable` where that does not work."""
        with self._probing, self.writing() as connection:
            connection.execute(delete(meta).where(meta.c.key == "probe"))
            connection.execute(insert(meta).values(key="probe", value=str(os.getpid())))

    def now(self, connection: Connection) -> float:
        """The database's own time in Unix seconds, which all leases use."""
        return self._dialect.now(connection)

    def lock(self, connection: Connection, name: str) -> None:
        """Makes other transactions wait that lock the same name, until this one ends; does nothing on SQLite."""
        self._dialect.lock(connection, name)

    def close(self) -> None:
        """Closes the connections."""
        self._engine.dispose()

    def _check_file(self, error: type[LedgerUnwritable], what: str) -> None:
        """Raises where the file was deleted or replaced: SQLite would go on writing to the old one, which is lost."""
        if self.file is None:
            return
        try:
            found = self._identity()
        except FileNotFoundError:
            raise error(f"the ledger cannot be {what}: its file {self.file} was deleted or moved") from None
        except OSError as failed:
            raise error(f"the ledger cannot be {what}: {self.file}: {failed.strerror}") from None
        if found != self._opened:
            raise error(
                f"the ledger cannot be {what}: its file {self.file} was replaced by another one; "
                "put the old one back, or stop this run"
            )

    def _identity(self) -> tuple[int, int] | None:
        """Device and inode of SQLite's file: a file that replaces it under the same name has others."""
        if self.file is None:
            return None
        found = os.stat(self.file)
        return found.st_dev, found.st_ino
