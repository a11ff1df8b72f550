"""A timeline that a function returns at every poll."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from live_activity.core.settings import settings
from live_activity.core.source_access import PUBLIC_ACCESS, SourceAccess
from live_activity.tables.python_function import PythonFunction, rows_table
from live_activity.tables.table import Table
from live_activity.tables.table_row import Cell


class PythonSource:
    """A function that is called again and again.

    One without an argument returns the whole table. One that takes an argument is given the time of the last good
    poll (None at first), and what it returns is added to what was there; a row that is there already stays one row.
    """

    def __init__(self, path: str, *, access: SourceAccess = PUBLIC_ACCESS) -> None:
        self.where = path
        self._path = path
        self._access = access
        self._function: PythonFunction | None = None
        self._rows: list[Mapping[str, Cell]] = []
        self._good: list[Mapping[str, Cell]] | None = None
        self._asked: datetime | None = None
        self._since: datetime | None = None
        self._before: tuple[list[Mapping[str, Cell]] | None, datetime | None] = (None, None)

    def changed(self) -> bool:
        """Calls the function; True where its rows differ from the last good ones. Raises `InvalidInput`."""
        if self._function is None:
            self._function = PythonFunction(self._path, index="at", access=self._access)
        self._asked = datetime.now(UTC)
        rows = self._function.rows(self._since, seconds=settings().python_source_seconds)
        if self._function.takes_since and self._good:
            there = {repr(row) for row in self._good}
            rows = [*self._good, *(row for row in rows if repr(row) not in there)]
        self._rows = rows
        return self._good is None or repr(rows) != repr(self._good)

    def accept(self) -> None:
        """Takes the last rows as good."""
        self._before = self._good, self._since
        self._good, self._since = self._rows, self._asked

    def reject(self) -> None:
        """Goes back to the good rows before the last ones."""
        self._good, self._since = self._before

    def table(self) -> Table:
        """The rows as they were last returned. Raises `InvalidInput` where there are none."""
        return rows_table(self._rows, where=self.where)
