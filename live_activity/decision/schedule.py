"""The rows of one activity in the order of their times, with the shifts that steering made."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from live_activity.core.rows import Row


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """The position of a row in time: by its due time, ties by table order."""

    due: datetime
    number: int


@dataclass(frozen=True, slots=True)
class DueRow:
    """A timeline row with its time resolved."""

    due: datetime
    row: Row

    @property
    def place(self) -> Place:
        return Place(self.due, self.row.number)


@dataclass(frozen=True, slots=True)
class Shift:
    """Everything that is due after `at` comes so much later (or earlier)."""

    at: datetime
    by: timedelta


@dataclass(frozen=True, slots=True)
class Schedule:
    """Due rows in order of their places; `end` is the end row, `opening` the start row or else the first."""

    rows: tuple[DueRow, ...] = ()
    end: DueRow | None = None
    opening: Row | None = None
    _places: tuple[Place, ...] = field(default=(), repr=False)

    def due_by(self, now: datetime) -> int:
        """How many rows are due."""
        return bisect_right(self.rows, now, key=_due)

    def until(self, place: Place | None) -> int:
        """How many rows stand at `place` or before it."""
        return bisect_right(self._places, place) if place is not None else 0

    def row_at(self, place: Place | None) -> Row | None:
        """The row that stands at `place`."""
        index = self.until(place) - 1
        return self.rows[index].row if index >= 0 and self._places[index] == place else None

    def next_due(self, now: datetime) -> datetime | None:
        """When the next row's time comes, None when all have."""
        index = self.due_by(now)
        return self.rows[index].due if index < len(self.rows) else None


def schedule(
    rows: Iterable[Row],
    *,
    start: datetime,
    shifts: Sequence[Shift] = (),
    end_moved: datetime | None = None,
) -> Schedule:
    """The rows as a schedule, counted from the planned `start` that held before any shift.

    `end_moved` is the time to which somebody moved the end row; it counts instead of the time in the table.
    """

    def due_of(row: Row) -> datetime:
        if row.event == "end" and end_moved is not None:
            return end_moved
        return moved(row.due(start), shifts)

    due = sorted((DueRow(due_of(row), row) for row in rows), key=lambda each: each.place)
    return Schedule(
        rows=tuple(due),
        end=next((each for each in due if each.row.event == "end"), None),
        opening=next((each.row for each in due if each.row.event == "start"), due[0].row if due else None),
        _places=tuple(each.place for each in due),
    )


def moved(due: datetime, shifts: Sequence[Shift]) -> datetime:
    """A time, moved by those shifts that were made before it had come."""
    for shift in shifts:
        if due > shift.at:
            # A row is never moved to a time before its shift was made: it would count as overtaken. Rows that are all
            # moved to that time keep their order: a second between them becomes a microsecond.
            due = max(due + shift.by, shift.at + (due - shift.at) / 1_000_000)
    return due


def _due(row: DueRow) -> datetime:
    return row.due
