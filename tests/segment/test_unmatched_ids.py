"""Ids that can match nobody are accepted and reported; a repeated header is rejected."""

from __future__ import annotations

import codecs
import json
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_activity.core.findings import InvalidInput
from live_activity.segment import SegmentCount, count, stage
from live_activity.segment.plain_ids import needs_a_look
from live_activity.segment.unmatched import DATE, NULL_WORDS, TOTAL_WORDS, suspicion_of
from tests.examples import many_examples


def counted(folder: Path, content: str | bytes, name: str = "people.csv", **options: Any) -> SegmentCount:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return count(str(path), **options)


def found(result: SegmentCount) -> dict[str, tuple[int | None, str]]:
    assert result.rows == result.accepted + result.rejected
    return {finding.code: (finding.row, finding.message) for finding in result.findings}


@pytest.mark.parametrize(
    ("ids", "code", "first", "number"),
    [
        (["u1\u200b", "\u200eu2", "u3\u2060", "u4"], "invisible_characters", 2, 3),
        (["u1", "u\ufeff2", "u\u00ad3", "a\u00a0b", "a\ufffdb"], "invisible_characters", 3, 4),
        (["1001.0", "1002.00", "1,000", "1003,0", "1003", "v1.2", "a@b.c"], "float_ids", 2, 4),
        (["u1", "1.2E+15", "1,2E+15", "1.234E15", "1e15", "12e4a"], "rounded_ids", 3, 3),
        (["1-3", "2-Jan", "02-Jan", "2. Jan", "02.Oca", "3-Şub", "12/mrt", "Jan-85", "Mar-1985"], "date_ids", 3, 8),
        (["2026-01-02 00:00:00", "2026-01-02T00:00:00", "2026-01-02", "1/2/2026", "02.01.2026"], "date_ids", 2, 5),
        (["2-Mary", "u2-Jan", "JAN-85", "2026-13-02", "2026-01-0200", "1-2-26", "3-Sept-2026"], "date_ids", 8, 1),
        (['"=""00124"""', '="00123"', "'00125", "00126"], "formula_ids", 2, 3),
        (["NULL", "null", "None", "NaN", "nan", "n/a", "N/A", "-", r"\N", "(null)", "nullah"], "null_words", 2, 10),
        (["u1", "Total", "Grand Total", "Total: 7", "(2 rows affected)", "2 rows", "-----"], "total_rows", 3, 6),
        (["u1", "Total rows: 7", "Row count: 2", "Total users 1,204", "total-rows", "Total Stan"], "total_rows", 3, 3),
        (["#N/A", "#REF!", "Loading...", "#VALUE!", "####", "#BEZUG!", "Err:502", "#tag"], "spreadsheet_errors", 2, 7),
    ],
)  # fmt: skip
def test_an_id_that_can_match_nobody_is_accepted_and_reported_with_count_and_first_line(
    tmp_path: Path, ids: list[str], code: str, first: int, number: int
) -> None:
    result = counted(tmp_path, "insider_id;city\n" + "".join(f"{each};x\n" for each in ids))
    assert (result.accepted, result.unmatched) == (len(ids), number)
    assert result.unmatched_share == number / len(ids)
    (finding,) = result.findings
    assert (finding.severity, finding.code, finding.row, finding.column) == (
        "warning",
        code,
        first - 1,
        "insider_id",
    )
    assert f"{number:,} row" in finding.message
    assert f"first on line {first};" in finding.message


def test_a_repeated_word_is_counted_each_time(tmp_path: Path) -> None:
    result = counted(tmp_path, "insider_id\n" + "NULL\n" * 10 + "u1\n" * 2)
    assert (result.accepted, result.reasons) == (2, {"duplicate": 10})
    assert (result.unmatched, result.unmatched_share) == (10, 10 / 12)


