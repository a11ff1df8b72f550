"""Values of Python, NumPy and pandas as the cells of a table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd

from live_activity.core.findings import InvalidInput, invalid
from live_activity.core.formatting import article
from live_activity.tables.table_row import Cell

_PLAIN = (str, bool, int, float, Decimal)


def python_cell(value: Any) -> Cell:
    """The value as a cell; None for None, NaN, NaT and NA. Raises ValueError for what no table can hold.

    NumPy's scalars become Python's, a Timestamp a datetime and a Timedelta a timedelta, both to the microsecond.
    A UUID becomes text. Mappings, lists and tuples are kept, with their parts turned in the same way.
    """
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, np.float32):
        # Its own digits: 0.1, and not 0.10000000149011612.
        value = float(str(value))
    elif isinstance(value, np.generic) and not isinstance(value, np.datetime64 | np.timedelta64):
        value = value.item()
    if isinstance(value, np.datetime64):
        return python_cell(pd.Timestamp(value))
    if isinstance(value, np.timedelta64):
        return python_cell(pd.Timedelta(value))
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime(warn=False)
    if isinstance(value, pd.Timedelta):
        return value.to_pytimedelta()
    if isinstance(value, float | Decimal) and value != value:
        return None
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, datetime | date | time | timedelta):
        return value
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Mapping):
        return {str(name): python_cell(part) for name, part in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [python_cell(part) for part in value]
    raise ValueError(
        f"is {article(type(value).__name__)}, which no table can hold; turn it into text or a number"
    )


def python_cells(values: Mapping[str, Any], *, where: str, row: int) -> dict[str, Cell]:
    """The values of one row as cells. Raises `InvalidInput` with row and column of a value that cannot be one."""
    cells: dict[str, Cell] = {}
    for name, value in values.items():
        try:
            cells[name] = python_cell(value)
        except (ValueError, OverflowError, RecursionError) as error:
            raise wrong_value(error, where=where, row=row, column=name) from None
    return cells


def wrong_value(error: Exception, *, where: str, row: int, column: str) -> InvalidInput:
    """The error of `python_cell`, with the place of the value."""
    what = "is nested too deeply" if isinstance(error, RecursionError) else str(error)
    return invalid("wrong_value", what, where=where, row=row, column=column)
