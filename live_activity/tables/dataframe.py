"""pandas DataFrames and lists of dicts as tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from live_activity.core.findings import invalid
from live_activity.core.formatting import article, quoted
from live_activity.tables.chunks import Record, chunked
from live_activity.tables.header import read_header
from live_activity.tables.python_values import python_cell, python_cells, wrong_value
from live_activity.tables.table import ArrowChunk, Chunk, Table
from live_activity.tables.table_row import Cell

_ROWS = 65_536
_SINGLE_PRECISION = ("float32", "Float32", "float[pyarrow]")
# Floats from here on have an exponent as text, as an id that was rounded.
_LONG_FLOAT = 1e15


class DataFrameTable(Table):
    """A DataFrame as a table. A named index and the named levels of a MultiIndex are columns, before the others;
    a level that is a column already counts once.

    Names of columns become text; those of columns with several levels are joined by dots. A row's number is its
    1-based position, whatever its index says, and its line is one more, as in a Parquet file. What the dtypes mean:

    | dtype | in a timeline | in a segment |
    |---|---|---|
    | `str`, `string`, `object` with text | text | the id |
    | `category` | as its values | as its values |
    | `int64`, `Int64` and the like | an integer | its digits |
    | `float64`, `Float64` and the like | a number with a fraction; of `float32` its shortest digits | whole numbers:
      their digits, as integers with a missing value become floats; others are rejected as `not_text` |
    | `bool`, `boolean` | true or false | rejected as `not_text` |
    | `datetime64` with a zone | a time | rejected as `not_text` |
    | `datetime64` without one | a time in the campaign's zone | rejected as `not_text` |
    | `timedelta64` | the time since the start | rejected as `not_text` |
    | `object` with dicts and lists | an object, an array | rejected as `not_text` |
    | `object` with Decimals, dates, numbers | as they are | whole numbers: their digits |
    | Arrow-backed and sparse | as its values | as its values |

    None, NaN, NaT and NA are empty cells. Other values (bytes, complex numbers, periods, intervals) are an error that
    names column and row, where their column is read. The frame is not copied: do not change it meanwhile.
    Raises `InvalidInput` where the frame has no rows, or no column with a name.
    """

    typed = True

    def __init__(self, frame: pd.DataFrame, *, where: str = "DataFrame") -> None:
        if not isinstance(frame, pd.DataFrame):
            what = f"is {article(type(frame).__name__)}; give a DataFrame"
            raise invalid("not_a_table", what, where=where)
        index = frame.index
        levels = [index.get_level_values(place) for place in range(index.nlevels)]
        named = [
            (str(level.name), level)
            for level in levels
            if level.name is not None and not _is_column(frame, str(level.name), level)
        ]
        self._unnamed = [level for level in levels if level.name is None]
        self._series: list[Any] = [level for _, level in named]
        self._series += [frame.iloc[:, place] for place in range(frame.shape[1])]
        names = [name for name, _ in named] + [_name_of(label) for label in frame.columns]
        if not len(frame) or not names:
            raise invalid("empty_table", "is an empty DataFrame; it needs rows and columns", where=where)
        self._rows = len(frame)
        self._header = read_header(names, where=where)
        super().__init__(
            where=where,
            columns=self._header.columns,
            findings=self._header.findings(where),
            doubled=self._header.doubled,
        )

    @property
    def expected_rows(self) -> int:
        return self._rows

    def unnamed_index(self) -> Any:
        """The index where it has no name, and is not just the positions of the rows; else None."""
        return next((level for level in self._unnamed if not pd.api.types.is_integer_dtype(level)), None)

    def column_chunks(self, names: Sequence[str], size: int) -> Iterator[Chunk]:
        self._check_doubled(names)
        for begin in range(0, self._rows, size):
            end = min(begin + size, self._rows)
            columns = {name: self._cells(name, begin, end) for name in names}
            yield Chunk(begin + 1, list(range(begin + 2, end + 2)), columns, [])

    def arrow_chunks(self, names: Sequence[str]) -> Iterator[Chunk | ArrowChunk]:
        self._check_doubled(names)
        for begin in range(0, self._rows, _ROWS):
            end = min(begin + _ROWS, self._rows)
            columns = {name: self._array(name, begin, end) for name in names}
            lines = np.arange(begin + 2, end + 2, dtype=np.int64)
            yield ArrowChunk(begin + 1, lines, columns, [])

    def _cells(self, name: str, begin: int, end: int) -> list[Cell]:
        part = self._series[self._header.places[name]][begin:end]
        single = str(part.dtype) in _SINGLE_PRECISION
        try:
            values = part.to_numpy("float32", na_value=np.nan) if single else part.astype(object)
        except NotImplementedError:
            what = f"pandas cannot read the values of its dtype {part.dtype}; turn it into another one"
            raise invalid("wrong_value", what, where=self.where, column=name) from None
        cells: list[Cell] = []
        for place, value in enumerate(values, begin + 1):
            try:
                cells.append(python_cell(value))
            except (ValueError, OverflowError, RecursionError) as error:
                raise wrong_value(error, where=self.where, row=place, column=name) from None
        return cells

    def _array(self, name: str, begin: int, end: int) -> Any:
        """The cells as an Arrow array where that changes nothing in them, else as a list."""
        import pyarrow

        part = self._series[self._header.places[name]][begin:end]
        if isinstance(part.dtype, pd.StringDtype) or _is_integer(part.dtype):
            array = pyarrow.array(part, from_pandas=True)
            return array.combine_chunks() if isinstance(array, pyarrow.ChunkedArray) else array
        if (whole := _whole_numbers(part)) is not None:
            return whole
        return self._cells(name, begin, end)


class RowsTable(Table):
    """Rows that are mappings, such as a list of dicts: a key that a row lacks is an empty cell.

    Values mean what they mean in a `DataFrameTable` of dtype `object`; text is never read as an object, as in JSON.
    Raises `InvalidInput` where there are no rows, or where one is not a mapping.
    """

    typed = True
    nests = True

    def __init__(self, rows: Iterable[Mapping[str, Any]], *, where: str = "rows") -> None:
        self._rows = list(rows)
        names: dict[str, None] = {}
        for number, row in enumerate(self._rows, 1):
            if not isinstance(row, Mapping):
                kind = article(type(row).__name__)
                what = f"is {kind} and not a dict; give a DataFrame, or a dict with a value for each column"
                raise invalid("not_an_object", what, where=where, row=number)
            for name in row:
                if not isinstance(name, str) or not name.strip():
                    what = f"has the key {quoted(name)}; names of columns are text"
                    raise invalid("column_without_name", what, where=where, row=number)
                names[name] = None
        if not names:
            raise invalid(
                "empty_table", "has no rows; it needs some, with a value for each column", where=where
            )
        self._header = read_header(list(names), where=where)
        self._keys = list(names)
        super().__init__(
            where=where,
            columns=self._header.columns,
            findings=self._header.findings(where),
            doubled=self._header.doubled,
        )

    @property
    def expected_rows(self) -> int:
        return len(self._rows)

    def column_chunks(self, names: Sequence[str], size: int) -> Iterator[Chunk]:
        self._check_doubled(names)
        keys = [self._keys[self._header.places[name]] for name in names]
        yield from chunked(self._records(keys), names=names, places=range(len(names)), size=size)

    def _records(self, keys: Sequence[str]) -> Iterator[Record]:
        for number, row in enumerate(self._rows, 1):
            cells = python_cells({key: row.get(key) for key in keys}, where=self.where, row=number)
            yield number + 1, [*cells.values()]


def rows_to_table(rows: object, *, where: str) -> Table:
    """A table of a DataFrame, of an iterable of mappings, or of an open table, which is given back as it is.

    Raises `InvalidInput` where it is none of them.
    """
    if isinstance(rows, Table):
        return rows
    if isinstance(rows, pd.DataFrame):
        return DataFrameTable(rows, where=where)
    if hasattr(rows, "to_pandas"):
        kind = f"{type(rows).__module__.partition('.')[0]} {type(rows).__name__}"
        raise invalid("not_a_table", f"is {article(kind)}; give what its to_pandas() returns", where=where)
    if isinstance(rows, Iterable) and not isinstance(rows, str | bytes | Mapping | pd.Series | pd.Index):
        return RowsTable(rows, where=where)
    what = f"is {article(type(rows).__name__)}; give a DataFrame or a list of dicts"
    raise invalid("not_a_table", what, where=where)


def ids_to_frame(ids: Any, column: str) -> Any:
    """The ids of a Series, an Index or an iterable as a DataFrame with this column; anything else is unchanged."""
    if isinstance(ids, pd.Series | pd.Index):
        return pd.DataFrame({column: ids.array})
    if (
        isinstance(ids, Table | pd.DataFrame | Mapping)
        or hasattr(ids, "to_pandas")
        or not isinstance(ids, Iterable)
    ):
        return ids
    values = list(ids)
    if any(isinstance(value, Mapping) for value in values):
        return values
    # Without a dtype, pandas would turn integers into floats where one is missing.
    return pd.DataFrame({column: pd.Series(values, dtype=object)})


def check_index(table: Table, *columns: str) -> None:
    """Raises `InvalidInput` where a column is missing and may be in a DataFrame's index, which has no name.

    The column `at` may only be in an index of times.
    """
    index = table.unnamed_index() if isinstance(table, DataFrameTable) else None
    if index is None:
        return
    for name in columns:
        timed = pd.api.types.is_datetime64_any_dtype(index) or pd.api.types.is_timedelta64_dtype(index)
        if name not in (*table.columns, *table.doubled) and (name != "at" or timed):
            what = (
                f"there is no column {name!r}, and the index has no name; where it holds that, name it: "
                f"frame.rename_axis({name!r})"
            )
            raise invalid("no_such_column", what, where=table.where, column=name)


def _is_column(frame: pd.DataFrame, name: str, level: Any) -> bool:
    """Whether a level of the index is in a column, too, as `set_index(name, drop=False)` leaves it."""
    places = [place for place, label in enumerate(frame.columns) if _name_of(label) == name]
    return len(places) == 1 and bool(pd.Index(frame.iloc[:, places[0]]).equals(level))


def _is_integer(dtype: Any) -> bool:
    import pyarrow

    if isinstance(dtype, pd.ArrowDtype):
        return bool(pyarrow.types.is_integer(dtype.pyarrow_dtype))
    return not isinstance(dtype, pd.SparseDtype) and pd.api.types.is_integer_dtype(dtype)


def _whole_numbers(part: Any) -> Any:
    """Floats as Arrow integers, as integers with a missing value become floats; None where others are among them."""
    import pyarrow

    if str(part.dtype) not in ("float64", "Float64", "double[pyarrow]"):
        return None
    values = part.to_numpy("float64", na_value=np.nan)
    missing = np.isnan(values)
    filled = np.where(missing, 0.0, values)
    if not np.all((filled == np.trunc(filled)) & (np.abs(filled) < _LONG_FLOAT)):
        return None
    return pyarrow.array(filled.astype(np.int64), mask=missing)


def _name_of(label: Any) -> str:
    if isinstance(label, tuple):
        return ".".join(str(part) for part in label if str(part))
    return "" if label is None else str(label)
