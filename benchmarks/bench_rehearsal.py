"""How long the rehearsal of the blizzard example, with some 1,860 activities, takes from the command to the report.

Run it with `python benchmarks/bench_rehearsal.py`. Exits with 1 if it fails or takes more than five minutes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CAMPAIGN = Path(__file__).parents[1] / "examples" / "blizzard" / "blizzard.yaml"
MOST_SECONDS = 300


def main() -> int:
    """Rehearses it once and prints the result. Returns the exit code."""
    with tempfile.TemporaryDirectory(prefix="live-activity-bench-") as made:
        folder = Path(made)
        report = folder / "report.json"
        environment = {
            **os.environ,
            "LIVE_ACTIVITY_DATABASE_URL": f"sqlite:///{folder / 'ledger.db'}",
            "LIVE_ACTIVITY_STORAGE": str(folder / "segments"),
        }
        began = time.monotonic()
        words = ["rehearse", str(CAMPAIGN), "--report", str(report)]
        done = subprocess.run(
            [sys.executable, "-m", "live_activity.cli.main", *words],
            env=environment,
            stdout=subprocess.DEVNULL,
            check=False,
        )
        took = time.monotonic() - began
        values = json.loads(report.read_text("utf-8")) if report.exists() else {"activities": [], "calls": {}}
        calls = sum(values["calls"].values())
        sys.stdout.write(
            f"{len(values['activities']):,} activities and {calls:,} calls were rehearsed in {took:.0f} s "
            f"(at most {MOST_SECONDS}); {took * 1000 / max(calls, 1):.1f} ms a call; exit code {done.returncode}\n"
        )
        return 0 if done.returncode == 0 and took <= MOST_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
