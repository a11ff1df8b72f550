"""A table that is polled again and again, and read where it may have changed: a timeline, or one of activities.

A poll of an unchanged table costs a stat, a 304 or a listing (RFC 9110, section 13; fsspec's `ukey`).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Hashable, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from live_activity.core.findings import Finding, InvalidInput
from live_activity.core.source_access import PUBLIC_ACCESS, SourceAccess
from live_activity.core.suggestions import did_you_mean
from live_activity.core.table_shape import TableShape
from live_activity.sources.last_line import LastLine
from live_activity.sources.python_source import PythonSource
from live_activity.sources.replay import Replay
from live_activity.sources.saved_query import Query, is_query, read_query
from live_activity.sources.web_poll import WebPoll
from live_activity.tables import Table, TableRow, open_table
from live_activity.tables.counted_table import CountedTable
from live_activity.tables.file import is_url, is_web, name_of, read_bytes, reading
from live_activity.tables.formats import is_read_by_lines
from live_activity.tables.http import POLL_BYTES
from live_activity.tables.python_function import is_python
from live_activity.tables.stores import ask_store, filesystem_of
from live_activity.timeline.row_cache import RowCache

# A store's mark of a file is trusted for so long (real seconds); then the file is read in any case.
MARK_SECONDS = 300.0


class PolledSource:
    """One table that is read again and again, and the files that say how to read it (`beside`).

    A poll calls `changed`; where it is true `table`, and `accept` once the rows were read. `seen_at` is the time of
    the last `changed`, by the caller's clock. `access` opens it, and the tables beside it.
    """

    def __init__(
        self,
        path: str,
        *,
        beside: Sequence[str] = (),
        access: SourceAccess = PUBLIC_ACCESS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.path = path
        self.access = access
        self.where = name_of(path)
        self.replay: Replay | None = None
        self.seen_at = datetime.now(UTC)
        self._beside = tuple(beside)
        self._monotonic = monotonic
        self._shape: TableShape | None = None
        self._before: TableShape | None = None
        self._good_mark: Any = None
        self._mark: Any = None
        self._read_at = float("-inf")
        self._table: CountedTable | None = None
        self._content: bytes | None = None
        self._last_line = LastLine(where=self.where)
        self._web = (
            WebPoll(path, where=self.where, monotonic=monotonic, access=access) if is_web(path) else None
        )
        # What makes the rows, where they are not in a file; a query is read at the first poll.
        self._row_source: Query | PythonSource | None = (
            PythonSource(path, access=access) if is_python(path) else None
        )
        self._is_query = self._web is None and self._row_source is None and is_query(path)
        self._cache = RowCache()

    @property
    def far(self) -> bool:
        """Whether a poll takes time: it is on the web, in a store, in a database or made by a function."""
        return is_url(self.path) or self._row_source is not None or self._is_query

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings about the source as a whole, apart from its rows."""
        findings = self._table.findings if self._table is not None else ()
        # A wrong letter in a segment is a wrong cell; in a timeline every phone shows it.
        raised = (
            each.model_copy(update={"severity": "warning"}) if each.code == "not_utf8" else each
            for each in findings
        )
        return (*(self._web.findings if self._web is not None else ()), *raised)

    def changed(self, now: datetime | None = None) -> bool:
        """Checks whether the table may have changed since the last good reading.

        `now` is campaign time where that is not the real time.
        Raises `InvalidInput` where the source cannot be reached.
        """
        self.seen_at = now or datetime.now(UTC)
        self._mark = self._marks()
        same_files = self._mark == self._good_mark
        if self._web is not None:
            return self._web.changed(from_scratch=not same_files)
        if self._is_query:
            self._row_source = self._row_source or read_query(self.path, access=self.access)
        if self._row_source is not None:
            return self._row_source.changed() or not same_files
        outdated = is_url(self.path) and self._monotonic() - self._read_at >= MARK_SECONDS
        return self._mark is None or not same_files or outdated

    @property
    def columns(self) -> tuple[str, ...]:
        """The headings of the last good reading."""
        return self._shape.columns if self._shape is not None else ()

    @property
    def shape(self) -> TableShape | None:
        """The columns and the number of rows of the last good reading."""
        return self._shape

    def remembers(self, shape: TableShape | None) -> None:
        """Takes over the shape that an earlier run saw: a table with other headings is refused."""
        self._shape = shape

    def cache(self, setting: Hashable) -> RowCache:
        """The cache of what the rows of the last reading became, for the reading of `table`.

        `setting` is what the meaning of a row depends on apart from its cells, the columns and the files beside the
        table.
        """
        beside = self._mark[1:] if self._mark is not None else None
        table = self._table
        shape = (table.columns, table.typed, table.nests, *table.doubled.items()) if table is not None else ()
        self._cache.begin((shape, beside, setting), seen_at=self.seen_at)
        return self._cache

    def table(self) -> CountedTable:
        """The table as of the last `changed`. Raises `InvalidInput` where it cannot be read."""
        before = self._cache.blocks
        if self._row_source is not None:
            table: Table = self._row_source.table()
        elif self._web is not None and self._web.page is not None:
            page = self._web.page
            table = open_table(
                self.path,
                content=page.content,
                kind=page.kind,
                charset=page.charset,
                before=before,
            )
        elif self._web is not None:
            table = open_table(self.path, access=self.access)
        else:
            content = read_bytes(self.path, where=self.where, most=POLL_BYTES, access=self.access)
            if is_read_by_lines(self.path):
                content = self._last_line.checked(content)
            self._content = content
            table = open_table(self.path, content=content, before=before)
        self._table = CountedTable(table)
        return self._table

    def sample(self, most: int = 5) -> tuple[tuple[str, ...], list[tuple[str, ...]]] | None:
        """The columns and the first rows of a query or a function, as text; None where it is a file."""
        if self._row_source is None:
            return None
        table = self._row_source.table()
        rows = islice((row for row in table.rows() if isinstance(row, TableRow)), most)
        return table.columns, [
            tuple("" if cell is None else str(cell) for cell in row.cells.values()) for row in rows
        ]

    def accept(self) -> int:
        """Takes the last reading as good, and returns the number of its rows.

        Raises `InvalidInput` where it has other headings than the good one before.
        """
        table = self._table
        assert table is not None  # it was read
        if self._shape is not None and (other := _other_headings(self._shape, table)) is not None:
            raise InvalidInput([other])
        self._before = self._shape
        self._shape = TableShape(table.columns, table.count)
        self._good_mark = self._mark
        self._read_at = self._monotonic()
        self._cache.finish()
        if self._row_source is not None:
            self._row_source.accept()
        if self._web is not None:
            self._web.accept()
        if self._content is not None:
            if self._last_line.is_held_back:
                self._good_mark = None  # the next poll reads it again, to see whether the line is the same
            else:
                self._last_line.accept(self._content)
            self._content = None
        return table.count

    def reject(self) -> None:
        """Withdraws the last accepted reading, as its rows were refused: the next poll reads the table again."""
        self._shape, self._good_mark = self._before, None
        if self._row_source is not None:
            self._row_source.reject()
        if self._web is not None:
            self._web.reject()
        self._last_line.reject()

    def _marks(self) -> Any:
        own = (
            _mark(self.path, self.where, self.access)
            if self._web is None and not self._is_query and self._row_source is None
            else ()
        )
        if own is None:
            return None
        return own, *(_file_mark(path) for path in self._beside)


def _other_headings(good: TableShape, table: CountedTable) -> Finding | None:
    missing = [name for name in good.columns if name not in table.columns]
    if not missing:
        return None
    near = did_you_mean(missing[0], table.columns)
    names = ", ".join(repr(name) for name in missing[:3])
    what = f"has other headings than before ({names} is missing{near}); put them back"
    return Finding.error("other_headings", what, where=table.where)


def _mark(path: str, where: str, access: SourceAccess) -> Any:
    if not is_url(path):
        return _file_mark(path)

    def mark() -> Any:
        files, inner = filesystem_of(path, where=where, access=access)
        files.invalidate_cache()
        try:
            return files.ukey(inner)
        except NotImplementedError:
            return None

    with reading(where):
        return ask_store(path, mark, where=where)


def _file_mark(path: str) -> Any:
    try:
        found = os.stat(path)
    except OSError:
        return None
    # A copy that keeps size and time of modification (rsync, cp -p) has another time of change, or another inode.
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino
