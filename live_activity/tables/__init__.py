"""Tables as people have them: read as rows, with nothing guessed."""

from live_activity.tables.header import header_below
from live_activity.tables.open_table import open_table
from live_activity.tables.table import ArrowChunk, Cell, Chunk, DamagedRow, Table, TableRow

__all__ = ["ArrowChunk", "Cell", "Chunk", "DamagedRow", "Table", "TableRow", "header_below", "open_table"]
