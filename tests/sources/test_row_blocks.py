"""Blocks of rows that were read before are not read again; the result equals reading the whole table."""

from __future__ import annotations

import gzip
import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from live_activity.campaign.campaign_timeline import timeline_of
from live_activity.campaign.model import Campaign, read_campaign
from live_activity.campaign.timeline_table import source_of
from live_activity.core.credentials import variable_of
from live_activity.sources.timeline_source import PolledSource
from live_activity.tables import csv_table, json_tables, parquet, row_blocks, table, workbook
from live_activity.tables.row_blocks import RowBlock
from live_activity.timeline import FirstSeen, Timeline
from live_activity.timeline.row_reader import RowReader
from tests.examples import many_examples

NOW = datetime(2026, 7, 19, 12, tzinfo=UTC)
Row = Mapping[str, Any]


def campaign_of(path: Path) -> Campaign:
    values = {"name": "a", "activity_type": "A", "segment": "people.csv", "timeline": str(path)}
    return read_campaign({**values, "split_by": ["flight"]}, where="test")


def reading(campaign: Campaign, source: PolledSource) -> Timeline:
    assert source.changed()
    return timeline_of(campaign, now=NOW, first_seen_times=FirstSeen(), source=source)


def csv_file(path: Path, rows: Sequence[Row]) -> None:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    lines = [",".join("" if row.get(name) is None else str(row[name]) for name in columns) for row in rows]
    text = "".join(f"{line}\n" for line in [",".join(columns), *lines])
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())


def jsonl_file(path: Path, rows: Sequence[Row]) -> None:
    path.write_text("\n".join(json.dumps(row) for row in rows))


def json_file(path: Path, rows: Sequence[Row]) -> None:
    path.write_text(json.dumps(rows))


def parquet_file(path: Path, rows: Sequence[Row]) -> None:
    columns = dict.fromkeys(name for row in rows for name in row)
    texts = {
        name: [None if (cell := row.get(name)) is None else str(cell) for row in rows] for name in columns
    }
    pyarrow.parquet.write_table(pyarrow.table(texts), path, row_group_size=5)


def xlsx_file(path: Path, rows: Sequence[Row]) -> None:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for cells in [columns, *([row.get(name) for name in columns] for row in rows)]:
        sheet.append(cells)
    book.save(path)


def query_file(path: Path, rows: Sequence[Row]) -> None:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    database = path.with_suffix(".db")
    database.unlink(missing_ok=True)
    connection = sqlite3.connect(database)
    connection.execute(f"CREATE TABLE rows ({', '.join(columns)})")
    marks = ", ".join("?" * len(columns))
    cells = [[row.get(name) for name in columns] for row in rows]
    connection.executemany(f"INSERT INTO rows VALUES ({marks})", cells)
    connection.commit()
    connection.close()
    os.environ[variable_of("blocks")] = f"sqlite:///{database}"
    path.write_text("database: blocks\nselect: SELECT * FROM rows\n")


WRITERS: dict[str, Callable[[Path, Sequence[Row]], None]] = {
    "rows.csv": csv_file,
    "rows.csv.gz": csv_file,
    "rows.jsonl": jsonl_file,
    "rows.json": json_file,
    "rows.parquet": parquet_file,
    "rows.xlsx": xlsx_file,
    "rows.yaml": query_file,
}


@pytest.fixture(autouse=True)
def database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable_of("blocks"), "")


