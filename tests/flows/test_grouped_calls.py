"""Each call is a task run of its own, up to the limit of a flow run; beyond that calls share task runs."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from tests.cli_process import Shell


@pytest.mark.parametrize(("activities", "shared"), [(13, False), (101, True)])
def test_calls_are_task_runs_of_their_own_until_too_many_are_due_at_once(
    shell: Shell, prefect_url: str, activities: int, shared: bool
) -> None:
    name = f"matches-of-{activities}"
    people = "".join(f"u{number:05d},g{number % activities:03d}\n" for number in range(12 * activities))
    file = shell.campaign(
        "",
        people="insider_id,club\n" + people,
        split_by=["club"],
        name=name,
        starts_at="2026-07-19T19:00:00Z",
    )
    shell.write(
        "rows.csv", "at,event,title,message,score,club\n0s,start,Derby,kick-off,0,\n10m,end,Derby,over,2,\n"
    )
    said = shell.run("rehearse", file, "--report", shell.folder / "report.json")
    assert said.code == 0, said.err
    clubs = [each["key"]["club"] for each in shell.report()["activities"]]
    assert len(clubs) == activities
    runs = _task_runs_of(prefect_url, name, at_least=3 if shared else 4 * activities)
    names = {run["name"] for run in runs}
    if shared:
        assert len(runs) < activities
        lines = _lines_of(prefect_url, [run["id"] for run in runs], at_least=2 * activities)
        for club in clubs:
            assert any(f"{club}: start: Derby" in line for line in lines)
            assert any(f"{club}: end: Derby" in line for line in lines)
    else:
        assert {f"start {club}" for club in clubs} | {f"end {club}" for club in clubs} <= names
        messages = [run["state"]["message"] for run in runs if run["name"].startswith("start ")]
        assert all("handed to Apple" in message for message in messages)


def _task_runs_of(prefect_url: str, campaign: str, *, at_least: int) -> list[Any]:
    asked = {"flow_runs": {"name": {"any_": [f"REHEARSAL · {campaign}"]}}}
    return _found(prefect_url, "task_runs", asked, at_least=at_least)


def _lines_of(prefect_url: str, task_runs: list[str], *, at_least: int) -> list[str]:
    asked = {"logs": {"task_run_id": {"any_": task_runs}}}
    return [line["message"] for line in _found(prefect_url, "logs", asked, at_least=at_least)]


def _found(prefect_url: str, what: str, asked: dict[str, Any], *, at_least: int) -> list[Any]:
    # The server stores logs and task runs with a delay.
    until = time.monotonic() + 60
    found: list[Any] = []
    while time.monotonic() < until and len(found) < at_least:
        found = []
        while True:
            page = {**asked, "limit": 200, "offset": len(found)}
            answer = httpx.post(f"{prefect_url}/{what}/filter", json=page, trust_env=False, timeout=30)
            rows = answer.raise_for_status().json()
            found += rows
            if len(rows) < 200:
                break
    return found
