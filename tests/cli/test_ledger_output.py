"""`live-activity ledger` in a pipe prints CSV, and lines that are not cut off."""

from __future__ import annotations

import csv
import io

from tests.cli_process import Shell


def test_ledger_prints_csv_and_whole_lines_into_a_pipe(shell: Shell) -> None:
    shell.environment["COLUMNS"] = "80"
    title = "Derby " + "x" * 150
    file = shell.campaign(
        f"0s,start,{title},kick-off,0\n2h,end,Derby,over,2\n", starts_at="2026-07-19T19:00:00Z"
    )
    assert shell.run("rehearse", file).code == 0

    editions = list(csv.DictReader(io.StringIO(shell.run("ledger", "--csv").out)))
    assert [(each["name"], each["mode"], each["status"]) for each in editions] == [
        ("derby", "rehearse", "ended")
    ]
    assert editions[0]["edition"] == "2026-07-19T19:00:00Z"

    pushes = list(csv.DictReader(io.StringIO(shell.run("ledger", "derby", "--csv").out)))
    assert (pushes[0]["kind"], pushes[0]["title"]) == ("start", title)
    assert (pushes[-1]["kind"], pushes[-1]["title"]) == ("end", "Derby")
    batches = shell.run("ledger", "derby", "--csv", "--table", "batches").out
    assert next(csv.DictReader(io.StringIO(batches)))["people"] == "25"

    (line,) = [line for line in shell.run("ledger", "derby").out.splitlines() if "start" in line]
    assert title in line

    wrong = shell.run("ledger", "--csv", "--json")
    assert wrong.code == 2
    assert "exclude each other" in wrong.err
