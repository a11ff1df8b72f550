"""Activities that phones opened: a table of ids, and a campaign without register and start."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from live_activity.ledger import Database, newest_edition
from live_activity.sandbox import SandboxServer
from tests.cli_process import Shell, calls
from tests.flow_process import Prefect, result_of, start_flow, wait_for

ROWS = (
    "at,event,title,message,status,courier\n"
    "0s,update,Order,picked up,pickup,anna\n"
    "0s,update,Order,picked up,pickup,ben\n"
    "7s,update,Order,on its way,in_transit,ben\n"
    "16s,end,Order,there,delivered,\n"
)


@pytest.fixture
def prefect(prefect_url: str) -> Prefect:
    return Prefect(prefect_url)


def opened(sandbox: SandboxServer) -> str:
    """Has a phone of the sandbox open an activity; returns its id."""
    answer = httpx.post(
        f"{sandbox.base_url}/sandbox/device-started",
        json={"activity_type": "Delivery", "content_state": {"status": "ordered"}},
        trust_env=False,
    )
    return str(answer.json()["activity_id"])


def asked_for(shell: Shell, name: str, table: str, **more: object) -> dict[str, Any]:
    shell.write("orders.csv", table)
    shell.write("rows.csv", ROWS)
    return {
        "name": name,
        "activity_type": "Delivery",
        "activities": "orders.csv",
        "timeline": "rows.csv",
        "split_by": ["courier"],
        "min_seconds_between_updates": 0,
        **more,
    }


def shows(sandbox: SandboxServer, activity_id: str) -> list[Any]:
    """Returns what was pushed to the activity: each kind with its status, in order, without repeats."""
    found = next(each for each in calls(sandbox)["activities"] if each["activity_id"] == activity_id)
    pushed = [(each["kind"], each["content"]["content_state"]["status"]) for each in found["pushes"]]
    return list(dict.fromkeys(pushed))


def test_each_activity_follows_its_own_rows_to_the_end_and_nobody_is_registered(
    shell: Shell, sandbox: SandboxServer, prefect: Prefect
) -> None:
    shell.to(sandbox)
    anna, ben = opened(sandbox), opened(sandbox)
    table = f"activity_id,courier\n{anna},anna\n{ben},ben\n{ben},ben\n,ben\n"
    # One flow plays both kinds of campaigns; `device_started` is its former name for this one.
    report = result_of(start_flow(shell, "campaign", mode="run", **asked_for(shell, "orders", table)))
    assert report["status"] == "ended"
    assert report["segment"]["accepted"] == 2
    assert report["segment"]["rejected"] == 2
    requests = calls(sandbox)["requests"]
    assert (requests["register"], requests["add_users"], requests["start"]) == (0, 0, 0)
    assert requests == {**requests, **report["calls"]}
    assert ("update", "in_transit") not in shows(sandbox, anna)
    assert ("update", "in_transit") in shows(sandbox, ben)
    for activity_id in (anna, ben):
        assert shows(sandbox, activity_id)[-1] == ("end", "delivered")
    assert "ended" in prefect.artifact("orders-report")["data"]
    plan = prefect.artifact("orders-plan")["data"]
    assert "| rows of the table | 4 |" in plan
    assert not any(word in plan for word in ("people", "registers", "starts", "matched"))


def test_recovery_continues_what_a_killed_run_left_open_and_ends_it_once(
    shell: Shell, sandbox: SandboxServer
) -> None:
    shell.to(sandbox)
    anna = opened(sandbox)
    asked = asked_for(shell, "killed", f"activity_id,courier\n{anna},anna\n")
    process = start_flow(shell, "device_started", mode="run", **asked)
    wait_for(lambda: calls(sandbox)["requests"]["update"], process)
    process.kill()
    process.communicate()
    database = Database(shell.environment["LIVE_ACTIVITY_DATABASE_URL"])
    record = newest_edition(database, "killed", mode="run")
    database.close()
    assert record is not None
    assert record.device_started
    # Recovery knows its kind, and continues it.
    said = shell.run("reconcile")
    assert said.code == 0, said.err
    assert shows(sandbox, anna)[-1] == ("end", "delivered")
    assert calls(sandbox)["requests"]["end"] == 1
    assert calls(sandbox)["requests"]["register"] == 0


def test_a_rehearsal_opens_activities_of_its_own_and_calls_no_account(
    shell: Shell, sandbox: SandboxServer
) -> None:
    shell.to(sandbox)
    table = "activity_id,courier\none,anna\ntwo,ben\n"
    report = result_of(
        start_flow(shell, "device_started", mode="rehearse", **asked_for(shell, "practice", table))
    )
    assert report["status"] == "ended"
    assert report["phones"] == {"reached": 2, "showing_final": 2, "stuck": 0}
    assert sum(calls(sandbox)["requests"].values()) == 0
