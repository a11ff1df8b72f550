"""A workbook that is compared block by block with an earlier one gives the same as openpyxl and a fresh reading."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from live_activity.core.findings import InvalidInput
from live_activity.tables import open_table, plain_rows, plain_sheet, workbook
from live_activity.tables.row_blocks import RowBlock
from tests.examples import many_examples

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
STRINGS = "xl/sharedStrings.xml"
HEAD = f'<worksheet xmlns="{MAIN}" xmlns:x14ac="urn:x"><sheetData>'
HEADER = '<row r="1"><c r="A1" t="str"><v>a</v></c><c r="B1" t="str"><v>b</v></c></row>'
TAIL = "</sheetData></worksheet>"

# Cells as programs write them; {at} is the cell's reference, and the text in <s></s> is a shared one.
CELLS = [
    '<c r="{at}"><v>1</v></c>',
    '<c r="{at}"><v>1.0</v></c>',
    '<c r="{at}" t="n"><v>1E3</v></c>',
    '<c r="{at}" t="b"><v>1</v></c>',
    '<c r="{at}" s="1"><v>46222.5</v></c>',
    '<c r="{at}" s="2"><v>1.25</v></c>',
    '<c r="{at}" s="1"><v>1e9</v></c>',
    '<c r="{at}" t="s"><v><s>Tor</s></v></c>',
    '<c r="{at}" t="s"><v><s>on time</s></v></c>',
    '<c r="{at}" t="s"><v><s>#N/A</s></v></c>',
    '<c r="{at}" t="str"><f>B1</f><v>a &amp; b</v></c>',
    '<c r="{at}"><f>1+1</f><v>2</v></c>',
    '<c r="{at}"><f>1+2</f><v>2</v></c>',
    '<c r="{at}"><f t="shared" si="0"/><v>3</v></c>',
    '<c r="{at}"><f>B1</f><v></v></c>',
    '<c r="{at}" t="e"><f>1/0</f><v>#DIV/0!</v></c>',
    '<c r="{at}" t="inlineStr"><is><t>Tör</t></is></c>',
    '<c r="{at}" t="inlineStr"><is><r><t>T</t></r><r><t>or</t></r></is></c>',
    '<c r="{at}" t="d"><v>2026-07-19T20:00:00</v></c>',
    '<c r="{at}" s="0"/>',
    "",
]
ROWS = [
    '<row r="{line}">{cells}</row>',
    '<row r="{line}">{cells}</row>',
    '<row r="{line}">{cells}</row>',
    '<row r="{line}" spans="1:3" x14ac:dyDescent="0.25">{cells}</row>\n',
    '<row r="{line}" customFormat="false" ht="12.8" hidden="false" outlineLevel="0" collapsed="false">{cells}</row>',
    "<row>{cells}</row>",
    '<row r="1">{cells}</row>',
    '<row r="{line}"/>',
]
ODD = ["<!-- a -->", "<?x?>", '<row r="{line}"><c r="A{line}" t="str"><v><![CDATA[x]]></v></c></row>']

ROW = st.tuples(
    st.sampled_from(ROWS), st.tuples(*[st.sampled_from(CELLS)] * 2, st.sampled_from([*CELLS, *[""] * 9]))
)


@pytest.fixture(params=[1, 200, 1 << 20])
def small_pieces(request: pytest.FixtureRequest) -> Iterator[None]:
    """Blocks of three rows, or shorter ones where rows are long."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workbook, "BLOCK_ROWS", 3)
        patch.setattr(plain_sheet, "_LONGEST_PIECE", request.param)
        patch.setattr(plain_sheet, "_BLOCK", 100)
        patch.setattr(plain_rows, "_MOST_LAYOUTS", 2)
        yield


