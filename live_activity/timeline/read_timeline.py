"""From a table to a timeline: every row that can be trusted, and every problem of the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from live_activity.core.findings import Finding, Severity
from live_activity.tables import DamagedRow
from live_activity.timeline.cells import is_blank, is_ready
from live_activity.timeline.columns import Columns, read_columns
from live_activity.timeline.first_seen import FirstSeen
from live_activity.timeline.input_table import Convert, FaultyRow, Table, TableRow
from live_activity.timeline.order import check_order
from live_activity.timeline.row_parser import ParsedRow, RowParser
from live_activity.timeline.rows import Row, Timeline

_DAMAGE = {
    "too_few_cells": "it has fewer cells than the header; add the missing separators",
    "too_many_cells": "it has more cells than the header; put a cell that holds the separator in quotes",
    "stray_quote": "a quote in it opens or closes nothing; take it out, or close it",
    "not_json": 'it is no valid JSON; write one object, such as {"at": "0m", ...}',
    "not_an_object": 'it is no object; write one, such as {"at": "0m", ...}',
    "formula_error": "a formula in it has no result; mend it",
}


def read_timeline(
    table: Table,
    *,
    where: str,
    zone: ZoneInfo,
    split_by: Sequence[str] = (),
    now: datetime,
    first_seen_times: FirstSeen,
    convert: Convert | None = None,
) -> Timeline:
    """Reads the whole table. Nothing is carried from row to row: each holds a full state (DESIGN, Tables).

    A row with a problem is left out and told in the findings. So are problems of the table as a whole, which
    then has no rows (`Timeline.readable`). `now` is when rows without a time are first seen, unless
    `first_seen_times` remembers better; new ones are added to it. `convert` gives text cells a contract's types.
    """
    columns = read_columns(
        table.columns,
        split_by=split_by,
        where=where,
        typed=table.typed,
        # Only tables that were read from somewhere can have doubled columns.
        doubled=getattr(table, "doubled", {}),
    )
    reading = _Reading(columns, where=where)
    row_parser = RowParser(
        columns, where=where, zone=zone, typed=table.typed, nests=table.nests, convert=convert
    )
    for row in table.rows():
        reading.take(row, row_parser)
    reading.finish()
    findings = [*columns.findings, *reading.findings]
    if not columns.sound:
        return Timeline(rows=(), findings=_in_order(findings), live=reading.live)
    rows = _with_times(reading.drafts, first_seen_times=first_seen_times, now=now.astimezone(UTC))
    untimed = frozenset(draft.number for draft in reading.drafts if draft.at is None)
    rows, doubled = _without_doubles(rows, untimed=untimed)
    if doubled:
        what = "says the same as a row before it, and is passed over"
        findings.append(
            Finding(
                severity="warning",
                code="same_row_twice",
                message=f"{what}{_more(doubled)}",
                where=where,
                row=doubled[0],
            )
        )
    invalid, told = check_order(rows, untimed=untimed, where=where)
    kept = tuple(row for row in rows if row.number not in invalid)
    return Timeline(
        rows=kept,
        findings=_in_order([*findings, *told]),
        live=reading.live,
        relative=any(not isinstance(row.at, datetime) for row in kept),
    )


class _Reading:
    """What came of the rows so far."""

    def __init__(self, columns: Columns, *, where: str) -> None:
        self.drafts: list[ParsedRow] = []
        self.findings: list[Finding] = []
        self.live = False
        self._columns = columns
        self._where = where
        self._written = 0
        self._waiting = 0
        self._empty: list[int] = []
        self._idle_attributes: list[int] = []

    def take(self, row: TableRow | DamagedRow | FaultyRow, row_parser: RowParser) -> None:
        """Takes the next row in: a draft, its problems, or neither while nothing is to be read in it."""
        if isinstance(row, DamagedRow):
            why = _DAMAGE.get(row.reason, row.reason)
            self._written += 1
            self._tell("error", "damaged_row", f"line {row.line} cannot be read: {why}", row.number)
            return
        if isinstance(row, FaultyRow):
            self._written += 1
            self.findings += row.findings
            return
        if all(is_blank(row.cells.get(name)) for name in self._columns.names):
            self._empty.append(row.number)
            return
        self._written += 1
        if "ready" in self._columns.names and not is_ready(row.cells.get("ready")):
            self._waiting += 1
            return
        self.live = self.live or is_blank(row.cells.get("at"))
        draft = row_parser.draft(row.number, row.cells)
        if isinstance(draft, list):
            self.findings += draft
            return
        self.drafts.append(draft)
        says = any(not is_blank(row.cells.get(field.column)) for field in self._columns.attributes)
        if says and draft.event != "start":
            self._idle_attributes.append(row.number)

    def finish(self) -> None:
        """Tells what is told once, with the first row that it holds for."""
        if not self._written:
            self._tell("error", "timeline_empty", "there are no rows in it; write at least one")
        elif self._waiting == self._written:
            what = f"none of its {self._written:,} rows is ready yet; write true where one is"
            self._tell("warning", "nothing_ready", what, column="ready")
        if self._empty:
            self._tell("info", "empty_row", f"is empty and passed over{_more(self._empty)}", self._empty[0])
        if self._idle_attributes:
            what = "has attributes, which only a start sends; move them to the start row"
            row = self._idle_attributes[0]
            self._tell("warning", "attributes_ignored", f"{what}{_more(self._idle_attributes)}", row)

    def _tell(
        self,
        severity: Severity,
        code: str,
        message: str,
        row: int | None = None,
        column: str | None = None,
    ) -> None:
        self.findings.append(
            Finding(severity=severity, code=code, message=message, where=self._where, row=row, column=column)
        )


def _more(rows: Sequence[int]) -> str:
    return f" (and so in {len(rows) - 1:,} more rows)" if len(rows) > 1 else ""


def _with_times(drafts: Sequence[ParsedRow], *, first_seen_times: FirstSeen, now: datetime) -> list[Row]:
    seen: Counter[Hashable] = Counter()
    rows = []
    for draft in drafts:
        at = draft.at
        if at is None:
            alike = (frozenset(draft.key.items()), draft.event, draft.content)
            seen[alike] += 1
            at = first_seen_times.first_seen(
                key=draft.key, event=draft.event, content=draft.content, nth=seen[alike], now=now
            )
        rows.append(Row(draft.number, draft.event, draft.content, draft.attributes, draft.key, at))
    return rows


def _without_doubles(rows: Sequence[Row], *, untimed: frozenset[int]) -> tuple[list[Row], list[int]]:
    """The rows without a start or end that stands there already, word for word; and the numbers of those."""
    kept: list[Row] = []
    seen: dict[Hashable, list[Row]] = {}
    doubled: dict[int, None] = {}
    for row in rows:
        if row.event != "update" and row.number not in untimed:
            alike = seen.setdefault((row.event, row.at, frozenset(row.key.items()), row.content), [])
            if any(row.attributes == other.attributes for other in alike):
                doubled[row.number] = None
                continue
            alike.append(row)
        kept.append(row)
    return kept, list(doubled)


def _in_order(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    # A template makes several rows of one, in several languages, and what is wrong with one is wrong with all.
    return tuple(dict.fromkeys(sorted(findings, key=lambda finding: finding.row or 0)))
