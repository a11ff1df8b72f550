"""How late the updates of a thousand running activities leave one process, compared with a bare loop.

Run it with `python benchmarks/bench_many.py`. A sandbox in a process of its own receives both: first a
`live-activity run` with its ledger, then a bare asyncio and httpx loop that sends the same updates at the same
spacing. Lateness is the time at which the sandbox had a call, less the time at which it was due. Exits with 1 if the
p99 is more than 50 ms above the bare loop's, or the process needs more than 600 MB.
"""

from __future__ import annotations

import asyncio
import contextlib
import csv
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psutil

from benchmarks.live_run import KEY, begin_run

ACTIVITIES = 1000
UPDATES_A_MINUTE = 900
SECONDS = 60
PEOPLE_EACH = 2
# Registering and starting a thousand activities takes this long on two busy cores.
BEFORE_START, BEFORE_UPDATES = timedelta(seconds=75), timedelta(seconds=45)
MOST_LATER_MS, MOST_MB = 50.0, 600.0
API = "/api/v1/live-activity"
HEADERS = {"X-Api-Key": KEY}


def main() -> int:
    """Runs both and prints the results. Returns the exit code."""
    with tempfile.TemporaryDirectory(prefix="live-activity-bench-") as made:
        folder = Path(made)
        _write_fleet(folder / "fleet.csv")
        with _sandbox(folder / "fleet.csv") as url:
            ours, megabytes, failed = _ours(folder, url)
            bare = asyncio.run(_bare(url))
    late, least = _percentile(ours, 99), _percentile(bare, 99)
    number = round(UPDATES_A_MINUTE * SECONDS / 60)
    _say(f"{ACTIVITIES:,} activities alive, {number:,} updates at {UPDATES_A_MINUTE} a minute")
    _say(f"  live-activity  {len(ours):,} sent, p50 {_percentile(ours, 50):.0f} ms, p99 {late:.0f} ms late")
    _say(f"  bare loop      {len(bare):,} sent, p50 {_percentile(bare, 50):.0f} ms, p99 {least:.0f} ms late")
    _say(f"  p99 is {late - least:.0f} ms more (at most {MOST_LATER_MS:.0f}); memory {megabytes:.0f} MB")
    enough = not failed and len(ours) == len(bare) == number
    return 0 if enough and late - least <= MOST_LATER_MS and megabytes < MOST_MB else 1


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _percentile(values: Sequence[float], percent: int) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] if ordered else float("nan")


def _write_fleet(file: Path) -> None:
    with file.open("w", newline="", encoding="utf-8") as opened:
        table = csv.writer(opened)
        columns = [
            "insider_id",
            "udid",
            "platform",
            "os_version",
            "push_enabled",
            "gdpr",
            "push_to_start_token",
        ]
        table.writerow(columns)
        for person in range(ACTIVITIES * PEOPLE_EACH):
            table.writerow([f"p{person:05d}", f"phone-{person}", "ios", "18.1", "true", "", f"t{person}"])


