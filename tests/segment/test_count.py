import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow
import pyarrow.parquet
import pytest

from live_activity.core.findings import InvalidInput
from live_activity.segment import SegmentCount, StagedActivity, StagedSegment, count, stage


def staged(folder: Path, source: str, **asked: Any) -> tuple[StagedSegment, list[str]]:
    """Stages the source; returns the segment and the lines of its rejects file."""
    segment = stage(source, folder=str(folder / "staged"), **asked)
    rejects = Path(segment.rejects_file).read_bytes().decode().removesuffix("\n").split("\n")
    assert rejects[0] == "line,insider_id,reason"
    return segment, rejects[1:]


def written(folder: Path, text: str, name: str = "people.csv") -> str:
    path = folder / name
    path.write_bytes(text.encode())
    return str(path)


def everybody(segment: StagedSegment) -> list[list[str]]:
    return [segment.batch(number) for number in range(segment.batches)]


def test_every_reason_to_reject_is_reported_with_its_line(tmp_path: Path) -> None:
    longest = "x" * 255
    source = written(
        tmp_path,
        "insider_id,lang,name\n"
        " 007 ,en,Bob\n"
        ",en,\n"
        f"{longest},en,\n"
        f"{longest}x,en,\n"
        "a\x07b,en,\n"
        "a\x85b,en,\n"
        "few,en\n"
        'many,en,"Al",Jr\n'
        'stray,en,"Al\n'
        '"say ""hi"", you", ,\n'
        "007,en,again\n"
        "007,tr,\n",
    )
    segment, rejects = staged(tmp_path, source, split_by=["lang"])
    assert everybody(segment) == [["007", longest], ["007"]]
    assert rejects == [
        "3,,no_id",
        f"5,{longest}x,too_long",
        "6,a\x07b,control_characters",
        "7,a\x85b,control_characters",
        "8,,too_few_cells",
        "9,,too_many_cells",
        "10,,stray_quote",
        '11,"say ""hi"", you",no_value_to_split_by',
        "12,007,duplicate",
    ]
    assert (segment.rows, segment.accepted, segment.rejected) == (12, 3, 9)
    assert segment.reasons == {
        "control_characters": 2,
        "duplicate": 1,
        "no_id": 1,
        "no_value_to_split_by": 1,
        "stray_quote": 1,
        "too_few_cells": 1,
        "too_long": 1,
        "too_many_cells": 1,
    }


def test_a_line_end_within_an_id_is_a_control_character(tmp_path: Path) -> None:
    source = written(tmp_path, 'name,insider_id\nBob,"a\nb"\nAl,c\n')
    segment, _ = staged(tmp_path, source)
    assert segment.reasons == {"control_characters": 1}
    assert everybody(segment) == [["c"]]


def test_invisible_characters_are_kept(tmp_path: Path) -> None:
    hidden = "a\u200bb"
    segment, _ = staged(tmp_path, written(tmp_path, f"insider_id\n{hidden}\n"))
    assert everybody(segment) == [[hidden]]


def test_activities_are_in_the_order_of_their_first_person_and_share_no_batch(tmp_path: Path) -> None:
    source = written(
        tmp_path, "flight,lang,insider_id\nTK1,tr,a\nTK2,en,b\nTK1,tr,c\nTK1, ,d\nTK1,tr,e\nTK1,en,a\n"
    )
    segment, _ = staged(tmp_path, source, split_by=["flight", "lang"], defaults={"lang": "en"}, batch_size=2)
    assert segment.activities == (
        StagedActivity({"flight": "TK1", "lang": "tr"}, people=3, first_batch=0, batches=2),
        StagedActivity({"flight": "TK2", "lang": "en"}, people=1, first_batch=2, batches=1),
        StagedActivity({"flight": "TK1", "lang": "en"}, people=2, first_batch=3, batches=1),
    )
    assert everybody(segment) == [["a", "c"], ["e"], ["b"], ["d", "a"]]
    assert [segment.batch_sizes(each) for each in segment.activities] == [{0: 2, 1: 1}, {2: 1}, {3: 2}]


