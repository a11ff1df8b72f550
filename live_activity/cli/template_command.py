"""Prints what one source row of a campaign becomes, for the author of its template."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from live_activity.campaign.campaign_timeline import contract_of
from live_activity.campaign.contract_check import held_against
from live_activity.campaign.model import Campaign, read_campaign
from live_activity.campaign.paths import resolved
from live_activity.campaign.placeholders import fill_placeholders
from live_activity.campaign.preset_keys import DEPLOYMENT_KEYS
from live_activity.campaign.timeline_table import source_of, timeline_table
from live_activity.cli.console import err, out, print_findings
from live_activity.core.findings import invalid
from live_activity.core.formatting import count_of, printable
from live_activity.core.source_access import PUBLIC_ACCESS, SourceAccess
from live_activity.core.yaml_file import read_yaml
from live_activity.sources.saved_query import is_query
from live_activity.tables import DamagedRow, TableRow
from live_activity.tables.counted_table import CountedTable
from live_activity.tables.row_blocks import RowBlock, in_blocks
from live_activity.template import TemplatedTable
from live_activity.timeline import FirstSeen, Row, Timeline, read_timeline


class OneRowTable(CountedTable):
    """A source's table, reduced to one row."""

    def __init__(self, table: CountedTable, number: int) -> None:
        super().__init__(table.whole)
        self._number = number

    def rows(self) -> Iterator[TableRow | DamagedRow]:
        """The row. Raises `InvalidInput` if the table has no such row."""
        last = 0
        for row in self.whole.rows():
            last = row.number
            if row.number == self._number:
                yield row
                return
        message = f"has no row {self._number:,}; it has {count_of(last, 'row')}"
        raise invalid("no_such_row", message, where=self.where)

    def row_blocks(self, before: Sequence[RowBlock]) -> Iterator[RowBlock]:
        """The row as a block."""
        return in_blocks(self.rows())


def print_template_row(file: Path, number: int) -> bool:
    """Prints a source row of a campaign file, the timeline rows that it becomes, and what is wrong with them.

    Returns whether there is no error. Raises `InvalidInput` if the file, the source or the template cannot be read.
    """
    campaign, access = _read(file)
    source = source_of(campaign, access)
    source.changed()
    table = OneRowTable(source.table(), number)
    contract = contract_of(campaign)
    now = datetime.now(UTC)
    templated = timeline_table(campaign, lambda: table, spelt=contract is None, access=access)
    timeline = read_timeline(
        templated,
        where=templated.where,
        zone=campaign.zone,
        split_by=campaign.split_by,
        now=now,
        first_seen_times=FirstSeen(),
        convert=contract,
    )
    if contract is not None:
        timeline = held_against(timeline, contract, where=templated.where, typed=templated.typed, now=now)
    _print_source_row(table)
    if isinstance(templated, TemplatedTable):
        for place, made in templated.outcomes.items():
            out.print(f"{place}: {count_of(made, 'row') if made else 'not made'}", markup=False, style="dim")
    _print_rows(timeline, campaign)
    errors = [finding for finding in timeline.findings if finding.severity == "error"]
    print_findings(timeline.findings, to=err if errors else out)
    return not errors


def _read(file: Path) -> tuple[Campaign, SourceAccess]:
    written = read_yaml(file, what="campaign file")
    values = {key: value for key, value in written.items() if key not in DEPLOYMENT_KEYS}
    campaign = resolved(read_campaign(values, where=file.name), str(file.parent.resolve()))
    campaign = fill_placeholders(campaign, "check", now=datetime.now(UTC), where=file.name)
    access = PUBLIC_ACCESS
    if campaign.source_credentials is not None or is_query(campaign.timeline):
        # Imported here: only source blocks need Prefect.
        from live_activity.prefect_integration.source_block import access_at_shell

        access = access_at_shell(campaign)
    return campaign, access


def _print_source_row(table: OneRowTable) -> None:
    for row in table.rows():
        out.print(f"{table.where}, row {row.number} (line {row.line})", style="bold", markup=False)
        if isinstance(row, DamagedRow):
            continue
        for name, cell in row.cells.items():
            out.print(f"  {name}: {_shown(cell)}", markup=False)


def _print_rows(timeline: Timeline, campaign: Campaign) -> None:
    if not timeline.rows:
        out.print("becomes no row of the timeline")
    for row in timeline.rows:
        key = " ".join(f"{name}={value}" for name, value in row.key.items())
        out.print(f"{row.event}  {_due(row, campaign)}  {key}".rstrip(), style="bold", markup=False)
        for name, value in (("title", row.content.title), ("message", row.content.message)):
            if value is not None:
                out.print(f"  {name}: {_shown(value)}", markup=False)
        out.print(f"  content_state: {_shown(dict(row.content.state))}", markup=False)
        if row.attributes:
            out.print(f"  attributes: {_shown(dict(row.attributes))}", markup=False)


def _due(row: Row, campaign: Campaign) -> str:
    if isinstance(row.at, timedelta):
        return f"{row.at} after the start"
    return f"{row.at.astimezone(campaign.zone):%Y-%m-%d %H:%M:%S} {campaign.time_zone}"


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return printable(value)
    return printable(json.dumps(value, ensure_ascii=False, default=str))
