"""How long rows take from the feed to the vendor: the figures of the report, the `now` view and the desk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from live_activity.decision.state import Kind, Outcome
from live_activity.ledger.database import Database
from live_activity.ledger.schema import pushes


@dataclass(frozen=True, slots=True)
class SlowRow:
    """One row: from when it was in the feed and due, to the vendor's answer to the push that brought it."""

    number: int
    row: int | None
    ready_at: datetime
    answered_at: datetime
    seconds: float


@dataclass(frozen=True, slots=True)
class HandoffTimes:
    """Seconds from feed to handoff over all rows that were sent; None where there are none."""

    rows: int
    p50: float | None
    p99: float | None
    slowest: tuple[SlowRow, ...]


def handoff_times(
    database: Database, edition_id: str, *, newest: int | None = None, slowest: int = 5
) -> HandoffTimes:
    """The times of an edition: each starts when its row was first seen in the feed, or was due if that was later.

    `newest`: of so many pushes at most, the last ones. Repeats and settling pushes bring no new row, and the end
    waits on purpose: neither is counted.
    """
    asked = (
        select(
            pushes.c.number,
            pushes.c.place_number,
            pushes.c.place_due,
            pushes.c.row_seen_at,
            pushes.c.answered_at,
        )
        .where(
            pushes.c.edition_id == edition_id,
            pushes.c.kind.in_((Kind.START.value, Kind.UPDATE.value)),
            pushes.c.outcome == Outcome.DONE.value,
            pushes.c.row_seen_at.is_not(None),
            pushes.c.answered_at.is_not(None),
        )
        .order_by(pushes.c.id.desc())
        .limit(newest)
    )
    with database.reading() as connection:
        rows = connection.execute(asked).all()[::-1]
    found: dict[tuple[object, ...], SlowRow] = {}
    for row in rows:
        ready = max(row.row_seen_at, row.place_due or row.row_seen_at)
        seconds = max((row.answered_at - ready).total_seconds(), 0.0)
        which = (row.number, row.place_due, row.place_number, row.row_seen_at)
        # A row that was sent again counts once; one that was corrected in the feed was seen anew.
        found.setdefault(which, SlowRow(row.number, row.place_number, ready, row.answered_at, seconds))
    by_time = sorted(found.values(), key=lambda each: each.seconds)
    seconds_of = [each.seconds for each in by_time]
    return HandoffTimes(
        rows=len(by_time),
        p50=_quantile(seconds_of, 0.5),
        p99=_quantile(seconds_of, 0.99),
        slowest=tuple(reversed(by_time[-slowest:])),
    )


def _quantile(ordered: Sequence[float], share: float) -> float | None:
    """The nearest-rank quantile."""
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else None
