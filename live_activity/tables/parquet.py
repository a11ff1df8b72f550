"""Parquet: values keep their types; a row's line is counted as if there were a header."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from live_activity.core.findings import invalid
from live_activity.tables.file import TableFile, reading
from live_activity.tables.header import read_header
from live_activity.tables.limits import MIB, MOST_COLUMN_CHUNK
from live_activity.tables.row_blocks import BLOCK_ROWS, KnownBlocks, RowBlock
from live_activity.tables.table import ArrowChunk, Chunk, Table, rows_of
from live_activity.tables.table_row import Cell, DamagedRow, TableRow

_ROWS = 65_536
_BATCH_BLOCKS = 16
# A value with fewer bytes is an entry of a dictionary. Values that repeat are kept as such, as they may be long.
_LEAST_BYTES = 12
# The most bytes of a file's metadata; real ones have a few hundred for each column and row group.
_MOST_METADATA = 256 * MIB


class ParquetTable(Table):
    """The columns of a Parquet file, read piece by piece."""

    typed = True

    def __init__(self, source: TableFile) -> None:
        self._source = source
        with _opened(source) as file:
            self._names = [str(name) for name in file.schema_arrow.names]
            self._rows = file.metadata.num_rows
        self._header = read_header(self._names, where=source.where)
        super().__init__(
            where=source.where,
            columns=self._header.columns,
            findings=self._header.findings(source.where),
            doubled=self._header.doubled,
        )

    @property
    def expected_rows(self) -> int:
        return int(self._rows)

    def column_chunks(self, names: Sequence[str], size: int) -> Iterator[Chunk]:
        for chunk in self._batches(names, size):
            columns = {name: python_values(column) for name, column in chunk.columns.items()}
            yield Chunk(chunk.first, chunk.lines.tolist(), columns, [])

    def row_blocks(self, before: Sequence[RowBlock] = ()) -> Iterator[RowBlock]:
        """The rows in blocks, which are compared as Arrow arrays: only those of new blocks become Python objects."""
        known = KnownBlocks(before)
        for batch in self._batches(self.columns, _BATCH_BLOCKS * BLOCK_ROWS):
            for begin in range(0, len(batch.lines), BLOCK_ROWS):
                columns = {name: array.slice(begin, BLOCK_ROWS) for name, array in batch.columns.items()}
                lines = batch.lines[begin : begin + BLOCK_ROWS].tolist()
                first, mark = batch.first + begin, _mark(columns)
                block = known.same(first, mark) if mark is not None else None
                yield block or RowBlock(first, len(lines), mark, _rows(first, lines, columns))

    def arrow_chunks(self, names: Sequence[str]) -> Iterator[Chunk | ArrowChunk]:
        return self._batches(names, _ROWS)

    def _batches(self, names: Sequence[str], size: int) -> Iterator[ArrowChunk]:
        self._check_doubled(names)
        places = [self._header.places[name] for name in names]
        stored = [self._names[place] for place in places]
        with _opened(self._source) as file:
            self._check_sizes(file, stored)
            repeating = [name for name in stored if _repeats(file.metadata, name)]
        with _opened(self._source, dictionaries=repeating) as file, reading(self.where):
            first = 1
            for batch in file.iter_batches(batch_size=size, columns=stored, use_threads=False):
                # By name: a file gives columns in its own order.
                columns = {name: batch.column(inner) for name, inner in zip(names, stored, strict=True)}
                lines = np.arange(first + 1, first + 1 + batch.num_rows, dtype=np.int64)
                yield ArrowChunk(first, lines, columns, [])
                first += batch.num_rows

    def _check_sizes(self, file: Any, stored: Sequence[str]) -> None:
        needed = set(stored)
        for number in range(file.metadata.num_row_groups):
            group = file.metadata.row_group(number)
            for place in range(group.num_columns):
                column = group.column(place)
                if column.path_in_schema.partition(".")[0] not in needed:
                    continue
                if not 0 <= column.total_uncompressed_size <= MOST_COLUMN_CHUNK:
                    what = (
                        f"holds more than {MOST_COLUMN_CHUNK // MIB:,} MB of one column in row group {number + 1}; "
                        "write it with smaller row groups"
                    )
                    raise invalid("too_large", what, where=self.where)


def _mark(columns: Mapping[str, Any]) -> tuple[Any, bytes] | None:
    """A value that is equal where the arrays are, bit by bit; None where values hold dictionaries inside."""
    import pyarrow

    arrays = [
        column.dictionary_decode() if pyarrow.types.is_dictionary(column.type) else column
        for column in columns.values()
    ]
    batch = pyarrow.record_batch(arrays, names=[str(place) for place in range(len(arrays))])
    if "dictionary<" in str(batch.schema):
        return None
    return batch.schema, batch.serialize().to_pybytes()


def _rows(first: int, lines: list[int], columns: Mapping[str, Any]) -> Iterator[TableRow | DamagedRow]:
    values = {name: python_values(column) for name, column in columns.items()}
    yield from rows_of(Chunk(first, lines, values, []))


def _repeats(metadata: Any, name: str) -> bool:
    """Whether a column of text takes so little space that long values in it must repeat."""
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        for place in range(group.num_columns):
            column = group.column(place)
            if column.path_in_schema != name or column.physical_type != "BYTE_ARRAY" or not column.num_values:
                continue
            by_dictionary = any("DICTIONARY" in encoding for encoding in column.encodings)
            if by_dictionary and column.total_uncompressed_size < _LEAST_BYTES * column.num_values:
                return True
    return False


@contextmanager
def _opened(source: TableFile, *, dictionaries: Sequence[str] = ()) -> Iterator[Any]:
    import pyarrow
    import pyarrow.parquet

    with source.open() as file:
        try:
            opened = pyarrow.parquet.ParquetFile(
                file,
                read_dictionary=list(dictionaries),
                # Otherwise it keeps everything that was read until it is closed.
                pre_buffer=False,
                thrift_string_size_limit=_MOST_METADATA,
                thrift_container_size_limit=_MOST_METADATA // 64,
            )
            opened.schema_arrow  # noqa: B018  # types that Arrow cannot read are refused here
        except (pyarrow.ArrowException, OSError, ValueError):
            raise invalid(
                "unreadable", "is not Parquet, or cut off; write it again", where=source.where
            ) from None
        yield opened


def python_values(column: Any) -> list[Cell]:
    """The values of an Arrow array as Python objects; times end at microseconds, as Python's do."""
    import pyarrow

    # pyarrow refuses to cut nanoseconds off by itself.
    kind = column.type
    if pyarrow.types.is_timestamp(kind) and kind.unit == "ns":
        column = column.cast(pyarrow.timestamp("us", tz=kind.tz), safe=False)
    elif pyarrow.types.is_time64(kind) and kind.unit == "ns":
        column = column.cast(pyarrow.time64("us"), safe=False)
    elif pyarrow.types.is_duration(kind) and kind.unit == "ns":
        column = column.cast(pyarrow.duration("us"), safe=False)
    values: list[Cell] = column.to_pylist()
    return values
