"""A function as a source: what it returns, and what happens if it raises, hangs or is not allowed."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from live_activity.campaign.campaign_timeline import timeline_of
from live_activity.campaign.model import read_campaign
from live_activity.campaign.paths import join
from live_activity.core.findings import InvalidInput
from live_activity.core.settings import settings
from live_activity.core.source_access import PUBLIC_ACCESS
from live_activity.sources.timeline_source import PolledSource
from live_activity.tables import TableRow, open_table
from live_activity.tables.python_function import PythonFunction, access_to_functions, python_source_allowed
from live_activity.timeline import FirstSeen

PATH = "python:feeds.scores:rows"


@pytest.fixture
def feeds(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Puts functions into an importable module that is on the list of allowed ones."""
    module = ModuleType("feeds.scores")
    monkeypatch.setitem(sys.modules, "feeds", ModuleType("feeds"))
    monkeypatch.setitem(sys.modules, "feeds.scores", module)
    monkeypatch.setenv("LIVE_ACTIVITY_PYTHON_SOURCES", "other, feeds")
    settings.cache_clear()

    def put(function: object, name: str = "rows") -> None:
        setattr(module, name, function)

    yield put
    settings.cache_clear()


def read(source: PolledSource) -> list[dict[str, object]]:
    rows = [dict(row.cells) for row in source.table().rows() if isinstance(row, TableRow)]
    source.accept()
    return rows


def test_rows_of_a_function_keep_their_types_and_changes_are_noticed(feeds: Callable[..., None]) -> None:
    answer: list[dict[str, Any]] = [{"at": "0m", "score": 0}, {"at": "5m", "score": 1, "who": {"id": 7}}]
    feeds(lambda: answer)
    source = PolledSource(PATH)
    assert source.far
    assert source.changed()
    assert read(source)[1] == {"at": "5m", "score": 1, "who": {"id": 7}}
    assert not source.changed()
    answer[1] = {"at": "5m", "score": True, "who": None}
    assert source.changed()
    read(source)
    del answer[1]
    assert source.changed()
    values = {"name": "a", "activity_type": "A", "segment": "people.csv", "timeline": PATH}
    timeline = timeline_of(
        read_campaign(values, where="test"), now=datetime.now(UTC), first_seen_times=FirstSeen()
    )
    assert timeline.rows[0].content.state == {"score": 0}


def test_a_function_with_the_time_of_the_last_good_poll_returns_what_is_new(
    feeds: Callable[..., None],
) -> None:
    asked: list[datetime | None] = []

    def rows(since: datetime | None) -> Iterator[dict[str, object]]:
        asked.append(since)
        yield {"at": f"{len(asked)}m", "day": date(2026, 7, 19)}

    feeds(rows)
    source = PolledSource(PATH)
    assert source.changed()
    read(source)
    assert source.changed()
    assert [row["at"] for row in read(source)] == ["1m", "2m"]
    assert asked[0] is None
    assert asked[1] is not None
    assert source.changed()
    source.table()
    feeds(lambda last_poll: [{"at": str(last_poll)}])
    assert PythonFunction(PATH).takes_since


def test_a_frame_without_rows_says_that_nothing_is_new(feeds: Callable[..., None]) -> None:
    feeds(lambda since: pd.DataFrame({"at": ["1m"] if since is None else [], "score": 1}))
    source = PolledSource(PATH)
    assert source.changed()
    good = read(source)
    assert not source.changed()
    assert read(source) == good
    feeds(lambda: pd.DataFrame({"at": []}))
    other = PolledSource(PATH)
    assert other.changed()
    with pytest.raises(InvalidInput, match="has no rows"):
        other.table()


def test_values_in_rows_are_read_as_those_of_a_frame(feeds: Callable[..., None]) -> None:
    feeds(lambda: [{"at": np.timedelta64(60, "s"), "score": np.int64(1), "who": pd.NA, "pace": np.nan}])
    source = PolledSource(PATH)
    source.changed()
    assert read(source) == [{"at": timedelta(minutes=1), "score": 1, "who": None, "pace": None}]


async def rows_awaited() -> list[dict[str, int]]:
    return [{"score": 1}]


