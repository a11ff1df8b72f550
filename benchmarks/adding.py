"""Adding staged people compared with a bare loop, and how soon a killed run continues to add.

    python -m benchmarks.adding [PEOPLE]

A server answers each call after 50 ms. First a bare loop adds the people with 8 calls in flight; then
`live-activity run` is killed when half of them are added, started again, and killed when all are added. Both are
measured in calls a second, ours over both halves; the second run is also measured from its command to its first call.
Exits with 1 if a goal is missed.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from benchmarks.live_run import begin_run
from benchmarks.stub_vendor import StubVendor, stub_vendor

BATCH, IN_FLIGHT, ANSWER_SECONDS = 10_000, 8, 0.05
MOST_TIMES, MOST_SECONDS_TO_RESUME, MOST_SECONDS = 1.25, 5.0, 900.0


def main() -> int:
    """Measures both and prints the results. Returns the exit code."""
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    with tempfile.TemporaryDirectory(prefix="live-activity-bench-") as made:
        folder = Path(made)
        file = folder / "people.csv"
        with file.open("w") as opened:
            opened.write("insider_id\n")
            for first in range(0, people, 100_000):
                opened.write("".join(map("user-{:09x}\n".format, range(first, min(people, first + 100_000)))))
        with stub_vendor(ANSWER_SECONDS) as vendor:
            bare = asyncio.run(_bare(vendor.url, file))
        with stub_vendor(ANSWER_SECONDS) as vendor:
            ours, resumed = _ours(vendor, folder, batches=people // BATCH)
    times = bare / ours
    sys.stdout.write(
        f"{people:,} people, calls answered after {ANSWER_SECONDS * 1000:.0f} ms, {IN_FLIGHT} in flight\n"
        f"  bare loop      {bare:6.1f} calls/s\n"
        f"  live-activity  {ours:6.1f} calls/s, {times:.2f} times as long (at most {MOST_TIMES})\n"
        f"  killed with half of them added: {resumed:.1f} s from the command to the next call "
        f"(at most {MOST_SECONDS_TO_RESUME:g})\n"
    )
    return 0 if times <= MOST_TIMES and resumed <= MOST_SECONDS_TO_RESUME else 1


async def _bare(url: str, file: Path) -> float:
    """Calls a second of a loop that reads the ids and posts them."""
    with file.open() as lines:
        next(lines)
        began = time.perf_counter()
        calls = 0
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as client:

            async def add() -> None:
                nonlocal calls
                while ids := [line.rstrip("\n") for _, line in zip(range(BATCH), lines, strict=False)]:
                    body = json.dumps({"activity_id": "a", "activity_type": "Match", "insider_ids": ids})
                    headers = {"Content-Type": "application/json"}
                    (await client.post("/add-users", content=body, headers=headers)).raise_for_status()
                    calls += 1

            await asyncio.gather(*(add() for _ in range(IN_FLIGHT)))
        return calls / (time.perf_counter() - began)


def _ours(vendor: StubVendor, folder: Path, *, batches: int) -> tuple[float, float]:
    starts_at = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    (folder / "rows.csv").write_text(
        f"at,event,title,message,score\n{starts_at},start,Cup,Kick-off,0\n90m,end,Cup,Over,1\n"
    )
    (folder / "bench.yaml").write_text(
        "name: adding\nactivity_type: Match\nsegment: people.csv\ntimeline: rows.csv\nregister_ahead_minutes: 120\n"
    )
    first = _adding_until(vendor, folder, batches // 2)
    # By then the calls that were in flight at the kill are answered, so they are not counted for the second run.
    time.sleep(10 * ANSWER_SECONDS)
    again_at = time.time()
    second = _adding_until(vendor, folder, batches)
    seconds = sum(half[-1] - half[0] for half in (first, second))
    return (len(first) + len(second) - 2) / seconds, second[0] - ANSWER_SECONDS - again_at


def _adding_until(vendor: StubVendor, folder: Path, calls: int) -> list[float]:
    """Plays the campaign until there were `calls` in all, and kills it. Returns when its add calls were answered."""
    before = len(vendor.arrivals())
    process = begin_run(folder / "bench.yaml", vendor.url, LIVE_ACTIVITY_REQUESTS_PER_MINUTE="0")
    try:
        _wait_for(vendor, process, calls)
    finally:
        process.kill()
        process.wait()
    return [at for endpoint, at, _ in vendor.arrivals()[before:] if endpoint == "add-users"]


def _wait_for(vendor: StubVendor, process: subprocess.Popen[bytes], calls: int) -> None:
    ends = time.monotonic() + MOST_SECONDS
    while len(vendor.arrivals()) < calls:
        if process.poll() is not None or time.monotonic() > ends:
            raise RuntimeError(f"the run ended with {process.returncode}, or took too long")
        time.sleep(0.1)


if __name__ == "__main__":
    sys.exit(main())
