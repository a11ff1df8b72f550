"""The rows of a timeline, and which of them reach an activity."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Literal

from live_activity.core.content import Content, Json
from live_activity.core.findings import Finding

RowEvent = Literal["start", "update", "end"]


@dataclass(frozen=True, slots=True)
class RowOrigin:
    """The row of a template that made a timeline row: its place, and the expression of each field, as it is shown."""

    place: str
    expressions: Mapping[str, str]

    def explained(self, finding: Finding) -> Finding:
        """The finding in the template's terms."""
        expression = self.expressions.get(finding.column or "")
        shown = f" (in {expression})" if expression is not None else ""
        return finding.model_copy(update={"message": f"{self.place}: {finding.message}{shown}"})


@dataclass(frozen=True, slots=True)
class Row:
    """One row: a full state and when it is due. `number` counts the table's data rows from 1.

    `key` holds the split columns that the row names; it reaches every activity that has those values. `at` is
    a moment in UTC or a time since the start. `seen_at` is the campaign time at which a poll first saw the row in its
    feed, None where it was there at the first reading. `origin` is the template's row that made it.
    """

    number: int
    event: RowEvent
    content: Content
    attributes: Mapping[str, Json]
    key: Mapping[str, str]
    at: datetime | timedelta
    seen_at: datetime | None = field(default=None, compare=False, repr=False)
    origin: RowOrigin | None = field(default=None, compare=False, repr=False)

    @property
    def named(self) -> str:
        """The row as a message names it: by its number, and by the template's row that made it."""
        return (
            f"row {self.number}" if self.origin is None else f"source row {self.number}, {self.origin.place}"
        )

    def explained(self, finding: Finding) -> Finding:
        """A finding about it, in the terms of the template that made it."""
        return finding if self.origin is None else self.origin.explained(finding)

    def due(self, start: datetime) -> datetime:
        """The moment the row is due in an activity that starts at `start`."""
        return self.at if isinstance(self.at, datetime) else start + self.at


class ByKey:
    """Rows by the split values that they name, found without looking at each row."""

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        self._groups: dict[tuple[str, ...], dict[tuple[str, ...], list[Row]]] = {}
        for row in rows:
            self.add(row)

    def add(self, row: Row) -> None:
        """Adds a row."""
        if len(row.key) == 1:
            columns, values = tuple(row.key), tuple(row.key.values())
        else:
            columns = tuple(sorted(row.key))
            values = tuple(row.key[column] for column in columns)
        self._groups.setdefault(columns, {}).setdefault(values, []).append(row)

    def reaching(self, key: Mapping[str, str]) -> Iterator[Row]:
        """Rows that name only values of `key`, so they reach every activity that `key` stands for."""
        for columns, group in self._groups.items():
            if all(column in key for column in columns):
                yield from group.get(tuple(key[column] for column in columns), ())

    def meeting(self, key: Mapping[str, str]) -> Iterator[Row]:
        """Rows that may reach an activity that `key` stands for: no column has two different values."""
        for columns, group in self._groups.items():
            if all(column in key for column in columns):
                yield from group.get(tuple(key[column] for column in columns), ())
                continue
            for values, rows in group.items():
                named = zip(columns, values, strict=True)
                if all(key.get(column, value) == value for column, value in named):
                    yield from rows


@dataclass(frozen=True, slots=True)
class Timeline:
    """A timeline as it was read: rows without problems in table order, and what was found in the others.

    `live`: it has rows without a time, of which `untimed` is the first where others may have one. `relative`: it has
    rows timed since the start. `bad_rows` are the numbers of rows with errors that are reported together with another
    row's.
    """

    rows: tuple[Row, ...]
    findings: tuple[Finding, ...] = ()
    live: bool = False
    untimed: int | None = None
    relative: bool = False
    bad_rows: frozenset[int] = frozenset()
    _by_key: ByKey | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def readable(self) -> bool:
        """Whether the table as a whole could be read. One that cannot has no rows: keep those read before."""
        return not any(finding.severity == "error" and finding.row is None for finding in self.findings)

    def for_key(self, key: Mapping[str, str]) -> tuple[Row, ...]:
        """The rows that reach the activity of these split values, in table order."""
        by_key = self._by_key
        if by_key is None:  # built here only: many timelines are never asked, and a long one takes a while
            by_key = ByKey(self.rows)
            object.__setattr__(self, "_by_key", by_key)
        return tuple(sorted(by_key.reaching(key), key=attrgetter("number")))
