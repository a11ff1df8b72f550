"""Suspend after some push of a campaign, and Resume a moment later: a second process comes while the first plays."""

from __future__ import annotations

import itertools
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from prefect.states import Suspended

from live_activity.prefect_integration.run_state import NO_PAUSE, SUSPENDED
from tests.chaos.campaign_stage import Stage, judge_played_to_its_end
from tests.chaos.chosen import chosen
from tests.chaos.command_process import until
from tests.chaos.halting import pause
from tests.chaos.workers import Worker

# Start, three updates, a settling push and the end are what a campaign of the stage sends at least.
PUSHES = range(1, 7)
SECONDS = (0, 1, 4)
STORIES = chosen(list(itertools.product(PUSHES, SECONDS)), "suspend and resume", most=2)


@pytest.fixture(scope="module")
def plays(
    company: ThreadPoolExecutor, worker_stage: Stage, at_work: Worker
) -> dict[tuple[int, int], Future[None]]:
    return {story: company.submit(_played, worker_stage, at_work, *story) for story in STORIES}


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("story", STORIES, ids=lambda story: f"after push {story[0]}, for {story[1]} s")
def test_a_run_that_is_suspended_and_resumed_says_why_it_goes_on_and_ends_as_its_campaign_does(
    story: tuple[int, int], plays: dict[tuple[int, int], Future[None]]
) -> None:
    plays[story].result()


def _played(on: Stage, at_work: Worker, pushes: int, seconds: int) -> None:
    name = f"resumed-{pushes}-{seconds}"
    asked = on.parameters(name=name, activity_type=name, test_segment=str(on.folder / "people.csv"))
    run = at_work.runs({**asked, "mode": "test"})
    until(lambda: any(len(each.kinds) >= pushes for each in on.seen(name)), within=200, what="the push")
    at_work.sets(run, Suspended(timeout_seconds=3600))
    pause(seconds)
    # The campaign was faster where the run goes on already.
    if at_work.state_name(run) == SUSPENDED:
        at_work.resumes(run)
    until(lambda: any(each.ended for each in on.seen(name)), within=240, what="the end")
    at_work.ends(run, "COMPLETED")
    judge_played_to_its_end(on, name)
    if pushes < PUSHES[-2]:
        assert any(NO_PAUSE in line for line in at_work.log(run)), "nobody says why it goes on"
