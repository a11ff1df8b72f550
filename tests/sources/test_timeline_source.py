from __future__ import annotations

import os
from pathlib import Path

import pytest

from live_activity.core.findings import InvalidInput
from live_activity.sources.timeline_source import PolledSource

ROWS = "at,score\n0m,0\n20m,1\n"


def reads(source: PolledSource) -> int:
    """Reads the source, accepts the reading, and returns its number of rows."""
    table = source.table()
    found = len(list(table.rows()))
    source.accept()
    return found


@pytest.fixture
def table(tmp_path: Path) -> Path:
    file = tmp_path / "rows.csv"
    file.write_text(ROWS)
    return file


def test_a_table_is_read_until_it_is_good_and_then_only_after_a_change(table: Path) -> None:
    source = PolledSource(str(table))
    assert source.changed()
    # Until a reading is accepted, the table counts as changed.
    assert source.changed()
    assert reads(source) == 2
    assert not source.changed()
    table.write_text(ROWS + "50m,2\n")
    assert source.changed()
    assert reads(source) == 3
    assert not source.changed()


def test_a_table_that_was_replaced_by_one_as_long_is_read_again(table: Path, tmp_path: Path) -> None:
    source = PolledSource(str(table))
    source.changed()
    reads(source)
    other = tmp_path / "new.csv"
    other.write_text(ROWS.replace("20m", "25m"))
    other.replace(table)
    assert source.changed()


def test_a_missing_table_is_not_an_unchanged_one(table: Path) -> None:
    source = PolledSource(str(table))
    source.changed()
    reads(source)
    table.unlink()
    assert source.changed()
    with pytest.raises(InvalidInput):
        source.table()


@pytest.mark.parametrize(
    ("text", "code"),
    [("at,scores\n0m,0\n20m,1\n", "other_headings"), ("at,score\n0m,0\n2", "cut_off")],
)
def test_a_wrong_reading_is_not_used_and_the_table_is_read_again(table: Path, text: str, code: str) -> None:
    source = PolledSource(str(table))
    source.changed()
    reads(source)
    table.write_text(text)
    assert source.changed()
    with pytest.raises(InvalidInput) as refused:
        reads(source)
    assert [finding.code for finding in refused.value.findings] == [code]
    assert source.changed()
    table.write_text(ROWS + "50m,2\n")
    assert source.changed()
    assert reads(source) == 3


def test_a_file_beside_the_table_counts_as_part_of_it(table: Path, tmp_path: Path) -> None:
    contract = tmp_path / "Match.swift"
    contract.write_text("struct A {}\n")
    source = PolledSource(str(table), beside=[str(contract)])
    source.changed()
    reads(source)
    assert not source.changed()
    contract.write_text("struct AnotherOne {}\n")
    assert source.changed()


@pytest.mark.parametrize(
    ("path", "far"),
    [("/data/rows.csv", False), ("http://127.0.0.1/rows.csv", True), ("s3://bucket/r.csv", True)],
)
def test_only_remote_tables_count_as_far(path: str, far: bool) -> None:
    assert PolledSource(path).far is far


def test_a_table_that_was_corrected_in_place_is_read_though_size_and_time_are_the_same(table: Path) -> None:
    source = PolledSource(str(table))
    source.changed()
    reads(source)
    before = table.stat()
    while table.stat().st_ctime_ns == before.st_ctime_ns:
        table.write_text(ROWS.replace("20m,1", "20m,2"))
        os.utime(table, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert source.changed()


@pytest.mark.parametrize("kind", ["a named pipe", "a device"])
def test_a_pipe_or_a_device_is_refused_and_not_waited_for(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "rows.csv"
    if kind == "a device":
        path.symlink_to("/dev/zero")
    else:
        os.mkfifo(path)
    source = PolledSource(str(path))
    assert source.changed()
    with pytest.raises(InvalidInput, match=kind):
        source.table()


def test_a_last_line_that_is_being_written_waits_for_the_next_poll(table: Path) -> None:
    source = PolledSource(str(table))
    source.changed()
    reads(source)
    table.write_text(ROWS + "50m,1")
    assert source.changed()
    assert reads(source) == 2
    # It is read again, though the file has not changed.
    assert source.changed()
    assert reads(source) == 3
    assert not source.changed()


def test_a_reading_that_was_rejected_is_read_again_at_the_next_poll(table: Path) -> None:
    source = PolledSource(str(table))
    source.changed()
    reads(source)
    table.write_text("at,score,more\n0m,0,0\n")
    for _ in range(2):
        assert source.changed()
        reads(source)
        source.reject()
    assert source.columns == ("at", "score")