def sheet_of(rows: Sequence[Any], strings: dict[str, int]) -> str:
    """Returns the sheet's XML. Shared texts that are missing in `strings` are added to it."""
    texts = [HEAD, HEADER]
    for line, row in enumerate(rows, 2):
        if isinstance(row, str):
            texts.append(row.format(line=line))
            continue
        form, cells = row
        written = "".join(
            cell.format(at=f"{column}{line}") for column, cell in zip("ABC", cells, strict=True)
        )
        for text in ("Tor", "on time", "#N/A"):
            if text in written:
                written = written.replace(f"<s>{text}</s>", str(strings.setdefault(text, len(strings))))
        texts.append(form.format(line=line, cells=written))
    return "".join([*texts, TAIL])


def workbook_of(
    path: Path, sheet: str, strings: dict[str, int], *, formats: Sequence[str], epoch: int
) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for number, each in enumerate(formats, 1):
        cell = book.active.cell(number, 1, 1)
        cell.number_format = each
    if epoch == 1904:
        book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.save(path.with_suffix(".made"))
    shared = "".join(f"<si><t>{text}</t></si>" for text in strings)
    with zipfile.ZipFile(path.with_suffix(".made")) as old, zipfile.ZipFile(path, "w") as new:
        for part in old.namelist():
            content = old.read(part).decode()
            if part == "xl/worksheets/sheet1.xml":
                content = sheet
            elif part == "[Content_Types].xml":
                override = f'<Override PartName="/{STRINGS}" ContentType="{KIND}"/>'
                content = content.replace("</Types>", f"{override}</Types>")
            new.writestr(part, content)
        new.writestr(STRINGS, f'<sst xmlns="{MAIN}">{shared}</sst>')


def read(path: Path, before: Sequence[RowBlock]) -> tuple[list[RowBlock], list[list[Any] | None]]:
    blocks = [*open_table(str(path), content=path.read_bytes()).row_blocks(before)]
    return blocks, [[*block.take()] if block.rows is not None else None for block in blocks]


def typed(rows: Sequence[Any]) -> list[Any]:
    """Adds the types to the values, as 1, 1.0 and true are three values."""
    return [(row, [*map(type, row.cells.values())] if hasattr(row, "cells") else None) for row in rows]


