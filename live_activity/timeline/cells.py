"""One cell of a timeline, read as what its column means. Every function raises ValueError with the fix."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, cast
from zoneinfo import ZoneInfo

from live_activity.core.content import ABSENT, NO_OPINION, Absent, Json, cell_value, checked_text, plain_json
from live_activity.core.formatting import kind_of, quoted
from live_activity.core.rows import RowEvent
from live_activity.core.spreadsheet_errors import spreadsheet_error_in
from live_activity.core.suggestions import did_you_mean
from live_activity.core.times import in_utc
from live_activity.timeline.input_table import Convert

EVENTS: tuple[RowEvent, ...] = ("start", "update", "end")
_READY = frozenset({"true", "yes", "y", "1", "x"})


class SpreadsheetErrorValue(ValueError):
    """The cell holds an error value of a spreadsheet instead of data."""


def refuse_error_value(value: object) -> None:
    """Raises `SpreadsheetErrorValue` for `#REF!`, `#N/A`, `Loading...` and the like, also inside lists and objects."""
    word = spreadsheet_error_in(value)
    if word is not None:
        raise SpreadsheetErrorValue(
            f"{quoted(word)} is an error value of a spreadsheet, not content; correct its formula, or write the value"
        )


def is_blank(cell: object) -> bool:
    """Whether nothing is written in the cell."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def is_ready(cell: object) -> bool:
    """Whether a `ready` cell says true; everything else means that the row is still being written."""
    if isinstance(cell, str):
        return cell.strip().casefold() in _READY
    return isinstance(cell, bool | int | float) and cell == 1


def event_of(cell: object) -> RowEvent:
    """The event of a row, in any case; an empty cell is an update."""
    if is_blank(cell):
        return "update"
    word = cell.strip().casefold() if isinstance(cell, str) else cell
    for event in EVENTS:
        if word == event:
            return event
    near = did_you_mean(cell.strip(), EVENTS) if isinstance(cell, str) else ""
    raise ValueError(f"{quoted(cell)} is not an event{near or '; write start, update or end'}")


def text_of(cell: object) -> str | None:
    """A title or message, as it is written."""
    if is_blank(cell):
        return None
    if not isinstance(cell, str):
        raise ValueError(f"{quoted(cell)} is {kind_of(cell)} and not text; write it as text")
    return checked_text(cell)


def split_value(cell: object) -> str | None:
    """A value to split by: text without the space around it, and whole numbers as text, as in a segment."""
    if is_blank(cell):
        return None
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if isinstance(cell, int) and not isinstance(cell, bool):
        return str(cell)
    if not isinstance(cell, str):
        raise ValueError(
            f"{quoted(cell)} is {kind_of(cell)} and cannot be a value to split by; write it as text"
        )
    return checked_text(cell.strip())


def written_value(text: str, *, path: tuple[str, ...], convert: Convert | None) -> Json | Absent:
    """The value of a text cell: what the contract reads in it, else what its spelling says."""
    if is_blank(text):
        return ABSENT
    if convert is not None and len(path) > 1:
        value = convert.cell(path, text)
        if value is not NO_OPINION:
            return cast(Json, plain_json(value))
    return cell_value(text)


def unfolded_value(text: str, *, path: tuple[str, ...], convert: Convert | None) -> Json:
    """The value of a text cell in a table that knows types but no objects, such as a workbook.

    In a column that is one field, it is what a contract reads in it, such as a number that is stored as text, else
    the text. In a column that is a whole object, it is the object or array that the text spells, else the text.
    """
    if len(path) > 1:
        read = convert.cell(path, text) if convert is not None else NO_OPINION
        return text if read is NO_OPINION else cast(Json, plain_json(read))
    value = cell_value(text)
    return cast(Json, plain_json(value if isinstance(value, Mapping | list) else text))


def typed_value(cell: object, *, zone: ZoneInfo) -> Json | Absent:
    """The value of a cell with a type of its own. Dates become RFC 3339 text, in UTC with a time."""
    if cell is None:
        return ABSENT
    return cast(Json, plain_json(_with_dates_as_text(cell, zone=zone)))


def put(value: Json, *, into: dict[str, Any], path: tuple[str, ...]) -> None:
    """Puts a value where its path says. An empty path merges a whole object; nothing is ever overwritten."""
    if not path:
        if not isinstance(value, Mapping):
            raise ValueError(
                f"{quoted(value)} is not an object; write one, such as {{...}}, or a column for each field"
            )
        for name, part in value.items():
            put(part, into=into, path=(name,))
        return
    name, *rest = path
    if not rest and name not in into:
        into[name] = value
        return
    within = into.setdefault(name, {})
    if not isinstance(within, dict) or not (rest or isinstance(value, Mapping)):
        raise ValueError(f"{quoted(name)} is given twice; remove one of them")
    put(value, into=within, path=tuple(rest))


def _with_dates_as_text(value: Any, *, zone: ZoneInfo) -> Any:
    if isinstance(value, datetime):
        return in_utc(value, zone=zone).isoformat().replace("+00:00", "Z")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Decimal) and value.is_finite():
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, Mapping):
        return {name: _with_dates_as_text(part, zone=zone) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_with_dates_as_text(part, zone=zone) for part in value]
    return value