def test_a_coroutine_is_awaited(feeds: Callable[..., None]) -> None:
    feeds(rows_awaited)
    source = PolledSource(PATH)
    assert source.changed()
    assert read(source) == [{"score": 1}]


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda: 1 / 0, "raised ZeroDivisionError: division by zero"),
        (lambda: sys.exit("enough"), "raised SystemExit: enough"),
        (lambda: None, "returned nothing; return a DataFrame"),
        (lambda: "rows", "returned a str"),
        (lambda: [{"a": 1}, [2]], "row 2 is a list and not a dict; return a DataFrame"),
        (lambda: [{"a": 1}, {"a": b"x"}], "row 2, a: is a bytes, which no table can hold"),
        (lambda: pa.table({"a": [1]}), r"returned a pyarrow Table; return what its to_pandas\(\) returns"),
        (lambda: [{1: 2}], "has the key 1"),
        (lambda: int("postgresql://me:s3cret@host/x"), "postgresql://host/x"),
        (lambda: pd.DataFrame([["0m", 1, 2]], columns=["at", "score", "score"]), "the same name 'score'"),
        (lambda: pd.DataFrame({"score": [1]}, index=pd.to_datetime(["2026-07-19"])), "rename_axis"),
        (7, "is not a function"),
    ],
)
def test_an_error_in_the_function_is_one_line_that_names_it(
    feeds: Callable[..., None], function: object, expected: str
) -> None:
    feeds(function)
    with pytest.raises(InvalidInput, match=expected) as failed:
        PolledSource(PATH).changed()
    assert str(failed.value).startswith(PATH)
    assert "\n" not in str(failed.value)
    assert "s3cret" not in str(failed.value)


def test_a_function_that_hangs_is_given_up_and_not_called_again_before_it_returned(
    feeds: Callable[..., None],
) -> None:
    goes_on, calls = threading.Event(), []

    def rows() -> list[dict[str, int]]:
        calls.append(1)
        goes_on.wait()
        return [{"score": 1}]

    feeds(rows)
    function = PythonFunction(PATH)
    with pytest.raises(InvalidInput, match="has not returned within 0"):
        function.rows(None, seconds=0.01)
    with pytest.raises(InvalidInput, match="still busy"):
        function.rows(None, seconds=0.01)
    assert len(calls) == 1
    goes_on.set()
    thread = function._running
    assert thread is not None
    thread.join()
    assert function.rows(None, seconds=10) == [{"score": 1}]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("python:feeds.scores:row", "there is no row in feeds.scores; did you mean rows"),
        ("python:feeds.nowhere:rows", "cannot be imported: ModuleNotFoundError"),
        ("python:feeds.scores", "write python:package.module:function"),
        ("python:os:getcwd", "LIVE_ACTIVITY_PYTHON_SOURCES"),
        ("python:feedsx:rows", "may not be called"),
    ],
)
def test_a_name_that_leads_to_no_function_or_to_one_that_is_not_allowed_is_reported(
    feeds: Callable[..., None], path: str, expected: str
) -> None:
    feeds(list)
    with pytest.raises(InvalidInput, match=expected):
        PolledSource(path).changed()


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("raise SystemExit(3)", "cannot be imported: SystemExit: 3"),
        ("goes_on.wait()", "its module is not imported after 0.1 s"),
    ],
)
def test_a_module_that_exits_or_hangs_at_import_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, expected: str
) -> None:
    name, goes_on = f"module_of_{tmp_path.name}", threading.Event()
    monkeypatch.setattr("builtins.goes_on", goes_on, raising=False)
    (tmp_path / f"{name}.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("LIVE_ACTIVITY_PYTHON_SOURCES", name)
    monkeypatch.setenv("LIVE_ACTIVITY_PYTHON_SOURCE_SECONDS", "0.01" if "wait" in code else "30")
    settings.cache_clear()
    try:
        with pytest.raises(InvalidInput, match=expected):
            PythonFunction(f"python:{name}:rows")
    finally:
        goes_on.set()
        for thread in threading.enumerate():
            if thread.name == f"python:{name}:rows":
                thread.join()
        sys.modules.pop(name, None)
        monkeypatch.undo()
        settings.cache_clear()


def test_a_module_of_the_same_name_in_another_campaigns_folder_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.path", list(sys.path))
    name = f"module_of_{tmp_path.name}"
    path = f"python:{name}:people"
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
        (folder / f"{name}.py").write_text(f"def people():\n    return [{{'insider_id': {folder.name!r}}}]\n")
    one, two = (access_to_functions([path], folder=str(folder)) for folder in folders)
    try:
        assert len(list(open_table(path, access=one).rows())) == 1
        with pytest.raises(InvalidInput, match=f"has imported {name} from {folders[0]}; rename one"):
            open_table(path, access=two)
    finally:
        sys.modules.pop(name, None)


def test_a_campaign_file_may_name_any_function_and_a_form_only_those_on_the_list(tmp_path: Path) -> None:
    (tmp_path / "made_for_a_test.py").write_text("def people():\n    return [{'insider_id': 7}]\n", "utf-8")
    path = "python:made_for_a_test:people"
    assert not python_source_allowed(path, PUBLIC_ACCESS)
    access = access_to_functions([path, None, "rows.csv"], folder=str(tmp_path))
    assert python_source_allowed(path, access)
    try:
        table = open_table(path, access=access)
        assert [row.cells for row in table.rows() if isinstance(row, TableRow)] == [{"insider_id": 7}]
    finally:
        sys.path.remove(str(tmp_path))
    assert not python_source_allowed(path, PUBLIC_ACCESS)
    with pytest.raises(InvalidInput, match="may not be called from here"):
        open_table(path)
    assert join("/data", path) == path