def test_ids_of_typed_tables_are_text_or_rejected(tmp_path: Path) -> None:
    values = [7, 42.0, " 007 ", True, None, 1.5, {"a": 1}, [1], "", 7.0, 10**30, "\ud800"]
    source = written(tmp_path, json.dumps([{"insider_id": value} for value in values]), "people.json")
    segment, rejects = staged(tmp_path, source)
    assert everybody(segment) == [["7", "42", "007", str(10**30)]]
    assert [line.rpartition(",")[2] for line in rejects] == [
        "not_text", "no_id", "not_text", "not_text", "not_text", "no_id", "duplicate", "not_text",
    ]  # fmt: skip


def test_numbers_of_a_workbook_become_the_ids_they_look_like(tmp_path: Path) -> None:
    ledger = openpyxl.Workbook()
    assert ledger.active is not None
    for row in (
        ["insider_id", "gate"],
        [42.0, 7],
        ["0042", 7.0],
        [42, "7"],
        [date(2026, 7, 19), 7],
        [None, 7],
    ):
        ledger.active.append(row)
    ledger.save(tmp_path / "people.xlsx")
    segment, rejects = staged(tmp_path, str(tmp_path / "people.xlsx"), split_by=["gate"])
    assert everybody(segment) == [["42", "0042"]]
    assert [dict(each.key) for each in segment.activities] == [{"gate": "7"}]
    assert segment.reasons == {"duplicate": 1, "no_id": 1, "not_text": 1}
    assert rejects[0] == "4,42,duplicate"


@pytest.mark.parametrize(
    ("column", "ids", "reasons"),
    [
        (pyarrow.array([7, None, 2**62]), ["7", str(2**62)], {"no_id": 1}),
        (pyarrow.array([7.0, float("nan"), float("inf")]), ["7"], {"no_id": 1, "not_text": 1}),
        (pyarrow.array([Decimal("7.00"), Decimal("7.50")]), ["7"], {"not_text": 1}),
        (pyarrow.array(["a", "b", "a"]).dictionary_encode(), ["a", "b"], {"duplicate": 1}),
    ],
)
def test_ids_of_parquet_are_text_or_rejected(
    tmp_path: Path, column: Any, ids: list[str], reasons: dict[str, int]
) -> None:
    source = str(tmp_path / "people.parquet")
    pyarrow.parquet.write_table(pyarrow.table({"insider_id": column}), source)
    segment, _ = staged(tmp_path, source)
    assert everybody(segment) == [ids]
    assert segment.reasons == reasons


def test_a_value_to_split_by_that_is_no_text_rejects_its_row(tmp_path: Path) -> None:
    rows = [{"insider_id": "a", "lang": True}, {"insider_id": "b", "lang": "en"}, {"insider_id": "c"}]
    counted = count(written(tmp_path, json.dumps(rows), "people.json"), split_by=["lang"])
    assert counted.reasons == {"no_value_to_split_by": 2}


def test_the_same_value_of_different_types_is_read_by_its_type(tmp_path: Path) -> None:
    rows = [{"insider_id": str(n), "gate": gate} for n, gate in enumerate([1, True, 1.0, "1"])]
    counted = count(written(tmp_path, json.dumps(rows), "people.json"), split_by=["gate"])
    assert [(dict(each.key), each.people) for each in counted.activities] == [({"gate": "1"}, 3)]


@pytest.mark.parametrize("rounded", ["1.2E+15", "1,2E+15", "1E+15", "1.23457e+17"])
def test_ids_that_a_spreadsheet_has_rounded_are_reported_by_number_and_line(
    tmp_path: Path, rounded: str
) -> None:
    source = written(
        tmp_path, f"name;insider_id\n\nx;a\ny;1e15\nz;{rounded}\nz;1{rounded}\nz;2{rounded[1:]}\n"
    )
    counted = count(source)
    (finding,) = counted.findings
    assert counted.accepted == 5
    assert (finding.severity, finding.code, finding.row, finding.column) == (
        "warning", "rounded_ids", 3, "insider_id",
    )  # fmt: skip
    assert "2 rows" in finding.message
    assert "line 5" in finding.message


