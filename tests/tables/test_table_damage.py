import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from live_activity.tables import DamagedRow, TableRow, open_table
from live_activity.tables.csv_parser import MOST_LINES


def read(text: str) -> list[TableRow | DamagedRow]:
    with TemporaryDirectory() as folder:
        path = Path(folder, "people.csv")
        path.write_bytes(text.encode())
        return list(open_table(str(path)).rows())


def lines_of(text: str) -> list[str | list[str]]:
    """Returns the cells of each sound row, and the reason of each damaged one with its line."""
    return [
        list(row.cells.values()) if isinstance(row, TableRow) else f"{row.line} {row.reason}"
        for row in read(text)
    ]


@pytest.mark.parametrize(
    ("body", "rows"),
    [
        ("1,Bob\n2\n3,Eve\n", [["1", "Bob"], "3 too_few_cells", ["3", "Eve"]]),
        ("1,Bob\n2,Al,Jr\n3,Eve\n", [["1", "Bob"], "3 too_many_cells", ["3", "Eve"]]),
        ('1,"Bob\n2,Al\n3,Eve\n', ["2 stray_quote", ["2", "Al"], ["3", "Eve"]]),
        ('1,"Bob\n2,Al\n3,Eve"\n4,Dan\n', ["2 stray_quote", ["2", "Al"], "4 stray_quote", ["4", "Dan"]]),
        ('1,"Bob\n2,Al\n3,"Eve"\n', ["2 stray_quote", ["2", "Al"], ["3", "Eve"]]),
        ('1,"Bob\n2,"Al\n3,Eve\n', ["2 stray_quote", "3 stray_quote", ["3", "Eve"]]),
        ('1,"Bob\n2,"Al,x"\n3,Eve\n', ["2 stray_quote", ["2", "Al,x"], ["3", "Eve"]]),
        ('1,"Bob"x\n2,Al\n', ["2 stray_quote", ["2", "Al"]]),
        ('1,"Bob" \n2,Al\n', ["2 stray_quote", ["2", "Al"]]),
        ("1,5'11\"\n2,6\" tall\n", [["1", "5'11\""], ["2", '6" tall']]),
        ('1,"Bob\n', ["2 stray_quote"]),
        ('1,"Bob\nJr\nIII\n', ["2 stray_quote", "3 too_few_cells", "4 too_few_cells"]),
        ('1,"Bob\n\n2,Al\n', ["2 stray_quote", ["2", "Al"]]),
        ('1,"Bob\nJr\n"\n2,Al\n', [["1", "Bob\nJr\n"], ["2", "Al"]]),
        ('1,"say ""hi""\nall"\n2,Al\n', [["1", 'say "hi"\nall'], ["2", "Al"]]),
        ('1,"Hello,\nmy friend, yes"\n2,Al\n', [["1", "Hello,\nmy friend, yes"], ["2", "Al"]]),
        ('1,"12 Main St\nSpringfield, IL\nUSA"\n2,x\n', [["1", "12 Main St\nSpringfield, IL\nUSA"], ["2", "x"]]),
        ('1,"Flat 2,Block B\nA,B\nUSA"\n2,x\n', [["1", "Flat 2,Block B\nA,B\nUSA"], ["2", "x"]]),
        ('1,"A\nSpring, IL\nUSA"\n2,x,y\n', ["2 stray_quote", ["Spring", " IL"], "4 stray_quote", "5 too_many_cells"]),
        ('1,"say \\"hi\\" now"\n2,x\n', [["1", 'say "hi" now'], ["2", "x"]]),
        ('1,"say \\", ok"\n2,"C:\\"\n', [["1", 'say ", ok'], ["2", "C:\\"]]),
        ('1,"say \\"hi\\"\nall"\n2,x\n', [["1", 'say "hi"\nall'], ["2", "x"]]),
        ('1,"Bob\nJr",x\n2,Al\n', ["2 stray_quote", "3 stray_quote", ["2", "Al"]]),
        ('1,""\n2,"a""b"\n3,"""q"""\n', [["1", ""], ["2", 'a"b'], ["3", '"q"']]),
        ('"1","a,b"\n"2","c"\n', [["1", "a,b"], ["2", "c"]]),
    ],
)  # fmt: skip
def test_a_damaged_row_is_reported_by_its_line_and_the_others_are_read(
    body: str, rows: list[str | list[str]]
) -> None:
    assert lines_of(f"id,name\n{body}") == rows
    assert lines_of(f"id,name\n{body}".replace("\n", "\r\n")) == [
        [cell.replace("\n", "\r\n") for cell in row] if isinstance(row, list) else row for row in rows
    ]


