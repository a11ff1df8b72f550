"""examples/delivery from a shell: activities that the app opened."""

from __future__ import annotations

from pathlib import Path

from live_activity.sandbox import SandboxServer
from tests.cli_process import Shell, calls

DELIVERY = Path(__file__).parents[2] / "examples" / "delivery" / "delivery.yaml"


def test_the_deliveries_are_checked_and_rehearsed_and_every_phone_shows_that_its_order_came(
    shell: Shell,
) -> None:
    looked = shell.run("check", DELIVERY)
    assert looked.code == 0, looked.err
    assert "12 rows = 12 accepted" in looked.out
    assert "registers" not in looked.out
    files = ("--report", shell.folder / "report.json", "--html", shell.folder / "report.html")
    said = shell.run("rehearse", DELIVERY, *files)
    assert said.code == 0, said.err
    assert "people" not in said.out
    page = (shell.folder / "report.html").read_text("utf-8")
    assert "A-1040" in page
    assert "activities accepted" in page
    assert not any(word in page for word in ("people", "phones matched", "registers"))
    report = shell.report()
    assert report["status"] == "ended"
    assert report["phones"] == {"reached": 12, "showing_final": 12, "stuck": 0}
    assert report["calls"] == {**report["calls"], "register": 0, "add_users": 0, "start": 0, "end": 12}
    assert {each["updates"]["sent"] for each in report["activities"]} == {3}


def test_a_run_with_invented_ids_fails_with_one_finding_that_names_their_rows(
    shell: Shell, sandbox: SandboxServer
) -> None:
    shell.to(sandbox)
    said = shell.run("run", DELIVERY, "--yes", "--report", shell.folder / "report.json")
    assert said.code == 1, said.out
    report = shell.report()
    assert report["status"] == "failed"
    (finding,) = [each for each in report["findings"] if each["code"] == "activities_not_found"]
    assert "12 of 12 activities" in finding["message"]
    assert "rows 1, 2, 3" in finding["message"]
    assert {each["status"] for each in report["activities"]} == {"not_found"}
    assert calls(sandbox)["requests"]["end"] == 0
