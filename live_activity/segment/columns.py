"""Checks that a table has the columns that a segment needs."""

from __future__ import annotations

import re
from collections.abc import Sequence

from live_activity.core.findings import Finding, InvalidInput
from live_activity.core.suggestions import did_you_mean, nearest
from live_activity.tables import Cell, Table, TableRow, header_below

_MOST_SHOWN = 20
_NUMBERED = re.compile(r"[^\d@]*\d{0,2}")
_LONGEST_NAME = 64
# How similar a lone word on the first line has to be to the id column's name to count as it, and not as an id.
_SIMILAR = 0.8


def check_columns(table: Table, *, id_column: str, split_by: Sequence[str]) -> None:
    """Raises `InvalidInput` with every column that is needed and missing.

    A table whose header was forgotten has a person on its first line: what may be somebody's id is never shown.
    """
    findings = []
    if id_column in split_by:
        what = f"the id column {id_column!r} cannot split, as split values are shown; take it out of split_by"
        findings.append(Finding.error("split_by_id", what, where=table.where, column=id_column))
    for name in dict.fromkeys((id_column, *split_by)):
        if name in table.doubled:
            findings += table.doubled_name(name).findings
    missing = [
        name for name in dict.fromkeys((id_column, *split_by)) if name not in (*table.columns, *table.doubled)
    ]
    if missing and _is_separated_by_bars(table, id_column):
        what = "its cells are separated by |; separate them by commas, semicolons or tabs"
        findings.append(Finding.error("wrong_delimiter", what, where=table.where))
    elif id_column in missing and (line := table.line_of_names([id_column])) is not None:
        findings.append(header_below(line, where=table.where))
    elif missing and (listed := _listed_columns(table, id_column)) is None:
        what = (
            "its first line looks like a person and not like a header; write the columns' names above it, "
            f"{id_column!r} for the ids"
        )
        findings.append(Finding.error("no_header", what, where=table.where))
    elif missing:
        for name in missing:
            near = did_you_mean(name, table.columns)
            what = f"there is no column {name!r}{near or '; rename one, or say which it is'}{listed}"
            findings.append(Finding.error("no_such_column", what, where=table.where, column=name))
    if findings:
        raise InvalidInput(findings)


def _is_separated_by_bars(table: Table, id_column: str) -> bool:
    return any(id_column in name.split("|") for name in table.columns if "|" in name)


def _listed_columns(table: Table, id_column: str) -> str | None:
    """The end of a message that lists the table's columns; None where they may be somebody's data."""
    if not table.columns:
        return " (it has no rows, so it has no columns)"
    below: dict[str, Cell] = {}
    if not table.typed:
        first = next((row for row in table.rows() if isinstance(row, TableRow)), None)
        below = dict(first.cells) if first is not None else {}
        first_name = table.columns[0].lower()
        a_name = first_name.endswith("id") or bool(nearest(first_name, [id_column], cutoff=_SIMILAR))
        lone = len(table.columns) == 1 and not a_name
        if lone or any(_is_data(name, below.get(name)) for name in table.columns):
            return None
    elif any("@" in name or len(name) > _LONGEST_NAME for name in table.columns):
        return None
    shown = ", ".join(table.columns[:_MOST_SHOWN])
    more = len(table.columns) - _MOST_SHOWN
    return f" (it has {shown}{f' and {more:,} more' if more > 0 else ''})"


def _is_data(name: str, below: Cell | None) -> bool:
    if len(name) > _LONGEST_NAME or _NUMBERED.fullmatch(name) is None:
        return True
    return name[-1:].isdigit() and (below is None or _shape(name) == _shape(str(below)))


def _shape(text: str) -> str:
    return re.sub(r"\d+", "9", re.sub(r"[^\W\d_]+", "a", text))
