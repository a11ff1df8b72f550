"""A run from Python with DataFrames is killed, and finished from a shell that knows neither of them."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.chaos.campaign_stage import LAST_SCORE, PEOPLE, ROOT, Stage, judge_played_to_its_end, stage
from tests.chaos.command_process import until

SCRIPT = f"""
import pandas as pd
import live_activity

people = pd.DataFrame({{"city": "Izmir", "insider_id": [f"u{{n:03d}}" for n in range({PEOPLE})]}})
timeline = pd.DataFrame(
    {{
        "at": pd.to_timedelta(["0s", "3s", "6s", "9s", "40s"]),
        "event": pd.Categorical(["start", "update", "update", "update", "end"]),
        "title": "Derby",
        "message": ["kick-off", "goal", "goal", "goal", "over"],
        "state.score": pd.array([0, 1, 2, 3, {LAST_SCORE}], dtype="Int64"),
    }}
)
live_activity.run(
    {{"name": "derby", "activity_type": "Match", "approval": False, "min_seconds_between_updates": 0}},
    segment=people,
    timeline=timeline,
    agreed="a test",
)
"""


# The score that phones were sent when the process is killed.
AFTER = {"its start": 0, "an update": 1}


@pytest.fixture(scope="module")
def plays(company: ThreadPoolExecutor, folders: Path) -> dict[str, Future[None]]:
    return {
        name: company.submit(_recovered, folders / f"library-{AFTER[name]}", AFTER[name]) for name in AFTER
    }


@pytest.mark.timeout(300)
@pytest.mark.parametrize("after", AFTER)
def test_a_run_of_dataframes_that_is_killed_is_finished_from_a_shell(
    after: str, plays: dict[str, Future[None]]
) -> None:
    plays[after].result()


def _recovered(folder: Path, score: int) -> None:
    with stage(folder) as on:
        for file in (on.file, on.folder / "people.csv", on.folder / "rows.csv"):
            file.unlink()
        _killed(on, after=score)
        assert not any(seen.ended for seen in on.seen())
        elsewhere = on.folder / "elsewhere"
        elsewhere.mkdir()
        recovered = subprocess.run(
            [sys.executable, "-P", "-m", "live_activity.cli.main", "recover"],
            env={**on.environment, "PYTHONPATH": str(ROOT)},
            cwd=elsewhere,
            capture_output=True,
            text=True,
            timeout=200,
        )
        assert recovered.returncode == 0, recovered.stdout + recovered.stderr
        assert "1 campaign was left open" in recovered.stdout
        judge_played_to_its_end(on)


def _killed(on: Stage, *, after: int) -> None:
    """Plays the script until phones have been sent that score, and kills it there."""
    with (on.folder / "said.txt").open("ab") as said:
        session = subprocess.Popen(
            [sys.executable, "-c", SCRIPT],
            env={**on.environment, "PYTHONPATH": os.fspath(ROOT)},
            cwd=on.folder,
            stdout=said,
            stderr=said,
        )
    try:
        until(
            lambda: any(seen.scores[-1:] == (after,) for seen in on.seen()),
            within=60,
            what=f"score {after}",
        )
    finally:
        session.kill()
        session.wait()
