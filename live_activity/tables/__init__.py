"""Reads tables of many formats as rows, without guessing the types of cells."""

from live_activity.tables.header import header_below
from live_activity.tables.open_table import open_table
from live_activity.tables.table import ArrowChunk, Chunk, Table
from live_activity.tables.table_row import Cell, DamagedRow, TableRow

__all__ = ["ArrowChunk", "Cell", "Chunk", "DamagedRow", "Table", "TableRow", "header_below", "open_table"]
