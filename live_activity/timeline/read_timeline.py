"""Reads a timeline from a table: every row that can be trusted, and every problem of the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from zoneinfo import ZoneInfo

from live_activity.core.findings import Finding
from live_activity.core.formatting import count_of
from live_activity.core.rows import Row, Timeline
from live_activity.tables import header_below
from live_activity.timeline.block_rows import BlockRows, KnownRow
from live_activity.timeline.columns import OWN, read_columns
from live_activity.timeline.first_seen import FirstSeen
from live_activity.timeline.input_table import Convert, InputTable, row_blocks
from live_activity.timeline.missing_columns import MissingColumns
from live_activity.timeline.odd_values import column_findings
from live_activity.timeline.order import check_order
from live_activity.timeline.row_cache import RowCache
from live_activity.timeline.row_parser import RowParser
from live_activity.timeline.row_reader import RowReader
from live_activity.timeline.thousands import Thousands


def read_timeline(
    table: InputTable,
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
    parser = RowParser(columns, where=where, zone=zone, typed=table.typed, nests=table.nests, convert=convert)
    reader = RowReader(columns, parser, where=where, zone=zone, cache=cache)
    blocks = [cache.block(each, partial(reader.read, each)) for each in row_blocks(table, cache.blocks)]
    live = any(block.live for block in blocks)
    findings = [
        *columns.findings,
        *(finding for block in blocks for finding in block.findings),
        *_table_findings(blocks, MissingColumns(columns, zone=zone), Thousands(()), where=where),
    ]
    if any(finding.severity == "error" and finding.row is None for finding in findings):
        return Timeline(rows=(), findings=_in_order(findings), live=live)
    rows = _with_times(blocks, first_seen_times=first_seen_times, now=now.astimezone(UTC), cache=cache)
    untimed = frozenset(number for block in blocks for number in block.untimed)
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
        live=live,
        untimed=min(untimed, default=None) if "at" in columns.names else None,
        relative=any(not isinstance(row.at, datetime) for row in kept),
    )


def _line_below_title(table: InputTable) -> int | None:
    """The line that names a timeline's columns, where the first one names none of them."""
    if any(name in OWN for name in table.columns):
        return None
    find = getattr(table, "line_of_names", None)  # only tables that were read from somewhere have lines
    return find(OWN, least=2) if find is not None else None


_NO_AT = (
    "there is no column at, so every row is due when it is first seen, and of rows that are seen together only the "
    "last is sent; add a column at with each row's time"
)


def _table_findings(
    blocks: Sequence[BlockRows], missing_columns: MissingColumns, thousands: Thousands, *, where: str
) -> Iterator[Finding]:
    """What is reported once, with the first row that it is about."""
    for block in blocks:
        missing_columns.join(block.missing_columns)
        thousands.join(block.thousands)
    for finding in (*missing_columns.findings(), *thousands.findings()):
        yield finding.model_copy(update={"where": where})
    written = sum(block.written for block in blocks)
    if not written:
        message = "there are no rows in it; write at least one"
        yield Finding.error("timeline_empty", message, where=where)
    elif sum(block.waiting for block in blocks) == written:
        message = f"none of its {count_of(written, 'row')} is ready yet; write true where one is"
        yield Finding.warning("nothing_ready", message, where=where, column="ready")
    if empty := [number for block in blocks for number in block.empty]:
        yield Finding.info("empty_row", f"is empty and skipped{_more(empty)}", where=where, row=empty[0])
    if idle := [number for block in blocks for number in block.idle_attributes]:
        message = f"has attributes, which only a start sends; move them to the start row{_more(idle)}"
        yield Finding.warning("attributes_ignored", message, where=where, row=idle[0])


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
    blocks: Sequence[BlockRows], *, first_seen_times: FirstSeen, now: datetime, cache: RowCache
) -> list[Row]:
    seen: Counter[Hashable] = Counter()

    def row_of(known: KnownRow) -> Row:
        parsed, at = known.parsed, known.parsed.at
        if at is None:
            alike = (frozenset(parsed.key.items()), parsed.event, parsed.content)
            seen[alike] += 1
            at = first_seen_times.first_seen(
                key=parsed.key, event=parsed.event, content=parsed.content, nth=seen[alike], now=now
            )
        return cache.row(known, at)

    rows: list[Row] = []
    for block in blocks:
        timed = block.timed
        if timed is None:
            timed = [row_of(known) for known in block.rows]
            block.timed = timed if not block.untimed else None
        rows += timed
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
