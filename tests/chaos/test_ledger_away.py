"""The ledger fails at a boundary, and comes back: nothing is sent meanwhile, and nothing is missing in the end.

Campaign time is virtual, so that five minutes without a ledger take no time.
"""

from __future__ import annotations

import asyncio
import contextvars
import resource
import signal
import sqlite3
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from live_activity.ledger import Database
from tests.campaign_harness import CampaignHarness, assert_played_to_its_end, campaign_harness
from tests.chaos.boundaries import Place, hook_boundaries
from tests.chaos.chosen import chosen
from tests.postgres_server import PostgresServer, running_postgres

PLACES = [
    Place("after", "register", 1),
    Place("before", "intend_batch", 2),
    Place("after", "answer_batch", 3),
    Place("before", "intend_push", 1),
    Place("after", "intend_push", 1),
    Place("before", "update", 1),
    Place("after", "update", 1),
    Place("before", "end", 1),
    Place("after", "intend_push", 3),
    Place("after", "end", 1),
]
Outage = Callable[[], Callable[[], object]]
"""Takes the ledger away; what it returns brings it back."""


@pytest.mark.parametrize("place", chosen(PLACES, "full disk", most=10), ids=str)
async def test_five_minutes_with_a_full_disk_lose_nothing(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _play(tmp_path, monkeypatch, place, _full_disk, timedelta(minutes=5))


@pytest.mark.parametrize("place", chosen(PLACES, "locked"), ids=str)
async def test_a_minute_in_which_another_process_locks_the_ledger_loses_nothing(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The wait for a lock is real time, which this test need not spend.
    monkeypatch.setitem(Database.writing.__wrapped__.__kwdefaults__, "wait", 0.05)  # type: ignore[attr-defined]  # set by wraps
    await _play(tmp_path, monkeypatch, place, lambda: _lock(tmp_path / "ledger.db"), timedelta(seconds=60))


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with running_postgres() as made:
        yield made


@pytest.mark.parametrize("place", chosen(PLACES, "PostgreSQL restarted", most=2), ids=str)
async def test_a_postgresql_that_is_restarted_loses_nothing(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: PostgresServer
) -> None:
    def restart() -> Callable[[], object]:
        server.stop()
        return server.start

    name = f"away_{abs(hash(place)):x}"
    with psycopg.connect(f"{server.url}/postgres", autocommit=True) as connection:
        connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name)))
    await _play(tmp_path, monkeypatch, place, restart, timedelta(seconds=30), ledger=f"{server.url}/{name}")


async def _play(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: Place,
    outage: Outage,
    lasting: timedelta,
    *,
    ledger: str | None = None,
) -> None:
    with campaign_harness(folder, monkeypatch, ledger=ledger) as harness:
        outages: list[asyncio.Task[None]] = []

        def at_boundary(here: Place) -> None:
            if here == place and not outages:
                back = _comes_back(harness, outage(), lasting)
                # With a context of its own, as it is not part of the work that it interrupts.
                outages.append(asyncio.create_task(back, context=contextvars.Context()))

        hook_boundaries(at_boundary, monkeypatch.setattr)
        report = await harness.play(min_seconds_between_updates=0)
        (coming_back,) = outages
        await coming_back
        assert report["status"] == "ended"
        assert_played_to_its_end(harness)
        assert sorted(set(harness.scores())) == [0, 1, 2, 3]


async def _comes_back(harness: CampaignHarness, bring_back: Callable[[], object], lasting: timedelta) -> None:
    """Brings the ledger back after `lasting`; asserts that at most the call in flight was sent in between."""
    before = sum(harness.requests().values())
    try:
        with harness.clock.working():
            await harness.clock.sleep_until(harness.clock.now() + lasting)
        sent = sum(harness.requests().values()) - before
    finally:
        bring_back()
    assert sent <= 1, f"{sent} calls left without a ledger"


def _full_disk() -> Callable[[], object]:
    """Keeps the files of this process from growing."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, before)


def _lock(file: Path) -> Callable[[], object]:
    connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    connection.execute("BEGIN IMMEDIATE")
    return connection.close
