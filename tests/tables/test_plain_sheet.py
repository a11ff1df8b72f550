"""Workbooks with plain and other rows are read as openpyxl reads them."""

from __future__ import annotations

import zipfile
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from live_activity.core.findings import InvalidInput
from live_activity.tables import DamagedRow, open_table

SHEET, STRINGS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
HEAD = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
HEADER = (
    '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c></row>'
)
TAIL = "</sheetData></worksheet>"


def by_openpyxl(path: Path) -> list[list[Any]]:
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    sheet = book.worksheets[0]
    sheet.reset_dimensions()
    rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    book.close()
    width = len(rows[0])
    padded = [[*row, *[None] * (width - len(row))] for row in rows[1:]]
    return [row for row in padded if any(cell is not None for cell in row)]


def by_us(path: Path) -> list[list[Any]]:
    rows = list(open_table(str(path)).rows())
    assert not [row for row in rows if isinstance(row, DamagedRow)]
    return [list(row.cells.values()) for row in rows if not isinstance(row, DamagedRow)]


def types(rows: list[list[Any]]) -> list[list[tuple[type, Any]]]:
    """Adds the types to the values, as 1, 1.0 and true are three values."""
    return [[(type(cell), cell) for cell in row] for row in rows]


def workbook(path: Path, rows: list[list[Any]]) -> Path:
    book = openpyxl.Workbook()
    for row in [["a", "b", "c"], *rows]:
        book.active.append(row)  # type: ignore[union-attr]  # a new workbook has a sheet
    book.save(path)
    return path


def with_sheet(
    path: Path, sheet: str, strings: str = "<si><t>a</t></si><si><t>b</t></si><si><t>c</t></si>"
) -> Path:
    """Writes a workbook with this XML as its sheet, and with these shared texts."""
    made = workbook(path.with_name("made.xlsx"), [["x", "y", "z"]])
    shared = f'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{strings}</sst>'
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(path, "w") as new:
        for part in old.namelist():
            content = old.read(part).decode()
            if part == SHEET:
                content = sheet
            elif part == "[Content_Types].xml":
                override = f'<Override PartName="/{STRINGS}" ContentType="{kind}"/>'
                content = content.replace("</Types>", f"{override}</Types>")
            new.writestr(part, content)
        new.writestr(STRINGS, shared)
    return path


# Times in workbooks have no zone.
FIRST, LAST = datetime.fromisoformat("1901-01-01"), datetime.fromisoformat("2199-01-01")
EVENING = datetime.fromisoformat("2026-07-19T20:00")

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**15), 10**15),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(
        st.characters(exclude_categories=["Cs", "Cc"], include_characters="\t\n<&>\"'"), max_size=12
    ).filter(lambda text: not text.startswith(("=", "#"))),
    st.datetimes(FIRST, LAST),
    st.dates(FIRST.date(), LAST.date()),
    st.times(),
    st.timedeltas(timedelta(0), timedelta(days=30)),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.lists(VALUES, min_size=3, max_size=3), max_size=12), write_only=st.booleans())
def test_every_value_equals_openpyxls(tmp_path: Path, rows: list[list[Any]], write_only: bool) -> None:
    path = tmp_path / "a.xlsx"
    if write_only:
        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet()
        for row in [["a", "b", "c"], *rows]:
            sheet.append(row)
        book.save(path)
    else:
        workbook(path, rows)
    assert types(by_us(path)) == types(by_openpyxl(path))