@pytest.mark.filterwarnings("ignore:Cell .* is marked as a date:UserWarning")
@many_examples(
    100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(rows=st.lists(ROW, min_size=1, max_size=14), data=st.data())
def test_blocks_equal_a_fresh_reading(
    tmp_path: Path, small_pieces: None, rows: list[Any], data: st.DataObject
) -> None:
    path = tmp_path / "a.xlsx"
    known: dict[RowBlock, list[Any]] = {}
    strings: dict[str, int] = {}
    for _ in range(4):
        # Programs add shared texts, rewrite them, or leave texts that no cell uses any more.
        kept: list[str] = data.draw(
            st.sampled_from([[*strings], [], [*strings][::-1], [*strings][1:], ["x"]])
        )
        strings = {text: number for number, text in enumerate(kept)}
        sheet = sheet_of(rows, strings)
        formats = data.draw(
            st.sampled_from([("d/m/yy h:mm", "[h]:mm"), ("0.0", "0")] + [("d/m/yy", "[h]:mm")] * 4)
        )
        epoch = data.draw(st.sampled_from([1900, 1900, 1900, 1904]))
        workbook_of(path, sheet, strings, formats=formats, epoch=epoch)
        try:
            fresh = [*open_table(str(path), content=path.read_bytes()).rows()]
        except InvalidInput:
            return
        blocks, read_rows = read(path, tuple(known))
        found = {
            block: known[block] if those is None else those
            for block, those in zip(blocks, read_rows, strict=True)
        }
        assert typed([*chain.from_iterable(found.values())]) == typed(fresh)
        known = found
        first = data.draw(st.integers(0, len(rows)))
        last = data.draw(st.integers(first, min(len(rows), first + 2)))
        new = data.draw(st.lists(st.one_of(ROW, ROW, ROW, st.sampled_from(ODD)), max_size=3))
        rows = [*rows[:first], *new, *rows[last:]]


NAMES = '<row r="{line}"><c r="A{line}" t="s"><v><s>{text}</s></v></c><c r="B{line}"><v>{line}</v></c></row>'


def names(path: Path, texts: Sequence[str], strings: dict[str, int]) -> None:
    """Writes a workbook whose rows have one of the shared texts each."""
    rows = [HEADER]
    for line, text in enumerate(texts, 2):
        number = strings.setdefault(text, len(strings))
        rows.append(NAMES.format(line=line, text=text).replace(f"<s>{text}</s>", str(number)))
    workbook_of(path, "".join([HEAD, *rows, TAIL]), strings, formats=(), epoch=1900)


@pytest.fixture
def lines_read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of the rows that were parsed."""
    read: list[int] = []
    whole = plain_rows.PlainRows.read

    def counted(self: plain_rows.PlainRows, text: str) -> tuple[list[plain_rows.Row], int]:
        found = whole(self, text)
        read.extend(line for line, _ in found[0])
        return found

    monkeypatch.setattr(plain_rows.PlainRows, "read", counted)
    monkeypatch.setattr(workbook, "BLOCK_ROWS", 3)
    return read


def test_only_rows_of_changed_blocks_are_read(tmp_path: Path, lines_read: list[int]) -> None:
    path = tmp_path / "a.xlsx"
    strings: dict[str, int] = {}
    names(path, "abcdefghij", strings)
    before, _ = read(path, ())
    names(path, "abcdxfghijk", strings)
    lines_read.clear()
    after, _ = read(path, before)
    # The header, the block with the changed name, and the last block, to which a row was added.
    assert [line for line in lines_read if line > 1] == [5, 6, 7, 11, 12]
    assert [block in before for block in after] == [True, False, True, False]


def test_blocks_are_known_by_their_values_where_the_shared_texts_have_other_numbers(
    tmp_path: Path, lines_read: list[int]
) -> None:
    path = tmp_path / "a.xlsx"
    names(path, "abcdefghi", {})
    before, _ = read(path, ())
    other = {"x": 0}
    names(path, "abcdefghi", other)
    assert read(path, before)[0] == before
    lines_read.clear()
    assert read(path, before)[0] == before
    assert set(lines_read) == {1}


def test_a_block_is_read_again_where_only_a_shared_text_was_changed(
    tmp_path: Path, lines_read: list[int]
) -> None:
    path = tmp_path / "a.xlsx"
    names(path, "abcdef", {})
    before, _ = read(path, ())
    for swapped in ({"a": 0, "c": 1, "b": 2}, {"a": 0, "c": 1}):
        rows = "".join(
            NAMES.format(line=line, text="").replace("<s></s>", str(line - 2)) for line in (2, 3, 4)
        )
        texts = swapped | {f"x{number}": number for number in range(len(swapped), 5)}
        workbook_of(path, f"{HEAD}{HEADER}{rows}{TAIL}", texts, formats=(), epoch=1900)
        _, (rows_read,) = read(path, before)
        assert rows_read is not None
        assert [row.cells["a"] for row in rows_read] == [*texts][:3]


def test_a_row_without_a_number_is_read_again_where_the_row_before_it_has_another(
    tmp_path: Path, lines_read: list[int]
) -> None:
    path = tmp_path / "a.xlsx"
    rest = "<row><c><v>1</v></c></row>" * 6
    before: list[RowBlock] = []
    for number, lines in ((4, [2, 3, 4, 5, 6, 7, 8, 9, 10]), (8, [2, 3, 8, 9, 10, 11, 12, 13, 14])):
        numbers = "".join(f'<row r="{line}"><c><v>1</v></c></row>' for line in (2, 3, number))
        workbook_of(path, f"{HEAD}{HEADER}{numbers}{rest}{TAIL}", {}, formats=(), epoch=1900)
        before, rows = read(path, before)
        assert [row.line for block in rows for row in block or ()] == lines
