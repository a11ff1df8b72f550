"""How soon a campaign obeys commands, signals and a stop request while a large segment is staged.

    python -m benchmarks.steering_while_staging [ROWS] [--tables NAME ...] [--every] [--verbose]

For each kind of table (CSV, split into 1,000 activities, gzip, Parquet, with a list of excluded people and a hold-out)
`live-activity run` stages it several times. First, commands are sent one after the other until the segment is staged,
and for 10 s more while people are added. Then whole runs are stopped, each at a different time, from the counting of
the table to the adding of people: by SIGTERM, SIGINT, `end_now` or a stop request. Measured are the seconds until a
command's answer; for a stop, the seconds until the ledger has it, after which nothing more is sent, and, if nobody was
registered yet, until the process has ended. Exits with 1 if one takes longer than 2 s; the end of a process may, on a
busy machine.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pyarrow.csv
import pyarrow.parquet

from benchmarks.live_run import begin_run
from benchmarks.stub_vendor import stub_vendor
from live_activity.engine.steering.send import ask
from live_activity.ledger import Database, EditionRecord, all_editions, request_stop

MOST_SECONDS = 2.0
ANSWER_SECONDS, WAIT_SECONDS = 0.3, 600.0
# When a run is stopped, as shares of the time that staging takes; the last two are at its end and after it.
MOMENTS = (0.1, 0.3, 0.5, 0.7, 0.85, 0.95, 1.0, 1.3)
FLIGHTS, EXCLUDED = 1000, 0.2
TABLES: Mapping[str, Mapping[str, str]] = {
    "csv": {"segment": "people.csv"},
    "split": {"segment": "people.csv", "split_by": "[flight]"},
    "gz": {"segment": "people.csv.gz"},
    "parquet": {"segment": "people.parquet"},
    "excluded": {"segment": "people.csv", "exclude": "excluded.csv", "holdout": "10"},
}


@dataclass
class Slowest:
    """The longest of several waits, and what it waited for."""

    seconds: float = 0.0
    what: str = "nothing"
    count: int = 0

    def take(self, seconds: float, what: str) -> None:
        self.count += 1
        if seconds > self.seconds:
            self.seconds, self.what = seconds, what


def main() -> int:
    """Plays each kind of table and prints what took longest. Returns the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("rows", nargs="?", type=int, default=10_000_000)
    parser.add_argument("--tables", nargs="+", choices=TABLES, default=list(TABLES))
    parser.add_argument("--every", action="store_true", help="all ways to stop at each time, not only one")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    worst = Slowest()
    with (
        tempfile.TemporaryDirectory(prefix="live-activity-bench-") as made,
        stub_vendor(ANSWER_SECONDS) as vendor,
    ):
        folder = Path(made)
        _write_tables(folder, options.rows)
        print(f"{options.rows:,} rows, load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        for name in options.tables:
            campaigns = _Campaigns(folder, name, vendor.url, verbose=options.verbose)
            staging = campaigns.stage()
            commands = campaigns.answer_commands()
            recorded, ended = campaigns.stop(staging, every=options.every)
            print(f"{name}: staged in {staging:.1f} s")
            for what, slowest in (("answered", commands), ("recorded", recorded), ("ended", ended)):
                print(
                    f"  {slowest.count:3} {what:8}, the slowest after {slowest.seconds:.2f} s, {slowest.what} "
                    f"(at most {MOST_SECONDS:g})",
                    flush=True,
                )
                worst.take(slowest.seconds, slowest.what)
    return 0 if worst.seconds <= MOST_SECONDS else 1


class _Campaigns:
    """Campaigns of one kind of table, one after the other."""

    def __init__(self, folder: Path, table: str, url: str, *, verbose: bool) -> None:
        self._folder, self._table, self._url, self._verbose = folder, table, url, verbose
        self._numbers = itertools.count()

    def answer_commands(self) -> Slowest:
        """Sends commands one after the other. Returns the slowest answer."""
        slowest = Slowest()
        later = (datetime.now(UTC) + timedelta(hours=9)).isoformat()
        commands: Iterator[tuple[str, dict[str, Any]]] = itertools.cycle(
            [
                ("freeze", {}),
                ("resume", {}),
                ("move_end", {"ends_at": later}),
                ("shift", {"minutes": 1}),
                ("send_now", {"state": {"score": 5}}),
                ("approve", {}),
            ]
        )
        with self._begun() as play:
            began = play.edition_at
            staged_at = None
            for action, arguments in commands:
                asked = time.monotonic()
                answer = asyncio.run(ask(play.database, play.name, action, arguments))
                took = time.monotonic() - asked
                self._say(
                    f"{asked - began:6.2f} s after the beginning: {action} {took:.2f} s: {answer.line[:60]}"
                )
                slowest.take(took, action)
                if staged_at is None and play.is_staged():
                    staged_at = time.monotonic()
                if staged_at is not None and time.monotonic() > staged_at + 10:
                    break
            return slowest

    def stage(self) -> float:
        """Returns the seconds that staging the segment takes."""
        with self._begun() as play:
            _until(play.is_staged, play.process)
            return time.monotonic() - play.edition_at

    def stop(self, staging: float, *, every: bool) -> tuple[Slowest, Slowest]:
        """Stops a campaign at each of the times. Returns the slowest record of a stop, and the slowest end."""
        slowest = Slowest(), Slowest()
        ways: dict[str, Callable[[_Play], object]] = {
            "SIGTERM": lambda play: play.process.send_signal(signal.SIGTERM),
            "SIGINT": lambda play: play.process.send_signal(signal.SIGINT),
            "end_now": lambda play: asyncio.run(ask(play.database, play.name, "end_now", {})),
            "a stop request": lambda play: request_stop(
                play.database, play.edition().id, "cancelled", author="bench", at=datetime.now(UTC)
            ),
        }
        turns = itertools.cycle(ways)
        for moment in (None, *MOMENTS):
            chosen = ["SIGTERM", "SIGINT"] if moment is None else list(ways) if every else [next(turns)]
            for way in chosen:
                with self._begun(counting=moment is None) as play:
                    time.sleep(staging * (moment or 0.2))
                    asked = time.monotonic()
                    ways[way](play)
                    recorded, ended = play.obeys()
                    when = "while it is counted" if moment is None else f"at {moment:.0%} of staging"
                    for into, at in zip(slowest, (recorded, ended), strict=True):
                        if at is not None:
                            into.take(at - asked, f"{way} {when}")
                    self._say(f"{way} {when}: {play.process.poll()}, {recorded}, {ended}, from {asked}")
        return slowest

    @contextlib.contextmanager
    def _begun(self, *, counting: bool = False) -> Iterator[_Play]:
        """A campaign that has begun to stage; killed when the block ends."""
        name = f"{self._table}-{next(self._numbers)}"
        starts_at = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
        (self._folder / "rows.csv").write_text(
            f"at,event,title,message,score\n{starts_at},start,Cup,Kick-off,0\n90m,end,Cup,Over,1\n"
        )
        file = self._folder / f"{name}.yaml"
        keys = {**TABLES[self._table], "name": name, "activity_type": "Match", "timeline": "rows.csv"}
        keys |= {"register_ahead_minutes": "120"}
        file.write_text("".join(f"{key}: {value}\n" for key, value in keys.items()))
        database = Database(f"sqlite:///{file.with_suffix('.db')}")
        process = begin_run(file, self._url, LIVE_ACTIVITY_REQUESTS_PER_MINUTE="0")
        play = _Play(name, database, process)
        try:
            if counting:
                # It is reading the table once it has the file open.
                table = self._folder / TABLES[self._table]["segment"]
                _until(lambda: _reads(process.pid, table), process)
            else:
                _until(lambda: all_editions(database), process)
            play.edition_at = time.monotonic()
            yield play
        finally:
            process.kill()
            process.wait()
            database.close()
            shutil.rmtree(self._folder / "segments", ignore_errors=True)

    def _say(self, line: str) -> None:
        if self._verbose:
            print(f"  {self._table}: {line}", flush=True)


@dataclass
class _Play:
    name: str
    database: Database
    process: subprocess.Popen[bytes]
    edition_at: float = 0.0

    def edition(self) -> EditionRecord:
        (found,) = all_editions(self.database)
        return found

    def is_staged(self) -> bool:
        return self.edition().folder is not None

    def obeys(self) -> tuple[float | None, float | None]:
        """Returns when the ledger had the stop, and when the process had ended; None for what did not happen.

        Before there is an edition, nothing is recorded; once people are registered, their activity is ended first.
        """
        recorded = None
        while True:
            now, ended = time.monotonic(), self.process.poll() is not None
            editions = all_editions(self.database)
            if recorded is None and any(each.finished or each.stop_request for each in editions):
                recorded = now
            if ended:
                return recorded, now
            if recorded is not None and any(each.folder is not None for each in editions):
                return recorded, None
            time.sleep(0.02)


def _until(true: Callable[[], object], process: subprocess.Popen[bytes] | None) -> None:
    ends = time.monotonic() + WAIT_SECONDS
    while not true():
        if time.monotonic() > ends or (process is not None and process.poll() is not None):
            raise RuntimeError("the run ended, or took too long")
        time.sleep(0.02)


def _write_tables(folder: Path, rows: int) -> None:
    random = np.random.default_rng(1)
    numbers = random.integers(0, 1 << 40, rows)
    ids = pyarrow.array([f"user-{number:010x}" for number in numbers.tolist()])
    flights = pyarrow.array([f"TK{number:04d}" for number in range(FLIGHTS)])
    table = pyarrow.table(
        {"insider_id": ids, "flight": flights.take(pyarrow.array(random.integers(0, FLIGHTS, rows)))}
    )
    plain = pyarrow.csv.WriteOptions(quoting_style="none")
    pyarrow.csv.write_csv(table, folder / "people.csv", plain)
    with pyarrow.CompressedOutputStream(str(folder / "people.csv.gz"), "gzip") as packed:
        pyarrow.csv.write_csv(table, packed, plain)
    pyarrow.parquet.write_table(table, folder / "people.parquet")
    pyarrow.csv.write_csv(
        table.select(["insider_id"]).slice(0, int(rows * EXCLUDED)), folder / "excluded.csv", plain
    )


def _reads(pid: int, file: Path) -> bool:
    with contextlib.suppress(OSError):
        return any(os.path.realpath(each) == str(file) for each in Path(f"/proc/{pid}/fd").iterdir())
    return False


if __name__ == "__main__":
    sys.exit(main())
