"""The contract in a running campaign, and phones that decode content."""

from __future__ import annotations

import json
import time
from pathlib import Path

import openpyxl
import pytest

from live_activity.sandbox import SandboxServer
from tests.campaign.test_contract_check import END, HEAD, START, SWIFT
from tests.cli_process import Shell, calls


@pytest.fixture
def swift(shell: Shell) -> Path:
    return shell.write("Match.swift", SWIFT)


def wait_for_start(sandbox: SandboxServer) -> None:
    until = time.monotonic() + 60
    while calls(sandbox)["requests"]["start"] == 0:
        assert time.monotonic() < until, "it never started"


def test_a_timeline_that_phones_would_drop_is_not_played_and_says_why(shell: Shell, swift: Path) -> None:
    file = shell.campaign(
        "", contract=swift.name, activity_type="MatchAttributes", starts_at="2026-07-19T19:00:00Z"
    )
    shell.write("rows.csv", HEAD + START + "20m,update,Derby,goal,1.5,firstHalf,\n" + END)
    said = shell.run("rehearse", file, "--report", shell.folder / "report.json")
    assert said.code == 2
    (finding,) = [each for each in shell.report()["findings"] if each["severity"] == "error"]
    assert (finding["where"], finding["row"], finding["column"]) == ("rows.csv", 2, "state.score")


def test_an_unknown_type_is_answered_with_the_types_of_the_swift_files(shell: Shell, swift: Path) -> None:
    file = shell.campaign("", contract=swift.name, activity_type="Matchattributes")
    shell.write("rows.csv", HEAD + START + END)
    said = shell.run("check", file)
    assert said.code == 2
    assert "MatchAttributes" in said.err


def test_what_the_app_accepts_is_printed_as_a_table_or_an_equal_schema(shell: Shell, swift: Path) -> None:
    table = shell.run("contract", swift)
    assert table.code == 0, table.err
    assert "state.period" in table.out
    schema = shell.run("contract", swift, "--type", "MatchAttributes", "--json-schema")
    assert shell.run("contract", shell.write("Match.json", schema.out)).out == table.out


def test_incomplete_swift_is_an_error_beside_its_schema(shell: Shell) -> None:
    file = shell.write("Broken.swift", SWIFT.replace("score: Int", "score: "))
    said = shell.run("contract", file, "--json-schema")
    assert said.code == 2
    assert "cannot be read as Swift" in said.err
    assert json.loads(said.out)["title"] == "MatchAttributes"


def test_a_sandbox_whose_phones_know_no_type_does_not_start(shell: Shell) -> None:
    file = shell.write("state.json", '{"type": "object", "properties": {"score": {"type": "integer"}}}')
    said = shell.run("sandbox", "--port", "0", "--contract", file)
    assert said.code == 2
    assert "state.json: names no activity type" in said.err


def test_a_bad_row_that_arrives_during_the_campaign_is_reported_and_the_last_good_content_stays(
    shell: Shell, swift: Path, sandbox: SandboxServer
) -> None:
    shell.to(sandbox)
    file = shell.campaign("", contract=swift.name, activity_type="MatchAttributes", poll_seconds=1)
    rows = HEAD + START.replace("0m", "0s")
    end = "12s,end,Derby,over,2,halfTime,\n"
    shell.write("rows.csv", rows + end)
    process = shell.start("run", file, "--yes", "--report", shell.folder / "report.json")
    try:
        wait_for_start(sandbox)
        shell.write("rows.csv", rows + "1s,update,Derby,bad,1,half_time,\n" + end)
        out, err = process.communicate(timeout=90)
    finally:
        process.kill()
    assert process.returncode == 0, err
    assert "halfTime" in out
    contents = [push["content"] for push in calls(sandbox)["activities"][0]["pushes"]]
    assert {content.get("message") for content in contents} - {None} == {"go", "over"}


def test_a_skipped_row_does_not_keep_a_dead_campaign_from_being_finished(
    shell: Shell, swift: Path, sandbox: SandboxServer
) -> None:
    shell.to(sandbox)
    file = shell.campaign("", contract=swift.name, activity_type="MatchAttributes", poll_seconds=1)
    rows = HEAD + START.replace("0m", "0s")
    end = "12s,end,Derby,over,2,halfTime,\n"
    shell.write("rows.csv", rows + end)
    process = shell.start("run", file, "--yes")
    try:
        wait_for_start(sandbox)
    finally:
        process.kill()
        process.communicate()
    shell.write("rows.csv", rows + "1s,update,Derby,bad,1,half_time,\n" + end)
    said = shell.run("run", file, "--yes", "--report", shell.folder / "report.json")
    assert said.code == 0, said.err
    assert shell.report()["status"] == "ended"
    (activity,) = calls(sandbox)["activities"]
    # A start in flight when the process died is sent again; phones still get one.
    assert [push["kind"] for push in activity["pushes"]].count("start") == 1
    contents = [push["content"] for push in activity["pushes"]]
    assert {content.get("message") for content in contents} - {None} == {"go", "over"}


def test_a_bad_row_ends_the_campaign_where_that_was_asked_for(
    shell: Shell, swift: Path, sandbox: SandboxServer
) -> None:
    shell.to(sandbox)
    file = shell.campaign(
        "",
        contract=swift.name,
        activity_type="MatchAttributes",
        poll_seconds=1,
        on_bad_row="end_campaign",
    )
    rows = HEAD + START.replace("0m", "0s")
    end = "1h,end,Derby,over,2,halfTime,\n"
    shell.write("rows.csv", rows + end)
    process = shell.start("run", file, "--yes", "--report", shell.folder / "report.json")
    try:
        wait_for_start(sandbox)
        shell.write("rows.csv", rows + "1s,update,Derby,bad,1,half_time,\n" + end)
        process.communicate(timeout=90)
    finally:
        process.kill()
    assert process.returncode == 1
    assert shell.report()["status"] == "failed"
    last = calls(sandbox)["activities"][0]["pushes"][-1]
    # The words of the start have alerted phones already; the end carries its state alone.
    assert (last["kind"], "message" in last["content"]) == ("end", False)


def test_a_new_sheet_of_the_only_type_there_is_can_be_filled_in_and_checked(
    shell: Shell, swift: Path
) -> None:
    sheet = shell.folder / "derby.xlsx"
    said = shell.run("new-sheet", sheet, "--contract", swift)
    assert said.code == 0, said.err
    ledger = openpyxl.load_workbook(sheet)
    headings = [cell.value for cell in ledger.active[1]] if ledger.active is not None else []
    assert {"at", "event", "ready", "state.score", "state.period"} <= set(headings)


def test_a_new_sheet_of_several_types_asks_for_one_of_them(shell: Shell) -> None:
    two = shell.write("Both.swift", SWIFT + SWIFT.replace("MatchAttributes", "CupAttributes"))
    said = shell.run("new-sheet", shell.folder / "derby.xlsx", "--contract", two)
    assert said.code == 2
    assert "choose one with --type" in said.err
    assert (
        shell.run("new-sheet", shell.folder / "cup.xlsx", "--contract", two, "--type", "CupAttributes").code
        == 0
    )
