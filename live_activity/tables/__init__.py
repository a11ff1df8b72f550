"""Tables as people have them: read as rows, with nothing guessed (DESIGN, Tables)."""

from live_activity.tables.open_table import open_table
from live_activity.tables.table import Cell, Chunk, DamagedRow, Table, TableRow

__all__ = ["Cell", "Chunk", "DamagedRow", "Table", "TableRow", "open_table"]
