"""An owner is halted at a boundary, another run takes over, and the first one resumes: it changes nothing."""

from __future__ import annotations

import contextlib
import signal
from pathlib import Path

import psycopg
import pytest

from live_activity.ledger import Database, all_editions
from tests.chaos.boundaries import PLACES, Place
from tests.chaos.campaign_stage import ROWS, Stage, assert_played_to_its_end, stage
from tests.chaos.chosen import chosen
from tests.chaos.command_process import CommandProcess, until

# The signal that the first owner gets as it resumes; None: SIGCONT alone.
WAKES = {"woken": None, "SIGTERM": signal.SIGTERM, "SIGINT": signal.SIGINT}
# Its lease must run out first, which takes 15 s, and the start must still be possible when the next run takes over.
LATE_END = ROWS.replace("14s,end", "75s,end")
CASES = [
    case
    for ledger in ("sqlite", "postgresql")
    for case in chosen(
        [(place, wake, ledger) for place in PLACES for wake in WAKES], f"halted owner, {ledger}", most=2
    )
]


@pytest.mark.story(seconds=120)
@pytest.mark.timeout(1200)
@pytest.mark.parametrize(("place", "wake", "ledger"), CASES, ids=str)
def test_a_halted_owner_that_wakes_after_a_takeover_changes_nothing(
    folder: Path, postgres: str, place: Place, wake: str, ledger: str
) -> None:
    more = {}
    if ledger == "postgresql":
        name = f"halted_{abs(hash(folder)):x}"
        with psycopg.connect(f"{postgres}/postgres", autocommit=True) as connection:
            connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name)))
        more["LIVE_ACTIVITY_DATABASE_URL"] = f"{postgres}/{name}"
    with stage(folder, **more) as on:
        on.write(rows=LATE_END)
        halted = on.start(place, signum=signal.SIGSTOP)
        try:
            _wait_for_place(halted, on, place)
            until(lambda: _has_lost_its_lease(on), what="the end of its lease")
            ours = on.start()
            until(lambda: "continues the edition" in ours.output or _is_over(on), what="the takeover")
            if (signum := WAKES[wake]) is not None:
                halted.send_signal(signum)
            halted.send_signal(signal.SIGCONT)
            code = halted.wait()
            assert ours.wait() == 0, on.output
        finally:
            halted.process.kill()
        # An owner that was halted at `finished` may end with 0: it has nothing more to send.
        assert code == 1 or (code == 0 and place.method == "finished"), on.output
        assert "Traceback" not in on.output, on.output
        assert_played_to_its_end(on)
        with contextlib.closing(Database(on.environment["LIVE_ACTIVITY_DATABASE_URL"])) as database:
            assert [each.status for each in all_editions(database)] == ["ended"], on.output


def _wait_for_place(run: CommandProcess, on: Stage, place: Place) -> None:
    while not run.is_halted():
        assert run.process.exitcode is None, on.output
        if place.method == "take_timeline":
            on.touch()
        run.process.join(0.3)


def _has_lost_its_lease(on: Stage) -> bool:
    with contextlib.closing(Database(on.environment["LIVE_ACTIVITY_DATABASE_URL"])) as database:
        with database.reading() as connection:
            now = database.now(connection)
        return all(each.lease_until < now for each in all_editions(database))


def _is_over(on: Stage) -> bool:
    return "over (ended" in on.output
