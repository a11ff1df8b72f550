"""A soak: campaigns one after another under one real worker, ten times as fast as in life, for half an hour.

The memory, files and threads of the worker, of the Prefect server and of each campaign's process, and the rows of the
ledger and of Prefect for each push, stay within the limits below, which docs/scaling.md explains. `make soak` plays
twenty campaigns, and SOAK_MINUTES makes that shorter. `make chaos` plays three small ones.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil
import pytest

from tests.chaos.campaign_stage import Stage, stage
from tests.chaos.chosen import is_soak
from tests.chaos.command_process import until
from tests.chaos.halting import pause
from tests.chaos.test_without_prefect import prefect_server
from tests.chaos.workers import Worker, find_process, worker

MINUTES = float(os.environ.get("SOAK_MINUTES", "30"))
# A match with an update and a poll every 20 s; ten times as fast, every 2 s.
EVERY_SECONDS = 2
MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Size:
    """The number of campaigns and of updates in each; the first `warm` campaigns load modules and fill caches."""

    campaigns: int
    updates: int
    warm: int


SMALL = Size(campaigns=3, updates=4, warm=1)
LARGE = Size(campaigns=20, updates=max(int(MINUTES * 60 / 20 / EVERY_SECONDS), 4), warm=5)

# The growth allowed for each campaign once modules are loaded; memory varies by some megabytes in any case.
MOST_MEMORY = {"worker": MEGABYTE, "server": 3 * MEGABYTE}
VARIES = 10 * MEGABYTE
MOST_FILES = MOST_THREADS = 8
# The growth allowed for the process of a campaign between its first push and its end.
MOST_GAINED_MEMORY, MOST_GAINED_FILES = 40 * MEGABYTE, 8
# Rows allowed for each push, and for each campaign beside its pushes.
MOST_LEDGER_ROWS = (1.2, 12.0)
MOST_PREFECT_ROWS = (60.0, 300.0)


@dataclass(frozen=True)
class Held:
    """The resources of a process and its children."""

    memory: int
    files: int
    threads: int

    @classmethod
    def by(cls, pid: int) -> Held:
        process = psutil.Process(pid)
        everybody = [process, *process.children(recursive=True)]
        return cls(
            memory=sum(each.memory_info().rss for each in everybody),
            files=sum(each.num_fds() for each in everybody),
            threads=sum(each.num_threads() for each in everybody),
        )


@dataclass(frozen=True)
class Measured:
    """The state after one campaign. `first` and `last` are of the campaign's process; rows are all rows so far."""

    pushes: int
    worker: Held
    server: Held
    first: Held
    last: Held
    ledger_rows: int
    prefect_rows: int


@pytest.mark.concurrent(seconds=150)
@pytest.mark.skipif(is_soak(), reason="make soak runs the long one")
def test_nothing_grows_while_three_campaigns_are_played(folder: Path) -> None:
    soak(folder, SMALL)


@pytest.mark.skipif(not is_soak(), reason="takes half an hour: make soak")
@pytest.mark.timeout(60 * (MINUTES * 3 + 10))
def test_nothing_grows_while_twenty_campaigns_are_played(tmp_path: Path) -> None:
    soak(tmp_path / "soak", LARGE)


def soak(folder: Path, size: Size) -> None:
    """Plays the campaigns, prints what was measured, and asserts the limits."""
    # Phones that sync at once, so that no campaign waits for them at its end.
    with stage(folder / "stage", {}) as campaign, prefect_server(folder) as server:
        campaign.write(rows="".join(_rows(size.updates)))
        with worker(server.url, campaign.folder, campaign.environment) as at_work:
            empty = _count(folder / "prefect" / "prefect.db")
            sys.stdout.write(f"empty {empty}\n")
            measured: list[Measured] = []
            for number in range(size.campaigns):
                measured.append(_played(campaign, at_work, server.process.pid, folder, f"soak-{number}"))
                sys.stdout.write(f"measured {json.dumps(asdict(measured[-1]))}\n")
                sys.stdout.flush()
    _assert_limits(measured, size, empty)


def _rows(updates: int) -> Iterator[str]:
    yield "0s,start,Derby,kick-off,0\n"
    for number in range(1, updates + 1):
        yield f"{number * EVERY_SECONDS}s,update,Derby,goal,{number}\n"
    yield f"{(updates + 1) * EVERY_SECONDS}s,end,Derby,over,{updates + 1}\n"


def _played(campaign: Stage, at_work: Worker, server: int, folder: Path, name: str) -> Measured:
    segment = str(campaign.folder / "people.csv")
    asked = campaign.parameters(
        name=name, activity_type=name, test_segment=segment, poll_seconds=EVERY_SECONDS
    )
    run = at_work.start_run({**asked, "mode": "test"})
    until(lambda: campaign.seen(name), what="the start")
    plays = find_process(run)
    assert plays is not None
    first = last = Held.by(plays)
    while not campaign.seen(name)[0].ended:
        pause(1)
        with contextlib.suppress(psutil.NoSuchProcess):
            last = Held.by(plays)
    at_work.wait_for_state(run, "COMPLETED")
    until(lambda: not psutil.pid_exists(plays), what="the end of the process")
    return Measured(
        pushes=len(campaign.seen(name)[0].kinds),
        worker=Held.by(at_work.pid),
        server=Held.by(server),
        first=first,
        last=last,
        ledger_rows=_count(campaign.folder / "ledger.db"),
        prefect_rows=_count(folder / "prefect" / "prefect.db"),
    )


def _assert_limits(measured: Sequence[Measured], size: Size, empty: int) -> None:
    warm, last, since = measured[size.warm], measured[-1], size.campaigns - 1 - size.warm
    for who in ("worker", "server"):
        before, after = getattr(warm, who), getattr(last, who)
        assert after.memory - before.memory <= VARIES + MOST_MEMORY[who] * since, who
        assert after.files - before.files <= MOST_FILES, who
        assert after.threads - before.threads <= MOST_THREADS, who
    for each in measured:
        assert each.last.memory - each.first.memory <= MOST_GAINED_MEMORY, each
        assert each.last.files - each.first.files <= MOST_GAINED_FILES, each
    pushes = sum(each.pushes for each in measured)
    for rows, (each_push, each_campaign) in (
        (last.ledger_rows, MOST_LEDGER_ROWS),
        (last.prefect_rows - empty, MOST_PREFECT_ROWS),
    ):
        assert rows <= each_push * pushes + each_campaign * size.campaigns


def _count(file: Path) -> int:
    with contextlib.closing(sqlite3.connect(file)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return sum(connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for (name,) in tables)