@contextlib.contextmanager
def _sandbox(fleet: Path) -> Iterator[str]:
    words = [
        "sandbox",
        "--port",
        "0",
        "--fleet",
        str(fleet),
        "--sync-delay",
        "0.2",
        "--requests-per-minute",
        "0",
    ]
    process = subprocess.Popen(
        [sys.executable, "-m", "live_activity.cli.main", *words], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        yield next(word for word in line.split() if word.startswith("http"))
    finally:
        process.terminate()
        process.wait(timeout=20)


def _ours(folder: Path, url: str) -> tuple[list[float], float, bool]:
    starts_at = datetime.now(UTC) + BEFORE_START
    first = starts_at + BEFORE_UPDATES
    due = _write_campaign(folder, starts_at, first)
    process = begin_run(folder / "bench.yaml", url, report=folder / "report.json")
    peak = _Peak(process.pid)
    peak.start()
    code = process.wait()
    peak.over.set()
    peak.join()
    _say(f"live-activity ended with {code}: {_statuses(folder / 'report.json')}")
    sent = _arrivals(url)
    late = [(at - due[number]) / timedelta(milliseconds=1) for number, at in sent.items() if number in due]
    return late, peak.megabytes, code != 0


def _statuses(report: Path) -> str:
    if not report.exists():
        return "no report"
    values = json.loads(report.read_text("utf-8"))
    return f"{values['status']}, calls {values['calls']}"


class _Peak(threading.Thread):
    """Measures the most memory that a process had."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.over = threading.Event()
        self.megabytes = 0.0
        self._process = psutil.Process(pid)

    def run(self) -> None:
        while not self.over.wait(0.5):
            with contextlib.suppress(psutil.Error):
                self.megabytes = max(self.megabytes, self._process.memory_info().rss / 1e6)


def _write_campaign(folder: Path, starts_at: datetime, first: datetime) -> dict[int, datetime]:
    due: dict[int, datetime] = {}
    with (folder / "people.csv").open("w", newline="", encoding="utf-8") as opened:
        table = csv.writer(opened)
        table.writerow(["insider_id", "match"])
        for person in range(ACTIVITIES * PEOPLE_EACH):
            table.writerow([f"p{person:05d}", f"m{person // PEOPLE_EACH:04d}"])
    ends_at = first + timedelta(seconds=SECONDS + 5)
    with (folder / "rows.csv").open("w", newline="", encoding="utf-8") as opened:
        table = csv.writer(opened)
        table.writerow(["match", "at", "event", "title", "message", "update"])
        table.writerow(["", starts_at.isoformat(), "start", "Bench", "start", -1])
        for number in range(round(UPDATES_A_MINUTE * SECONDS / 60)):
            due[number] = first + timedelta(seconds=number * 60 / UPDATES_A_MINUTE)
            match = f"m{number % ACTIVITIES:04d}"
            table.writerow([match, due[number].isoformat(), "update", "Bench", "update", number])
        table.writerow(["", ends_at.isoformat(), "end", "Bench", "end", -2])
    (folder / "bench.yaml").write_text(
        "name: bench\nactivity_type: Match\nsegment: people.csv\ntimeline: rows.csv\nsplit_by: [match]\n",
        "utf-8",
    )
    return due


def _arrivals(url: str) -> dict[int, datetime]:
    """When the sandbox first had each update, by number."""
    seen: dict[int, datetime] = {}
    activities: list[Any] = httpx.get(f"{url}/sandbox/calls", trust_env=False, timeout=60).json()[
        "activities"
    ]
    for activity in activities:
        for push in activity["pushes"]:
            number = push["content"]["content_state"]["update"]
            if push["kind"] == "update" and number >= 0:
                seen.setdefault(number, datetime.fromisoformat(push["at"]))
    return seen


async def _bare(url: str) -> list[float]:
    late: list[float] = []
    before = set(_arrivals(url))
    shift = max(before, default=-1) + 1
    async with httpx.AsyncClient(base_url=url + API, headers=HEADERS, trust_env=False, timeout=30) as client:
        ids = []
        for number in range(ACTIVITIES):
            ends_at = datetime.now(UTC) + timedelta(hours=8)
            people = [f"p{number * PEOPLE_EACH + each:05d}" for each in range(PEOPLE_EACH)]
            body = {
                "activity_type": "Match",
                "insider_ids": people,
                "ends_at": f"{ends_at:%Y-%m-%dT%H:%M:%SZ}",
            }
            ids.append((await client.post("/register", json=body)).json()["activity_id"])
        for activity in ids:
            await client.post("/start", json=_push(activity, -1))
        first = datetime.now(UTC) + timedelta(seconds=2)
        due: dict[int, datetime] = {}

        async def send(number: int) -> None:
            await asyncio.sleep((due[number] - datetime.now(UTC)).total_seconds())
            await client.post("/update", json=_push(ids[number % ACTIVITIES], shift + number))

        async with asyncio.TaskGroup() as group:
            for number in range(round(UPDATES_A_MINUTE * SECONDS / 60)):
                due[number] = first + timedelta(seconds=number * 60 / UPDATES_A_MINUTE)
                group.create_task(send(number))
    for number, at in _arrivals(url).items():
        if number >= shift:
            late.append((at - due[number - shift]) / timedelta(milliseconds=1))
    return late


def _push(activity: str, number: int) -> dict[str, Any]:
    state = {"title": "Bench", "message": "update", "content_state": {"update": number}}
    return {"activity_id": activity, "activity_type": "Match", "content": state}


if __name__ == "__main__":
    began = time.monotonic()
    code = main()
    _say(f"took {time.monotonic() - began:.0f} s")
    sys.exit(code)