def test_numbers_too_long_for_a_spreadsheet_are_reported_too(tmp_path: Path) -> None:
    values = [1.2e15, 1.2e14, 1_200_000_000_000_001]
    source = written(tmp_path, json.dumps([{"insider_id": value} for value in values]), "people.json")
    segment, _ = staged(tmp_path, source)
    assert everybody(segment) == [["1200000000000000", "120000000000000", "1200000000000001"]]
    assert [(finding.code, finding.row) for finding in segment.findings] == [("rounded_ids", 1)]


def test_damaged_rows_are_reported_with_the_first_of_them(tmp_path: Path) -> None:
    counted = count(written(tmp_path, 'insider_id,name\na,b\n\nc,"d\ne,f,g\n'))
    (finding,) = counted.findings
    assert (finding.severity, finding.code, finding.row) == ("warning", "damaged_rows", 2)
    assert finding.message.startswith(
        "2 rows cannot be read and are rejected, the first on line 4 (stray quote)"
    )


@pytest.mark.parametrize(
    ("body", "words"), [("", "it has no rows"), (",x\n,y\n", "all of its 2 rows were rejected (no id: 2)")]
)
def test_nobody_accepted_is_an_error_among_the_findings(tmp_path: Path, body: str, words: str) -> None:
    source = written(tmp_path, f"insider_id,name\n{body}")
    segment, _ = staged(tmp_path, source)
    (finding,) = segment.findings
    assert (segment.accepted, segment.activities, finding.code, finding.severity) == (
        0, (), "nobody_accepted", "error",
    )  # fmt: skip
    assert words in finding.message
    assert count(source).findings == segment.findings


def test_a_count_reports_the_same_as_staging_and_writes_nothing(tmp_path: Path) -> None:
    source = written(tmp_path, "insider_id,lang\na,en\na,en\nb,\n1.2E+15,tr\nc\n")
    before = sorted(tmp_path.iterdir())
    asked: dict[str, Any] = {"split_by": ["lang"], "batch_size": 1}
    counted = count(source, **asked)
    assert sorted(tmp_path.iterdir()) == before
    segment, _ = staged(tmp_path, source, **asked)
    assert counted == SegmentCount(
        rows=segment.rows,
        accepted=segment.accepted,
        rejected=segment.rejected,
        reasons=segment.reasons,
        findings=segment.findings,
        activities=segment.activities,
        unmatched=segment.unmatched,
    )
    assert (counted.unmatched, segment.unmatched) == (1, 1)
    assert (counted.rows, counted.accepted, counted.rejected) == (5, 2, 3)


def test_ids_may_lie_in_a_column_of_another_name(tmp_path: Path) -> None:
    segment, _ = staged(tmp_path, written(tmp_path, "email\na@b.c\n"), id_column="email")
    assert everybody(segment) == [["a@b.c"]]


def test_missing_columns_are_reported_with_the_nearest_and_with_what_is_there(tmp_path: Path) -> None:
    source = written(tmp_path, "Insider_ID,langs,seat_1\na,en,12A\n")
    with pytest.raises(InvalidInput) as caught:
        count(source, split_by=["lang"], where="segment")
    assert [str(finding) for finding in caught.value.findings] == [
        "segment, insider_id: there is no column 'insider_id'; did you mean Insider_ID? "
        "(it has Insider_ID, langs, seat_1)",
        "segment, lang: there is no column 'lang'; did you mean langs? (it has Insider_ID, langs, seat_1)",
    ]


def test_an_empty_json_table_has_no_columns_and_says_so(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="it has no rows"):
        count(written(tmp_path, "[]", "people.json"))


def test_the_id_column_cannot_split(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="take it out of split_by"):
        count(written(tmp_path, "insider_id\na\n"), split_by=["insider_id"])
