"""A start that never arrives and is never answered: however the campaign ends, it reports nobody as reached."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from signal import SIGTERM

import pytest

from live_activity.decision.expiring import START_UNKNOWN
from tests.chaos.campaign_stage import ROOT, Stage, stage
from tests.chaos.command_process import CommandProcess, until

ROWS = "0s,start,Derby,kick-off,0\n3s,update,Derby,goal,1\n{end},end,Derby,over,2\n"
# How the campaign ends, and the status in its report.
ENDINGS = {"due": "failed", "end_now": "failed", "SIGTERM": "cancelled"}


@pytest.mark.concurrent(seconds=40)
@pytest.mark.parametrize("how", ENDINGS)
def test_the_command_exits_with_1_and_reports_that_nobody_is_known_to_have_been_reached(
    folder: Path, how: str
) -> None:
    with stage(folder) as campaign:
        campaign.write(rows=ROWS.format(end="8s" if how == "due" else "60m"))
        campaign.faults([{"endpoint": "start", "do": "reset_before"}])
        run = campaign.start()
        until(lambda: campaign.requests().get("start", 0) >= 2, what="a second attempt to start")
        _end(campaign, run, how)
        assert run.wait() == 1, campaign.output
        report = campaign.report()
        assert report["status"] == ENDINGS[how], campaign.output
        assert [each["status"] for each in report["activities"]] == ["failed"]
        assert START_UNKNOWN in report["activities"][0]["why"]
        assert "Traceback" not in campaign.output, campaign.output
        assert campaign.seen() == []


def _end(campaign: Stage, run: CommandProcess, how: str) -> None:
    if how == "SIGTERM":
        run.send_signal(SIGTERM)
    if how == "end_now":
        words = [sys.executable, "-m", "live_activity.cli.main", "steer", "derby", "end_now"]
        subprocess.run(words, env={**campaign.environment, "PYTHONPATH": str(ROOT)}, check=True, cwd=ROOT)
