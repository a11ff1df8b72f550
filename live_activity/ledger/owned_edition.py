"""The writes of an edition's owner: only while it has the lease; answers are kept while the ledger is unwritable."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from live_activity.core.findings import InvalidInput
from live_activity.core.statuses import StopStatus
from live_activity.ledger.database import Database
from live_activity.ledger.edition_record import EditionRecord, find_edition
from live_activity.ledger.errors import LedgerUnreadable, LedgerUnwritable, LostLease
from live_activity.ledger.lease import LeaseToken, fenced, give_back, names_owner
from live_activity.ledger.schema import editions, folders
from live_activity.ledger.stop_file import StopFile, write_stop_beside
from live_activity.ledger.stop_requests import record_stop, stop_values
from live_activity.ledger.waiting import wait_until_writable

Write = Callable[[Connection], None]

# Built once, as it is executed with every answer. Where another run took the edition over, it changes nothing.
_RESET_TRIES = (
    update(editions)
    .where(
        editions.c.id == bindparam("edition"),
        editions.c.lease_token == bindparam("token"),
        editions.c.tries > 0,
    )
    .values(tries=0, next_try_at=0.0)
)


class OwnedEdition:
    """The edition itself, the lease that its owner has, and the answers that could not be recorded yet."""

    def __init__(self, database: Database, lease_token: LeaseToken) -> None:
        self.database = database
        self.lease_token = lease_token
        self._kept: deque[Write] = deque()
        self._recording = threading.RLock()

    @property
    def edition_id(self) -> str:
        """The edition's id."""
        return self.lease_token.edition_id

    def edition(self) -> EditionRecord:
        """The edition as it is recorded now."""
        try:
            return find_edition(self.database, self.edition_id)
        except InvalidInput as missing:
            raise LedgerUnreadable(f"the ledger cannot be read: {missing}") from None

    def note(self, **values: Any) -> None:
        """Writes columns of the edition, such as its status and its report."""
        with self._fenced() as connection:
            connection.execute(update(editions).where(editions.c.id == self.edition_id).values(**values))

    def stop_request(
        self,
        why: StopStatus,
        *,
        at: datetime,
        author: str | None = None,
        title: str | None = None,
        message: str | None = None,
    ) -> None:
        """Records the owner's own stop request (a signal, a failure); an earlier one is kept."""
        values = stop_values(why, author=author, at=at, title=title, message=message)
        with self._fenced(durable=True) as connection:
            record_stop(connection, self.edition_id, values)

    def stop_requested(self) -> Mapping[str, Any] | None:
        """The stop request of the owner or of a person; cheap enough to be read every second."""
        with self.database.reading() as connection:
            found = connection.execute(
                select(editions.c.stop_request).where(editions.c.id == self.edition_id)
            ).scalar()
        return dict(found) if found is not None else None

    def write_stop_beside(
        self, folder: str, why: StopStatus, *, at: datetime, author: str | None = None
    ) -> None:
        """Writes a stop that the ledger did not take beside the staged segment. Raises OSError or a store's error."""
        stop = StopFile(self.edition_id, self.lease_token.token, why, at, author or "the run that played it")
        write_stop_beside(folder, stop)

    def begin_folder(self, folder: str, *, at: datetime) -> None:
        """Records a folder before people are staged in it, so that it is deleted later with the others."""
        with self._fenced() as connection:
            which = (folders.c.edition_id == self.edition_id, folders.c.folder == folder)
            if connection.execute(select(folders.c.folder).where(*which)).first() is None:
                connection.execute(
                    insert(folders).values(
                        edition_id=self.edition_id,
                        folder=folder,
                        lease_token=self.lease_token.token,
                        created_at=at,
                    )
                )

    def names_this_run(self) -> bool:
        """Whether the ledger names this run as the owner; only reads, so it also works while writing fails."""
        return names_owner(self.database, self.lease_token)

    def release(self) -> None:
        """Records pending answers as far as possible, and releases the lease."""
        with suppress(LedgerUnwritable):
            self.record_answers()
        give_back(self.database, self.lease_token)

    @property
    def unrecorded(self) -> int:
        """How many answers could not be recorded yet."""
        return len(self._kept)

    def record_answers(self) -> None:
        """Records the answers that were kept, oldest first; those that cannot be recorded now stay."""
        with self._recording:
            while self._kept:
                try:
                    with self.database.writing() as connection:
                        self._kept[0](connection)
                except LedgerUnwritable as failed:
                    if not failed.temporary:
                        self._kept.popleft()
                    raise
                self._kept.popleft()

    async def wait_until_writable(self, **options: Any) -> float:
        """Returns once the ledger can be written, the kept answers are recorded, and the lease is still this run's.

        The options and the result are those of `live_activity.ledger.wait_until_writable`. Raises `LostLease` where
        another run took the edition in the meantime.
        """
        waited = 0.0
        while True:
            waited += await wait_until_writable(self.database, **options)
            with suppress(LedgerUnwritable):
                await asyncio.to_thread(self.record_answers)
                if not await asyncio.to_thread(self.names_this_run):
                    raise LostLease.to(self.edition().owner)
                return waited

    def _record(self, write: Write) -> None:
        with self._recording:
            self._kept.append(write)
            self.record_answers()

    @contextmanager
    def _fenced(self, *, durable: bool = False) -> Iterator[Connection]:
        if self._kept:
            self.record_answers()
        with fenced(self.database, self.lease_token, durable=durable) as connection:
            yield connection

    def _reset_tries(self, connection: Connection) -> None:
        # An edition whose calls succeed can be recovered, however often its runs died before.
        connection.execute(_RESET_TRIES, {"edition": self.edition_id, "token": self.lease_token.token})
