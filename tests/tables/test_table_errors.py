import gzip
import io
import zipfile
from pathlib import Path

import fsspec
import openpyxl
import pyarrow
import pyarrow.parquet
import pytest

from live_activity.core.findings import InvalidInput
from live_activity.tables import TableRow, open_table


def open_document() -> bytes:
    """The beginning of a spreadsheet as LibreOffice saves it."""
    with io.BytesIO() as file:
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        return file.getvalue()


def refused(path: Path | str, where: str | None = None) -> list[str]:
    with pytest.raises(InvalidInput) as caught:
        list(open_table(str(path), where=where).rows())
    assert all("\n" not in str(finding) for finding in caught.value.findings)
    return [f"{finding.code}: {finding}" for finding in caught.value.findings]


def test_gzip_with_any_bit_damaged_is_refused_or_read_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    sound = gzip.compress(b"id\n" + b"".join(b"user-%d\n" % n for n in range(0, 900, 7)), mtime=0)
    path.write_bytes(sound)
    rows = list(open_table(str(path)).rows())
    messages: set[str] = set()
    for place in range(2, len(sound)):  # the first two bytes say that it is gzip
        path.write_bytes(sound[:place] + bytes([sound[place] ^ 1 << place % 8]) + sound[place + 1 :])
        try:
            assert list(open_table(str(path), where="a").rows()) == rows
        except InvalidInput as wrong:
            messages.update(map(str, wrong.findings))
    assert messages == {"a: is cut off or not compressed with gzip; save it again"}


@pytest.mark.parametrize(
    ("name", "content", "code", "words"),
    [
        ("a.csv", b"", "empty_table", "is empty"),
        ("a.csv", b"\xef\xbb\xbf", "empty_table", "is empty"),
        ("a.csv", b"\n\r\n  \n", "empty_table", "is empty"),
        ("a.jsonl.gz", gzip.compress(b"", mtime=0), "empty_table", "is empty"),
        ("a.csv", b",,\n1,2,3\n", "no_header", "names on its first line"),
        ("a.csv", b'id,"name\n1,2\n', "stray_quote", "header"),
        ("a.csv", b"id,name\n1,\0\n", "not_text", "NUL"),
        ("a.csv", b"id\n\xc3\xbc\n\xfc\n", "mixed_encodings", "line 2 is UTF-8 and line 3 is not"),
        ("a.csv", b"id\n\x81\xff\n", "not_text", "neither UTF-8 nor Windows-1252"),
        ("a.csv", b"\xff\xfei\0d\0\n", "not_text", "not what its BOM says"),
        ("a.csv", b"PK\x03\x04rest", "not_text", "name it .xlsx"),
        ("a.csv", open_document(), "not_text", "(.ods); save it as .xlsx or CSV"),
        ("a.csv", b"\x1f\x8brest", "not_text", "name it .csv.gz"),
        ("a.csv", b"\n <!DOCTYPE html><html>", "web_page", "web page"),
        ("a.csv", b'[{"id": "u1"}]', "unknown_format", "holds JSON; let its name end in .json"),
        ("a.csv", b'{"id": "u1"}\n{"id": "u2"}\n', "unknown_format", "or in .jsonl"),
        ("a.json", b"<html><body>log in", "web_page", "web page"),
        ("a.csv.gz", b"id\n1\n", "unreadable", "not compressed"),
        ("a.csv.gz", gzip.compress(b"id\n" * 10_000, mtime=0)[:-9], "unreadable", "cut off"),
        ("a.json", b'{"rows": 3}', "not_an_array", "[{...}, {...}]"),
        ("a.json", b'[{"id": 1},\n{"id": }]', "not_json", "line 2"),
        ("a.json", b'[{"id": 1}', "not_json", "line 1"),
        ("a.json", b'[{"id": 1}]\n]', "not_json", "line 2"),
        ("a.json", b"[" * 100_000, "not_json", "line 1 on (it is nested too deeply)"),
        ("a.json", b'[{"id": NaN}]', "not_json", "(NaN is not JSON)"),
        (
            "a.json",
            b'[{"id": 1},\n{"id": 2, "id": 3}]',
            "not_json",
            "line 2 on (the key 'id' is given twice)",
        ),
        ("a.json", b'[{"id": 1},\n]', "not_json", "line 2 on (expecting value)"),
        ("a.parquet", b"id\n1\n", "unreadable", "not Parquet"),
        ("a.xlsx", b"id\n1\n", "unreadable", "not an .xlsx"),
        ("a.xls", b"\xd0\xcf\x11\xe0", "unknown_format", ".xlsx"),
        ("a", b"id\n1\n", "unknown_format", ".csv"),
    ],
)
def test_an_unreadable_table_is_one_clear_error(
    tmp_path: Path, name: str, content: bytes, code: str, words: str
) -> None:
    (tmp_path / name).write_bytes(content)
    (message,) = refused(tmp_path / name)
    assert message.startswith(f"{code}: {name}: ")
    assert words in message


