"""How long the rehearsal of a large segment takes, from the command to the report, and its peak memory.

    python -m benchmarks.large_rehearsal [PEOPLE ...]

By default 1,000,000 and 10,000,000 people, goals 15 s and 120 s, and 1,000 MB. Exits with 1 if a goal is missed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MOST_SECONDS, MOST_MB = {1_000_000: 15.0, 10_000_000: 120.0}, 1_000.0
_PART = 100_000
_ROWS = "at,event,title,message,score\n0m,start,Cup,Kick-off,0\n30m,update,Cup,Goal,1\n90m,end,Cup,Over,1\n"
_CAMPAIGN = "name: large\nactivity_type: Match\nsegment: people.csv\ntimeline: rows.csv\n"


def main() -> int:
    """Rehearses each size once and prints its time and memory. Returns the exit code."""
    sizes = [int(size) for size in sys.argv[1:]] or [*MOST_SECONDS]
    within = [
        _within_goals(people) for people in sizes
    ]  # a list, so that all are measured after a missed goal
    return int(not all(within))


def _within_goals(people: int) -> bool:
    with tempfile.TemporaryDirectory(prefix="live-activity-bench-") as made:
        folder = Path(made)
        with (folder / "people.csv").open("w") as file:
            file.write("insider_id\n")
            for first in range(0, people, _PART):
                numbers = range(first, min(people, first + _PART))
                file.write("".join(map("user-{:09x}\n".format, numbers)))
        (folder / "rows.csv").write_text(_ROWS)
        (folder / "large.yaml").write_text(_CAMPAIGN)
        seconds, peak, code = _rehearsed(folder)
    most = MOST_SECONDS.get(people, 15.0 * people / 1e6)
    sys.stdout.write(
        f"{people:,} people were rehearsed in {seconds:.1f} s (at most {most:g}), peak {peak:,.0f} MB "
        f"(at most {MOST_MB:,.0f}); exit code {code}\n"
    )
    return code == 0 and seconds <= most and peak <= MOST_MB


def _rehearsed(folder: Path) -> tuple[float, float, int]:
    """Seconds, peak of the resident set in MB, and the exit code."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("LIVE_ACTIVITY_")},
        "LIVE_ACTIVITY_DATABASE_URL": f"sqlite:///{folder / 'ledger.db'}",
        "LIVE_ACTIVITY_STORAGE": str(folder / "segments"),
        "XDG_DATA_HOME": str(folder / "data"),
    }
    began, peak = time.monotonic(), 0.0
    process = subprocess.Popen(
        [sys.executable, "-m", "live_activity.cli.main", "rehearse", str(folder / "large.yaml")],
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    while process.poll() is None:
        peak = max(peak, _peak_mb(process.pid))
        time.sleep(0.05)
    return time.monotonic() - began, peak, process.returncode


def _peak_mb(pid: int) -> float:
    """The peak so far, as Linux counts it; 0 if the process is gone, or the system is not Linux."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    found = (line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    return int(next(found, "0")) / 1024


if __name__ == "__main__":
    sys.exit(main())
