"""Where the timeline comes from: read again and again, and believed only while it makes sense.

A reading is good when the table could be read, has the headings that it had, has lost no row, and is not older than
the last good one. What an unchanged table costs is a stat, a 304 or a listing (RFC 9110, 13; fsspec's `ukey`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from typing import Any

from live_activity.core.credentials import credentials_of
from live_activity.core.findings import Finding, InvalidInput, invalid
from live_activity.core.suggestions import did_you_mean
from live_activity.sources.incremental import Known
from live_activity.sources.replay import Replay
from live_activity.sources.saved_query import Query, is_query, read_query
from live_activity.tables import DamagedRow, Table, TableRow, open_table
from live_activity.tables.file import is_url, name_of, reading
from live_activity.tables.http import Page, get, is_web


@dataclass(frozen=True, slots=True)
class Shape:
    """What a good reading saw: the headings, and how many rows had something in them."""

    columns: tuple[str, ...]
    rows: int


class SourceTable:
    """The table as it was read, which counts its rows while they are read."""

    def __init__(self, table: Table) -> None:
        self.where = table.where
        self.columns = table.columns
        self.typed = table.typed
        self.nests = table.nests
        self.findings = table.findings
        self.doubled = table.doubled
        self.count = 0
        self._table = table

    def rows(self) -> Iterator[TableRow | DamagedRow]:
        """All rows in the table's order. Raises `InvalidInput` where it cannot be read to its end."""
        self.count = 0
        for row in self._table.rows():
            if isinstance(row, DamagedRow) or any(cell not in (None, "") for cell in row.cells.values()):
                self.count += 1
            yield row


