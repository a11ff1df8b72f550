"""From a table to a timeline: every row that can be trusted, and every problem of the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from live_activity.core.findings import Finding
from live_activity.core.formatting import count_of
from live_activity.core.rows import Row, Timeline
from live_activity.tables import DamagedRow, header_below
from live_activity.timeline.cells import SpreadsheetErrorValue, is_blank, is_ready, refuse_error_value
from live_activity.timeline.column_types import column_findings
from live_activity.timeline.columns import OWN, Columns, read_columns
from live_activity.timeline.first_seen import FirstSeen
from live_activity.timeline.input_table import Convert, FaultyRow, Table, TableRow
from live_activity.timeline.missing_columns import MissingColumns
from live_activity.timeline.order import check_order
from live_activity.timeline.row_cache import RowCache
from live_activity.timeline.row_parser import ParsedRow, RowParser

_DAMAGE = {
    "too_few_cells": "it has fewer cells than the header; add the missing separators",
    "too_many_cells": "it has more cells than the header; put a cell that holds the separator in quotes",
    "stray_quote": "a quote in it opens or closes nothing; remove it, or close it",
    "not_json": 'it is not valid JSON; write one object, such as {"at": "0m", ...}',
    "not_an_object": 'it is not an object; write one, such as {"at": "0m", ...}',
    "formula_error": "a formula in it has no result; correct it, or save the workbook where formulas are calculated",
}
_DAMAGE_IN_SHEETS = _DAMAGE | {
    "too_many_cells": "it has cells beyond the last column with a name; name that column, or clear them"
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
    cache: RowCache | None = None,
) -> Timeline:
    """Reads the whole table. Each row holds a full state: nothing is carried over from the row before.

    A row with a problem is left out and reported in the findings. So are problems of the table as a whole, which
    then has no rows (`Timeline.readable`). `now` is when rows without a time are first seen, unless
    `first_seen_times` remembers them; new ones are added to it. `convert` gives text cells a contract's types;
    without it each column is compared with itself. `cache` remembers what the rows of the last reading became.
    """
    if (line := _line_below_title(table)) is not None:
        return Timeline(rows=(), findings=(header_below(line, where=where),))
    columns = read_columns(
        table.columns,
        split_by=split_by,
        where=where,
        typed=table.typed,
        # Only tables that were read from somewhere can have doubled columns.
        doubled=getattr(table, "doubled", {}),
    )
    cache = cache or RowCache()
    reader = _RowReader(columns, where=where, zone=zone, cache=cache)
    parser = RowParser(columns, where=where, zone=zone, typed=table.typed, nests=table.nests, convert=convert)
    for row in table.rows():
        reader.take(row, parser)
    findings = [*columns.findings, *reader.findings, *reader.table_findings()]
    if any(finding.severity == "error" and finding.row is None for finding in findings):
        return Timeline(rows=(), findings=_in_order(findings), live=reader.live)
    rows = _with_times(reader.parsed, first_seen_times=first_seen_times, now=now.astimezone(UTC), cache=cache)
    untimed = frozenset(parsed.number for parsed in reader.parsed if parsed.at is None)
    rows, doubled = _without_doubles(rows, untimed=untimed)
    if doubled:
        message = f"repeats a row before it and is skipped{_more(doubled)}"
        findings.append(Finding.warning("same_row_twice", message, where=where, row=doubled[0]))
    if "at" not in columns.names and (swallowed := _swallowed(rows)) is not None:
        findings.append(Finding.warning("no_at_column", _NO_AT, where=where, row=swallowed))
    if convert is None:
        findings += column_findings(rows, columns, where=where, cache=cache)
    refused, order_findings = check_order(rows, untimed=untimed, where=where)
    kept = tuple(row for row in rows if row.number not in refused)
    return Timeline(
        rows=kept,
        findings=_in_order([*findings, *order_findings]),
        live=reader.live,
        untimed=min(untimed, default=None) if "at" in columns.names else None,
        relative=any(not isinstance(row.at, datetime) for row in kept),
    )


def _line_below_title(table: Table) -> int | None:
    """The line that names a timeline's columns, where the first one names none of them."""
    if any(name in OWN for name in table.columns):
        return None
    find = getattr(table, "line_of_names", None)  # only tables that were read from somewhere have lines
    return find(OWN, least=2) if find is not None else None


_NO_AT = (
    "there is no column at, so every row is due when it is first seen, and of rows that are seen together only the "
    "last is sent; add a column at with each row's time"
)


