import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import fsspec
import openpyxl
import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live_activity.core.findings import InvalidInput
from live_activity.tables import DamagedRow, Table, TableRow, open_table
from live_activity.tables.formats import is_read_by_lines

SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)
NESTED = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=5
)


def cells(table: Table) -> list[dict[str, Any]]:
    return [dict(row.cells) for row in table.rows() if isinstance(row, TableRow)]


def places(table: Table) -> list[tuple[int, int]]:
    return [(row.number, row.line) for row in table.rows()]


@settings(max_examples=60)
@given(
    rows=st.lists(st.dictionaries(st.sampled_from("abc"), NESTED), max_size=5),
    lines=st.booleans(),
    plain=st.booleans(),
)
def test_json_keeps_its_types(rows: list[dict[str, Any]], lines: bool, plain: bool) -> None:
    files = fsspec.filesystem("memory")
    text = (
        "\n".join(json.dumps(row, ensure_ascii=plain) for row in rows)
        if lines
        else json.dumps(rows, ensure_ascii=plain, indent=1)
    )
    name = "rows.jsonl" if lines else "rows.json"
    try:
        encoded = text.encode() or b"\n\n"
    except UnicodeEncodeError:
        encoded = json.dumps(rows).encode()
    if not encoded.strip():
        return
    files.pipe(f"/{name}", encoded)
    table = open_table(f"memory://{name}")
    columns = list(dict.fromkeys(key for row in rows for key in row))
    assert table.typed
    assert list(table.columns) == columns
    # Compared as JSON: to Python, True is 1 and 1 is 1.0.
    assert json.dumps(cells(table)) == json.dumps([{name: row.get(name) for name in columns} for row in rows])