ROWS = {
    "formulas": '<row r="2"><c r="A2"><f>B2*2</f><v>4</v></c><c r="B2"><v>2</v></c></row>'
    '<row r="3"><c r="A3"><f>B3*2</f><v>6</v></c><c r="B3"><v>3</v></c></row>'
    '<row r="4"><c r="A4"><f t="shared" si="0"/><v>6</v></c><c r="B4" t="str"><f>C4</f><v>x &amp; y</v></c></row>',
    "escapes": '<row r="2"><c r="A2" t="str"><v>a &lt; b &#38; c &quot;d&quot;</v></c></row>',
    "empty cells": '<row r="2"><c r="A2"/><c r="B2"><v>1</v></c></row><row r="3"><c r="B3"><v></v></c>'
    '<c r="C3" t="s"><v>2</v></c></row><row r="4"><c r="A4"><v>5</v></c><c r="B4"><v>1</v></c></row>',
    "rows without cells": '<row r="2"/><row r="3" ht="15"></row><row r="9"><c r="B9"><v>1.0</v></c></row>',
    "no numbers of rows": "<row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row>",
    "rows that go back": '<row r="5"><c r="A5"><v>1</v></c></row><row r="3"><c r="A3"><v>2</v></c></row>'
    '<row r="6"><c r="A6"><v>3</v></c></row>',
    "space between": '\n <row r="2">\n<c r="A2"><v>1</v></c> <c r="B2"><v> 2 </v></c></row>\n',
    "a comment": '<row r="2"><c r="A2"><v>1</v></c></row><!-- a --><row r="3"><c r="A3"><v>2</v></c></row>',
    "character data": '<row r="2"><c r="A2" t="str"><v><![CDATA[</row>]]></v></c></row>',
    "other attributes": '<row r="2" spans="1:3" ht="15"><c r="A2" t="n" s="0"><v>1</v></c>'
    '<c s="0" r="B2"><v>2</v></c></row>',
    "carriage returns": '<row r="2"><c r="A2" t="str"><v>a\r\nb&#13;c</v></c></row>',
    "formatted text": '<row r="2"><c r="A2" t="inlineStr"><is><r><t>a</t></r><r><t>b</t></r></is></c></row>',
    "several kinds": "".join(
        f'<row r="{n}"><c r="A{n}" t="{"b" if n % 2 else "n"}"><v>{n % 2}</v></c><c r="B{n}"><v>{n}e3</v></c></row>'
        for n in range(2, 60)
    ),
}


@pytest.mark.parametrize("rows", ROWS.values(), ids=ROWS.keys())
def test_rows_that_are_written_in_other_ways_are_read_alike(tmp_path: Path, rows: str) -> None:
    path = with_sheet(tmp_path / "a.xlsx", HEAD + HEADER + rows + TAIL)
    assert types(by_us(path)) == types(by_openpyxl(path))


@pytest.mark.parametrize(
    "strings",
    [
        "<si><t>a</t></si><si><t>b</t></si><si><r><t>c</t></r><r><t>d</t></r></si>",
        '<si><t xml:space="preserve"> a </t></si><si><t>b &amp; c</t></si><si><t/></si>',
        "<si><t>a</t></si><si><t>_x005F_b</t></si><si><t>c</t><phoneticPr fontId='1'/></si>",
        "<si><t>a</t></si><!-- x --><si><t>b</t></si><si><t>é漢</t></si>",
    ],
)
def test_shared_texts_are_read_alike(tmp_path: Path, strings: str) -> None:
    plain = HEAD + HEADER.replace('t="s"', 't="str"').replace("<v>", "<v>h")
    row = '<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2" t="s"><v>1</v></c><c r="C2" t="s"><v>2</v></c></row>'
    path = with_sheet(tmp_path / "a.xlsx", plain + row + TAIL, strings)
    assert types(by_us(path)) == types(by_openpyxl(path))


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ('<row r="2"><c r="A2"><v>x</v></c></row>', "row 2 of the sheet .* cannot be read"),
        ('<row r="2"><c r="A2" t="s"><v>99</v></c></row>', "cannot be read"),
        ('<row r="2"><c r="A2" t="str"><v>\x01</v></c></row>', "cannot be read"),
        ('<row r="2"><c r="A2"><v>1</v></row>', "cannot be read"),
        ('<row r="2"><c r="A2" t="str"><v>&nothing;</v></c></row>', "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_refused(tmp_path: Path, rows: str, why: str) -> None:
    path = with_sheet(tmp_path / "a.xlsx", HEAD + HEADER + rows + TAIL)
    with pytest.raises(InvalidInput, match=why):
        by_us(path)


def test_a_sheet_that_is_not_closed_is_refused(tmp_path: Path) -> None:
    path = with_sheet(tmp_path / "a.xlsx", HEAD + HEADER + '<row r="2"><c r="A2"><v>1</v></c></row>')
    with pytest.raises(InvalidInput, match="cannot be read"):
        by_us(path)


def test_a_time_of_day_and_a_date_keep_their_types(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [[EVENING, EVENING.date(), time(20, 30)]] * 3)
    assert by_us(path)[2] == [EVENING, datetime.combine(EVENING, time()), time(20, 30)]
