"""Groups records into chunks by column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from live_activity.tables.table import Chunk
from live_activity.tables.table_row import Cell, DamagedRow

# A line, and either the cells that begin on it or the reason why they cannot be trusted.
Record = tuple[int, Sequence[Cell] | str]


def chunked(
    records: Iterable[Record], *, names: Sequence[str], places: Sequence[int], size: int
) -> Iterator[Chunk]:
    """The records' cells at `places`, as columns called `names`, at most `size` records at once."""
    rest = iter(records)
    first = 1
    while block := list(islice(rest, size)):
        damaged = [
            DamagedRow(number, line, cells)
            for number, (line, cells) in enumerate(block, first)
            if isinstance(cells, str)
        ]
        sound = block if not damaged else [record for record in block if not isinstance(record[1], str)]
        columns = {
            name: [cells[place] for _, cells in sound] for name, place in zip(names, places, strict=True)
        }
        yield Chunk(first, [line for line, _ in sound], columns, damaged)
        first += len(block)
