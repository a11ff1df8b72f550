"""`live-activity rehearse`: the demo, and the guarantees of a rehearsal."""

from __future__ import annotations

from pathlib import Path

from live_activity.sandbox import SandboxServer
from tests.cli_process import Shell, calls

DEMO = Path(__file__).parents[2] / "examples" / "world_cup_final" / "final.yaml"


def test_the_demo_is_rehearsed_and_every_reachable_phone_shows_the_result(shell: Shell) -> None:
    said = shell.run("rehearse", DEMO, "--report", shell.folder / "report.json")
    assert said.code == 0, said.err
    assert said.err == ""
    assert "nobody received anything" in said.out
    assert "Traceback" not in said.out
    assert "Warning" not in said.out
    report = shell.report()
    assert report["edition"] == "2026-07-19T19:00:00Z"
    assert report["segment"]["accepted"] == 25_000
    assert report["segment"]["rows"] == report["segment"]["accepted"] + report["segment"]["rejected"]
    (activity,) = report["activities"]
    assert activity["status"] == "ended"
    assert report["phones"]["reached"] == activity["matched"]
    assert report["phones"]["showing_final"] == activity["matched"] - activity["unsynced_at_end"]
    assert report["phones"]["stuck"] == 0
    assert report["calls"]["add_users"] == 5, "batches with missing tokens are added again before the start"


def test_a_rehearsal_twice_gives_the_same(shell: Shell) -> None:
    assert shell.run("rehearse", DEMO, "--report", shell.folder / "one.json").code == 0
    assert shell.run("rehearse", DEMO, "--report", shell.folder / "two.json").code == 0
    one, two = shell.report("one.json"), shell.report("two.json")
    for report in (one, two):
        report["segment"]["rejects_file"] = None
    assert one == two


def test_a_rehearsal_never_calls_the_account(shell: Shell, sandbox: SandboxServer) -> None:
    shell.to(sandbox)
    file = shell.campaign(
        "0s,start,Derby,kick-off,0\n2h,end,Derby,over,2\n", starts_at="2026-07-19T19:00:00Z"
    )
    assert shell.run("rehearse", file).code == 0
    assert sum(calls(sandbox)["requests"].values()) == 0


def test_rows_are_shown_at_their_time_in_any_zone(shell: Shell) -> None:
    file = shell.campaign(
        "2026-07-19 20:00,start,Derby,kick-off,0\n2026-07-19 21:45,end,Derby,over,2\n",
        time_zone="Europe/Istanbul",
    )
    assert shell.run("rehearse", file, "--report", shell.folder / "report.json").code == 0
    (activity,) = shell.report()["activities"]
    assert activity["started_at"] == "2026-07-19T17:00:00Z"
    assert activity["ended_at"].startswith("2026-07-19T18:4")
