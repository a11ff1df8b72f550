"""What is recorded of an edition's timelines: the last good reading of each, and what its reader has to remember."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, insert, select, update

from live_activity.core.table_shape import TableShape
from live_activity.ledger.schema import readings


def read_reading(connection: Connection, edition_id: str, path: str) -> TableShape | None:
    """The shape of the table at that path at its last good reading; None where this edition never had one."""
    row = connection.execute(
        select(readings.c["columns"], readings.c["rows"]).where(*_which(edition_id, path))
    ).first()
    return TableShape(tuple(row[0]), row[1]) if row is not None and row[0] else None


def write_reading(connection: Connection, edition_id: str, path: str, shape: TableShape) -> None:
    """Records the shape of a good reading, in place of the one before."""
    _write(connection, edition_id, path, columns=list(shape.columns), rows=shape.rows)


def read_feed_state(connection: Connection, edition_id: str, path: str) -> Mapping[str, Any] | None:
    """The state that `write_feed_state` recorded last; None where there is none."""
    state = connection.execute(select(readings.c.state).where(*_which(edition_id, path))).scalar()
    return dict(state) if state is not None else None


def write_feed_state(
    connection: Connection, edition_id: str, path: str, state: Mapping[str, Any] | None
) -> None:
    """Records the state of the table's reader, replacing an earlier one."""
    _write(connection, edition_id, path, state=dict(state) if state is not None else None)


def _write(connection: Connection, edition_id: str, path: str, **values: Any) -> None:
    done = connection.execute(update(readings).where(*_which(edition_id, path)).values(values))
    if not done.rowcount:
        none = {"columns": [], "rows": 0}
        connection.execute(
            insert(readings).values(edition_id=edition_id, source=_digest(path), **{**none, **values})
        )


def _which(edition_id: str, path: str) -> tuple[Any, Any]:
    return readings.c.edition_id == edition_id, readings.c.source == _digest(path)


def _digest(path: str) -> str:
    # A path may hold credentials, and may be long.
    return hashlib.sha256(path.encode()).hexdigest()
