"""An owner stands still at a boundary, another run takes over, the first one wakes: it harms nothing."""

from __future__ import annotations

import contextlib
import signal
from pathlib import Path

import psycopg
import pytest

from live_activity.ledger import Database, all_editions
from tests.chaos.campaign_stage import ROWS, Stage, judge_played_to_its_end, stage
from tests.chaos.chosen import chosen
from tests.chaos.command_process import Running, until
from tests.chaos.traps import PLACES, Place

# What reaches the first owner as it wakes; None: nothing but the wake-up.
WAKES = {"woken": None, "SIGTERM": signal.SIGTERM, "SIGINT": signal.SIGINT}
# Its lease runs out first, which takes 15 s, and whoever takes over must find a start that is still worth asking for.
LATE_END = ROWS.replace("14s,end", "75s,end")
STORIES = [
    story
    for ledger in ("sqlite", "postgresql")
    for story in chosen(
        [(place, wake, ledger) for place in PLACES for wake in WAKES], f"halted owner, {ledger}", most=2
    )
]


@pytest.mark.story(seconds=120)
@pytest.mark.timeout(1200)
@pytest.mark.parametrize(("place", "wake", "ledger"), STORIES, ids=str)
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
        halted = on.begins(place, blow=signal.SIGSTOP)
        try:
            _comes_to(halted, on, place)
            until(lambda: _is_given_up(on), what="the end of its lease")
            ours = on.begins()
            until(lambda: "continues the edition" in ours.said or _is_over(on), what="the takeover")
            if (blow := WAKES[wake]) is not None:
                halted.strike(blow)
            halted.strike(signal.SIGCONT)
            code = halted.ends()
            assert ours.ends() == 0, on.said
        finally:
            halted.process.kill()
        # Whoever halts with everything behind it has nothing left to lose.
        assert code == 1 or (code == 0 and place.method == "finished"), on.said
        assert "Traceback" not in on.said, on.said
        judge_played_to_its_end(on)
        with contextlib.closing(Database(on.environment["LIVE_ACTIVITY_DATABASE_URL"])) as database:
            assert [each.status for each in all_editions(database)] == ["ended"], on.said


def _comes_to(run: Running, on: Stage, place: Place) -> None:
    while not run.is_halted():
        assert run.process.exitcode is None, on.said
        if place.method == "take_timeline":
            on.touch()
        run.process.join(0.3)


def _is_given_up(on: Stage) -> bool:
    with contextlib.closing(Database(on.environment["LIVE_ACTIVITY_DATABASE_URL"])) as database:
        with database.reading() as connection:
            now = database.now(connection)
        return all(each.lease_until < now for each in all_editions(database))


def _is_over(on: Stage) -> bool:
    return "over (ended" in on.said
