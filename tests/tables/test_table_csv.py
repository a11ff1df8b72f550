import csv
import gzip
import io
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from live_activity.core.findings import InvalidInput
from live_activity.tables import DamagedRow, TableRow, open_table
from live_activity.tables.file import IN_MEMORY

ANY_LETTER = st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0")
CP1252 = bytes(byte for byte in range(0x20, 0x100) if byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)).decode(
    "cp1252"
)


def tables_of(
    letters: st.SearchStrategy[str], *, fewest_columns: int = 1
) -> st.SearchStrategy[list[list[str]]]:
    cells = st.text(letters, max_size=12)
    return st.integers(fewest_columns, 4).flatmap(
        lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1, max_size=12)
    )


def written(rows: list[list[str]], *, delimiter: str, ends: str, quoting: int) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=ends, quoting=quoting)  # type: ignore[arg-type]  # the stubs want one of four literals
    writer.writerow([f"column {chr(97 + place)}" for place in range(len(rows[0]))])
    writer.writerows(rows)
    return text.getvalue()


def read(content: bytes, name: str = "people.csv") -> list[TableRow | DamagedRow]:
    with TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(content)
        return list(open_table(str(path)).rows())


def cells(rows: list[TableRow | DamagedRow]) -> list[list[str]]:
    assert all(isinstance(row, TableRow) for row in rows)
    return [list(row.cells.values()) for row in rows if isinstance(row, TableRow)]


@settings(max_examples=150)
@given(
    rows=tables_of(ANY_LETTER, fewest_columns=2),
    delimiter=st.sampled_from(",;\t"),
    ends=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_cells_come_back_as_they_were_written(
    rows: list[list[str]], delimiter: str, ends: str, encoding: str, quoting: int
) -> None:
    text = written(rows, delimiter=delimiter, ends=ends, quoting=quoting)
    assert cells(read(text.encode(encoding))) == rows


@settings(max_examples=50)
@given(rows=tables_of(st.sampled_from(CP1252)), quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
def test_a_file_that_is_not_utf8_is_windows_1252_from_its_first_line_to_its_last(
    rows: list[list[str]], quoting: int
) -> None:
    rows = [*rows, ["é "] * len(rows[0])]
    encoded = written(rows, delimiter=",", ends="\n", quoting=quoting).encode("cp1252")
    assume(not any(_in_utf8(line) for line in encoded.splitlines()))
    assert cells(read(encoded)) == rows


def _in_utf8(line: bytes) -> bool:
    return not line.isascii() and "\ufffd" not in line.decode("utf-8", errors="replace")


def test_a_file_that_stops_being_utf8_late_is_refused(
    tmp_path: Path,
) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(b"a,b\n" + "é,x\n".encode() * 300_000 + b"\xe9,y\n")
    with pytest.raises(InvalidInput) as refused:
        open_table(str(path))
    (finding,) = refused.value.findings
    assert finding.code == "mixed_encodings"
    assert "line 2 is UTF-8 and line 300002 is not" in finding.message


def test_no_cell_is_converted() -> None:
    row = ["007", "NA", "1,000", "true", " spaced ", "null", "1e5", "2026-07-19", ""]
    text = written([row], delimiter=";", ends="\n", quoting=csv.QUOTE_MINIMAL)
    assert cells(read(text.encode())) == [row]


def test_the_delimiter_is_the_headers_and_not_one_inside_its_quotes() -> None:
    rows = read(b'"a,b,c";d\n1,2;3\n')
    assert [row.cells for row in rows if isinstance(row, TableRow)] == [{"a,b,c": "1,2", "d": "3"}]


def test_a_tsv_is_cut_at_tabs_only() -> None:
    assert cells(read(b"a,b,c\td\n1,2\t3\n", "people.tsv")) == [["1,2", "3"]]


def test_compressed_text_is_unpacked() -> None:
    assert cells(read(gzip.compress(b"a,b\n1,2\n"), "people.csv.gz")) == [["1", "2"]]
    joined = gzip.compress(b"a,b\n1,") + b"\0" * 9 + gzip.compress(b"") + gzip.compress(b"2\n") + b"\0"
    assert cells(read(joined, "people.csv.gz")) == [["1", "2"]]


def test_empty_lines_are_no_rows_and_lines_are_counted_as_an_editor_does() -> None:
    rows = read(b'\na,b\n\n1,2\n\n\n3,"x\ny"\n5,6\n')
    assert [(row.number, row.line) for row in rows] == [(1, 4), (2, 7), (3, 9)]
    assert cells(rows) == [["1", "2"], ["3", "x\ny"], ["5", "6"]]


def test_a_line_of_empty_cells_is_a_row() -> None:
    assert cells(read(b"a;b\n;\n")) == [["", ""]]


def test_header_names_lose_the_space_around_them(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(b" a ,\tb c\n1,2\n")
    assert open_table(str(path)).columns == ("a", "b c")


def test_a_separator_at_the_end_of_every_line_is_accepted_if_nothing_follows_it() -> None:
    rows = read(b"a;b;;\n1;2;;\n3;4;;x\n5;6;\n")
    assert isinstance(rows[0], TableRow)
    assert rows[0].cells == {"a": "1", "b": "2"}
    assert rows[1:] == [DamagedRow(2, 3, "too_many_cells"), DamagedRow(3, 4, "too_few_cells")]


def test_a_very_long_cell_is_a_cell() -> None:
    long = "x" * 1_000_000
    assert cells(read(f'a,b\n{long},"{long}"\n'.encode())) == [[long, long]]


def test_a_file_too_large_for_memory_is_read_piece_by_piece(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    line = b"%07d," + b"x" * 190 + b"\n"
    with path.open("wb") as file:
        file.write(b"id,text\n")
        file.writelines(line % number for number in range(90_000))
    assert path.stat().st_size > IN_MEMORY
    chunks = open_table(str(path)).column_chunks(["id"], 10_000)
    ids = [cell for chunk in chunks for cell in chunk.columns["id"]]
    assert ids == [f"{number:07d}" for number in range(90_000)]


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_chunks_hold_the_asked_columns_of_all_rows_in_order(tmp_path: Path, size: int) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(b"a,b,c\n1,2,3\n4,5\n6,7,8\n9,0,1\n")
    chunks = list(open_table(str(path)).column_chunks(["c", "a"], size))
    assert [cell for chunk in chunks for cell in chunk.columns["c"]] == ["3", "8", "1"]
    assert [cell for chunk in chunks for cell in chunk.columns["a"]] == ["1", "6", "9"]
    assert [line for chunk in chunks for line in chunk.lines] == [2, 4, 5]
    assert [number for chunk in chunks for number in chunk.numbers()] == [1, 3, 4]
    assert [row for chunk in chunks for row in chunk.damaged] == [DamagedRow(2, 3, "too_few_cells")]


def test_a_file_that_is_saved_meanwhile_is_read_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(b"a,b\n1,2\n")
    table = open_table(str(path))
    path.write_bytes(b"b;a;c\n\xff\n")
    assert cells(list(table.rows())) == [["1", "2"]]


def test_a_file_too_large_for_memory_that_is_saved_meanwhile_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(b"a\n" + (b"x" * 99 + b"\n") * (IN_MEMORY // 100 + 1))
    table = open_table(str(path))
    with path.open("ab") as file:
        file.write(b"\xff\n")
    with pytest.raises(InvalidInput, match="changed while it was read"):
        list(table.column_chunks(["a"], 10_000))


def test_a_table_can_be_read_twice(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(b"a,b\n1,2\n")
    table = open_table(str(path))
    assert list(table.rows()) == list(table.rows()) != []
