"""A table that counts its rows while they are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from live_activity.tables.row_blocks import RowBlock
from live_activity.tables.table import Table
from live_activity.tables.table_row import DamagedRow, TableRow


class CountedTable:
    """Wraps a table, and counts its rows while they are read."""

    def __init__(self, table: Table) -> None:
        self.where = table.where
        self.columns = table.columns
        self.typed = table.typed
        self.nests = table.nests
        self.findings = table.findings
        self.doubled = table.doubled
        self.line_of_names = table.line_of_names
        self.count = 0
        self._table = table

    @property
    def whole(self) -> Table:
        """The table itself, to be read by column."""
        return self._table

    def rows(self) -> Iterator[TableRow | DamagedRow]:
        """All rows in the table's order. Raises `InvalidInput` where it cannot be read to its end."""
        self.count = 0
        for row in self._table.rows():
            self.count += 1
            yield row

    def row_blocks(self, before: Sequence[RowBlock]) -> Iterator[RowBlock]:
        """The rows in blocks, as `Table.row_blocks` gives them."""
        self.count = 0
        for block in self._table.row_blocks(before):
            self.count += block.count
            yield block
