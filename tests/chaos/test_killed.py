"""A real process is killed at every boundary, and the campaign is played to its end all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.campaign_stage import LATE_END, Stage, judge_played_to_its_end, stage
from tests.chaos.command_process import until
from tests.chaos.traps import AROUND_THE_START, PLACES, Place

# Each of these is killed again and again, anywhere, until it has been often enough.
SEEDS = range(8)
ODDS = 0.06
MOST_KILLS = 6


@pytest.mark.story(seconds=60)
@pytest.mark.timeout(600)
def test_killed_and_without_its_timeline_it_is_resumed_and_goes_on_when_that_is_back(folder: Path) -> None:
    with stage(folder) as on:
        on.write(rows=LATE_END)
        on.begins(Place("after", "answer_push", 2)).ends()
        away = (on.folder / "rows.csv").rename(on.folder / "away.csv")
        run = on.begins()
        until(lambda: "the timeline cannot be read" in on.said, within=120, what="word of the timeline")
        away.rename(on.folder / "rows.csv")
        assert run.ends() == 0, on.said
        judge_played_to_its_end(on)


@pytest.mark.story(seconds=30)
@pytest.mark.timeout(600)
@pytest.mark.parametrize("place", PLACES, ids=str)
def test_killed_at_a_boundary_it_is_resumed_and_played_to_its_end(folder: Path, place: Place) -> None:
    with stage(folder) as on:
        if place in AROUND_THE_START or place.method == "take_timeline":
            on.write(rows=LATE_END)
        run = on.begins(place)
        while place.method == "take_timeline" and run.process.exitcode is None:
            on.touch()
            run.process.join(0.5)
        run.ends()
        assert f"struck {place}" in on.said, on.said
        _resumed(on)


@pytest.mark.story(seconds=70)
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", SEEDS)
def test_killed_again_and_again_it_is_played_to_its_end(folder: Path, seed: int) -> None:
    with stage(folder) as on:
        # Each run takes its time to begin, and a start is not asked for again once the end is due.
        on.write(rows=LATE_END)
        for kill in range(MOST_KILLS):
            if on.begins(seed=seed * 100 + kill, odds=ODDS).ends() == 0:
                break
        else:
            _resumed(on)
        judge_played_to_its_end(on)


def _resumed(on: Stage) -> None:
    code = on.begins().ends()
    if "over (ended" in on.said:  # all that was left to do was to print the report
        assert code == 2
    else:
        assert code == 0, on.said
        assert on.report()["status"] == "ended"
    judge_played_to_its_end(on)