@pytest.mark.parametrize("rows", [[], [{"a": 1}, {"a": "ü", "b": [2]}]])
def test_an_object_around_one_array_of_rows_is_that_array(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    path = tmp_path / "rows.json"
    path.write_text(json.dumps({"name": "cup", "years": [2022], "rows": rows, "next": {"page": None}}))
    columns = {name for row in rows for name in row}
    assert [dict(row.cells) for row in open_table(str(path)).rows() if isinstance(row, TableRow)] == [
        {name: row.get(name) for name in columns} for row in rows
    ]


@pytest.mark.parametrize(
    "text",
    [
        '{"error": "no"}',
        '{"rows": [{"a": 1}], "more": [{"a": 2}]}',
        '{"rows": [{"a": 1}]',
        '{"rows": [{}]} {}',
    ],
)
def test_an_object_without_one_array_of_rows_or_cut_off_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "rows.json"
    path.write_text(text)
    with pytest.raises(InvalidInput, match=r"rows\.json"):
        open_table(str(path))


def test_json_rows_are_reported_by_the_line_on_which_they_begin(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    path.write_text('\ufeff[\n {"a": 1,\r\n  "b": [2]},\n\n {"a": "x\\ny"}, 5,\n {}]\n')
    table = open_table(str(path))
    assert list(table.rows()) == [
        TableRow(1, 2, {"a": 1, "b": [2]}),
        TableRow(2, 5, {"a": "x\ny", "b": None}),
        DamagedRow(3, 5, "not_an_object"),
        TableRow(4, 6, {"a": None, "b": None}),
    ]


def test_a_line_that_is_no_object_is_damaged_and_the_next_ones_are_read(tmp_path: Path) -> None:
    path = tmp_path / "rows.ndjson"
    path.write_text('{"a": 1}\n\n{"a": \n[1]\n{"a": NaN}\n{"b": 2}\n')
    table = open_table(str(path))
    assert table.columns == ("a", "b")
    assert list(table.rows()) == [
        TableRow(1, 1, {"a": 1, "b": None}),
        DamagedRow(2, 3, "not_json"),
        DamagedRow(3, 4, "not_an_object"),
        DamagedRow(4, 5, "not_json"),
        TableRow(5, 6, {"a": None, "b": 2}),
    ]


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    rows = [
        {
            "id": 7,
            "name": "NA",
            "at": datetime(2026, 7, 19, 20, tzinfo=UTC),
            "on": date(2026, 7, 19),
            "ok": True,
            "price": Decimal("1.50"),
            "state": {"score": [1, 2]},
            "a.b": "dots are part of the name",
        },
        dict.fromkeys(("id", "name", "at", "on", "ok", "price", "state", "a.b")),
    ]
    path = tmp_path / "rows.parquet"
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    table = open_table(str(path))
    assert table.typed
    assert cells(table) == rows
    assert places(table) == [(1, 2), (2, 3)]


def test_nanoseconds_of_parquet_are_cut_off_and_not_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    at = pyarrow.array([1_000_000_001], pyarrow.timestamp("ns", tz="UTC"))
    pyarrow.parquet.write_table(pyarrow.table({"at": at}), path)
    assert cells(open_table(str(path))) == [{"at": datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)}]


def test_parquet_comes_in_chunks_of_the_asked_size(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    pyarrow.parquet.write_table(pyarrow.table({"a": range(5), "b": range(5)}), path)
    chunks = list(open_table(str(path)).column_chunks(["b"], 2))
    assert [chunk.columns for chunk in chunks] == [{"b": [0, 1]}, {"b": [2, 3]}, {"b": [4]}]
    assert [chunk.first for chunk in chunks] == [1, 3, 5]


def workbook(path: Path, rows: list[list[Any]]) -> str:
    ledger = openpyxl.Workbook()
    sheet = ledger.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    ledger.save(path)
    return str(path)


def test_a_workbook_keeps_its_types(tmp_path: Path) -> None:
    at = datetime(2026, 7, 19, 20)  # noqa: DTZ001  # a workbook's times have no zone
    path = workbook(
        tmp_path / "people.xlsx", [["id", "at", " ok "], ["007", at, True], [], [7, None, None], [1.5]]
    )
    table = open_table(path)
    assert table.typed
    assert cells(table) == [
        {"id": "007", "at": at, "ok": True},
        {"id": 7, "at": None, "ok": None},
        {"id": 1.5, "at": None, "ok": None},
    ]
    assert places(table) == [(1, 2), (2, 4), (3, 5)]


def test_a_workbooks_row_with_more_cells_than_the_header_is_damaged(tmp_path: Path) -> None:
    path = workbook(tmp_path / "people.xlsx", [["id", "name"], ["1", "Bob", "Jr"], ["2", "Al"]])
    assert next(open_table(path).rows()) == DamagedRow(1, 2, "too_many_cells")


def test_rows_beyond_the_size_that_a_workbook_claims_are_read(tmp_path: Path) -> None:
    right = workbook(tmp_path / "right.xlsx", [["id", "name"], ["1", "Bob"], ["2", "Al"]])
    path = tmp_path / "people.xlsx"
    with ZipFile(right) as read, ZipFile(path, "w") as written:
        for name in read.namelist():
            written.writestr(name, read.read(name).replace(b'<dimension ref="A1:B3"', b'<dimension ref="A1"'))
    assert cells(open_table(str(path))) == [{"id": "1", "name": "Bob"}, {"id": "2", "name": "Al"}]


def test_a_failed_formula_is_an_error_only_where_its_cell_is_used(tmp_path: Path) -> None:
    path = workbook(tmp_path / "people.xlsx", [["id", "name"], ["#N/A", "Bob"], ["2", "#REF!"]])
    table = open_table(path)
    (chunk,) = table.column_chunks(["id"], 10)
    assert chunk.damaged == [DamagedRow(1, 2, "formula_error")]
    assert chunk.columns == {"id": ["2"]}
    assert [row.number for row in table.rows() if isinstance(row, DamagedRow)] == [1, 2]


def test_a_text_of_a_workbook_that_only_looks_like_an_error_is_a_value(tmp_path: Path) -> None:
    path = workbook(tmp_path / "rows.xlsx", [["id", "title"], ["1", "#GOAL!"], ["2", "#Derby?"]])
    assert cells(open_table(path)) == [{"id": "1", "title": "#GOAL!"}, {"id": "2", "title": "#Derby?"}]


@pytest.mark.parametrize(
    "name", ["people.CSV", "people.csv.gz", "people.parquet", "people.xlsx", "people.json"]
)
def test_any_url_of_fsspec_is_read_like_a_local_path(tmp_path: Path, name: str) -> None:
    rows = [{"id": "007", "name": "Bob"}, {"id": "008", "name": "Al"}]
    local = tmp_path / name
    if name.endswith(".xlsx"):
        workbook(local, [["id", "name"], ["007", "Bob"], ["008", "Al"]])
    elif name.endswith(".parquet"):
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), local)
    elif name.endswith(".json"):
        local.write_text(json.dumps(rows))
    else:
        with fsspec.open(str(local), "wb", compression="infer") as file:
            file.write(b"id,name\n007,Bob\n008,Al\n")
    files = fsspec.filesystem("memory")
    files.pipe(f"/tables/{name}", local.read_bytes())
    for path in (str(local), local.as_uri(), f"memory://tables/{name}"):
        table = open_table(path)
        assert table.where == name
        assert cells(table) == rows