@pytest.fixture
def short_blocks() -> Iterator[None]:
    """Blocks of three rows: many in a small table."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (row_blocks, table, json_tables, parquet, workbook):
            patch.setattr(module, "BLOCK_ROWS", 3)
        yield


ROW = st.fixed_dictionaries(
    {
        "at": st.sampled_from(["1m", "2m", "3m", "", "oops"]),
        "event": st.sampled_from(["update", "update", "update", "start", "end"]),
        "flight": st.sampled_from(["A", "B"]),
        "title": st.sampled_from(["Tor", "Tör"]),
        "score": st.sampled_from([0, 1, 1.0, 1.5, True, "1", None]),
    },
    optional={"late": st.sampled_from(["yes", 2])},
)
ROWS = st.lists(ROW, min_size=1, max_size=14)


@pytest.mark.parametrize("name", WRITERS)
@many_examples(
    25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
)
@given(before=ROWS, data=st.data())
def test_every_reading_equals_a_fresh_one(
    tmp_path: Path, short_blocks: None, name: str, before: list[Row], data: st.DataObject
) -> None:
    path = tmp_path / name
    campaign = campaign_of(path)
    path.unlink(missing_ok=True)
    source = source_of(campaign)
    rows = before
    for _ in range(3):
        WRITERS[name](path, rows)
        fresh = reading(campaign, source_of(campaign))
        if source.changed():
            again = timeline_of(campaign, now=NOW, first_seen_times=FirstSeen(), source=source)
            assert again == fresh
            assert [type(row.content.state.get("score")) for row in again.rows] == [
                type(row.content.state.get("score")) for row in fresh.rows
            ]
        first = data.draw(st.integers(0, len(rows)))
        last = data.draw(st.integers(first, min(len(rows), first + 2)))
        # A reading that lacks a former column would be refused.
        columns = dict.fromkeys(column for row in rows for column in row)
        rows = [*rows[:first], *data.draw(st.lists(ROW, max_size=4)), *rows[last:]]
        rows = [{**columns, **row} for row in rows]
        if not rows:
            return


LINE = st.sampled_from(
    [
        "1m,A,one",
        "2m,B,two",
        '3m,A,"two, words"',
        '4m,A,"two\nlines"',
        '5m,B,"three\n\nlines"',
        '6m,A,"open',
        '7m,"B,open',
        '8m,A,or"phan',
        'closed"',
        "9m,A",
        "10m,A,too,many",
        "",
    ]
)


def check_blocks(path: Path, before: list[str], after: list[str]) -> None:
    def blocks(lines: list[str], known: Sequence[RowBlock]) -> tuple[list[RowBlock], list[Any], list[Any]]:
        path.write_text("at,flight,title\n" + "".join(f"{line}\n" for line in lines))
        opened = csv_table.DelimitedTable(row_text(path))
        found = [*opened.row_blocks(known)]
        rows = [[*block.take()] if block.rows is not None else None for block in found]
        return found, rows, [*opened.rows()]

    old, old_rows, whole = blocks(before, ())
    assert [row for rows in old_rows for row in rows] == whole
    found, rows, whole = blocks(after, old)
    read = dict(zip(old, old_rows, strict=True))
    together = [
        row for block, those in zip(found, rows, strict=True) for row in (those or read.get(block) or ())
    ]
    assert together == whole


@many_examples(150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(LINE, min_size=1, max_size=14), st.lists(LINE, max_size=3), st.data())
def test_blocks_of_damaged_lines_are_what_the_whole_table_gives(
    tmp_path: Path, short_blocks: None, before: list[str], new: list[str], data: st.DataObject
) -> None:
    first = data.draw(st.integers(0, len(before)))
    last = data.draw(st.integers(first, min(len(before), first + len(new))))
    check_blocks(tmp_path / "rows.csv", before, [*before[:first], *new, *before[last:]])


@pytest.mark.parametrize(
    ("before", "new"),
    [
        # A quote that is open at the end of the table may be closed later.
        (["1m,A,one", "2m,B,two", '3m,A,"open'], ['closed"']),
        # Whether rows are inside a quoted cell depends on the whole table.
        (["1m,A,one", '2m,B,"open', '3m,A,two"', "4m,B,four"], ["5m,A", "6m,A,six"]),
        # A stray quote in one block makes a quote in the next one ambiguous.
        (["1m,A,one", '2m,B,"open', "3m,A,three", '4m,B,or"phan', "5m,A,five"], ["6m,A,six"]),
    ],
)
def test_a_block_that_depends_on_others_is_read_with_them(
    tmp_path: Path, short_blocks: None, before: list[str], new: list[str]
) -> None:
    check_blocks(tmp_path / "rows.csv", before, before + new)


def row_text(path: Path) -> Any:
    from live_activity.tables.file import TableFile
    from live_activity.tables.text import Text

    return Text(TableFile(str(path), where=path.name))


@pytest.mark.parametrize("name", WRITERS)
def test_only_blocks_with_new_rows_are_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path = tmp_path / name
    campaign = campaign_of(path)
    rows: list[dict[str, Any]] = [
        {"at": f"{number}m", "flight": "AB"[number % 2], "score": str(number)} for number in range(5_500)
    ]
    # The blocks with a bad row and with a row without a time are not read again either.
    rows[5]["at"], rows[6]["at"] = "oops", ""
    WRITERS[name](path, rows)
    source = source_of(campaign)
    before = reading(campaign, source)
    read: list[int] = []
    whole = RowReader.read

    def counted(reader: RowReader, block: RowBlock) -> Any:
        read.append(block.first)
        return whole(reader, block)

    monkeypatch.setattr(RowReader, "read", counted)
    rows[2_500]["score"] = "1 (late)"
    WRITERS[name](path, [*rows, {"at": "6000m", "flight": "A", "score": "6000"}])
    after = reading(campaign, source)
    assert read == [2_001, 5_001]
    assert len(after.rows) == len(before.rows) + 1
    same = [old is new for old, new in zip(before.rows, after.rows, strict=False)]
    assert [place for place, is_same in enumerate(same) if not is_same] == [2_499]


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.json"])
def test_a_new_key_in_one_object_is_an_empty_cell_of_all_others(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    campaign = campaign_of(path)
    rows: list[dict[str, Any]] = [{"at": f"{number}m", "flight": "A", "score": 1} for number in range(2_500)]
    WRITERS[name](path, rows)
    source = source_of(campaign)
    reading(campaign, source)
    WRITERS[name](path, [*rows, {"at": "6000m", "flight": "A", "score": 1, "late": 2}])
    again = reading(campaign, source)
    assert again == reading(campaign, source_of(campaign))
    assert again.rows[-1].content.state == {"score": 1, "late": 2}
