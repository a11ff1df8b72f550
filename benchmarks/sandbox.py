"""How fast one sandbox on one core is: a million people, a start and updates to them, and small calls meanwhile.

Run it with `python -m benchmarks.sandbox`. Exits with 1 if a bound is exceeded.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psutil

PREFIX = "/api/v1/live-activity/"
TYPE = "MatchActivityAttributes"
BATCHES, BATCH = 100, 10_000
CALLS_A_SECOND = 300

MOST_SECONDS_ADDING = 8.0
MOST_SECONDS_A_PUSH = 2.0
MOST_MEGABYTES = 500
MOST_MILLISECONDS_BESIDE = 50.0

# The second client runs in a process of its own, so that it does not delay the measurements.
mp = multiprocessing.get_context("spawn")

_HEADERS = {"X-Api-Key": "benchmark", "Content-Type": "application/json"}


def main() -> int:
    """Measures everything once and prints the results. Returns the exit code."""
    began = time.perf_counter()
    with _sandbox() as (url, process):
        took, beside, megabytes = asyncio.run(_measured(url, process))
        cpu = sum(process.cpu_times()[:2])
    # On a busy machine the sandbox waits for its core, and the measured times say little.
    sys.stdout.write(
        f"the sandbox used {cpu:.1f} s of its core in {time.perf_counter() - began:.1f} s; "
        f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n"
    )
    bounds = [
        ("1,000,000 people registered and added in 100 batches", took["adding"], MOST_SECONDS_ADDING, "s"),
        ("the start to them", took["start"], MOST_SECONDS_A_PUSH, "s"),
        ("the slowest of 10 updates", took["update"], MOST_SECONDS_A_PUSH, "s"),
        ("p99 of 300 small calls a second beside it", beside, MOST_MILLISECONDS_BESIDE, "ms"),
        ("memory of the process", megabytes, MOST_MEGABYTES, "MB"),
    ]
    for what, value, most, unit in bounds:
        sys.stdout.write(f"{what}: {value:,.2f} {unit} (at most {most:g})\n")
    return 1 if any(value > most for _, value, most, _ in bounds) else 0


@contextmanager
def _sandbox() -> Iterator[tuple[str, psutil.Process]]:
    """Starts a sandbox on the last core; its client uses the others."""
    command = [sys.executable, "-m", "live_activity.cli.main", "sandbox", "--port", "0"]
    with subprocess.Popen(
        [*command, "--requests-per-minute", "0"], stdout=subprocess.PIPE, text=True
    ) as made:
        try:
            if hasattr(os, "sched_setaffinity"):
                cores = sorted(os.sched_getaffinity(0))
                os.sched_setaffinity(made.pid, cores[-1:])
                os.sched_setaffinity(0, cores[:-1] or cores)
            assert made.stdout is not None
            yield made.stdout.readline().split()[4], psutil.Process(made.pid)
        finally:
            made.terminate()


async def _measured(url: str, process: psutil.Process) -> tuple[dict[str, float], float, float]:
    ids = [f"customer-{number:07d}" for number in range(BATCHES * BATCH)]
    batches = [ids[first : first + BATCH] for first in range(0, len(ids), BATCH)]
    ends_at = (datetime.now(UTC) + timedelta(hours=5)).isoformat()
    took: dict[str, float] = {}
    async with httpx.AsyncClient(
        base_url=url + PREFIX, headers=_HEADERS, timeout=60, trust_env=False
    ) as client:

        async def call(endpoint: str, body: bytes) -> dict[str, object]:
            response = await client.post(endpoint, content=body)
            assert response.status_code == 200, response.text
            answer: dict[str, object] = response.json()
            return answer

        small = await call("register", _body(activity_type=TYPE, insider_ids=ids[:50], ends_at=ends_at))
        first = _body(activity_type=TYPE, insider_ids=batches[0], ends_at=ends_at)
        began = time.perf_counter()
        activity_id = (await call("register", first))["activity_id"]
        spent = time.perf_counter() - began
        bodies = [
            _body(activity_id=activity_id, activity_type=TYPE, insider_ids=each) for each in batches[1:]
        ]
        stop, waited = mp.Event(), mp.Queue()
        beside = mp.Process(target=_small_calls, args=(url, small["activity_id"], stop, waited))
        beside.start()
        # The first value in the queue says that it has begun.
        await asyncio.to_thread(waited.get)
        began = time.perf_counter()
        waiting = iter(bodies)

        async def adds() -> None:
            for body in waiting:
                await call("add-users", body)

        await asyncio.gather(*(adds() for _ in range(4)))
        took["adding"] = spent + time.perf_counter() - began

        content = {"title": "Final", "message": "Kick-off", "content_state": {"homeScore": 0}}
        began = time.perf_counter()
        sent = await call("start", _body(activity_id=activity_id, activity_type=TYPE, content=content))
        took["start"] = time.perf_counter() - began
        assert isinstance(sent["sessions_triggered"], int)
        assert sent["sessions_triggered"] > 900_000
        await asyncio.sleep(3.5)
        slowest = 0.0
        for score in range(1, 11):
            update = _body(
                activity_id=activity_id, activity_type=TYPE, content={"content_state": {"homeScore": score}}
            )
            began = time.perf_counter()
            await call("update", update)
            slowest = max(slowest, time.perf_counter() - began)
        took["update"] = slowest
        stop.set()
        waits = sorted(await asyncio.to_thread(waited.get))
        beside.join()
    sys.stdout.write(f"{len(waits):,} small calls; the slowest took {waits[-1] * 1000:.0f} ms\n")
    return took, waits[int(len(waits) * 0.99)] * 1000, process.memory_info().rss / 1e6


def _small_calls(url: str, activity_id: object, stop: Any, waited: Any) -> None:
    """Sends small calls at an even rate, whether or not earlier ones were answered, and reports how long each took."""
    asyncio.run(_send_small_calls(url, activity_id, stop, waited))


async def _send_small_calls(url: str, activity_id: object, stop: Any, waited: Any) -> None:
    path = httpx.URL(url)
    body = _body(activity_id=activity_id, activity_type=TYPE, insider_ids=["customer-0000001"])
    request = (
        f"POST {PREFIX}add-users HTTP/1.1\r\nHost: {path.host}\r\nX-Api-Key: small\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body
    lines: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    found: list[float] = []

    async def one(due: float) -> None:
        # A bare connection: httpx would spend more time than the sandbox.
        if lines.empty():
            reader, writer = await asyncio.open_connection(path.host, path.port)
        else:
            reader, writer = lines.get_nowait()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        found.append(time.perf_counter() - due)
        lines.put_nowait((reader, writer))

    due, tasks = time.perf_counter(), set[asyncio.Task[None]]()
    await one(due)
    waited.put(None)
    due = time.perf_counter()
    while not stop.is_set():
        due += 1 / CALLS_A_SECOND
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        task = asyncio.create_task(one(time.perf_counter()))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    await asyncio.gather(*tasks)
    while not lines.empty():
        lines.get_nowait()[1].close()
    waited.put(found)


def _body(**values: object) -> bytes:
    return json.dumps(values).encode()


if __name__ == "__main__":
    sys.exit(main())
