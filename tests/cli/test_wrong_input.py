"""Campaign files and tables with every kind of damage: clear lines, exit code 2, no traceback."""

from __future__ import annotations

import pytest

from tests.cli_process import Shell

ROWS = "0s,start,Derby,kick-off,0\n2s,end,Derby,over,2\n"

FILES = {
    "an unknown key": ("name: a\nactivity_type: M\nsegment: people.csv\ntimelin: rows.csv\n", "timeline"),
    "a missing key": ("name: a\nsegment: people.csv\ntimeline: rows.csv\n", "activity_type"),
    "a key twice": ("name: a\nname: b\n", "twice"),
    "no YAML": ("name: [a\n", "YAML"),
    "nothing": ("", "empty"),
    "a list": ("- a\n- b\n", "key: value"),
    "a number for text": (
        "name: 7\nactivity_type: M\nsegment: people.csv\ntimeline: rows.csv\n",
        "quotes",
    ),
    "a time zone that is none": (
        "name: a\nactivity_type: M\nsegment: people.csv\ntimeline: rows.csv\ntime_zone: Europe/Istambul\n",
        "Europe/Istanbul",
    ),
    "a time that is none": (
        "name: a\nactivity_type: M\nsegment: people.csv\ntimeline: rows.csv\nstarts_at: 15:00\n",
        "2026-07-19 20:00",
    ),
    "a segment that is not there": (
        "name: a\nactivity_type: M\nsegment: peple.csv\ntimeline: rows.csv\n",
        "people.csv",
    ),
    "an id column that is not there": (
        "name: a\nactivity_type: M\nsegment: people.csv\ntimeline: rows.csv\nid_column: insider\n",
        "insider_id",
    ),
}


@pytest.mark.parametrize("damage", FILES)
def test_a_damaged_campaign_file_is_answered_in_clear_lines(shell: Shell, damage: str) -> None:
    text, fix = FILES[damage]
    shell.campaign(ROWS)
    said = shell.run("check", shell.write("bad.yaml", text))
    assert said.code == 2
    assert fix in said.err
    assert "Traceback" not in said.err


TABLES = {
    "an event that is none": ("0s,strat,Derby,go,0\n", "start"),
    "a time that is none": ("soon,start,Derby,go,0\n", "soon"),
    "a start without a message": ("0s,start,Derby,,0\n9s,end,D,o,1\n", "message"),
    "a row with too many cells": ("0s,start,Derby,go,0,7\n9s,end,D,o,1\n", "cells"),
    "no row": ("", "row"),
    "two starts": ("0s,start,D,go,0\n1s,start,D,go,1\n9s,end,D,o,1\n", "start"),
}


@pytest.mark.parametrize("damage", TABLES)
def test_a_damaged_timeline_is_answered_in_clear_lines(shell: Shell, damage: str) -> None:
    rows, fix = TABLES[damage]
    said = shell.run("check", shell.campaign(rows))
    assert said.code == 2, said.out
    assert fix in said.out + said.err
    assert "Traceback" not in said.out + said.err


def test_all_problems_of_a_file_are_reported_at_once(shell: Shell) -> None:
    shell.campaign(ROWS)
    said = shell.run("check", shell.write("bad.yaml", "name: 7\npol_seconds: 3\nsegment: people.csv\n"))
    assert said.code == 2
    assert all(key in said.err for key in ("name", "pol_seconds", "activity_type", "timeline"))


def test_wrong_input_of_a_rehearsal_is_shown_before_anything_starts_and_reported(shell: Shell) -> None:
    file = shell.campaign("soon,start,Derby,go,0\n")
    said = shell.run("rehearse", file, "--report", shell.folder / "report.json")
    assert said.code == 2
    report = shell.report()
    assert report["status"] == "failed"
    assert report["findings"][0]["row"] == 1
    assert report["findings"][0]["where"] == "rows.csv"


def test_check_counts_the_people_and_sends_nothing(shell: Shell) -> None:
    file = shell.campaign(ROWS, people="insider_id,x\n007,a\n 008 ,b\n007,c\n,d\n")
    said = shell.run("check", file, "--report", shell.folder / "report.json")
    assert said.code == 0, said.err
    segment = shell.report()["segment"]
    assert (segment["rows"], segment["accepted"], segment["rejected"]) == (4, 2, 2)
    assert segment["reasons"] == {"duplicate": 1, "no_id": 1}


def test_where_no_report_can_be_written_nothing_is_played(shell: Shell) -> None:
    said = shell.run("rehearse", shell.campaign(ROWS), "--report", shell.folder / "nowhere" / "report.json")
    assert said.code == 2
    assert "there is no folder" in said.err
    assert said.out == ""


@pytest.mark.parametrize(
    ("storage", "mend"),
    [("/proc/nothing", "No such file"), ("nonsense://x", "nonsense"), ("s3://b/x", "s3fs")],
)
def test_a_store_that_cannot_be_used_is_named_in_one_line(shell: Shell, storage: str, mend: str) -> None:
    file = shell.campaign(ROWS)
    shell.environment["LIVE_ACTIVITY_STORAGE"] = storage
    said = shell.run("rehearse", file)
    assert said.code == 2
    assert "LIVE_ACTIVITY_STORAGE" in said.err
    assert mend in said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize("command", ["check", "rehearse", "ledger", "recover"])
def test_a_misspelt_setting_is_reported_once_as_a_command_begins(shell: Shell, command: str) -> None:
    shell.environment["LIVE_ACTIVITY_API_KYE"] = "s3cret"
    file = shell.campaign(ROWS)
    said = shell.run(command, *([file] if command in ("check", "rehearse") else []))
    text = said.out if command == "check" else said.err
    line = "LIVE_ACTIVITY_API_KYE: is not a setting and has no effect; did you mean LIVE_ACTIVITY_API_KEY?"
    assert text.count(line) == 1
    assert "s3cret" not in said.out + said.err
