"""Plays one campaign after another as flow runs in one process, and prints after each what the process holds."""

from __future__ import annotations

import asyncio
import gc
import json
import sys
from typing import Any

import psutil

from flows.campaign import RunOptions, campaign_flow
from live_activity.cli.flow_run import quiet_prefect
from live_activity.core.settings import settings

SPEED = 10.0


def main(folder: str, campaigns: int) -> None:
    """Plays so many campaigns with the tables in the folder."""
    quiet_prefect()
    process = psutil.Process()
    flow = campaign_flow(RunOptions(speed=SPEED, base=folder))
    for number in range(campaigns):
        played: Any = flow(
            mode="rehearse",
            name=f"soak-{number}",
            activity_type="Match",
            segment=f"{folder}/people.csv",
            timeline=f"{folder}/rows.csv",
            min_seconds_between_updates=0,
        )
        report = asyncio.run(played)
        settings.cache_clear()
        gc.collect()
        measured = {
            "status": report["status"],
            "pushes": sum(report["calls"][name] for name in ("start", "update", "end")),
            "rss": process.memory_info().rss,
            "files": process.num_fds(),
            "threads": process.num_threads(),
        }
        sys.stdout.write(f"measured {json.dumps(measured)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
