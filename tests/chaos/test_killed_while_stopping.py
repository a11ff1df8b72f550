"""Killed after somebody stopped it, and before its calls were given up: it is closed, and never played on."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.chaos.campaign_stage import LATE_END, judge_stopped, stage
from tests.chaos.command_process import until
from tests.chaos.traps import Place

# The call that is on its way when somebody stops the campaign, and where its unwinding is struck.
STRUCK = {
    "register": Place("before", "answer_batch", 1),
    "start": Place("before", "answer_push", 1),
    "update": Place("before", "answer_push", 2),
}


@pytest.mark.story(seconds=40)
@pytest.mark.timeout(600)
@pytest.mark.parametrize("endpoint", STRUCK)
def test_recovery_closes_what_was_stopped_before_the_kill(folder: Path, endpoint: str) -> None:
    with stage(folder) as on:
        on.write(rows=LATE_END)
        on.faults([{"endpoint": endpoint, "calls": 1, "do": "timeout", "seconds": 60}])
        run = on.begins(STRUCK[endpoint])
        until(lambda: on.requests().get(endpoint, 0), what=f"the call to {endpoint}")
        run.strike(signal.SIGTERM)
        assert run.ends() == -signal.SIGKILL, on.said
        on.faults()
        recovered = on.reconciles()
        assert recovered.ends() == 0, on.said
        assert "it is closed" in recovered.said
        assert "Traceback" not in on.said, on.said
        judge_stopped(on)
        assert all(max(each.scores) <= 1 for each in on.seen()), "it was played on"
