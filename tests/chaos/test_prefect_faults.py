"""Prefect fails at a boundary of a campaign, in a shell and under a worker: every push is still sent."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from live_activity.prefect_integration.local_server import QUIET
from tests.chaos.boundaries import Place
from tests.chaos.campaign_stage import ROOT, Stage, assert_played_to_its_end, stage
from tests.chaos.chosen import chosen
from tests.chaos.command_process import LONGEST_SECONDS
from tests.chaos.halting import PLACE, PLACES, pause, wait_until_halted
from tests.chaos.prefect_proxy import FAULTS, prefect_proxy
from tests.chaos.workers import Worker, find_process

ROWS = (
    "0s,start,Derby,kick-off,0\n"
    "5s,update,Derby,goal,1\n"
    "10s,update,Derby,goal,2\n"
    "15s,update,Derby,goal,3\n"
    "25s,end,Derby,over,4\n"
)
FAULT_SECONDS = 25.0


def _cases(host: str) -> list[tuple[str, Place]]:
    return [(fault, place) for fault in FAULTS for place in chosen(PLACES, f"Prefect {fault}, {host}")]


@pytest.mark.concurrent(seconds=110)
@pytest.mark.parametrize(("fault", "place"), _cases("shell"), ids=str)
def test_a_shell_sends_every_push_while_prefect_fails(
    folder: Path, prefect_url: str, fault: str, place: Place
) -> None:
    with (
        stage(folder) as campaign,
        prefect_proxy(prefect_url) as proxy,
        (campaign.folder / "output.txt").open("ab") as output,
    ):
        campaign.write(rows=ROWS)
        words = ["run", str(campaign.file), "--yes", "--report", str(campaign.report_file)]
        environment = {**campaign.environment, **QUIET, "PREFECT_API_URL": proxy.url, PLACE: str(place)}
        run = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.halting_command", *words],
            env={**environment, "PREFECT_HOME": str(campaign.folder / "home")},
            cwd=ROOT,
            stdout=output,
            stderr=output,
        )
        try:
            halted = wait_until_halted(lambda: run.pid)
            proxy.fault = fault
            halted.resume()
            pause(FAULT_SECONDS)
            proxy.fault = None
            assert run.wait(LONGEST_SECONDS) == 0, campaign.output
        finally:
            run.kill()
            run.wait()
        for raw in ("Traceback", "Error logging to API", "Server error"):
            assert raw not in campaign.output, campaign.output
        assert_played_to_its_end(campaign)
        _assert_every_row_was_sent(campaign)
        assert campaign.report()["status"] == "ended"


@pytest.mark.concurrent(seconds=120)
@pytest.mark.parametrize(("fault", "place"), _cases("worker"), ids=str)
def test_a_worker_sends_every_push_while_prefect_fails(
    worker_stage: Stage, at_work: Worker, prefect_url: str, fault: str, place: Place
) -> None:
    campaign, name = worker_stage, f"worker-{fault}-{place}".replace(" ", "-")
    with prefect_proxy(prefect_url) as proxy:
        (campaign.folder / f"{name}.csv").write_text("at,event,title,message,score\n" + ROWS)
        asked = campaign.parameters(
            name=name,
            activity_type=name,
            timeline=str(campaign.folder / f"{name}.csv"),
            test_segment=str(campaign.folder / "people.csv"),
        )
        environment = {"PREFECT_API_URL": proxy.url, PLACE: str(place)}
        run = at_work.start_run({**asked, "mode": "test"}, environment=environment)
        halted = wait_until_halted(lambda: find_process(run))
        proxy.fault = fault
        halted.resume()
        pause(FAULT_SECONDS)
        proxy.fault = None
        at_work.wait_for_state(run, "COMPLETED")
    assert_played_to_its_end(campaign, name)
    _assert_every_row_was_sent(campaign, name)


def _assert_every_row_was_sent(campaign: Stage, *which: str) -> None:
    (seen,) = campaign.seen(*which)
    assert set(seen.scores) == {0, 1, 2, 3, 4}, "a push waited for Prefect until a newer one overtook it"