class _RowReader:
    """Takes in row after row, and keeps what came of them."""

    def __init__(self, columns: Columns, *, where: str, zone: ZoneInfo, cache: RowCache) -> None:
        self.parsed: list[ParsedRow] = []
        self.findings: list[Finding] = []
        self.live = False
        self._columns = columns
        self._where = where
        self._missing_columns = MissingColumns(columns, zone=zone)
        self._cache = cache
        self._written = 0
        self._waiting = 0
        self._empty: list[int] = []
        self._idle_attributes: list[int] = []

    def take(self, row: TableRow | DamagedRow | FaultyRow, parser: RowParser) -> None:
        """Takes the next row: it is parsed, or its problems are kept, or it is skipped as empty or not ready."""
        if isinstance(row, DamagedRow):
            self._written += 1
            reasons = _DAMAGE_IN_SHEETS if parser.typed else _DAMAGE
            message = f"line {row.line} cannot be read: {reasons.get(row.reason, row.reason)}"
            self._add_error("damaged_row", message, row.number)
            return
        if isinstance(row, FaultyRow):
            self._written += 1
            self.findings += row.findings
            return
        known = self._cache.known(row.number, row.cells)
        if known is not None:
            self._written += 1
            self._missing_columns.look_at(row.cells)
            self._keep(row, known)
            return
        if all(is_blank(row.cells.get(name)) for name in self._columns.names):
            self._empty.append(row.number)
            return
        self._written += 1
        self._missing_columns.look_at(row.cells)
        if "ready" in self._columns.names and not self._is_ready(row):
            return
        self.live = self.live or is_blank(row.cells.get("at"))
        parsed = parser.parse(row.number, row.cells, getattr(row, "origin", None))
        if isinstance(parsed, list):
            self.findings += parsed
            return
        self._cache.add(row.cells, parsed)
        self._keep(row, parsed)

    def _keep(self, row: TableRow, parsed: ParsedRow) -> None:
        self.live = self.live or parsed.at is None
        self.parsed.append(parsed)
        if parsed.event == "start" or not self._columns.attributes:
            return
        if any(not is_blank(row.cells.get(field.column)) for field in self._columns.attributes):
            self._idle_attributes.append(row.number)

    def table_findings(self) -> Iterator[Finding]:
        """What is reported once, with the first row that it is about."""
        for finding in self._missing_columns.findings():
            yield finding.model_copy(update={"where": self._where})
        if not self._written:
            message = "there are no rows in it; write at least one"
            yield Finding.error("timeline_empty", message, where=self._where)
        elif self._waiting == self._written:
            message = f"none of its {count_of(self._written, 'row')} is ready yet; write true where one is"
            yield Finding.warning("nothing_ready", message, where=self._where, column="ready")
        if self._empty:
            message = f"is empty and skipped{_more(self._empty)}"
            yield Finding.info("empty_row", message, where=self._where, row=self._empty[0])
        if self._idle_attributes:
            rows = self._idle_attributes
            message = f"has attributes, which only a start sends; move them to the start row{_more(rows)}"
            yield Finding.warning("attributes_ignored", message, where=self._where, row=rows[0])

    def _is_ready(self, row: TableRow) -> bool:
        cell = row.cells.get("ready")
        try:
            refuse_error_value(cell)
        except SpreadsheetErrorValue as error:
            self._add_error("formula_error", str(error), row.number, "ready")
            return False
        if is_ready(cell):
            return True
        self._waiting += 1
        return False

    def _add_error(self, code: str, message: str, row: int, column: str | None = None) -> None:
        self.findings.append(Finding.error(code, message, where=self._where, row=row, column=column))


def _more(rows: Sequence[int]) -> str:
    return f" (and so in {count_of(len(rows) - 1, 'more row')})" if len(rows) > 1 else ""


def _swallowed(rows: Sequence[Row]) -> int | None:
    """The first row that another row of the same activity follows; both are seen at the same time."""
    firsts: dict[Hashable, Row] = {}
    for row in rows:
        first = firsts.setdefault(frozenset(row.key.items()), row)
        if first is not row and first.at == row.at:
            return first.number
    return None


def _with_times(
    parsed: Sequence[ParsedRow], *, first_seen_times: FirstSeen, now: datetime, cache: RowCache
) -> list[Row]:
    seen: Counter[Hashable] = Counter()
    rows = []
    for each in parsed:
        at = each.at
        if at is None:
            alike = (frozenset(each.key.items()), each.event, each.content)
            seen[alike] += 1
            at = first_seen_times.first_seen(
                key=each.key, event=each.event, content=each.content, nth=seen[alike], now=now
            )
        rows.append(cache.row(each, at))
    return rows


def _without_doubles(rows: Sequence[Row], *, untimed: frozenset[int]) -> tuple[list[Row], list[int]]:
    """The rows without starts and ends that repeat an earlier one in everything, and the numbers of those."""
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
    # A template makes several rows of one, in several languages, with the same findings.
    return tuple(dict.fromkeys(sorted(findings, key=lambda finding: finding.row or 0)))
