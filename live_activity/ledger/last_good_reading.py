"""What the last good reading of a timeline saw: whoever plays the edition next believes no worse one."""

from __future__ import annotations

import hashlib

from sqlalchemy import Connection, delete, insert, select

from live_activity.ledger.schema import readings
from live_activity.sources.timeline_source import Shape


def read_reading(connection: Connection, edition_id: str, path: str) -> Shape | None:
    """What was seen in the table of that path; None where this edition never read it well."""
    row = connection.execute(
        select(readings.c.columns, readings.c.rows).where(
            readings.c.edition_id == edition_id, readings.c.source == _digest(path)
        )
    ).first()
    if row is None:
        return None
    # Ledgers of earlier versions have the names alone.
    seen = row.columns if isinstance(row.columns, dict) else {"names": row.columns, "feed": None}
    return Shape(tuple(seen["names"]), row.rows, seen["feed"])


def write_reading(connection: Connection, edition_id: str, path: str, shape: Shape) -> None:
    """Writes what was seen, in place of what was seen before."""
    source = _digest(path)
    connection.execute(
        delete(readings).where(readings.c.edition_id == edition_id, readings.c.source == source)
    )
    connection.execute(
        insert(readings).values(
            edition_id=edition_id,
            source=source,
            columns={"names": list(shape.columns), "feed": shape.feed},
            rows=shape.rows,
        )
    )


def _digest(path: str) -> str:
    # A path may hold credentials, and may be long.
    return hashlib.sha256(path.encode()).hexdigest()
