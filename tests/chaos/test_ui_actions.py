"""Suspend, Pause, Resume, Retry and Cancel in the Prefect UI, at a boundary of a campaign under a worker."""

from __future__ import annotations

import itertools

import pytest
from prefect.states import Paused, Suspended

from live_activity.prefect_integration.run_state import NO_PAUSE, SUSPENDED
from tests.chaos.boundaries import Place
from tests.chaos.campaign_stage import ROWS, Stage, assert_played_to_its_end, assert_stopped
from tests.chaos.chosen import chosen
from tests.chaos.command_process import until
from tests.chaos.halting import PLACE, PLACES, pause, wait_until_halted, wake_halted
from tests.chaos.workers import Worker, find_process

LATE_END = ROWS.replace("14s,end", "30s,end")
ACTIONS = ("suspend", "pause", "resume", "retry", "cancel")
CASES = [(action, place) for action in ACTIONS for place in chosen(PLACES, f"{action} in the UI")]
# A campaign of the stage sends at least a start, three updates, a settling push and the end.
PUSHES = range(1, 7)
SECONDS = (0, 1, 4)
RESUMED = chosen(list(itertools.product(PUSHES, SECONDS)), "suspend and resume", most=2)


@pytest.mark.concurrent(seconds=90)
def test_a_retried_run_of_an_ended_campaign_repeats_its_final_message(
    worker_stage: Stage, at_work: Worker
) -> None:
    campaign = worker_stage
    run = at_work.start_run(
        {
            **campaign.parameters(
                name="once", activity_type="once", test_segment=str(campaign.folder / "people.csv")
            ),
            "mode": "test",
        }
    )
    at_work.wait_for_state(run, "COMPLETED")
    first = at_work.run(run)
    at_work.retry(run)
    until(lambda: at_work.run(run).run_count > first.run_count, what="a second process")
    at_work.wait_for_state(run, "COMPLETED")
    again = at_work.run(run)
    assert first.state is not None
    assert again.state is not None
    assert again.state.message == first.state.message
    assert len(campaign.seen("once")) == 1


@pytest.mark.concurrent(seconds=100)
@pytest.mark.parametrize(("action", "place"), CASES, ids=str)
def test_no_action_in_the_ui_loses_the_campaign(
    worker_stage: Stage, at_work: Worker, action: str, place: Place
) -> None:
    campaign, name = worker_stage, f"{action}-{place}".replace(" ", "-")
    (campaign.folder / f"{name}.csv").write_text("at,event,title,message,score\n" + LATE_END)
    asked = campaign.parameters(
        name=name,
        activity_type=name,
        timeline=str(campaign.folder / f"{name}.csv"),
        test_segment=str(campaign.folder / "people.csv"),
    )
    run = at_work.start_run({**asked, "mode": "test"}, environment={PLACE: str(place)})
    halted = wait_until_halted(lambda: find_process(run))
    match action:
        case "suspend":
            at_work.set_state(run, Suspended(timeout_seconds=3600))
        case "pause":
            at_work.set_state(run, Paused(timeout_seconds=3600))
        case "resume":
            at_work.set_state(run, Suspended(timeout_seconds=3600))
            at_work.resume(run)
        case "retry":
            halted.kill()
            at_work.wait_for_state(run, "CRASHED")
            at_work.retry(run)
        case "cancel":
            at_work.cancel(run)
    if halted.is_running():
        halted.resume()
    if action == "cancel":
        at_work.wait_for_state(run, "CANCELLED")
        assert_stopped(campaign, name)
        return

    def is_over() -> bool:
        # A retried run, or a second process of a resumed run, has the same environment and halts there as well.
        wake_halted(find_process(run))
        return any(each.ended for each in campaign.seen(name))

    until(is_over, what="the end")
    if action != "retry":
        at_work.wait_for_state(run, "COMPLETED")
    assert_played_to_its_end(campaign, name)


@pytest.mark.concurrent(seconds=90)
@pytest.mark.parametrize(("pushes", "seconds"), RESUMED)
def test_a_run_that_is_suspended_and_resumed_logs_why_it_goes_on_and_ends_as_its_campaign_does(
    worker_stage: Stage, at_work: Worker, pushes: int, seconds: int
) -> None:
    campaign, name = worker_stage, f"resumed-{pushes}-{seconds}"
    asked = campaign.parameters(
        name=name, activity_type=name, test_segment=str(campaign.folder / "people.csv")
    )
    run = at_work.start_run({**asked, "mode": "test"})
    until(lambda: any(len(each.kinds) >= pushes for each in campaign.seen(name)), what="the push")
    at_work.set_state(run, Suspended(timeout_seconds=3600))
    pause(seconds)
    # On a fast machine the run has already answered the Suspend and goes on.
    if at_work.state_name(run) == SUSPENDED:
        at_work.resume(run)
    until(lambda: any(each.ended for each in campaign.seen(name)), what="the end")
    at_work.wait_for_state(run, "COMPLETED")
    assert_played_to_its_end(campaign, name)
    if pushes < PUSHES[-2]:
        assert any(NO_PAUSE in line for line in at_work.log(run)), "nobody says why it goes on"