def test_unnamed_and_doubled_columns_that_are_not_used_are_accepted(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,,b,c, b,,d\n1,2,3,4,5,6,7\n")
    table = open_table(str(path))
    assert table.columns == ("a", "c", "d")
    assert [dict(row.cells) for row in table.rows() if isinstance(row, TableRow)] == [
        {"a": "1", "c": "4", "d": "7"}
    ]
    assert [str(finding) for finding in table.findings] == [
        "a.csv: columns 3 and 5 have the same name 'b'; rename one of them if it is needed; neither is read"
    ]
    with pytest.raises(InvalidInput, match="columns 3 and 5 have the same name 'b'; rename one of them"):
        list(table.column_chunks(["b"], 5))


@pytest.mark.parametrize("kind", ["parquet", "xlsx"])
def test_a_doubled_column_of_any_format_is_an_error_if_it_is_used(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"a.{kind}"
    if kind == "parquet":
        columns = [pyarrow.array([1]), pyarrow.array([2]), pyarrow.array([3])]
        pyarrow.parquet.write_table(pyarrow.Table.from_arrays(columns, names=["name", "name", "id"]), path)
    else:
        book = openpyxl.Workbook()
        assert book.active is not None
        book.active.append(["name", "name", "id"])
        book.active.append([1, 2, 3])
        book.save(path)
    table = open_table(str(path))
    assert [dict(row.cells) for row in table.rows() if isinstance(row, TableRow)] == [{"id": 3}]
    with pytest.raises(InvalidInput, match="columns 1 and 2 have the same name 'name'; rename one of them"):
        list(table.arrow_chunks(["name"]))


def test_an_empty_workbook_is_empty(tmp_path: Path) -> None:
    openpyxl.Workbook().save(tmp_path / "a.xlsx")
    assert refused(tmp_path / "a.xlsx") == ["empty_table: a.xlsx: is empty"]


def test_an_empty_first_sheet_is_named_where_others_are_not(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].title = "Cover"
    book.create_sheet("Rows").append(["at", "x"])
    book.save(tmp_path / "a.xlsx")
    (what,) = refused(tmp_path / "a.xlsx")
    assert "its first sheet 'Cover' is empty, and the others are not read; put the table there" in what


@pytest.mark.parametrize("asked", ["fan.csv", "fans.cvs", "FANS.CSV.csv"])
def test_a_missing_file_is_answered_with_the_nearest_name(tmp_path: Path, asked: str) -> None:
    (tmp_path / "fans.csv").write_bytes(b"id\n")
    (tmp_path / "timeline.xlsx").write_bytes(b"")
    path = tmp_path / asked
    assert refused(path) == [f"no_such_file: {asked}: there is no {path}; did you mean fans.csv?"]


def test_a_missing_file_with_nothing_near_is_reported_too(tmp_path: Path) -> None:
    assert refused(tmp_path / "no" / "fans.csv")[0].startswith("no_such_file: ")


def test_a_missing_url_is_answered_with_the_nearest_name() -> None:
    fsspec.filesystem("memory").pipe("/inputs/fans.csv", b"id\n")
    assert refused("memory://inputs/fan.csv") == [
        "no_such_file: fan.csv: there is no fan.csv; did you mean fans.csv?"
    ]


def test_a_folder_is_no_table(tmp_path: Path) -> None:
    assert refused(tmp_path, "fans") == ["unreadable: fans: is a folder; name the file in it"]


def test_a_urls_credentials_are_never_reported() -> None:
    message = refused("https://user:secret@127.0.0.1:9/fans.csv?signature=secret")
    assert message[0].startswith(("unreadable: fans.csv: ", "no_such_file: fans.csv: "))
    assert "secret" not in str(message)


def test_the_name_of_a_table_in_findings_can_be_given(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"")
    assert refused(path, "segment") == ["empty_table: segment: is empty"]


def test_cells_do_not_show_in_a_rows_repr(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"insider_id\nsecret\n")
    table = open_table(str(path))
    assert "secret" not in repr((table, list(table.rows()), list(table.column_chunks(["insider_id"], 5))))


def test_a_scheme_that_nothing_reads_is_named() -> None:
    (message,) = refused("nowhere://inputs/fans.csv?key=secret")
    assert message == (
        "unreadable: fans.csv: nowhere:// is not a known kind of URL; "
        "write a path, or a URL such as https:// or s3://"
    )
