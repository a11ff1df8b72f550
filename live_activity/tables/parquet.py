"""Parquet: values keep their types; a row's line is counted as if there were a header."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from live_activity.core.findings import invalid
from live_activity.tables.file import Source, reading
from live_activity.tables.header import checked_header
from live_activity.tables.table import Cell, Chunk, Table


class ParquetTable(Table):
    """The columns of a Parquet file, read piece by piece."""

    typed = True

    def __init__(self, source: Source) -> None:
        self._source = source
        with _opened(source) as file:
            self._names = [str(name) for name in file.schema_arrow.names]
        super().__init__(where=source.where, columns=checked_header(self._names, where=source.where))

    def column_chunks(self, names: Sequence[str], size: int) -> Iterator[Chunk]:
        places = [self.columns.index(name) for name in names]
        stored = [self._names[place] for place in places]
        with _opened(self._source) as file, reading(self.where):
            first = 1
            for batch in file.iter_batches(batch_size=size, columns=stored):
                columns = {
                    name: _values(batch.column(inner)) for name, inner in zip(names, stored, strict=True)
                }
                lines = list(range(first + 1, first + 1 + batch.num_rows))
                yield Chunk(first, lines, columns, [])
                first += batch.num_rows


@contextmanager
def _opened(source: Source) -> Iterator[Any]:
    import pyarrow
    import pyarrow.parquet

    with source.open() as file:
        try:
            opened = pyarrow.parquet.ParquetFile(file)
        except (pyarrow.ArrowException, OSError):
            raise invalid(
                "unreadable", "is no Parquet, or cut off; write it again", where=source.where
            ) from None
        yield opened


def _values(column: Any) -> list[Cell]:
    import pyarrow

    # Python's moments end at microseconds, and pyarrow refuses to cut nanoseconds off by itself.
    kind = column.type
    if pyarrow.types.is_timestamp(kind) and kind.unit == "ns":
        column = column.cast(pyarrow.timestamp("us", tz=kind.tz), safe=False)
    elif pyarrow.types.is_time64(kind) and kind.unit == "ns":
        column = column.cast(pyarrow.time64("us"), safe=False)
    values: list[Cell] = column.to_pylist()
    return values
