"""Timelines as spreadsheets, exporters and people write them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from openpyxl import Workbook

from live_activity.core.findings import Finding
from live_activity.core.spreadsheet_errors import is_spreadsheet_error
from live_activity.tables import open_table
from live_activity.timeline import FirstSeen, Timeline, read_timeline
from tests.contract.spelling import contract_of

NOW = datetime(2026, 7, 19, 12, tzinfo=UTC)
HEADER = "at,event,title,message,state.homeScore,state.awayScore\n"


def read(folder: Path, text: str, *, name: str = "derby.csv", split_by: tuple[str, ...] = ()) -> Timeline:
    file = folder / name
    file.write_text(text, "utf-8")
    return read_timeline(
        open_table(str(file)),
        where=name,
        zone=ZoneInfo("Europe/Istanbul"),
        split_by=split_by,
        now=NOW,
        first_seen_times=FirstSeen(),
    )


def findings_of(timeline: Timeline, severity: str) -> list[tuple[str, int | None, str | None]]:
    return [(each.code, each.row, each.column) for each in timeline.findings if each.severity == severity]


def warning(timeline: Timeline) -> Finding:
    (finding,) = timeline.findings
    assert finding.severity == "warning"
    return finding


def test_a_spreadsheets_error_values_make_their_rows_bad(tmp_path: Path) -> None:
    timeline = read(
        tmp_path,
        HEADER + "0m,start,Derby,Kick-off,0,0\n23m,update,#REF!,Goal!,1,0\n"
        "40m,update,Derby,Loading...,#N/A,0\n1h,end,Derby,Over,1,0\n",
    )
    assert findings_of(timeline, "error") == [
        ("formula_error", 2, "title"),
        ("formula_error", 3, "message"),
        ("formula_error", 3, "state.homeScore"),
    ]
    assert "'#REF!' is an error value of a spreadsheet" in timeline.findings[0].message
    assert [row.number for row in timeline.rows] == [1, 4]


@pytest.mark.parametrize(
    "word",
    [
        *"#NULL! #DIV/0! #VALUE! #REF! #NAME? #NUM! #N/A #SPILL! #CALC! #ERROR! #GETTING_DATA #FIELD!".split(),  # noqa: SIM905  # easier to read than a list
        *[
            "#BEZUG!",
            "#¡DIV/0!",
            "#YOK",
            "#DEĞER!",
            "Err:502",
            "########",
            " #ref! ",
            "Loading…",
            "LOADING...",
            "#PYTHON!",
            "#N/A Requesting Data...",
            "#N/A Invalid Security",
        ],
    ],
)
def test_error_values_are_known_in_every_program_and_language(word: str) -> None:
    assert is_spreadsheet_error(word)


@pytest.mark.parametrize(
    "word", ["#GOAL!", "#1", "Loading", "N/A", "Error!", "#derby", "#", "##", "ref!", "Nothing"]
)
def test_ordinary_text_is_no_error_value(word: str) -> None:
    assert not is_spreadsheet_error(word)


@pytest.mark.parametrize("column", ["at", "event", "ready", "title", "team", "state.x", "state.list"])
def test_an_error_value_is_seen_in_every_column_that_is_used(tmp_path: Path, column: str) -> None:
    cells = {
        "at": "1m",
        "event": "update",
        "ready": "true",
        "title": "T",
        "team": "a",
        "state.x": "1",
        "state.list": "[1]",
    }
    cells[column] = '"[1, ""#N/A""]"' if column == "state.list" else "#N/A"
    timeline = read(tmp_path, f"{','.join(cells)}\n{','.join(cells.values())}\n", split_by=("team",))
    assert findings_of(timeline, "error") == [("formula_error", 1, column)]
    assert not timeline.rows


def test_an_error_value_in_an_unused_column_is_accepted(tmp_path: Path) -> None:
    timeline = read(tmp_path, "at,state.x,note\n1m,1,#REF!\n")
    assert len(timeline.rows) == 1
    assert findings_of(timeline, "error") == []


def test_an_error_value_in_json_is_one_too(tmp_path: Path) -> None:
    rows = [{"at": "1m", "state": {"x": 1}}, {"at": "2m", "state.score": {"home": "#VALUE!"}, "state.x": 1}]
    rows[0] = {"at": "1m", "state.score": {"home": 1}, "state.x": 1}
    timeline = read(tmp_path, json.dumps(rows), name="derby.json")
    assert findings_of(timeline, "error") == [("formula_error", 2, "state.score")]


def test_a_value_that_is_missing_in_a_few_rows_is_a_warning(tmp_path: Path) -> None:
    finding = warning(
        read(
            tmp_path,
            HEADER + "0m,start,Derby,Kick-off,0,0\n23m,update,Derby,Goal!,1,\n1h,end,Derby,Over,1,0\n",
        )
    )
    assert (finding.code, finding.row, finding.column) == ("value_missing", 2, "state.awayScore")


def test_a_value_that_is_missing_in_most_rows_looks_optional(tmp_path: Path) -> None:
    rows = "".join(f"{n}m,{n},{'x' if n % 3 == 0 else ''}\n" for n in range(1, 40))
    assert read(tmp_path, f"at,state.n,state.note\n{rows}").findings == ()


def test_a_field_of_an_object_is_missing_only_where_the_object_is_there(tmp_path: Path) -> None:
    score = {"home": 1, "away": 0}
    rows = [{"at": f"{n}m", "state.score": score, "state.n": n} for n in range(1, 6)]
    rows[2]["state.score"] = {"home": 1}
    finding = warning(read(tmp_path, json.dumps(rows), name="derby.json"))
    assert (finding.code, finding.row, finding.column) == ("value_missing", 3, "state.score.away")


@pytest.mark.parametrize(
    ("values", "row", "fix"),
    [
        (["0", "1 (P)", "1"], 2, "'1 (P)' is text"),
        (["950", "1,200", "1300"], 2, "write 1200 without separators"),
        (["950", "1.200,5", "1300"], 2, "write a number"),
        (["3", "3,5", "4"], 2, "write 3.5 with a decimal point"),
        (["7", "8", "007"], 3, "write 7"),
        (["7", "+8", "9"], 2, "write 8"),
        (["7", "NaN", "9"], 2, "'NaN' is not a number"),
        (["7", "Infinity", "9"], 2, "'Infinity' is not a number"),
        (["7", "1e999", "9"], 2, "'1e999' is a number too large"),
        (["45", "45+3", "46+"], 1, "if the app's field is text, name a contract"),
        (["1", "[1]", "2"], 2, "a list"),
        (["true", "1", "false"], 2, "1 is a number"),
    ],
)
def test_a_column_that_changes_its_type_is_a_warning(
    tmp_path: Path, values: list[str], row: int, fix: str
) -> None:
    rows = "".join(f'{n}m,"{value}"\n' for n, value in enumerate(values, 1))
    finding = warning(read(tmp_path, f"at,state.x\n{rows}"))
    assert (finding.code, finding.row, finding.column) == ("type_changes", row, "state.x")
    assert fix in finding.message


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (["0", "1.000", "2.500"], (2, "'1.000' is sent as 1, as its point is a decimal point")),
        (["950", "1.234", "1300"], (2, "if it separates thousands, write 1234")),
        (["", "-12.500", "0"], (2, "'-12.500' is sent as -12.5")),
        (["0", "0.500", "1.250"], None),  # 0.500 does not mean five hundred
        (["1.000", "1.25", "3"], None),
        (["41.008", "28.979", "0"], None),
        (["1.0", "2", "3.5"], None),
        (["v1.000", "2"], None),
        (["950", "1000", "0"], None),
    ],
)
def test_a_decimal_that_may_be_thousands_is_a_warning(
    tmp_path: Path, values: list[str], said: tuple[int, str] | None
) -> None:
    rows = "".join(f"{n}m,Derby,{value}\n" for n, value in enumerate(values, 1))
    timeline = read(tmp_path, f"at,state.home,state.x\n{rows}")
    found = [each for each in timeline.findings if each.code == "decimal_or_thousands"]
    assert [(each.row, each.column) for each in found] == ([(said[0], "state.x")] if said else [])
    assert said is None or said[1] in found[0].message


def test_a_decimal_of_a_typed_source_is_no_thousand(tmp_path: Path) -> None:
    rows = [{"at": "0m", "x": 950}, {"at": "1m", "x": 1.0}, {"at": "2m", "x": 1.5}]
    assert not read(tmp_path, json.dumps(rows), name="derby.json").findings


@pytest.mark.parametrize(
    "words", [("TRUE", "FALSE"), ("Yes", "No"), ("true", "False"), ("DOĞRU", "YANLIŞ"), ("Vero", "Falso")]
)
def test_a_boolean_that_is_sent_as_text_is_a_warning_that_names_true(
    tmp_path: Path, words: tuple[str, str]
) -> None:
    finding = warning(read(tmp_path, f"at,state.live,state.n\n1m,{words[0]},1\n2m,{words[1]},2\n"))
    assert (finding.code, finding.column) == ("boolean_as_text", "state.live")
    assert "write true or false" in finding.message


def test_whole_and_decimal_numbers_are_one_type(tmp_path: Path) -> None:
    assert read(tmp_path, "at,state.x\n1m,1\n2m,1.5\n3m,2\n").findings == ()


def test_an_hour_without_its_zero_has_one_meaning(tmp_path: Path) -> None:
    timeline = read(
        tmp_path,
        "at,event,title,message,state.n\n2026-12-19 9:00,start,D,K,1\n2026-12-19 9:05:00,update,D,K,2\n"
        "2026-12-19 11:00,end,D,O,3\n",
    )
    assert timeline.findings == ()
    assert [row.at for row in timeline.rows] == [
        datetime(2026, 12, 19, 6, tzinfo=UTC),
        datetime(2026, 12, 19, 6, 5, tzinfo=UTC),
        datetime(2026, 12, 19, 8, tzinfo=UTC),
    ]


@pytest.mark.parametrize("place", ["title", "state.x", "a key of the state", "state.\ud83d", "attributes.a"])
def test_a_lone_surrogate_is_an_error_in_any_cell(tmp_path: Path, place: str) -> None:
    row: dict[str, object] = {"at": "0m", "event": "start", "title": "T", "message": "M", "state.x": "x"}
    if place == "a key of the state":
        row["state.x"] = {"\ud83d": 1}
    else:
        row[place] = "half \ud83d"
    timeline = read(tmp_path, json.dumps([row]), name="derby.json")
    assert [each.severity for each in timeline.findings] == ["error"]
    assert "invalid Unicode" in timeline.findings[0].message
    assert not timeline.rows


@pytest.mark.parametrize("name", ["time", "Timestamp", "when", "date_time", "Zaman", "due at"])
@pytest.mark.parametrize("field", ["state.score", "score"])
def test_a_time_column_under_another_name_is_an_error_and_drops_no_rows(
    tmp_path: Path, name: str, field: str
) -> None:
    timeline = read(tmp_path, f"{name},event,title,message,{field}\n0m,start,T,M,0\n1m,,,,1\n")
    assert findings_of(timeline, "error") == [("column_misspelt", None, name)]
    assert "did you mean at?" in timeline.findings[0].message
    assert not timeline.readable


@pytest.mark.parametrize("name", ["type", "action", "phase"])
@pytest.mark.parametrize("field", ["state.score", "score"])
def test_an_event_column_under_another_name_is_known_by_its_cells(
    tmp_path: Path, name: str, field: str
) -> None:
    timeline = read(tmp_path, f"at,{name},title,message,{field}\n0m,start,T,M,0\n1m,,,,1\n2m,END,,,1\n")
    assert findings_of(timeline, "error") == [("column_misspelt", None, name)]
    assert any("did you mean event?" in finding.message for finding in timeline.findings)


def test_a_column_with_the_prefix_state_is_a_field_with_any_cells(tmp_path: Path) -> None:
    timeline = read(tmp_path, "at,state.phase,state.time\n1m,start,5m\n2m,end,6m\n")
    assert timeline.findings == ()
    assert [dict(row.content.state) for row in timeline.rows] == [
        {"phase": "start", "time": "5m"},
        {"phase": "end", "time": "6m"},
    ]


def test_without_a_time_column_a_finding_says_that_only_the_last_row_is_sent(tmp_path: Path) -> None:
    timeline = read(tmp_path, "title,state.score\nA,0\nB,1\n")
    assert findings_of(timeline, "warning") == [("no_at_column", 1, None)]


def test_a_status_feed_with_one_row_for_each_activity_needs_no_time_column(tmp_path: Path) -> None:
    timeline = read(tmp_path, "flight,state.status\nA1,boarding\nA2,gone\n", split_by=("flight",))
    assert timeline.findings == ()


@pytest.mark.parametrize(("name", "own"), [("headline", "title"), ("body", "message"), ("Text", "message")])
def test_the_right_name_of_a_misnamed_column_is_suggested(tmp_path: Path, name: str, own: str) -> None:
    finding = warning(read(tmp_path, f"at,state.score,{name}\n1m,1,x\n"))
    assert f"did you mean {own}?" in finding.message


def test_the_words_of_a_warning_do_not_change_while_a_table_grows(tmp_path: Path) -> None:
    rows = "at,state.x\n1m,1\n2m,1 (P)\n3m,1\n"
    before = read(tmp_path, rows).findings
    assert read(tmp_path, rows + "4m,2\n5m,2 (P)\n").findings == before


@pytest.mark.parametrize(
    "title", ["Match plan,,,\n,,,\n", "Match plan 2026\n\n", "sep=,\n# exported 12 July\n"]
)
def test_a_title_above_the_columns_names_is_one_error_that_names_their_line(
    tmp_path: Path, title: str
) -> None:
    timeline = read(tmp_path, f"{title}at,event,title,x\n0m,start,A,1\n5m,end,B,2\n")
    (finding,) = timeline.findings
    assert (finding.severity, finding.code, timeline.rows) == ("error", "header_below", ())
    assert "seem to stand on line 3; delete the lines above them" in finding.message


def test_a_line_of_a_table_without_columns_of_ours_is_no_header_below_a_title(tmp_path: Path) -> None:
    timeline = read(tmp_path, "homeScore,awayScore\n1,0\n2,at\n")
    assert [finding.code for finding in timeline.findings if finding.severity == "error"] == []


def test_a_workbooks_row_with_too_many_cells_is_described_as_one(tmp_path: Path) -> None:
    book = Workbook()
    for cells in (["at", "title", "message", "x"], ["0m", "A", "B", 1, "note"]):
        book.worksheets[0].append(cells)
    book.save(tmp_path / "derby.xlsx")
    timeline = read_timeline(
        open_table(str(tmp_path / "derby.xlsx")),
        where="derby.xlsx",
        zone=ZoneInfo("UTC"),
        now=NOW,
        first_seen_times=FirstSeen(),
    )
    assert "beyond the last column with a name" in timeline.findings[0].message


def test_a_number_that_a_workbook_stores_as_text_is_what_the_contract_reads_in_it(tmp_path: Path) -> None:
    book = Workbook()
    for cells in (["at", "title", "message", "n", "shirt"], ["0m", "A", "B", " 7", "07"]):
        book.worksheets[0].append(cells)
    book.save(tmp_path / "derby.xlsx")
    contract = contract_of(
        "struct M: ActivityAttributes { struct ContentState: Codable { var n: Int\nvar shirt: String } }",
        "M",
    )
    (row,) = read_timeline(
        open_table(str(tmp_path / "derby.xlsx")),
        where="derby.xlsx",
        zone=ZoneInfo("UTC"),
        now=NOW,
        first_seen_times=FirstSeen(),
        convert=contract,
    ).rows
    assert row.content.state == {"n": 7, "shirt": "07"}


def test_a_day_in_a_column_of_its_own_belongs_to_the_time(tmp_path: Path) -> None:
    timeline = read(tmp_path, "Datum,time,event,title,message,x\n2026-07-19,20:00,start,T,M,0\n")
    (finding,) = [each for each in timeline.findings if each.severity == "error"]
    assert finding.message.endswith("; add the day of Datum to the times, as in 2026-07-19 20:00")