def test_a_urls_query_may_say_the_format() -> None:
    fsspec.filesystem("memory").pipe("/export?format=csv", b"id\n1\n")
    assert cells(open_table("memory://export?format=csv")) == [{"id": "1"}]


def written(path: Path, rows: list[list[Any]]) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    book.save(path)
    return book


@pytest.mark.parametrize("number_first", [True, False])
def test_a_formula_that_nobody_calculated_has_no_result(tmp_path: Path, number_first: bool) -> None:
    rows: list[list[Any]] = [["u1", 7], ["u2", "=B2+1"], ["u3", "=B3+1"]]
    written(tmp_path / "a.xlsx", [["id", "n"], *(rows if number_first else reversed(rows))])
    found = list(open_table(str(tmp_path / "a.xlsx")).rows())
    assert [row.reason for row in found if isinstance(row, DamagedRow)] == ["formula_error"] * 2
    (chunk,) = open_table(str(tmp_path / "a.xlsx")).column_chunks(["id"], 10)
    assert chunk.damaged == []


def test_a_formula_that_came_to_an_empty_text_is_empty(tmp_path: Path) -> None:
    written(tmp_path / "made.xlsx", [["id", "n"], ["u1", "=A1"]])
    with ZipFile(tmp_path / "made.xlsx") as old, ZipFile(tmp_path / "a.xlsx", "w") as new:
        for part in old.namelist():
            content = old.read(part).decode()
            new.writestr(part, content.replace('<c r="B2"><f>', '<c r="B2" t="str"><f>'))
    assert cells(open_table(str(tmp_path / "a.xlsx"))) == [{"id": "u1", "n": None}]


def test_the_first_sheet_that_is_not_hidden_is_read(tmp_path: Path) -> None:
    book = written(tmp_path / "a.xlsx", [["secret"], ["x"]])
    book.create_sheet("Shown").append(["id"])
    book.worksheets[0].sheet_state = "hidden"
    book.save(tmp_path / "a.xlsx")
    assert open_table(str(tmp_path / "a.xlsx")).columns == ("id",)


def test_hidden_rows_are_read_and_reported(tmp_path: Path) -> None:
    book = written(tmp_path / "a.xlsx", [["id"], ["u1"], ["u2"], ['a <row hidden="1">']])
    sheet = book.worksheets[0]
    sheet.column_dimensions["C"].hidden = True
    sheet.row_dimensions[2].hidden = True
    book.save(tmp_path / "a.xlsx")
    table = open_table(str(tmp_path / "a.xlsx"))
    assert [row["id"] for row in cells(table)] == ["u1", "u2", 'a <row hidden="1">']
    (finding,) = table.findings
    assert (finding.code, finding.severity) == ("hidden_rows", "warning")
    assert "the sheet has 1 row of them" in finding.message


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
def test_names_below_a_title_are_found(tmp_path: Path, name: str) -> None:
    lines: list[list[Any]] = [["Audience of March", None], [None, None], [" id", "city"], ["u1", "Bonn"]]
    if name == "a.csv":
        text = "\n".join(";".join(cell or "" for cell in line) for line in lines)
        (tmp_path / name).write_text(f"{text}\n")
    else:
        written(tmp_path / name, lines)
    table = open_table(str(tmp_path / name))
    assert table.line_of_names(["id", "town"]) == 3
    assert table.line_of_names(["id", "city"], least=2) == 3
    assert table.line_of_names(["id", "town"], least=2) is None
    assert table.line_of_names(["Audience of March"]) is None


@pytest.mark.parametrize(
    ("path", "named", "lines"),
    [
        ("rows.csv", None, True),
        ("ROWS.NDJSON", None, True),
        ("rows.csv.gz", None, False),
        ("rows.json", "csv", False),
        ("s3://team/rows.csv?versionId=7", None, True),
        ("https://team.example/export?format=tsv", "json", True),
        ("https://team.example/export", "jsonl", True),
        ("https://team.example/export", None, False),
        ("rows.xlsx", None, False),
    ],
)
def test_the_last_line_of_a_table_that_is_read_by_lines_may_be_unfinished(
    path: str, named: str | None, lines: bool
) -> None:
    assert is_read_by_lines(path, named=named) is lines
