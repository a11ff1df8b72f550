"""A table that an importable function returns: `python:package.module:function`, as a DataFrame or rows."""

from __future__ import annotations

import asyncio
import contextvars
import importlib
import inspect
import os
import re
import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from importlib.machinery import PathFinder
from itertools import islice
from types import ModuleType
from typing import Any

from live_activity.core.findings import InvalidInput, invalid
from live_activity.core.formatting import article
from live_activity.core.settings import settings
from live_activity.core.source_access import PUBLIC_ACCESS, SourceAccess
from live_activity.core.suggestions import did_you_mean
from live_activity.tables.table import Table
from live_activity.tables.table_row import Cell, TableRow

PREFIX = "python:"
MOST_ROWS = 10_000_000
# How many times longer than a poll a function that returns people, and the import of a module, may take.
_LONGER = 10
_RETURN = "return a DataFrame, or a list with a dict for each row"
_LONGEST_MESSAGE = 200
_NAME_PARTS = re.compile(r"[.:]")
_USER_INFO = re.compile(r"(?<=://)[^/@\s]+@")
# The folders of campaign files in which this process looks for modules.
_FOLDERS: set[str] = set()
_NAME = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*")


def is_python(path: str) -> bool:
    """Whether a path names a function."""
    return path.startswith(PREFIX)


def access_to_functions(paths: Iterable[str | None], *, folder: str | None = None) -> SourceAccess:
    """Access to the functions among these paths, which a campaign file or a program names.

    Modules in `folder`, the file's own, are found after all others. Call it only with paths of a file that was read
    from disk, never with what somebody typed into a form.
    """
    return SourceAccess(
        functions=frozenset(path for path in paths if path is not None and is_python(path)), folder=folder
    )


def holds_functions(folder: str, paths: Iterable[str]) -> bool:
    """Whether the module of a function among these paths is in the folder."""
    modules = {_NAME_PARTS.split(path.removeprefix(PREFIX))[0] for path in paths if is_python(path)}
    return any(PathFinder.find_spec(name, [folder]) is not None for name in modules)


def python_source_allowed(path: str, access: SourceAccess) -> bool:
    """Whether the function may be called: a campaign file names it, or LIVE_ACTIVITY_PYTHON_SOURCES lists it.

    An entry of the list allows a function (`feeds.scores:rows`), a module or a package with everything in it.
    """
    if path in access.functions:
        return True
    name = path.removeprefix(PREFIX)
    entries = (
        entry.strip().removeprefix(PREFIX).removesuffix(".*")
        for entry in settings().python_sources.split(",")
    )
    return any(name == entry or name.startswith((f"{entry}.", f"{entry}:")) for entry in entries if entry)