def test_a_cell_in_a_table_of_one_column_never_spans_lines() -> None:
    assert lines_of('id\n"a\nb"\nc\n') == ["2 stray_quote", "3 stray_quote", ["c"]]
    assert lines_of('id\n"a\nb,b"\nc\n') == ["2 stray_quote", "3 stray_quote", ["c"]]


def test_a_quoted_cell_that_ends_very_late_is_a_stray_quote() -> None:
    body = "text\n" * (MOST_LINES + 5)
    rows = lines_of(f'id,name\n1,"\n{body}"\n2,Al\n')
    assert rows[0] == "2 stray_quote"
    assert rows[-1] == ["2", "Al"]
    assert len(rows) == MOST_LINES + 8


def test_many_stray_quotes_do_not_make_reading_slow() -> None:
    # Looking ahead from each quote to the end of the file would take minutes and fail by pytest-timeout.
    rows = lines_of("id,name\n" + '1,"x\n' * 100_000)
    assert rows == [f"{line} stray_quote" for line in range(2, 100_002)]


PLAIN = st.text("ab1 é'", min_size=1, max_size=6)


@settings(max_examples=150)
@given(
    rows=st.lists(st.tuples(PLAIN, PLAIN, PLAIN), min_size=1, max_size=10),
    data=st.data(),
)
def test_a_stray_quote_costs_its_own_row_and_no_other(
    rows: list[tuple[str, ...]], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(rows) - 1))
    column = data.draw(st.integers(0, 2))
    broken = list(rows[place])
    broken[column] = '"' + broken[column]
    lines = [",".join(broken if number == place else row) for number, row in enumerate(rows)]
    expected: list[str | list[str]] = [list(row) for row in rows]
    expected[place] = f"{place + 2} stray_quote"
    assert lines_of("a,b,c\n" + "\n".join(lines)) == expected


@settings(max_examples=300)
@given(
    body=st.text('",;\n\r ab', max_size=60),
    header=st.sampled_from(["id", "id,name", "id;name;lang", '"id",b']),
)
@example(body='a,"\n"\n"', header="id,name")
@example(body='"\r\n\r\n","\r"', header="id,name")
def test_no_line_of_any_file_is_lost(body: str, header: str) -> None:
    rows = read(f"{header}\n{body}")
    lines = io.StringIO(f"{header}\n{body}", newline="").readlines()
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    covered = {1}
    for row in rows:
        inner = sum(_line_ends(cell) for cell in row.cells.values()) if isinstance(row, TableRow) else 0
        span = range(row.line, row.line + inner + 1)
        assert not covered & set(span)
        covered |= set(span)
    empty = {number for number, line in enumerate(lines, 1) if not line.strip("\r\n")}
    assert covered | empty == set(range(1, len(lines) + 1)) | empty


@settings(max_examples=150)
@given(body=st.text('",\nab', max_size=60))
def test_a_sound_row_equals_what_the_csv_module_reads_from_its_lines(body: str) -> None:
    text = f"a,b\n{body}"
    lines = io.StringIO(text, newline="").readlines()
    for row in read(text):
        if isinstance(row, TableRow):
            inner = sum(_line_ends(cell) for cell in row.cells.values())
            own = "".join(lines[row.line - 1 : row.line + inner])
            assert list(csv.reader(io.StringIO(own, newline=""), strict=True)) == [list(row.cells.values())]


def _line_ends(text: str) -> int:
    return text.count("\n") + text.count("\r") - text.count("\r\n")
