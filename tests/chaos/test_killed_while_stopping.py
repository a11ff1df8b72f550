"""A campaign that is killed while it stops, with a call in flight, is closed and never continued."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.chaos.boundaries import Place
from tests.chaos.campaign_stage import LATE_END, assert_stopped, stage
from tests.chaos.command_process import until

# The call in flight when the campaign is stopped, and the place at which the process is then killed.
KILLED_AT = {
    "register": Place("before", "answer_batch", 1),
    "start": Place("before", "answer_push", 1),
    "update": Place("before", "answer_push", 2),
}


@pytest.mark.concurrent(seconds=40)
@pytest.mark.parametrize("endpoint", KILLED_AT)
def test_recovery_closes_what_was_stopped_before_the_kill(folder: Path, endpoint: str) -> None:
    with stage(folder) as campaign:
        campaign.write(rows=LATE_END)
        campaign.faults([{"endpoint": endpoint, "calls": 1, "do": "timeout", "seconds": 60}])
        run = campaign.start(KILLED_AT[endpoint])
        until(lambda: campaign.requests().get(endpoint, 0), what=f"the call to {endpoint}")
        run.send_signal(signal.SIGTERM)
        assert run.wait() == -signal.SIGKILL, campaign.output
        campaign.faults()
        recovered = campaign.run_recovery()
        assert recovered.wait() == 0, campaign.output
        assert "it is closed" in recovered.output
        assert "Traceback" not in campaign.output, campaign.output
        assert_stopped(campaign)
        assert all(max(each.scores) <= 1 for each in campaign.seen()), "it was played on"