@pytest.mark.parametrize("again", ["insider_id", "\ufeffinsider_id", " INSIDER_ID ", '"insider_id"'])
def test_a_repeated_header_is_rejected_by_its_line(tmp_path: Path, again: str) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(f"\ufeffinsider_id\r\nu1\r\nu2\r\n{again}\r\nu3\r\n{again}\r\nu4\r\n".encode())
    segment = stage(str(path), folder=str(tmp_path / "staged"))
    assert segment.batch(0) == ["u1", "u2", "u3", "u4"]
    assert segment.reasons == {"repeated_header": 2}
    rejects = Path(segment.rejects_file).read_text().splitlines()[1:]
    assert [line.split(",")[0] for line in rejects] == ["4", "6"]
    (finding,) = segment.findings
    assert (finding.code, finding.row) == ("repeated_header", 3)
    assert "2 rows, the first on line 4" in finding.message


@pytest.mark.parametrize(
    ("content", "people"),
    [
        ('insider_id,address\nu1,"12 Main St\nSpringfield, IL\nUSA"\nu2,x\n', ["u1", "u2"]),
        ('insider_id,note\nu1,"say \\"hi\\" now"\nu2,x\n', ["u1", "u2"]),
        (",insider_id,city\n0,u1,a\n1,u2,b\n", ["u1", "u2"]),
        ("email,insider_id,email\na,u1,b\n", ["u1"]),
        ("sep=;\r\ninsider_id;city\r\nu1;a\r\n", ["u1"]),
        ("sep=|\ninsider_id|city\nu1|a,b;c\n", ["u1"]),
        ('"sep=,"\ninsider_id,city\nu1,a\n', ["u1"]),
        (codecs.BOM_UTF8 * 2 + b"insider_id,city\nu1,x\n", ["u1"]),
        (codecs.BOM_UTF16_LE + codecs.BOM_UTF16_LE + "insider_id\nu1\n".encode("utf-16-le"), ["u1"]),
        ("insider_id,city\nu1,Köln\n".encode("utf-16-le"), ["u1"]),
        ("insider_id,city\nu1,Köln\n".encode("utf-16-be"), ["u1"]),
        ("insider_id;city\n\u0131\u015f\u0131k;A\u011fr\u0131\n".encode("cp1254"), ["\u0131\u015f\u0131k"]),
        ("insider_id;city\nrené;Köln\n".encode("cp1252"), ["rené"]),
    ],
)  # fmt: skip
def test_a_table_as_people_have_it_is_read(tmp_path: Path, content: str | bytes, people: list[str]) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    segment = stage(str(path), folder=str(tmp_path / "staged"))
    assert (segment.batch(0), segment.rejected) == (people, 0)


def test_a_doubled_column_that_is_needed_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="columns 1 and 3 have the same name 'email'; rename one of them"):
        counted(tmp_path, "email,x,email\na,b,c\n", id_column="email")


def test_ids_that_are_no_text_are_reported(tmp_path: Path) -> None:
    rows = [{"insider_id": "a"}, {"insider_id": True}, {"insider_id": 1.5}, {"insider_id": 10**300}]
    result = counted(tmp_path, json.dumps(rows), "people.json")
    assert result.reasons == {"not_text": 3}
    (finding,) = result.findings
    assert (finding.code, finding.row) == ("ids_not_text", 2)


@many_examples(300)
@given(
    st.lists(
        st.text(st.sampled_from("019abNULl.,+-eE#='\"/:|_ ()Tot\u200bé\ufeff\t"), max_size=9)
        | st.sampled_from(sorted({*NULL_WORDS, *TOTAL_WORDS}))
        | st.from_regex(DATE, fullmatch=True),
        max_size=8,
    )
)
def test_ids_that_the_fast_check_skips_have_no_finding(ids: list[str]) -> None:
    looks = set(needs_a_look(pyarrow.array(ids, pyarrow.string())).tolist())
    for place, text in enumerate(ids):
        if place not in looks:
            assert text
            assert text.isprintable()
            assert suspicion_of(text) is None


@pytest.mark.parametrize(
    ("content", "code"),
    [("insider_id\nu1\n", "no_such_column"), ("Audience of May\n\ninsider_id,match\nu1,A\n", "header_below")],
    ids=["no split column", "a title above the header"],
)
def test_a_title_above_the_header_is_distinguished_from_a_column_that_is_not_there(
    tmp_path: Path, content: str, code: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        counted(tmp_path, content, split_by=["match"])
    assert [finding.code for finding in refused.value.findings] == [code]
