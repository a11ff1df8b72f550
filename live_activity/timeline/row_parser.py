"""One row of a timeline, read cell by cell with all its problems."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from live_activity.core.content import ABSENT, Absent, Content, Json
from live_activity.core.findings import Finding
from live_activity.core.rows import RowEvent, RowOrigin
from live_activity.core.times import TimeSpec, parse_time
from live_activity.timeline.cells import (
    SpreadsheetErrorValue,
    event_of,
    is_blank,
    put,
    refuse_error_value,
    split_value,
    text_of,
    typed_value,
    unfolded_value,
    written_value,
)
from live_activity.timeline.columns import Columns, Field
from live_activity.timeline.input_table import Convert

_Value = TypeVar("_Value")

_NO_STATE = "has no state, and nothing is carried over from the row before; fill in what the activity shows"


@dataclass(frozen=True, slots=True)
class ParsedRow:
    """A row without problems of its own; `at` is None until it is known when it was first seen."""

    number: int
    event: RowEvent
    content: Content
    attributes: Mapping[str, Json]
    key: Mapping[str, str]
    at: TimeSpec
    origin: RowOrigin | None = None


class Problems:
    """What is wrong with one row."""

    def __init__(self, *, where: str, row: int) -> None:
        self.findings: list[Finding] = []
        self._where = where
        self._row = row

    def add_error(self, code: str, message: str, column: str | None = None) -> None:
        """Adds an error."""
        self.findings.append(Finding.error(code, message, where=self._where, row=self._row, column=column))

    def read(self, column: str, code: str, read: Callable[[object], _Value], cell: object) -> _Value | None:
        """The cell as `read` reads it; None, and an error, where it cannot."""
        try:
            refuse_error_value(cell)
            return read(cell)
        except SpreadsheetErrorValue as error:
            self.add_error("formula_error", str(error), column)
        except ValueError as error:
            self.add_error(code, str(error), column)
        return None


@dataclass(frozen=True, slots=True)
class RowParser:
    """How the rows of one table are read; `typed` where its cells keep types of their own, `nests` where it is JSON."""

    columns: Columns
    where: str
    zone: ZoneInfo
    typed: bool
    nests: bool
    convert: Convert | None

    def parse(
        self, number: int, cells: Mapping[str, object], origin: RowOrigin | None = None
    ) -> ParsedRow | list[Finding]:
        """The row, or everything that is wrong with it."""
        problems = Problems(where=self.where, row=number)
        event = problems.read("event", "unknown_event", event_of, cells.get("event"))
        at = problems.read("at", "unreadable_time", partial(parse_time, zone=self.zone), cells.get("at"))
        title = problems.read("title", "unreadable_text", text_of, cells.get("title"))
        message = problems.read("message", "unreadable_text", text_of, cells.get("message"))
        key = {}
        for column in self.columns.split:
            value = problems.read(column, "unreadable_text", split_value, cells.get(column))
            if value is not None:
                key[column] = value
        if event == "start":
            for name in ("title", "message"):
                if is_blank(cells.get(name)):
                    problems.add_error(
                        "start_without_text", f"a start needs a {name}, which phones show; write one", name
                    )
        before = len(problems.findings)
        state = self._gather(self.columns.state, cells, problems)
        if not state and self.columns.sound and len(problems.findings) == before:
            problems.add_error("no_state", _NO_STATE)
        attributes = self._gather(self.columns.attributes, cells, problems) if event == "start" else {}
        if event is None or problems.findings:
            return problems.findings if origin is None else [*map(origin.explained, problems.findings)]
        return ParsedRow(number, event, Content(title, message, state), attributes, key, at, origin)

    def _gather(
        self, fields: Sequence[Field], cells: Mapping[str, object], problems: Problems
    ) -> dict[str, Any]:
        into: dict[str, Any] = {}
        for field in fields:
            problems.read(
                field.column, "unreadable_value", partial(self._put, field, into), cells.get(field.column)
            )
        return into

    def _put(self, field: Field, into: dict[str, Any], cell: object) -> None:
        value = self._value(field.path, cell)
        refuse_error_value(value)  # text that spells a list or an object may hold one
        if value is not ABSENT:
            put(value, into=into, path=field.path[1:])

    def _value(self, path: tuple[str, ...], cell: object) -> Json | Absent:
        if isinstance(cell, str) and not self.typed:
            return written_value(cell, path=path, convert=self.convert)
        if isinstance(cell, str) and not self.nests:
            return unfolded_value(cell, path=path, convert=self.convert)
        return typed_value(cell, zone=self.zone)
