"""The results of reading one block of a table's rows."""

from __future__ import annotations

from dataclasses import dataclass, field

from live_activity.core.findings import Finding
from live_activity.core.rows import Row
from live_activity.timeline.missing_columns import MissingColumns
from live_activity.timeline.row_parser import ParsedRow
from live_activity.timeline.thousands import Thousands


@dataclass(slots=True, eq=False)
class KnownRow:
    """A parsed row without problems, and the row with its time."""

    parsed: ParsedRow
    row: Row | None = None


@dataclass(slots=True, eq=False)
class BlockRows:
    """The rows without problems, in their order and by their cells, and what was found in the others.

    `written` counts the rows that are not empty, `waiting` those that are not ready. `live`: whether one has no time.
    `empty`, `idle_attributes` and `untimed` are numbers of rows. `timed` are the rows with their times; None where one
    has no time of its own.
    """

    missing_columns: MissingColumns
    thousands: Thousands
    rows: list[KnownRow] = field(default_factory=list)
    by_cells: dict[bytes, KnownRow] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    live: bool = False
    written: int = 0
    waiting: int = 0
    empty: list[int] = field(default_factory=list)
    idle_attributes: list[int] = field(default_factory=list)
    untimed: list[int] = field(default_factory=list)
    timed: list[Row] | None = None
