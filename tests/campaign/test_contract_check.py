"""Rows are checked against the contract: what phones would drop is reported and left out, good rows stay."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from live_activity.campaign.contract_check import (
    bad_rows,
    bad_starts,
    checked_for_size,
    drop_bad_rows,
    held_against,
    start_is_blocked,
)
from live_activity.contract import Contract, read_contract
from live_activity.tables import open_table
from live_activity.timeline import FirstSeen, Timeline, read_timeline
from live_activity.timeline.row_cache import RowCache

NOW = datetime(2026, 7, 19, 18, tzinfo=UTC)

SWIFT = """
struct MatchAttributes: ActivityAttributes {
    struct ContentState: Codable, Hashable {
        var score: Int
        var period: Period
        var scorer: String?
    }
    enum Period: String, Codable { case firstHalf, halfTime }
    var home: String
}
"""

HEAD = "at,event,title,message,state.score,state.period,attributes.home\n"
START = "0m,start,Derby,go,0,firstHalf,Home\n"
END = "90m,end,Derby,over,1,halfTime,\n"


@pytest.fixture
def contract(tmp_path: Path) -> Contract:
    file = tmp_path / "Match.swift"
    file.write_text(SWIFT)
    return read_contract(file, "MatchAttributes")


def read(contract: Contract, folder: Path, rows: str, head: str = HEAD, name: str = "rows.csv") -> Timeline:
    file = folder / name
    file.write_text(head + rows)
    table = open_table(str(file))
    timeline = read_timeline(
        table,
        where=table.where,
        zone=ZoneInfo("UTC"),
        now=NOW,
        first_seen_times=FirstSeen(),
        convert=contract,
    )
    return held_against(timeline, contract, where=table.where, typed=table.typed, now=NOW)


def test_a_good_timeline_keeps_every_row_with_the_contracts_types(contract: Contract, tmp_path: Path) -> None:
    timeline = read(contract, tmp_path, START + END)
    assert [row.content.state for row in timeline.rows] == [
        {"score": 0, "period": "firstHalf"},
        {"score": 1, "period": "halfTime"},
    ]
    assert timeline.findings == ()


def test_a_wrong_case_is_reported_with_row_column_and_the_nearest_right_one(
    contract: Contract, tmp_path: Path
) -> None:
    timeline = read(contract, tmp_path, START + "20m,update,Derby,x,1,half_time,\n" + END)
    (finding,) = timeline.findings
    assert (finding.severity, finding.where, finding.row, finding.column) == (
        "error",
        "rows.csv",
        2,
        "state.period",
    )
    assert "halfTime" in finding.message
    assert [row.number for row in timeline.rows] == [1, 3]
    assert bad_rows(timeline) == {2}


def test_a_misspelt_optional_is_reported_once_and_not_for_every_row(
    contract: Contract, tmp_path: Path
) -> None:
    head = HEAD.replace("attributes.home", "state.scorrer,attributes.home")
    rows = "0m,start,Derby,go,0,firstHalf,A,Home\n" + "".join(
        f"{n}m,update,Derby,go,{n},firstHalf,A,\n" for n in range(1, 5)
    )
    timeline = read(contract, tmp_path, rows, head)
    warnings = [finding for finding in timeline.findings if finding.severity == "warning"]
    assert len(warnings) == 1
    assert "scorer" in warnings[0].message
    assert "4 more rows" in warnings[0].message
    assert len(timeline.rows) == 5


def test_a_bad_start_row_blocks_the_start_and_a_good_one_does_not(contract: Contract, tmp_path: Path) -> None:
    wrong_case = read(contract, tmp_path, START.replace("firstHalf", "first") + END)
    missing = read(contract, tmp_path, START.replace("Home", "") + END)
    good = read(contract, tmp_path, START + END)
    assert start_is_blocked(bad_starts(wrong_case), wrong_case.rows)
    assert start_is_blocked(bad_starts(missing), missing.rows)
    assert not start_is_blocked(bad_starts(good), good.rows)


def test_a_good_start_row_that_is_corrected_badly_blocks_the_start_as_well(
    contract: Contract, tmp_path: Path
) -> None:
    before = read(contract, tmp_path, START + END)
    after = read(contract, tmp_path, START.replace("firstHalf", "first") + END)
    kept = drop_bad_rows(after, before)
    assert start_is_blocked(bad_starts(kept), kept.rows)


def test_a_push_that_is_too_large_for_apple_is_left_out(contract: Contract, tmp_path: Path) -> None:
    head = HEAD.replace("attributes.home", "state.scorer,attributes.home")
    rows = "0m,start,Derby,go,0,firstHalf,A,Home\n" + f"9m,update,Derby,go,0,firstHalf,{'A' * 4200},\n"
    timeline = read(contract, tmp_path, rows, head)
    assert bad_rows(timeline) == {2}
    assert "4,096" in timeline.findings[0].message
    assert "state.scorer" in timeline.findings[0].message


def test_a_good_row_stays_as_it_was_when_its_correction_is_bad(contract: Contract, tmp_path: Path) -> None:
    before = read(contract, tmp_path, START + "20m,update,Derby,goal,1,firstHalf,\n" + END)
    after = read(contract, tmp_path, START + "20m,update,Derby,goal,x,firstHalf,\n" + END)
    assert [row.number for row in after.rows] == [1, 3]
    kept = drop_bad_rows(after, before)
    assert [row.content.state["score"] for row in kept.rows] == [0, 1, 1]


def test_values_of_json_keep_their_own_types(contract: Contract, tmp_path: Path) -> None:
    file = tmp_path / "rows.json"
    file.write_text(
        '[{"at":"0m","event":"start","title":"D","message":"m",'
        '"content_state":{"score":"3","period":"firstHalf"},"attributes":{"home":"H"}}]'
    )
    table = open_table(str(file))
    timeline = read_timeline(
        table,
        where=table.where,
        zone=ZoneInfo("UTC"),
        now=NOW,
        first_seen_times=FirstSeen(),
        convert=contract,
    )
    held = held_against(timeline, contract, where=table.where, typed=table.typed, now=NOW)
    assert held.rows == ()
    assert any(finding.column == "state.score" for finding in held.findings)


def without_contract(folder: Path, rows: str) -> Timeline:
    file = folder / "rows.csv"
    file.write_text(HEAD + rows)
    table = open_table(str(file))
    timeline = read_timeline(
        table, where=table.where, zone=ZoneInfo("UTC"), now=NOW, first_seen_times=FirstSeen()
    )
    return checked_for_size(timeline, "MatchAttributes", where=table.where)


def test_a_push_over_apples_size_is_an_error_without_a_contract(tmp_path: Path) -> None:
    story = "x" * 4200
    timeline = without_contract(tmp_path, START + f"20m,update,Derby,{story},1,firstHalf,\n" + END)
    assert [row.number for row in timeline.rows] == [1, 3]
    (error,) = [finding for finding in timeline.findings if finding.code == "too_large"]
    assert (error.severity, error.where, error.row, error.column) == ("error", "rows.csv", 2, "message")
    assert "over Apple's 4,096" in error.message


def test_a_start_over_apples_size_blocks_the_start_without_a_contract(tmp_path: Path) -> None:
    timeline = without_contract(tmp_path, START.replace("Home", "y" * 4200) + END)
    assert bad_starts(timeline) == {1}


def test_a_timeline_within_the_size_is_left_alone_without_a_contract(tmp_path: Path) -> None:
    timeline = without_contract(tmp_path, START + END)
    assert [row.number for row in timeline.rows] == [1, 2]
    assert timeline.findings == ()


def read_split(folder: Path, rows: str, **state: RowCache) -> Timeline:
    (folder / "flights.csv").write_text("at,event,title,message,text,attributes.route,flight\n" + rows)
    table = open_table(str(folder / "flights.csv"))
    timeline = read_timeline(
        table,
        where=table.where,
        zone=ZoneInfo("UTC"),
        split_by=["flight"],
        now=NOW,
        first_seen_times=FirstSeen(),
    )
    return checked_for_size(timeline, "Flight", where=table.where, **state)


def test_a_row_is_checked_with_the_attributes_that_its_own_activity_is_started_with(tmp_path: Path) -> None:
    long, short = "x" * 2000, "y"
    rows = f"0m,start,A,go,on,{long},A\n0m,start,B,go,on,{short},B\n"
    text = "z" * 3000
    cases = {"A": [3], "B": [], "": [3]}  # a row without a flight reaches both
    for flight, refused in cases.items():
        timeline = read_split(tmp_path, f"{rows}5m,update,,,{text},,{flight}\n")
        assert sorted(bad_rows(timeline)) == refused, timeline.findings
        assert all("attributes and state together" in str(each) for each in timeline.findings)


def test_a_start_that_is_corrected_is_checked_with_the_rows_of_its_own_activity_again(tmp_path: Path) -> None:
    cache = RowCache()
    rest = f"0m,start,B,go,on,y,B\n5m,update,,,{'z' * 3000},,A\n5m,update,,,on time,,B\n"
    for length, refused in ((1, []), (2000, [3]), (1, [])):
        cache.begin("flights", seen_at=NOW)
        timeline = read_split(tmp_path, f"0m,start,A,go,on,{'x' * length},A\n{rest}", cache=cache)
        cache.finish()
        assert sorted(bad_rows(timeline)) == refused
