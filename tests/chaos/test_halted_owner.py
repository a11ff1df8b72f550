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


@pytest.mark.concurrent(seconds=120)
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
    with stage(folder, **more) as campaign:
        campaign.write(rows=LATE_END)
        halted = campaign.start(place, signum=signal.SIGSTOP)
        try:
            _wait_for_place(halted, campaign, place)
            until(lambda: _has_lost_its_lease(campaign), what="the end of its lease")
            ours = campaign.start()
            until(lambda: "continues the edition" in ours.output or _is_over(campaign), what="the takeover")
            if (signum := WAKES[wake]) is not None:
                halted.send_signal(signum)
            halted.send_signal(signal.SIGCONT)
            code = halted.wait()
            assert ours.wait() == 0, campaign.output
        finally:
            halted.process.kill()
        # An owner that was halted at `finished` may end with 0: it has nothing more to send.
        assert code == 1 or (code == 0 and place.method == "finished"), campaign.output
        assert "Traceback" not in campaign.output, campaign.output
        assert_played_to_its_end(campaign)
        with contextlib.closing(Database(campaign.environment["LIVE_ACTIVITY_DATABASE_URL"])) as database:
            assert [each.status for each in all_editions(database)] == ["ended"], campaign.output


def _wait_for_place(run: CommandProcess, campaign: Stage, place: Place) -> None:
    while not run.is_halted():
        assert run.process.exitcode is None, campaign.output
        if place.method == "take_timeline":
            campaign.touch()
        run.process.join(0.3)


def _has_lost_its_lease(campaign: Stage) -> bool:
    with contextlib.closing(Database(campaign.environment["LIVE_ACTIVITY_DATABASE_URL"])) as database:
        with database.reading() as connection:
            now = database.now(connection)
        return all(each.lease_until < now for each in all_editions(database))


def _is_over(campaign: Stage) -> bool:
    return "over (ended" in campaign.output
