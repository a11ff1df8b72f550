"""How fast people are added, and how late updates arrive, if the calls of one activity are task runs of a flow run.

    python -m benchmarks.task_runs [PEOPLE]

`live-activity run` plays a campaign as a flow run on a Prefect server of its own; a second server answers each call
after 50 ms. Both figures are compared with a bare loop: with as many calls in flight, and with the same updates at the
same spacing. Exits with 1 if the updates are later than the goal allows; the time for adding is only shown.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from benchmarks.live_run import begin_run
from benchmarks.stub_vendor import StubVendor, stub_vendor
from live_activity.prefect_integration.local_server import local_server

BATCH, IN_FLIGHT, ANSWER_SECONDS = 10_000, 8, 0.05
UPDATES, EVERY_SECONDS = 60, 1.0
# Staging, adding and the start must be over within these times.
BEFORE_START, BEFORE_UPDATES, MOST_SECONDS = timedelta(seconds=60), timedelta(seconds=5), 300.0
MOST_LATER_MS = {50: 20.0, 99: 50.0}


def main() -> int:
    """Measures both and prints the results. Returns the exit code."""
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000_000
    with (
        tempfile.TemporaryDirectory(prefix="live-activity-bench-") as made,
        local_server() as prefect,
        stub_vendor(ANSWER_SECONDS) as vendor,
    ):
        folder = Path(made)
        starts_at = datetime.now(UTC) + BEFORE_START
        due = [starts_at + BEFORE_UPDATES + timedelta(seconds=n * EVERY_SECONDS) for n in range(UPDATES)]
        _write_campaign(folder, people, starts_at, due)
        run = begin_run(
            folder / "bench.yaml",
            vendor.url,
            PREFECT_API_URL=prefect,
            PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL="CRITICAL",
            LIVE_ACTIVITY_REQUESTS_PER_MINUTE="0",
        )
        code = run.wait(MOST_SECONDS)
        added = [at for endpoint, at, _ in vendor.arrivals() if endpoint == "add-users"]
        late = _lateness(vendor, due, since=0)
        ours_rate = (len(added) - 1) / (added[-1] - added[0])
        bare_rate = asyncio.run(_add(vendor.url, len(added)))
        first = len(vendor.arrivals())
        bare_due = [datetime.now(UTC) + timedelta(seconds=2 + n * EVERY_SECONDS) for n in range(UPDATES)]
        asyncio.run(_update(vendor.url, bare_due))
        bare_late = _lateness(vendor, bare_due, since=first)
    _say(
        f"adding as task runs: {len(added):,} calls, {ours_rate:.1f} calls/s, a bare loop {bare_rate:.1f} "
        f"({bare_rate / ours_rate:.2f} times as long)"
    )
    missed = code != 0 or len(late) < UPDATES
    for percent, most in MOST_LATER_MS.items():
        more = _percentile(late, percent) - _percentile(bare_late, percent)
        missed |= more > most
        _say(
            f"an update as a task run, due to answered: p{percent} {_percentile(late, percent):.0f} ms, "
            f"a bare loop {_percentile(bare_late, percent):.0f} ms: {more:.0f} ms more (at most {most:g})"
        )
    return int(missed)


def _write_campaign(folder: Path, people: int, starts_at: datetime, due: list[datetime]) -> None:
    with (folder / "people.csv").open("w") as opened:
        opened.write("insider_id\n")
        opened.writelines(f"user-{number:08d}\n" for number in range(people))
    updates = "".join(f"{at.isoformat()},update,,,{number}\n" for number, at in enumerate(due))
    ends_at = due[-1] + timedelta(seconds=5)
    (folder / "rows.csv").write_text(
        f"at,event,title,message,number\n{starts_at.isoformat()},start,Cup,Kick-off,-1\n{updates}"
        f"{ends_at.isoformat()},end,Cup,Over,-2\n"
    )
    (folder / "bench.yaml").write_text(
        "name: bench\nactivity_type: Match\nsegment: people.csv\ntimeline: rows.csv\n"
        "min_seconds_between_updates: 0\n"
    )


async def _add(url: str, calls: int) -> float:
    """Calls a second of a bare loop."""
    body = json.dumps({"insider_ids": [f"user-{number:08d}" for number in range(BATCH)]})
    left = iter(range(calls))
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as client:

        async def add() -> None:
            for _ in left:
                await client.post("/add-users", content=body)

        began = time.perf_counter()
        await asyncio.gather(*(add() for _ in range(IN_FLIGHT)))
        return calls / (time.perf_counter() - began)


async def _update(url: str, due: list[datetime]) -> None:
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as client:
        for number, at in enumerate(due):
            await asyncio.sleep((at - datetime.now(UTC)).total_seconds())
            await client.post("/update", json={"content": {"content_state": {"number": number}}})


def _lateness(vendor: StubVendor, due: list[datetime], *, since: int) -> list[float]:
    """Milliseconds from the due time of each update to its first answer."""
    answered: dict[int, float] = {}
    for endpoint, at, body in vendor.arrivals()[since:]:
        if endpoint == "update":
            answered.setdefault(json.loads(body)["content"]["content_state"]["number"], at)
    return [1000 * (answered[n] - at.timestamp()) for n, at in enumerate(due) if n in answered]


def _percentile(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
