"""The form for steering commands: the answer is on the run's page and in an artifact."""

from __future__ import annotations

import logging
import subprocess
import sys
from typing import cast

import pytest

import live_activity.prefect_integration.run_context  # noqa: F401  # its effect on Prefect's log is tested here
from live_activity.engine.edition import Edition
from live_activity.prefect_integration.run_log import one_line_per_call
from tests.cli_process import Shell
from tests.flow_process import Prefect, start_flow


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ({"name": "nobody", "action": "freeze"}, "no campaign 'nobody' is running"),
        ({"name": "nobody", "action": "shift", "minutes": 1e9}, "more than a week"),
        (
            {"name": "nobody", "action": "freeze", "title": "x"},
            "Title: freeze takes no title; leave it empty",
        ),
        ({"name": "nobody", "action": "move_end"}, "New end: move_end needs ends_at"),
    ],
)
def test_a_command_that_is_not_done_is_a_failed_run_with_a_reason_in_one_line(
    shell: Shell, prefect_url: str, command: dict[str, object], answer: str
) -> None:
    prefect = Prefect(prefect_url)
    process = start_flow(shell, "steer", **command)
    process.communicate(timeout=90)
    run = prefect.run(f"{command['action']} · nobody")
    assert run["state_type"] == "FAILED"
    (line,) = run["state"]["message"].splitlines()
    assert line.startswith("not done: ")
    assert answer in line
    assert "**Not done.**" in prefect.artifact("steered")["data"]


async def test_a_push_is_one_line_in_the_log_while_a_campaign_is_played() -> None:
    log = logging.getLogger("prefect.task_runs")

    def kept(level: int, message: str) -> bool:
        return bool(log.filter(log.makeRecord(log.name, level, "", 0, message, (), None)))

    async with one_line_per_call(cast(Edition, None)):
        assert not kept(logging.INFO, "Finished in state Completed()")
        assert kept(logging.ERROR, "Finished in state Failed('...')")
        assert kept(logging.INFO, "update: Derby (row 2), 285 handed to Apple")
    assert kept(logging.INFO, "Finished in state Completed()")


def test_a_command_starts_without_what_only_a_campaign_needs() -> None:
    heavy = ("matplotlib", "live_activity.sandbox", "live_activity.engine.edition", "live_activity.contract")
    script = f"import sys, flows.steer; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"
