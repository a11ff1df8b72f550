"""How much is read of a table: generous for real data, and little enough that no file can exhaust the machine."""

from __future__ import annotations

from typing import Final

MIB: Final = 1024 * 1024

# One line of text. The longest lines of real exports hold a few hundred kilobytes.
LONGEST_LINE: Final = 8 * MIB
# A text that is read as a whole: JSON that is not JSON lines.
MOST_WHOLE_TEXT: Final = 1024 * MIB
# All of a text, unpacked.
MOST_TEXT: Final = 64 * 1024 * MIB
# A workbook, unpacked: its sheets, and all else that is read of it.
MOST_SHEET: Final = 4 * 1024 * MIB
MOST_SHARED_STRINGS: Final = 512 * MIB
MOST_OTHER_PART: Final = 64 * MIB
# Parts of a workbook that are larger are checked before they are read.
SUSPICIOUS_PART: Final = 32 * MIB
# The text of a cell; Excel's own limit is 32,767 characters.
LONGEST_CELL: Final = 1 * MIB
# What a row of a sheet holds; Excel's own limit is 16,384 cells.
LONGEST_ROW: Final = 64 * MIB
# A row group's column in Parquet, unpacked.
MOST_COLUMN_CHUNK: Final = 2 * 1024 * MIB
