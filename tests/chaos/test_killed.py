"""A real process is killed at every boundary, and the campaign is still played to its end."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.boundaries import AROUND_THE_START, PLACES, Place
from tests.chaos.campaign_stage import LATE_END, Stage, assert_played_to_its_end, stage
from tests.chaos.command_process import until

# A campaign of each seed is killed at random boundaries, MOST_KILLS times at most.
SEEDS = range(8)
ODDS = 0.06
MOST_KILLS = 6


@pytest.mark.concurrent(seconds=60)
def test_a_killed_campaign_without_its_timeline_goes_on_when_the_timeline_is_back(folder: Path) -> None:
    with stage(folder) as campaign:
        campaign.write(rows=LATE_END)
        campaign.start(Place("after", "answer_push", 2)).wait()
        away = (campaign.folder / "rows.csv").rename(campaign.folder / "away.csv")
        run = campaign.start()
        until(
            lambda: "the timeline cannot be read" in campaign.output,
            what="the message about the timeline",
        )
        away.rename(campaign.folder / "rows.csv")
        assert run.wait() == 0, campaign.output
        assert_played_to_its_end(campaign)


@pytest.mark.concurrent(seconds=30)
@pytest.mark.parametrize("place", PLACES, ids=str)
def test_a_campaign_killed_at_a_boundary_is_resumed_and_played_to_its_end(folder: Path, place: Place) -> None:
    with stage(folder) as campaign:
        if place in AROUND_THE_START or place.method == "take_timeline":
            campaign.write(rows=LATE_END)
        run = campaign.start(place)
        while place.method == "take_timeline" and run.process.exitcode is None:
            campaign.touch()
            run.process.join(0.5)
        run.wait()
        assert f"signal sent {place}" in campaign.output, campaign.output
        _resumed(campaign)


@pytest.mark.concurrent(seconds=70)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_campaign_killed_several_times_is_played_to_its_end(folder: Path, seed: int) -> None:
    with stage(folder) as campaign:
        # Each run takes some seconds to begin, and a start is not sent again once the end is due.
        campaign.write(rows=LATE_END)
        for kill in range(MOST_KILLS):
            if campaign.start(seed=seed * 100 + kill, odds=ODDS).wait() == 0:
                break
        else:
            _resumed(campaign)
        assert_played_to_its_end(campaign)


def _resumed(campaign: Stage) -> None:
    code = campaign.start().wait()
    if "over (ended" in campaign.output:  # all that was left to do was to print the report
        assert code == 2
    else:
        assert code == 0, campaign.output
        assert campaign.report()["status"] == "ended"
    assert_played_to_its_end(campaign)
