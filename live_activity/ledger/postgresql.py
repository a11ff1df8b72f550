"""The engine for a ledger in PostgreSQL: every connection and statement has a time limit. Needs psycopg."""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Any, TypeVar

import psycopg
from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError

# How long PostgreSQL may take to connect, and to answer a statement before it cancels that itself.
CONNECT_SECONDS, STATEMENT_SECONDS = 5, 4.0
# After how long PostgreSQL ends a transaction whose process does nothing: one that was halted or cut off in the middle
# of a write holds the lock of its edition, and nobody else could take it over. It is less than a lease lasts.
IDLE_SECONDS = 5.0
# How long a PostgreSQL connection may be silent before it is given up: the server was halted, or the network is cut.
SILENCE_SECONDS = 6.0
# After how long without use a PostgreSQL connection is tried before it is relied on.
PING_SECONDS = 2.0

Returned = TypeVar("Returned")


def postgresql_engine(url: URL, *, pool_seconds: float) -> Engine:
    """An engine; `pool_seconds` is how long a thread waits while others of this process use all connections."""
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=5,
        pool_timeout=pool_seconds,
        connect_args={
            "connect_timeout": CONNECT_SECONDS,
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 3,
            "tcp_user_timeout": int(SILENCE_SECONDS * 1000),
        },
    )
    event.listen(engine, "do_connect", _connect)
    event.listen(engine, "connect", _limit_statements)
    event.listen(engine, "checkin", _note_return)
    event.listen(engine, "checkout", _ping_after_rest)
    return engine


class BoundedConnection(psycopg.Connection[Any]):
    """A connection that gives up on a server that does not answer for `silence` seconds, as when it was halted."""

    silence: float

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


def _connect(dialect: Any, record: Any, arguments: Any, options: dict[str, Any]) -> Any:
    connection = BoundedConnection.connect(*arguments, **options)
    connection.silence = SILENCE_SECONDS
    return connection


def _limit_statements(connection: Any, _: Any) -> None:
    connection.execute(f"SET statement_timeout = {int(STATEMENT_SECONDS * 1000)}")
    connection.execute(f"SET idle_in_transaction_session_timeout = {int(IDLE_SECONDS * 1000)}")
    connection.commit()


def _note_return(connection: Any, record: Any) -> None:
    record.info["returned"] = time.monotonic()


def _ping_after_rest(connection: Any, record: Any, proxy: Any) -> None:
    # A ping before every write would cost a round trip; a write that fails without one is repeated.
    if time.monotonic() - record.info.get("returned", time.monotonic()) < PING_SECONDS:
        return
    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except psycopg.Error:
        raise DisconnectionError from None
