"""Steering commands in the ledger: written by people, carried out by the owner of the edition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from live_activity.ledger.database import Database
from live_activity.ledger.schema import commands
from live_activity.ledger.values import inserted_key, plain


@dataclass(frozen=True, slots=True)
class Command:
    """A steering command. `author` is who sent it, None where an older version recorded it.

    A command with an `answer` but no `obeyed_at` was taken, and is carried out later.
    """

    id: int
    action: str
    arguments: Mapping[str, Any]
    key: Mapping[str, str] | None
    asked_at: datetime
    obeyed_at: datetime | None
    answer: str | None
    effect: Mapping[str, Any] | None
    author: str | None = None


_FIELDS = tuple(Command.__dataclass_fields__)


def send_command(
    database: Database,
    edition_id: str,
    action: str,
    arguments: Mapping[str, Any],
    *,
    key: Mapping[str, str] | None,
    author: str | None,
    at: datetime,
) -> int:
    """Records a person's command for the owner of the edition; returns its id. It needs no lease."""
    with database.writing() as connection:
        done = connection.execute(
            insert(commands).values(
                edition_id=edition_id,
                action=action,
                arguments=dict(arguments),
                key=dict(key) if key else None,
                author=plain(author),
                asked_at=at,
            )
        )
        return inserted_key(done)


def find_command(database: Database, command: int) -> Command:
    """A command as it is recorded now: `answer` is None until it was taken or carried out."""
    with database.reading() as connection:
        return _command(connection.execute(select(commands).where(commands.c.id == command)).one())


def select_commands(connection: Connection, edition_id: str, *, waiting: bool) -> list[Command]:
    """The commands of an edition, oldest first; `waiting`: only those that were not carried out yet."""
    asked = select(commands).where(commands.c.edition_id == edition_id).order_by(commands.c.id)
    if waiting:
        asked = asked.where(commands.c.obeyed_at.is_(None))
    return [_command(row) for row in connection.execute(asked).all()]


def answer_command(
    connection: Connection,
    command: int,
    *,
    answer: str,
    effect: Mapping[str, Any] | None,
    at: datetime | None,
) -> None:
    """Records what a command did; without `at` it goes on waiting to be carried out."""
    connection.execute(
        update(commands)
        .where(commands.c.id == command)
        .values(obeyed_at=at, answer=plain(answer), effect=dict(effect) if effect is not None else None)
    )


def _command(row: Any) -> Command:
    return Command(**{name: row._mapping[name] for name in _FIELDS})
