"""Stop requests: the record that an edition is to be closed. The first one stays: stopping is final."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from live_activity.core.statuses import StopStatus
from live_activity.ledger.database import Database
from live_activity.ledger.schema import editions


def request_stop(
    database: Database,
    edition_id: str,
    why: StopStatus,
    *,
    author: str,
    at: datetime,
    title: str | None = None,
    message: str | None = None,
) -> bool:
    """Records a person's stop request. It needs no lease; the owner of the edition acts on it.

    `why` is the status that the edition ends in. False where there is no such edition any more.
    """
    with database.writing(durable=True) as connection:
        values = stop_values(why, author=author, at=at, title=title, message=message)
        return record_stop(connection, edition_id, values)


def record_stop(connection: Connection, edition_id: str, values: dict[str, Any]) -> bool:
    """Records a stop request unless there is one already; False where there is no such edition."""
    row = connection.execute(
        select(editions.c.stop_request).where(editions.c.id == edition_id).with_for_update()
    ).one_or_none()
    if row is None:
        return False
    if row.stop_request is None:
        connection.execute(update(editions).where(editions.c.id == edition_id).values(stop_request=values))
    return True


def stop_values(
    why: StopStatus, *, author: str | None, at: datetime, title: str | None = None, message: str | None = None
) -> dict[str, Any]:
    """A stop request as it is recorded. `author` is None where the owner itself decided it, such as for a failure."""
    return {"why": why, "at": at.isoformat(), "title": title, "message": message, "author": author}
