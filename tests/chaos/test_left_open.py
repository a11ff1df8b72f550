"""Recovery finds what dead runs left open: it continues it, or closes it where a stop was requested."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.chaos.boundaries import Place
from tests.chaos.campaign_stage import LATE_END, Stage, assert_played_to_its_end, assert_stopped, stage
from tests.chaos.command_process import until

# No push that could end it gets through.
BUSY = [{"endpoint": "end", "do": "unavailable"}, {"endpoint": "update", "do": "unavailable"}]

pytestmark = pytest.mark.concurrent(seconds=40)


def test_a_killed_run_is_continued_by_one_of_two_recoveries(folder: Path) -> None:
    with stage(folder) as campaign:
        campaign.start(Place("after", "update", 1)).wait()
        both = [campaign.run_recovery(), campaign.run_recovery()]
        assert [each.wait() for each in both] == [0, 0]
        assert campaign.output.count("1 campaign was left open") == 1, campaign.output
        assert_played_to_its_end(campaign)


def test_a_run_killed_while_it_closed_is_closed_and_not_continued(folder: Path) -> None:
    with stage(folder) as campaign:
        _kill_while_it_closes(campaign)
        assert campaign.run_recovery().wait() == 0
        assert_stopped(campaign)
        assert campaign.seen()[0].ended


def test_a_campaign_whose_timeline_is_gone_is_still_closed(folder: Path) -> None:
    with stage(folder) as campaign:
        _kill_while_it_closes(campaign)
        (campaign.folder / "rows.csv").unlink()
        assert campaign.run_recovery().wait() == 0
        assert_stopped(campaign)
        assert campaign.seen()[0].ended


def test_a_second_run_is_refused_with_the_owner_while_the_first_lives(folder: Path) -> None:
    with stage(folder) as campaign:
        campaign.write(rows=LATE_END)
        first = campaign.start()
        until(lambda: campaign.requests()["start"], what="the start")
        assert campaign.start().wait() == 1
        assert f"process {first.process.pid} on" in campaign.output
        first.send_signal(signal.SIGTERM)
        first.wait()
        assert_stopped(campaign)


def _kill_while_it_closes(campaign: Stage) -> None:
    """Stops a running campaign whose calls fail, and kills its process after its first attempt to settle."""
    run = campaign.start()
    until(lambda: campaign.requests()["start"], what="the start")
    campaign.faults(BUSY)
    run.send_signal(signal.SIGTERM)
    until(lambda: campaign.requests()["update"] > 1, what="an attempt to settle")
    run.send_signal(signal.SIGKILL)
    run.wait()
    campaign.faults()
