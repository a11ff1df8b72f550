"""What is read from a chunk of rows without regard to the rows before it."""

from __future__ import annotations

from typing import Any, NamedTuple

from live_activity.segment.first_rows import FirstRows
from live_activity.segment.plain_ids import needs_a_look
from live_activity.segment.segment_options import SegmentOptions
from live_activity.segment.split_values import SplitRows, SplitValues
from live_activity.segment.text_columns import TextColumn, text_column
from live_activity.tables import ArrowChunk, Chunk
from live_activity.tables.file import reading


class Cells(NamedTuple):
    """What is read from a chunk without regard to the rows before it, so that it can be read ahead.

    `odd` are the places of ids that need further checks.
    """

    chunk: Chunk | ArrowChunk
    ids: TextColumn
    hashes: Any
    odd: Any
    values: SplitRows | None


def read_cells(
    chunk: Chunk | ArrowChunk, where: str, options: SegmentOptions, split: SplitValues, first_rows: FirstRows
) -> Cells:
    """Reads the ids and the split values. Raises `InvalidInput` where values of the file cannot be read."""
    header = options.id_column
    with reading(where):
        ids = text_column(chunk.columns[header])
        values = split.read(chunk.columns)
    odd = needs_a_look(ids.texts, (header, header.lower(), header.upper(), header.capitalize()))
    return Cells(chunk, ids, first_rows.hashes(ids.texts), odd, values)
