"""Whether a table has the columns that a segment needs."""

from __future__ import annotations

import re
from collections.abc import Sequence

from live_activity.findings import Finding, WrongInput
from live_activity.names import did_you_mean
from live_activity.tables import Cell, Table, TableRow

_MOST_SHOWN = 20
_NUMBERED = re.compile(r"[^\d@]*\d{0,2}")
_LONGEST_NAME = 64


def check_columns(table: Table, *, id_column: str, split_by: Sequence[str]) -> None:
    """Raises `WrongInput` with every column that is needed and not there.

    A table whose header was forgotten has a person on its first line: what may be somebody's id is never shown.
    """
    findings = []
    if id_column in split_by:
        what = f"the id column {id_column!r} cannot split: its values would be told; take it out of split_by"
        findings.append(_error("split_by_id", what, table.where, id_column))
    missing = [name for name in dict.fromkeys((id_column, *split_by)) if name not in table.columns]
    if missing:
        there = _there(table)
        for name in missing:
            near = did_you_mean(name, table.columns) if there is not None else ""
            what = f"there is no column {name!r}{near or '; rename one, or say which it is'}"
            findings.append(_error("no_such_column", f"{what}{there or ''}", table.where, name))
        if there is None:
            what = (
                "its first line looks like a person and not like a header; write the columns' names above it"
            )
            findings.append(_error("no_header", what, table.where, None))
    if findings:
        raise WrongInput(findings)


def _there(table: Table) -> str | None:
    """The columns that are there as the end of a message; None where they may be somebody's data."""
    if not table.columns:
        return " (it has no rows, so it has no columns)"
    below: dict[str, Cell] = {}
    if not table.typed:
        first = next((row for row in table.rows() if isinstance(row, TableRow)), None)
        below = dict(first.cells) if first is not None else {}
        lone = len(table.columns) == 1 and not table.columns[0].lower().endswith("id")
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


def _error(code: str, message: str, where: str, column: str | None) -> Finding:
    return Finding(severity="error", code=code, message=message, where=where, column=column)
