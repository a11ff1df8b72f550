"""A saved query: a YAML file in the inputs folder with a SELECT, and the name of the database that answers it."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, bindparam, create_engine, make_url, text
from sqlalchemy import DateTime as SqlDateTime
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from live_activity.core.findings import invalid
from live_activity.core.source_access import PUBLIC_ACCESS, SourceAccess
from live_activity.core.suggestions import did_you_mean
from live_activity.core.yaml_file import read_yaml
from live_activity.tables import Chunk, Table
from live_activity.tables.chunks import chunked
from live_activity.tables.header import checked_header

KEYS = ("select", "database", "id")
_SYNONYMS = {"sql": "select", "query": "select", "block": "database"}
_SINCE = re.compile(r"(?<![:\w\\]):since\b")
_READS = re.compile(
    r"\s*(?:--[^\n]*\n\s*|/\*.*?\*/\s*)*(select|with|values|table)\b", re.IGNORECASE | re.DOTALL
)
# Before anything was read, everything is new.
_EVER = datetime(1970, 1, 1, tzinfo=UTC)
# Rows that were being written while the last answer was made have a time before it.
_OVERLAP = timedelta(minutes=2)
# Real time: a query that takes longer is a failed reading, and is run again.
_MOST_SECONDS = 30
_MOST_ROWS = 5_000_000


def is_query(path: str) -> bool:
    """Whether a path names a saved query: a YAML file, whose ending may be left out."""
    return _file_of(path) is not None


def _file_of(path: str) -> Path | None:
    if "://" in path:
        return None
    if path.lower().endswith((".yaml", ".yml")):
        return Path(path)
    if os.path.exists(path):
        return None
    return next((Path(path + ending) for ending in (".yaml", ".yml") if os.path.isfile(path + ending)), None)


def database_name(path: str) -> str | None:
    """The database that the saved query at this path names; None where it is not a saved query, or names none."""
    file = _file_of(path)
    if file is None:
        return None
    return str(_read(file).get("database") or "") or None


def read_query(path: str, *, access: SourceAccess = PUBLIC_ACCESS) -> Query:
    """The saved query at a path. Raises `InvalidInput`: no SELECT, no database, an unknown key."""
    file = _file_of(path)
    assert file is not None  # the caller asked is_query
    written = _read(file)
    where = file.name
    for key in written:
        if key not in KEYS:
            near = did_you_mean(key, KEYS) or "; take it out"
            raise invalid("query_wrong", f"there is no such key{near}", where=where, column=key)
    for key in ("select", "database"):
        if not isinstance(written.get(key), str) or not written[key].strip():
            raise invalid("query_wrong", f"is missing; add '{key}: ...'", where=where, column=key)
    select = written["select"].strip().rstrip(";")
    if _READS.match(select) is None or ";" in select:
        what = "is not one SELECT; a saved query only reads"
        raise invalid("query_wrong", what, where=where, column="select")
    known_by = written.get("id") or ()
    names = (known_by,) if isinstance(known_by, str) else tuple(str(name) for name in known_by)
    return Query(where, select, written["database"].strip(), known_by=names, access=access)


def _read(file: Path) -> dict[str, Any]:
    written = read_yaml(file, what="saved query")
    return {_SYNONYMS.get(key, key): value for key, value in written.items()}


class Query:
    """A SELECT that is run again and again.

    With `:since` (the time of the last good answer, less two minutes) it returns what is new, which is added to what
    was there: a row whose `known_by` columns were seen takes the earlier one's place.
    """

    def __init__(
        self,
        where: str,
        select: str,
        database: str,
        *,
        known_by: Sequence[str] = (),
        access: SourceAccess = PUBLIC_ACCESS,
    ) -> None:
        self.where = where
        self._select = select
        self._database = database
        self._known_by = tuple(known_by)
        self._access = access
        self._since = _EVER
        self._asked = _EVER
        self._columns: tuple[str, ...] = ()
        self._rows: dict[Any, tuple[Any, ...]] = {}
        self._good: dict[Any, tuple[Any, ...]] | None = None
        self._before: tuple[dict[Any, tuple[Any, ...]] | None, datetime] = (None, _EVER)

    def changed(self) -> bool:
        """Runs the query; True where the answer differs from the last good one. Raises `InvalidInput`."""
        self._asked = datetime.now(UTC)
        self._columns, answer = self._answer()
        places = [self._columns.index(name) for name in self._known_by if name in self._columns]
        if len(places) < len(self._known_by):
            missing = next(name for name in self._known_by if name not in self._columns)
            near = did_you_mean(missing, self._columns) or "; the SELECT does not give it"
            raise invalid(
                "query_wrong", f"there is no column {missing!r}{near}", where=self.where, column="id"
            )
        rows = dict(self._good or {}) if self._grows else {}
        for number, row in enumerate(answer):
            # Without :since every answer is whole, and rows may be alike.
            known: Any = tuple(row[place] for place in places) if places else _hashable(row)
            rows[known if self._grows else number] = row
        self._rows = rows
        return self._good is None or rows != self._good

    def accept(self) -> None:
        """Takes the last answer as good."""
        self._before = self._good, self._since
        self._good = self._rows
        self._since = self._asked - _OVERLAP

    def reject(self) -> None:
        """Goes back to the good answer before the last one."""
        self._good, self._since = self._before

    def table(self) -> QueryTable:
        """The rows as they were last answered."""
        return QueryTable(self.where, self._columns, list(self._rows.values()))

    @property
    def _grows(self) -> bool:
        return _SINCE.search(self._select) is not None

    def _answer(self) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        statement = text(self._select)
        if self._grows:
            statement = statement.bindparams(bindparam("since", type_=SqlDateTime(timezone=True)))
        engine = self._engine()
        try:
            with engine.connect() as connection:
                _only_reading(connection)
                since = self._since.replace(tzinfo=None) if engine.dialect.name == "sqlite" else self._since
                result = connection.execute(statement, {"since": since} if self._grows else {})
                names = checked_header(list(result.keys()), where=self.where)
                return names, _rows(result, where=self.where)
        except SQLAlchemyError as error:
            if str(getattr(error, "orig", "")) == "interrupted":
                what = f"takes longer than {_MOST_SECONDS} s; give it less to do, or an index"
                raise invalid("query_failed", what, where=self.where) from None
            raise invalid("query_failed", f"the database says: {_plain(error)}", where=self.where) from None
        finally:
            engine.dispose()

    def _engine(self) -> Any:
        url = self._access.database_named(self._database, where=self.where)
        try:
            parsed = make_url(url)
            if parsed.drivername in ("postgresql", "postgres"):
                parsed = parsed.set(drivername="postgresql+psycopg")
            if parsed.get_backend_name() not in ("postgresql", "sqlite"):
                raise invalid(
                    "query_wrong",
                    f"{parsed.get_backend_name()} is not supported; use PostgreSQL or SQLite",
                    where=self.where,
                    column="database",
                )
            if parsed.get_backend_name() == "sqlite" and not os.path.isfile(parsed.database or ""):
                raise invalid(
                    "query_failed", "there is no such SQLite file; check the address", where=self.where
                )
            within = {"timeout": 10} if parsed.get_backend_name() == "sqlite" else {"connect_timeout": 10}
            return create_engine(parsed, poolclass=NullPool, connect_args=within)
        except (ArgumentError, NoSuchModuleError):
            what = "is not a database address; write it like postgresql://user@host/name or sqlite:///file.db"
            raise invalid("query_wrong", what, where=self.where, column="database") from None


class QueryTable(Table):
    """The rows that a query answered; values keep their types."""

    typed = True

    def __init__(self, where: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
        super().__init__(where=where, columns=columns)
        self._rows = rows

    def column_chunks(self, names: Sequence[str], size: int) -> Iterator[Chunk]:
        places = [self.columns.index(name) for name in names]
        records = ((number + 1, row) for number, row in enumerate(self._rows, 1))
        yield from chunked(records, names=names, places=places, size=size)


def _only_reading(connection: Connection) -> None:
    """Lets the connection only read, and each statement take no longer than `_MOST_SECONDS`."""
    if connection.dialect.name == "sqlite":
        connection.execute(text("PRAGMA query_only = ON"))
        until = time.monotonic() + _MOST_SECONDS
        # Called every 100,000 steps of SQLite's virtual machine: a few milliseconds.
        sqlite: Any = connection.connection.dbapi_connection
        sqlite.set_progress_handler(lambda: time.monotonic() > until, 100_000)
    else:
        connection.execute(text("SET TRANSACTION READ ONLY"))
        connection.execute(text(f"SET LOCAL statement_timeout = '{_MOST_SECONDS}s'"))


def _rows(result: Iterable[Any], *, where: str) -> list[tuple[Any, ...]]:
    rows = [tuple(row) for row in islice(result, _MOST_ROWS + 1)]
    if len(rows) > _MOST_ROWS:
        raise invalid("query_failed", f"gives more than {_MOST_ROWS:,} rows; narrow it down", where=where)
    return rows


def _hashable(row: tuple[Any, ...]) -> Any:
    return tuple(repr(cell) if isinstance(cell, dict | list | Mapping) else cell for cell in row)


def _plain(error: SQLAlchemyError) -> str:
    original = getattr(error, "orig", None) or error
    return (str(original).splitlines() or [type(original).__name__])[0]