class Source:
    """One table that is read again and again, and the files that say how to read it."""

    def __init__(self, path: str, *, beside: Sequence[str] = ()) -> None:
        self.path = path
        self.where = name_of(path)
        self.replay: Replay | None = None
        self._beside = tuple(beside)
        self._good_shape: Shape | None = None
        self._good_page: Page | None = None
        self._good_mark: Any = None
        self._good_digest: bytes | None = None
        self._page: Page | None = None
        self._mark: Any = None
        self._table: SourceTable | None = None
        self._query: Query | None = None
        self._content: bytes | None = None
        self._beside_mark: Any = None
        self.known: Known | None = None

    @property
    def far(self) -> bool:
        """Whether looking at it takes time: it is on the web, in a store or in a database."""
        return is_url(self.path) or is_query(self.path)

    def changed(self) -> bool:
        """Looks whether the table may say something new since it was last read well.

        Raises `InvalidInput` where it cannot be looked at.
        """
        self._mark = self._marks()
        if is_query(self.path):
            self._query = self._query or read_query(self.path)
            return self._query.changed() or self._mark != self._good_mark
        if not is_web(self.path):
            return self._mark is None or self._mark != self._good_mark
        same_files = self._mark == self._good_mark
        self._page = get(self.path, where=self.where, known=self._good_page if same_files else None)
        if self._page is None:
            return False
        before = self._good_page.modified_at if self._good_page is not None else None
        now = self._page.modified_at
        if before is not None and now is not None and now < before:
            what = f"is older than before ({now:%Y-%m-%d %H:%M:%S} UTC); an old copy is not believed"
            raise invalid("source_older", what, where=self.where)
        if same_files and sha256(self._page.content).digest() == self._good_digest:
            self._good_page = self._page
            return False
        return True

    def text(self) -> bytes | None:
        """The bytes of a table whose rows are lines of text, as it was last looked at; else None."""
        self._content = None
        if self._query is not None or self._mark is None:
            return None
        if self._page is not None:
            return self._page.content if self._page.kind == "csv" or self.path.endswith(".csv") else None
        if is_url(self.path) or not self.path.lower().endswith((".csv", ".tsv")):
            return None
        with reading(self.where), suppress(FileNotFoundError), open(self.path, "rb") as file:
            self._content = file.read()
        return self._content

    def knows(self, known: Known | None, *, columns: tuple[str, ...] = ()) -> None:
        """Keeps what a reading found, so that the next one need only read what is new; believes one read in part."""
        self.known, self._beside_mark = known, self._mark[1:] if self._mark else None
        if known is not None and columns:
            self._good_shape = Shape(columns, known.count)
            self._believes()

    @property
    def known_still(self) -> Known | None:
        """What is known of the table, while the files that say how to read it have not changed."""
        return self.known if self._mark and self._mark[1:] == self._beside_mark else None

    @property
    def columns(self) -> tuple[str, ...]:
        """The headings of the last good reading."""
        return self._good_shape.columns if self._good_shape is not None else ()

    @property
    def shape(self) -> Shape | None:
        """What the last good reading saw."""
        return self._good_shape

    def remembers(self, shape: Shape | None) -> None:
        """Believes no reading that is worse than one of an earlier run."""
        self._good_shape = shape

    def part(self, content: bytes) -> SourceTable:
        """Some of the table's lines with its header, as a table. Raises `InvalidInput` where they are none."""
        return SourceTable(open_table(self.path, content=content, kind="csv"))

    def table(self) -> SourceTable:
        """The table as it was last looked at. Raises `InvalidInput` where it cannot be read."""
        if self._query is not None:
            table: Table = self._query.table()
        elif self._page is not None:
            table = open_table(self.path, content=self._page.content, kind=self._page.kind)
        elif self._content is not None:
            table = open_table(self.path, content=self._content)
        else:
            table = open_table(self.path)
        self._table = SourceTable(table)
        return self._table

    def sample(self, most: int = 5) -> tuple[tuple[str, ...], list[tuple[str, ...]]] | None:
        """The columns and the first rows of a saved query, as text; None where it is no query."""
        if self._query is None:
            return None
        table = self._query.table()
        rows = islice((row for row in table.rows() if isinstance(row, TableRow)), most)
        return table.columns, [
            tuple("" if cell is None else str(cell) for cell in row.cells.values()) for row in rows
        ]

    def accept(self) -> int:
        """Believes what was read, and says how many rows it has.

        Raises `InvalidInput` where it has other headings, or lost rows that were there.
        """
        table = self._table
        assert table is not None  # it was read
        if self._good_shape is not None:
            findings = list(_worse(self._good_shape, table))
            if findings:
                raise InvalidInput(findings)
        self._good_shape = Shape(table.columns, table.count)
        self._believes()
        return table.count

    def _believes(self) -> None:
        self._good_mark = self._mark
        if self._query is not None:
            self._query.accept()
        if self._page is not None:
            self._good_digest = sha256(self._page.content).digest()
            # The next reading only needs the validators.
            self._good_page = Page(b"", self._page.etag, self._page.modified, self._page.kind)
            self._page = None

    def _marks(self) -> Any:
        own = None if is_web(self.path) or is_query(self.path) else _mark(self.path, self.where)
        if own is None and not (is_web(self.path) or is_query(self.path)):
            return None
        return own, *(_file_mark(path) for path in self._beside)


def _worse(good: Shape, table: SourceTable) -> Iterator[Finding]:
    missing = [name for name in good.columns if name not in table.columns]
    if missing:
        near = did_you_mean(missing[0], table.columns)
        told = ", ".join(repr(name) for name in missing[:3])
        what = f"has other headings than before ({told} is missing{near}); put them back"
        yield Finding(severity="error", code="other_headings", message=what, where=table.where)
    elif table.count < good.rows:
        # How many are left is not said: they may come back one by one, and each would be news.
        what = f"has lost rows that were there (there were {good.rows:,}); put them back"
        yield Finding(severity="error", code="rows_lost", message=what, where=table.where)


def _mark(path: str, where: str) -> Any:
    if not is_url(path):
        return _file_mark(path)
    import fsspec

    with reading(where):
        files, inner = fsspec.core.url_to_fs(path, **credentials_of(path).storage_options)
        files.invalidate_cache()
        try:
            return files.ukey(inner)
        except NotImplementedError:
            return None


def _file_mark(path: str) -> Any:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
