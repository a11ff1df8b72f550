"""Many activities in the Prefect UI: their calls share task runs, and each has its line."""

from __future__ import annotations

import time
from typing import Any

import httpx

from tests.cli_process import Shell

ACTIVITIES = 20


def test_the_calls_of_many_activities_share_rounds_and_each_is_in_a_log(
    shell: Shell, prefect_url: str
) -> None:
    people = "".join(f"u{number:03d},g{number % ACTIVITIES:02d}\n" for number in range(200))
    file = shell.campaign(
        "0s,start,Derby,kick-off,0\n5m,update,Derby,goal,1\n10m,end,Derby,over,2\n",
        people="insider_id,club\n" + people,
        split_by=["club"],
        name="rounds",
        starts_at="2026-07-19T19:00:00Z",
    )
    shell.write(
        "rows.csv",
        "at,event,title,message,score,club\n0s,start,Derby,kick-off,0,\n5m,update,Derby,goal,1,\n10m,end,Derby,over,2,\n",
    )
    said = shell.says("rehearse", file, "--report", shell.folder / "report.json")
    assert said.code == 0, said.err
    report = shell.report()
    assert len(report["activities"]) == ACTIVITIES
    assert {each["status"] for each in report["activities"]} == {"ended"}
    rounds = _task_runs_of(prefect_url, "rounds")
    names = [each["name"] for each in rounds if each["name"].startswith("round ")]
    assert names
    assert len(rounds) < ACTIVITIES
    assert not [name for name in (each["name"] for each in rounds) if name.startswith(("start ", "update "))]
    lines = _lines_of(prefect_url, [each["id"] for each in rounds])
    for club in {each["key"]["club"] for each in report["activities"]}:
        assert any(f"{club}: start: Derby" in line for line in lines)
        assert any(f"{club}: end: Derby" in line for line in lines)


def _task_runs_of(prefect_url: str, campaign: str) -> list[Any]:
    asked = {"flow_runs": {"name": {"any_": [f"REHEARSAL · {campaign}"]}}}
    return _asked(
        prefect_url, "task_runs", asked, lambda found: any(r["state_type"] == "COMPLETED" for r in found)
    )


def _lines_of(prefect_url: str, task_runs: list[str]) -> list[str]:
    asked = {"logs": {"task_run_id": {"any_": task_runs}}, "limit": 200}
    return [line["message"] for line in _asked(prefect_url, "logs", asked, bool)]


def _asked(prefect_url: str, what: str, asked: dict[str, Any], enough: Any) -> list[Any]:
    # The server takes in what it is told a little later.
    until = time.monotonic() + 30
    found: list[Any] = []
    while time.monotonic() < until and not enough(found):
        answer = httpx.post(f"{prefect_url}/{what}/filter", json=asked, trust_env=False, timeout=30)
        found = answer.raise_for_status().json()
    return found
