"""A run from Python with DataFrames or a function is killed, and finished from a shell."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.chaos.campaign_stage import LAST_SCORE, PEOPLE, ROOT, Stage, assert_played_to_its_end, stage
from tests.chaos.command_process import until

FEED = f"""
import pandas as pd

def rows():
    return pd.DataFrame(
        {{
            "at": pd.to_timedelta(["0s", "3s", "6s", "9s", "40s"]),
            "event": pd.Categorical(["start", "update", "update", "update", "end"]),
            "title": "Derby",
            "message": ["kick-off", "goal", "goal", "goal", "over"],
            "state.score": pd.array([0, 1, 2, 3, {LAST_SCORE}], dtype="Int64"),
        }}
    )
"""
SCRIPT = f"""
import sys
from datetime import UTC, datetime, timedelta
import pandas as pd
import live_activity
import feed

live_activity.run(
    {{
        "name": "derby",
        "activity_type": "Match",
        "approval": False,
        "poll_seconds": 1,
        "min_seconds_between_updates": 0,
        "ends_at": (datetime.now(UTC) + timedelta(minutes=10)).isoformat(),
    }},
    segment=pd.DataFrame({{"city": "Izmir", "insider_id": [f"u{{n:03d}}" for n in range({PEOPLE})]}}),
    timeline=feed.rows() if sys.argv[1] == "DataFrame" else "python:feed:rows",
    agreed="a test",
)
"""
# The kind of timeline, and the score that phones have been sent when the process is killed.
CASES = [("DataFrame", 0), ("DataFrame", 1), ("function", 1)]


@pytest.mark.concurrent(seconds=70)
@pytest.mark.parametrize(("timeline", "score"), CASES, ids=str)
def test_a_run_from_python_that_is_killed_is_finished_from_a_shell(
    folder: Path, timeline: str, score: int
) -> None:
    with stage(folder) as campaign:
        for file in (campaign.file, campaign.folder / "people.csv", campaign.folder / "rows.csv"):
            file.unlink()
        feed = campaign.folder / "feed.py"
        feed.write_text(FEED)
        _killed(campaign, timeline, after=score)
        assert not any(seen.ended for seen in campaign.seen())
        elsewhere = campaign.folder / "elsewhere"
        elsewhere.mkdir()
        if timeline == "DataFrame":
            feed.unlink()
        else:
            feed.rename(elsewhere / feed.name)
        recovered = subprocess.run(
            [sys.executable, "-P", "-m", "live_activity.cli.main", "recover"],
            env={**campaign.environment, "PYTHONPATH": str(ROOT)},
            cwd=elsewhere,
            capture_output=True,
            text=True,
            timeout=200,
        )
        assert recovered.returncode == 0, recovered.stdout + recovered.stderr
        assert "1 campaign was left open" in recovered.stdout
        assert_played_to_its_end(campaign)


def _killed(campaign: Stage, timeline: str, *, after: int) -> None:
    """Runs the script until phones have been sent that score, and kills it."""
    with (campaign.folder / "output.txt").open("ab") as output:
        session = subprocess.Popen(
            [sys.executable, "-c", SCRIPT, timeline],
            env={**campaign.environment, "PYTHONPATH": os.fspath(ROOT)},
            cwd=campaign.folder,
            stdout=output,
            stderr=output,
        )
    try:
        until(
            lambda: any(seen.scores[-1:] == (after,) for seen in campaign.seen()),
            what=f"score {after}",
        )
    finally:
        session.kill()
        session.wait()
