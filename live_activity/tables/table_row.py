"""One row of a table: sound or damaged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# Text in CSV and TSV; JSON, Parquet and xlsx keep types of their own.
Cell = Any


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row that could be read: `number` is its 1-based data row number, `line` the line on which it begins.

    The header is line 1; in Parquet, which has no lines, row 1 is line 2. In a workbook a line is a row of the sheet.
    """

    number: int
    line: int
    cells: Mapping[str, Cell] = field(repr=False)


@dataclass(frozen=True, slots=True)
class DamagedRow:
    """A row whose cells cannot be trusted and are not passed on.

    `reason` is one of `too_few_cells`, `too_many_cells`, `stray_quote`; in JSON `not_json`, `not_an_object`; in a
    workbook `formula_error`.
    """

    number: int
    line: int
    reason: str
