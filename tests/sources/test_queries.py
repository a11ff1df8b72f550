"""Saved queries: a YAML file with a SELECT, on SQLite and PostgreSQL, with complete answers or only new rows."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from live_activity.core.credentials import Credentials, variable_of
from live_activity.core.findings import InvalidInput
from live_activity.core.source_access import SourceAccess
from live_activity.sources import saved_query
from live_activity.sources.saved_query import database_name, is_query
from live_activity.sources.timeline_source import PolledSource
from live_activity.tables import TableRow


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "scores.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE rows (id INTEGER, at TEXT, score INTEGER, team TEXT, changed TEXT)")
        connection.execute("INSERT INTO rows VALUES (1, '0m', 0, '007', '2020-01-01 00:00:00')")
    monkeypatch.setenv(variable_of("my scores"), f"sqlite:///{file}")
    return file


def saved(folder: Path, select: str, **more: str) -> str:
    lines = "".join(f"{key}: {value}\n" for key, value in more.items())
    (folder / "now.yaml").write_text(f"database: my scores\n{lines}select: |\n  {select}\n", "utf-8")
    return str(folder / "now")


def insert(database: Path, *values: object) -> None:
    with sqlite3.connect(database) as connection:
        connection.execute("INSERT INTO rows VALUES (?, ?, ?, ?, datetime('now'))", values)


def read(source: PolledSource) -> list[dict[str, object]]:
    rows = [dict(row.cells) for row in source.table().rows() if isinstance(row, TableRow)]
    source.accept()
    return rows


def test_a_query_is_chosen_by_its_name_and_its_values_keep_their_types(
    tmp_path: Path, database: Path
) -> None:
    path = saved(tmp_path, "SELECT at, score, team FROM rows ORDER BY id")
    assert is_query(path)
    assert database_name(path) == "my scores"
    source = PolledSource(path)
    assert source.changed()
    assert read(source) == [{"at": "0m", "score": 0, "team": "007"}]
    assert not source.changed()
    insert(database, 2, "5m", 1, "8")
    assert source.changed()
    assert [row["score"] for row in read(source)] == [0, 1]


def test_since_asks_only_for_what_is_new_and_adds_it_to_what_was_there(
    tmp_path: Path, database: Path
) -> None:
    source = PolledSource(saved(tmp_path, "SELECT id, at, score FROM rows WHERE changed > :since", id="id"))
    assert source.changed()
    assert len(read(source)) == 1
    assert not source.changed()
    insert(database, 2, "5m", 1, "x")
    assert source.changed()
    assert [row["score"] for row in read(source)] == [0, 1]
    # A corrected row replaces its earlier version.
    insert(database, 2, "5m", 3, "x")
    assert source.changed()
    assert [row["score"] for row in read(source)] == [0, 3]


def test_an_answer_that_was_rejected_is_compared_with_the_good_one_before(
    tmp_path: Path, database: Path
) -> None:
    source = PolledSource(saved(tmp_path, "SELECT at, score FROM rows"))
    source.changed()
    read(source)
    with sqlite3.connect(database) as connection:
        connection.execute("DELETE FROM rows")
    for _ in range(2):
        assert source.changed()
        assert read(source) == []
        source.reject()


def test_a_query_that_takes_too_long_is_interrupted(
    tmp_path: Path, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saved_query, "_MOST_SECONDS", 0)
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) AS score FROM n"
    with pytest.raises(InvalidInput, match="takes longer than"):
        PolledSource(saved(tmp_path, endless)).changed()


def test_a_query_cannot_write(tmp_path: Path, database: Path) -> None:
    path = saved(tmp_path, "WITH a AS (SELECT 1) INSERT INTO rows (id) SELECT * FROM a")
    with pytest.raises(InvalidInput, match="readonly"):
        PolledSource(path).changed()
    with pytest.raises(InvalidInput, match="not one SELECT"):
        PolledSource(saved(tmp_path, "DELETE FROM rows")).changed()
    with sqlite3.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM rows").fetchone() == (1,)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("select: SELECT 1\n", "database"),
        ("database: my scores\n", "select"),
        ("database: a\nselct: b\n", "did you mean select"),
        ("database: other\nselect: SELECT 1\n", "LIVE_ACTIVITY_SOURCE_OTHER"),
        ("database: my scores\nselect: SELECT nobody FROM rows\n", "no such column"),
        ("database: my scores\nid: nr\nselect: SELECT id FROM rows\n", "did you mean|does not give"),
    ],
)
def test_what_is_wrong_with_a_query_is_reported(
    tmp_path: Path, database: Path, text: str, expected: str
) -> None:
    (tmp_path / "bad.yaml").write_text(text, "utf-8")
    with pytest.raises(InvalidInput, match=expected):
        PolledSource(str(tmp_path / "bad.yaml")).changed()


def test_a_blocks_address_is_used_and_never_reported(tmp_path: Path) -> None:
    (tmp_path / "q.yaml").write_text("database: block\nselect: SELECT 1 AS score\n", "utf-8")
    block = Credentials(database_url="postgresql://me:s3cret@127.0.0.1:9/x")
    access = SourceAccess(credentials={"block": block})
    with pytest.raises(InvalidInput, match="database says") as invalid:
        PolledSource(str(tmp_path / "q.yaml"), access=access).changed()
    assert "s3cret" not in str(invalid.value) + repr(access)
