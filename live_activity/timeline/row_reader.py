"""Reads the rows of a table one after the other: each is parsed, reported, or skipped."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from live_activity.core.findings import Finding
from live_activity.tables import DamagedRow
from live_activity.tables.row_blocks import RowBlock
from live_activity.timeline.block_rows import BlockRows, KnownRow
from live_activity.timeline.cells import SpreadsheetErrorValue, is_blank, is_ready, refuse_error_value
from live_activity.timeline.columns import Columns
from live_activity.timeline.input_table import FaultyRow, InputRow
from live_activity.timeline.missing_columns import MissingColumns
from live_activity.timeline.row_cache import RowCache, key_of
from live_activity.timeline.row_parser import RowParser
from live_activity.timeline.thousands import Thousands

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


class RowReader:
    """Reads the rows of a table block by block."""

    def __init__(
        self, columns: Columns, parser: RowParser, *, where: str, zone: ZoneInfo, cache: RowCache
    ) -> None:
        self._columns = columns
        self._parser = parser
        self._where = where
        self._zone = zone
        self._cache = cache
        # With a contract, or in a table with types of its own, the spelling of a number does not matter.
        self._spelt = () if parser.typed or parser.convert is not None else columns.state

    def read(self, block: RowBlock) -> BlockRows:
        """What the rows of a block become, each on its own."""
        into = BlockRows(MissingColumns(self._columns, zone=self._zone), Thousands(self._spelt))
        for row in block.take():
            self._take(row, into)
        return into

    def _take(self, row: InputRow | DamagedRow | FaultyRow, into: BlockRows) -> None:
        if isinstance(row, DamagedRow):
            into.written += 1
            reasons = _DAMAGE_IN_SHEETS if self._parser.typed else _DAMAGE
            message = f"line {row.line} cannot be read: {reasons.get(row.reason, row.reason)}"
            into.findings.append(Finding.error("damaged_row", message, where=self._where, row=row.number))
            return
        if isinstance(row, FaultyRow):
            into.written += 1
            into.findings += row.findings
            return
        cells = key_of(row.cells)
        known = self._cache.known(row.number, cells)
        if known is None:
            if all(is_blank(row.cells.get(name)) for name in self._columns.names):
                into.empty.append(row.number)
                return
            into.written += 1
            into.missing_columns.look_at(row.cells)
            if "ready" in self._columns.names and not self._is_ready(row, into):
                return
            into.live = into.live or is_blank(row.cells.get("at"))
            parsed = self._parser.parse(row.number, row.cells, getattr(row, "origin", None))
            if isinstance(parsed, list):
                into.findings += parsed
                return
            known = KnownRow(parsed)
        else:
            into.written += 1
            into.missing_columns.look_at(row.cells)
        self._keep(row, cells, known, into)

    def _keep(self, row: InputRow, cells: bytes, known: KnownRow, into: BlockRows) -> None:
        into.rows.append(known)
        into.by_cells[cells] = known
        into.thousands.look_at(row.number, row.cells)
        if known.parsed.at is None:
            into.live = True
            into.untimed.append(row.number)
        if known.parsed.event == "start" or not self._columns.attributes:
            return
        if any(not is_blank(row.cells.get(field.column)) for field in self._columns.attributes):
            into.idle_attributes.append(row.number)

    def _is_ready(self, row: InputRow, into: BlockRows) -> bool:
        cell = row.cells.get("ready")
        try:
            refuse_error_value(cell)
        except SpreadsheetErrorValue as error:
            into.findings.append(
                Finding.error("formula_error", str(error), where=self._where, row=row.number, column="ready")
            )
            return False
        if is_ready(cell):
            return True
        into.waiting += 1
        return False
