"""Any file is read within bounds, or refused in one line."""

from __future__ import annotations

import gzip
import os
import socket
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow
import pyarrow.parquet
import pytest

from live_activity.core.findings import InvalidInput
from live_activity.core.yaml_file import read_yaml
from live_activity.segment import count
from live_activity.tables import limits, open_table
from live_activity.tables.limits import LONGEST_CELL, LONGEST_LINE, LONGEST_ROW

SHEET = "xl/worksheets/sheet1.xml"
ENTITIES = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + b"".join(
    b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)
)


def refused(path: Path | str) -> str:
    with pytest.raises(InvalidInput) as caught:
        list(open_table(str(path)).rows())
    (finding,) = caught.value.findings
    assert str(finding).isprintable()
    return f"{finding.code}: {finding.message}"


def workbook(path: Path, sheet: Any) -> Path:
    """Writes a workbook in which `sheet` has changed the bytes of a small sheet."""
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (["insider_id"], ["u1"]):
        book.active.append(row)
    book.save(path.with_suffix(".base"))
    with (
        zipfile.ZipFile(path.with_suffix(".base")) as old,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            with new.open(name, "w") as part:
                for block in sheet(old.read(name)) if name == SHEET else [old.read(name)]:
                    part.write(block)
    return path


def endless_cell(content: bytes) -> Iterator[bytes]:
    yield content[: content.index(b'<row r="2"')] + b'<row r="2"><c r="A2" t="str"><v>'
    yield from [b"a" * 1_000_000] * 40
    yield b"</v></c></row></sheetData></worksheet>"


def endless_row(content: bytes) -> Iterator[bytes]:
    yield content[: content.index(b'<row r="2"')] + b'<row r="2">'
    yield from [b'<c r="A2"><v>1</v></c>' * 50_000] * (LONGEST_ROW // 1_000_000 + 4)
    yield b"</row></sheetData></worksheet>"


@pytest.mark.parametrize(
    ("sheet", "expected"),
    [
        (
            lambda content: [ENTITIES + b"]>" + content],
            "unreadable: is not an .xlsx workbook that can be read",
        ),
        (endless_cell, f"too_large: holds a cell of more than {LONGEST_CELL // 2**20} MB"),
        (endless_row, f"too_large: holds a row of more than {LONGEST_ROW // 2**20} MB"),
        (lambda content: [content[:300]], "unreadable: row "),
    ],
)
def test_a_workbook_that_would_exhaust_memory_is_refused(tmp_path: Path, sheet: Any, expected: str) -> None:
    assert refused(workbook(tmp_path / "a.xlsx", sheet)).startswith(expected)


def test_a_part_of_a_workbook_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("live_activity.tables.workbook_bounds.MOST_SHEET", 100)
    assert "unpacks to 0 MB" in refused(workbook(tmp_path / "a.xlsx", lambda content: [content]))


def test_a_line_without_an_end_is_refused_by_its_number(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"id\nu1\n" + b"a" * (3 * LONGEST_LINE), 1))
    assert refused(path).startswith("line_too_long: line 3 is longer than 8 MB")
    for encoding in ("utf-16", "utf-16-le"):
        path.write_bytes(gzip.compress(("id\n" + "a" * (2 * LONGEST_LINE)).encode(encoding), 1))
        assert refused(path).startswith("line_too_long: line 2")


def test_a_json_array_may_be_one_long_line(tmp_path: Path) -> None:
    row = '{"insider_id": "' + "u" * 200 + '"}'
    (tmp_path / "a.json").write_text(f"[{', '.join([row] * (LONGEST_LINE // len(row) + 1))}]")
    assert count(str(tmp_path / "a.json")).reasons["duplicate"] == LONGEST_LINE // len(row)


def test_a_text_that_is_too_long_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"id\n" * 3_000_000, 1))
    monkeypatch.setattr("live_activity.tables.text.MOST_TEXT", limits.MIB)
    assert refused(path).startswith("too_large: is longer than")
    (tmp_path / "a.json").write_text('[{"id": 1}]')
    monkeypatch.setattr("live_activity.tables.text.MOST_WHOLE_TEXT", 5)
    assert refused(tmp_path / "a.json").startswith("too_large: ")


@pytest.mark.parametrize("kind", ["pipe", "socket", "device", "folder"])
@pytest.mark.parametrize("scheme", ["", "file://"])
def test_pipes_sockets_devices_and_folders_are_refused_at_once(
    tmp_path: Path, kind: str, scheme: str
) -> None:
    path = tmp_path / "a.csv"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as end:
            end.bind(os.path.relpath(path))
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        path.mkdir()
    assert refused(f"{scheme}{path}").startswith("unreadable: is a")
    with pytest.raises(InvalidInput, match=r"is not a file; name|is a folder; name"):
        read_yaml(path, what="campaign file")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("[" * 100_000, "it is nested too deeply"),
        ('[{"id": ' + "[" * 100_000 + "]" * 100_000 + "}]", "it is nested too deeply"),
        ('[{"id": %s}]' % ("9" * 5000), "a number has too many digits"),  # braces
        ('[{"id": 1e999}]', "a number is too large"),
    ],
)
def test_json_beyond_bounds_is_refused(tmp_path: Path, content: str, why: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(content)
    assert f"({why})" in refused(path)


def test_numbers_of_any_length_are_ids_or_rejected(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(f'[{{"insider_id": 1{"0" * 40}}}, {{"insider_id": {"9" * 4000}}}]')
    assert count(str(tmp_path / "a.json")).reasons == {"not_text": 1}
    (tmp_path / "a.csv").write_text(f"insider_id\n1{'0' * 40}\n{'9' * 5000}\n")
    assert count(str(tmp_path / "a.csv")).reasons == {"too_long": 1}
    (tmp_path / "a.jsonl").write_text(f'{{"insider_id": {"9" * 5000}}}\n{{"insider_id": "u"}}\n')
    assert count(str(tmp_path / "a.jsonl")).reasons == {"not_json": 1}


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (lambda: [{"a": 1}], "not_text"),
        (lambda: [[1]], "not_text"),
        (lambda: pyarrow.array(["x" * 50_000] * 20_000), "too_long"),
        (
            lambda: pyarrow.DictionaryArray.from_arrays(pyarrow.array([0] * 20_000), ["x" * 50_000]),
            "too_long",
        ),
    ],
)
def test_parquet_of_any_type_and_size_is_counted(
    tmp_path: Path, values: Callable[[], Sequence[Any]], reason: str
) -> None:
    table = pyarrow.table({"insider_id": values()})
    pyarrow.parquet.write_table(table, tmp_path / "a.parquet")
    rows = table.num_rows
    del table
    before = pyarrow.total_allocated_bytes()
    assert count(str(tmp_path / "a.parquet")).reasons == {reason: rows}
    assert pyarrow.total_allocated_bytes() - before < 64 * limits.MIB


def test_parquet_with_a_column_that_is_too_large_or_beyond_the_calendar_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.parquet"
    pyarrow.parquet.write_table(
        pyarrow.table({"insider_id": pyarrow.array([2**52], pyarrow.timestamp("ms"))}), path
    )
    with pytest.raises(InvalidInput, match=r"cannot be read \(OverflowError\)"):
        count(str(path))
    monkeypatch.setattr("live_activity.tables.parquet.MOST_COLUMN_CHUNK", 10)
    with pytest.raises(InvalidInput, match="of one column in row group 1"):
        count(str(path))