class PythonFunction:
    """The function that a path names. Raises `InvalidInput` where it is not allowed or cannot be imported.

    `index` is the column that a DataFrame's index may hold, if it has a name.
    """

    def __init__(self, path: str, *, index: str | None = None, access: SourceAccess = PUBLIC_ACCESS) -> None:
        self.where = path
        self._index = index
        self._name = path.removeprefix(PREFIX)
        self._running: threading.Thread | None = None
        self._function = self._load(path, access)
        self.takes_since, self._since_by_name = _since_parameter(self._function)

    def rows(self, since: datetime | None, *, seconds: float) -> list[Mapping[str, Cell]]:
        """Calls the function in a thread of its own and returns its rows.

        `since` is passed on where the function takes an argument. Raises `InvalidInput` where it raises, returns
        something else, or takes longer than `seconds`: Python cannot stop it, so it is not called again before it
        has returned.
        """
        if self._running is not None and self._running.is_alive():
            raise self._failed("is still busy with an earlier poll; it is called again once it has returned")
        arguments: dict[str, Any] = {"since": since} if self.takes_since and self._since_by_name else {}
        positional = (since,) if self.takes_since and not self._since_by_name else ()

        def work() -> list[Mapping[str, Cell]]:
            result = self._function(*positional, **arguments)
            if inspect.isawaitable(result):
                result = asyncio.run(_awaited(result))
            return self._records(result)

        late = f"has not returned within {seconds:g} s; give it less to do, or a limit of its own"
        result = self._result_of(work, seconds=seconds, late=late)
        if isinstance(result, InvalidInput):
            raise result
        if isinstance(result, BaseException):
            raise self._failed(f"raised {_plain(result)}") from None
        found: list[Mapping[str, Cell]] = result
        return found

    def _result_of(self, work: Callable[[], Any], *, seconds: float, late: str) -> Any:
        """The result of `work`, or the exception that it raised, including SystemExit.

        It runs in a thread of its own, which is left alone where it takes longer than `seconds`.
        """
        outcome: list[Any] = []

        def run() -> None:
            try:
                outcome.append(work())
            except BaseException as error:  # handed to the thread that waits
                outcome.append(error)

        context = contextvars.copy_context()
        self._running = threading.Thread(target=context.run, args=(run,), name=self.where, daemon=True)
        self._running.start()
        self._running.join(seconds)
        if not outcome:
            raise self._failed(late)
        self._running = None
        return outcome[0]

    def _load(self, path: str, access: SourceAccess) -> Callable[..., Any]:
        if not _NAME.fullmatch(self._name):
            raise self._failed("is not the name of a function; write python:package.module:function")
        if not python_source_allowed(path, access):
            what = (
                "may not be called from here; name it in a campaign file, or have an administrator add it to "
                "LIVE_ACTIVITY_PYTHON_SOURCES"
            )
            raise invalid("python_source_not_allowed", what, where=self.where)
        if access.functions and access.folder is not None and access.folder not in sys.path:
            sys.path.append(access.folder)
            _FOLDERS.add(access.folder)
        module_name, _, attribute = self._name.partition(":")
        seconds = settings().python_source_seconds * _LONGER
        found = self._result_of(
            lambda: importlib.import_module(module_name),
            seconds=seconds,
            late=f"its module is not imported after {seconds:g} s; let its functions do what takes long",
        )
        if isinstance(found, BaseException):
            raise self._failed(f"its module cannot be imported: {_plain(found)}") from None
        found_in = _folder_of(sys.modules[module_name.partition(".")[0]])
        if found_in in _FOLDERS and found_in != access.folder:
            what = (
                f"this process has imported {module_name} from {found_in}; rename one, or use another process"
            )
            raise self._failed(what)
        for part in attribute.split("."):
            if not hasattr(found, part):
                near = did_you_mean(part, [name for name in dir(found) if not name.startswith("_")])
                raise self._failed(f"there is no {part} in {module_name}{near}")
            found = getattr(found, part)
        if not callable(found):
            raise self._failed("is not a function")
        function: Callable[..., Any] = found
        return function

    def _records(self, result: Any) -> list[Mapping[str, Cell]]:
        if hasattr(result, "to_pandas"):
            kind = f"{type(result).__module__.partition('.')[0]} {type(result).__name__}"
            raise self._failed(f"returned {_article(kind)}; return what its to_pandas() returns")
        if hasattr(result, "to_dict") and hasattr(result, "columns"):
            return _records_of_frame(result, where=self.where, index=self._index)
        if result is None or isinstance(result, str | bytes | Mapping) or not isinstance(result, Iterable):
            raise self._failed(f"returned {_article(type(result).__name__)}; {_RETURN}")
        rows = list(islice(result, MOST_ROWS + 1))
        if len(rows) > MOST_ROWS:
            raise self._failed(f"returned more than {MOST_ROWS:,} rows")
        return [self._record(row, number) for number, row in enumerate(rows, 1)]

    def _record(self, row: Any, number: int) -> Mapping[str, Cell]:
        if not isinstance(row, Mapping):
            raise self._failed(f"row {number} is {_article(type(row).__name__)} and not a dict; {_RETURN}")
        wrong = next((name for name in row if not isinstance(name, str)), None)
        if wrong is not None:
            raise self._failed(f"row {number} has the key {wrong!r}; keys are names of columns, as text")
        from live_activity.tables.python_values import python_cells

        return python_cells(row, where=self.where, row=number)

    def _failed(self, what: str) -> InvalidInput:
        return invalid("python_source_failed", what, where=self.where)


def rows_table(rows: Sequence[Mapping[str, Cell]], *, where: str) -> Table:
    """Rows as a table. Raises `InvalidInput` where there are none."""
    # pandas is imported only where a campaign has a function.
    from live_activity.tables.dataframe import RowsTable

    return RowsTable(rows, where=where)


def open_python(path: str, *, access: SourceAccess = PUBLIC_ACCESS) -> Table:
    """The rows that a function returns now, for a table that is read once. Raises `InvalidInput`."""
    seconds = settings().python_source_seconds * _LONGER
    return rows_table(PythonFunction(path, access=access).rows(None, seconds=seconds), where=path)


def _folder_of(module: ModuleType) -> str | None:
    """The folder in which a module or a package was found."""
    inside = [*getattr(module, "__path__", ()), getattr(module, "__file__", None)][0]
    return os.path.dirname(inside) if inside else None


def _since_parameter(function: Callable[..., Any]) -> tuple[bool, bool]:
    """Whether the function takes the time of the last good poll, and whether by the name `since`."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return False, False
    for each in parameters:
        if each.name == "since" and each.kind is not each.POSITIONAL_ONLY:
            return True, True
    needed = [
        each
        for each in parameters
        if each.default is each.empty and each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)
    ]
    return len(needed) == 1, False


def _records_of_frame(frame: Any, *, where: str, index: str | None) -> list[Mapping[str, Cell]]:
    from live_activity.tables.dataframe import DataFrameTable, check_index

    if not len(frame):
        return []  # as returned by a query that found nothing new
    table = DataFrameTable(frame, where=where)
    for name in table.doubled:
        raise table.doubled_name(name)
    if index is not None:
        check_index(table, index)
    return [dict(row.cells) for row in table.rows() if isinstance(row, TableRow)]


async def _awaited(result: Any) -> Any:
    return await result


def _plain(error: BaseException) -> str:
    """The error in one line, without credentials that a URL in it may hold."""
    said = _USER_INFO.sub("", " ".join(str(error).split()))
    if len(said) > _LONGEST_MESSAGE:
        said = said[:_LONGEST_MESSAGE] + "..."
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def _article(name: str) -> str:
    return "nothing" if name == "NoneType" else article(name)
