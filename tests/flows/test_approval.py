"""A live run waits for approval with a form in the Prefect UI; everything else goes on meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from live_activity.ledger import Database, newest_edition
from live_activity.sandbox import SandboxServer
from tests.cli_process import Shell, calls
from tests.flow_process import Prefect, result_of, start_flow, wait_for

ROWS = "0s,start,Derby,kick-off,0\n2s,end,Derby,over,2\n"


@pytest.fixture
def prefect(prefect_url: str) -> Prefect:
    return Prefect(prefect_url)


def asked_for(shell: Shell, name: str, **more: object) -> dict[str, Any]:
    shell.campaign(ROWS, name=name)
    return {
        "name": name,
        "activity_type": "Match",
        "segment": "people.csv",
        "timeline": "rows.csv",
        **more,
    }


def decision(shell: Shell, name: str, mode: str = "run") -> Any:
    database = Database(shell.environment["LIVE_ACTIVITY_DATABASE_URL"])
    try:
        edition = newest_edition(database, name, mode=mode)
        return None if edition is None else {**(edition.decision or {}), "status": edition.status}
    finally:
        database.close()


def test_a_run_adds_all_people_shows_the_plan_and_starts_once_it_is_approved(
    shell: Shell, sandbox: SandboxServer, prefect: Prefect
) -> None:
    shell.to(sandbox)
    process = start_flow(shell, "campaign", mode="run", **asked_for(shell, "yes"))
    waiting = wait_for(lambda: prefect.paused("SANDBOX · yes"), process)
    assert waiting["form"]["properties"]["decision"]["enum"] == ["approve", "reject"]
    assert decision(shell, "yes")["status"] == "awaiting_approval"
    assert calls(sandbox)["requests"]["register"] == 1
    assert calls(sandbox)["requests"]["start"] == 0
    plan = wait_for(lambda: prefect.artifact("yes-plan"))
    assert "25 people" in plan["data"]
    prefect.answer(waiting, decision="approve", note="as agreed")
    report = result_of(process)
    assert report["status"] == "ended"
    assert calls(sandbox)["requests"]["start"] == 1
    said = decision(shell, "yes")
    assert (said["answer"], said["note"]) == ("approved", "as agreed")
    # Rows count from the approval, not from when people were added: the two seconds until the end are kept.
    (activity,) = report["activities"]
    assert activity["started_at"] >= said["answered_at"][:19]


def test_the_form_says_what_a_command_has_made_of_the_campaign_meanwhile(
    shell: Shell, sandbox: SandboxServer, prefect: Prefect
) -> None:
    shell.to(sandbox)
    process = start_flow(shell, "campaign", mode="run", **asked_for(shell, "more"))
    assert "**25 people**" in wait_for(lambda: prefect.paused("SANDBOX · more"), process)["text"]
    added = shell.write("added.csv", "insider_id\nanother\n")
    said = shell.run("steer", "more", "add_people", added)
    assert said.code == 0, said.err
    waiting = wait_for(
        lambda: (now := prefect.paused("SANDBOX · more")) and "**26 people**" in now["text"] and now, process
    )
    prefect.answer(waiting, decision="reject", note="")
    assert result_of(process)["status"] == "rejected"


def test_a_rejection_ends_the_campaign_before_anything_is_sent_and_is_an_event(
    shell: Shell, sandbox: SandboxServer, prefect: Prefect
) -> None:
    shell.to(sandbox)
    process = start_flow(shell, "campaign", mode="run", **asked_for(shell, "no"))
    prefect.answer(
        wait_for(lambda: prefect.paused("SANDBOX · no"), process), decision="reject", note="wrong people"
    )
    assert result_of(process)["status"] == "rejected"
    assert prefect.run("SANDBOX · no")["state_name"] == "Rejected"
    assert (
        "it was rejected (wrong people); nobody was sent" in prefect.run("SANDBOX · no")["state"]["message"]
    )
    assert calls(sandbox)["requests"]["start"] == 0
    assert decision(shell, "no")["status"] == "rejected"
    events = wait_for(
        lambda: [each for each in prefect.events("no") if each["event"] == "live-activity.rejected"]
    )
    assert "wrong people" in events[0]["payload"]["message"]


def test_a_run_is_called_by_the_start_that_its_timeline_names(
    shell: Shell, sandbox: SandboxServer, prefect: Prefect
) -> None:
    shell.to(sandbox)
    asked = asked_for(shell, "named", time_zone="Europe/Istanbul", register_ahead_minutes=1440)
    start = datetime.now(UTC) + timedelta(minutes=40)
    there = f"{start.astimezone(ZoneInfo('Europe/Istanbul')):%Y-%m-%d %H:%M}"
    shell.write("rows.csv", f"at,event,title,message,score\n{there},start,Derby,go,0\n9m,end,Derby,over,2\n")
    process = start_flow(shell, "campaign", mode="run", **asked)
    waiting = wait_for(lambda: prefect.paused(f"SANDBOX · named · {there[-5:]}"), process)
    prefect.answer(waiting, decision="reject", note="")
    assert result_of(process)["status"] == "rejected"


def test_no_answer_until_the_planned_start_means_it_is_not_started(
    shell: Shell, sandbox: SandboxServer, prefect: Prefect
) -> None:
    shell.to(sandbox)
    start = datetime.now(UTC) + timedelta(seconds=14)
    # On a machine so slow that the start has passed before the question, the end is the last moment to answer.
    times = {"starts_at": start.isoformat(), "ends_at": (start + timedelta(seconds=5)).isoformat()}
    process = start_flow(shell, "campaign", mode="run", **asked_for(shell, "silence", **times))
    process.communicate(timeout=90)
    assert prefect.run(f"SANDBOX · silence · {start:%H:%M}")["state_name"] == "Unanswered"
    assert calls(sandbox)["requests"]["start"] == 0
    said = decision(shell, "silence")
    assert (said["status"], said["answer"]) == ("rejected", "no answer")


def test_only_a_campaign_that_was_never_rehearsed_asks_for_approval_though_approval_is_off(
    shell: Shell, sandbox: SandboxServer, prefect: Prefect
) -> None:
    shell.to(sandbox)
    asked = asked_for(shell, "new", approval=False)
    process = start_flow(shell, "campaign", mode="run", **asked)
    prefect.answer(wait_for(lambda: prefect.paused("SANDBOX · new"), process), decision="approve", note="")
    assert result_of(process)["status"] == "ended"
    reasons = decision(shell, "new")["reasons"]
    assert reasons == [
        "this content was never rehearsed or tested",
        "this segment was never rehearsed or tested",
    ]
    assert result_of(start_flow(shell, "campaign", mode="rehearse", **asked))["status"] == "ended"
    rehearsed = asked_for(shell, "new again", approval=False)
    assert result_of(start_flow(shell, "campaign", mode="run", **rehearsed))["status"] == "ended"
    assert "answer" not in decision(shell, "new again")


def test_a_decision_survives_the_run_that_was_killed_after_it(
    shell: Shell, sandbox: SandboxServer, prefect: Prefect
) -> None:
    shell.to(sandbox)
    asked = asked_for(shell, "resumed")
    shell.write("rows.csv", "at,event,title,message,score\n0s,start,Derby,kick-off,0\n12s,end,Derby,over,2\n")
    process = start_flow(shell, "campaign", mode="run", **asked)
    prefect.answer(
        wait_for(lambda: prefect.paused("SANDBOX · resumed"), process), decision="approve", note=""
    )
    wait_for(lambda: calls(sandbox)["requests"]["start"], process)
    process.kill()
    process.communicate()
    assert result_of(start_flow(shell, "campaign", mode="run", **asked))["status"] == "ended"
    # If the run was killed before the answer was recorded, the start is sent again and answered 409: phones get one.
    (activity,) = calls(sandbox)["activities"]
    assert [push["kind"] for push in activity["pushes"]].count("start") == 1
    assert decision(shell, "resumed")["answer"] == "approved"


def test_the_option_yes_is_the_approval_and_is_recorded_in_the_ledger(
    shell: Shell, sandbox: SandboxServer
) -> None:
    shell.to(sandbox)
    said = shell.run("run", shell.campaign(ROWS), "--yes")
    assert said.code == 0, said.err
    assert "the start was approved (--yes at a shell)" in said.out
    assert decision(shell, "derby")["note"] == "--yes at a shell"
