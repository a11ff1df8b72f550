"""Suspend, Pause, Resume, Retry and Cancel in the Prefect UI, at a boundary of a campaign that a worker plays."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from prefect.states import Paused, Suspended

from tests.chaos.campaign_stage import ROWS, Stage, judge_played_to_its_end, judge_stopped
from tests.chaos.chosen import chosen
from tests.chaos.command_process import until
from tests.chaos.halting import PLACE, PLACES, wait_until_halted, wake_halted
from tests.chaos.traps import Place
from tests.chaos.workers import Worker, find_process

LATE_END = ROWS.replace("14s,end", "30s,end")
ACTIONS = ("suspend", "pause", "resume", "retry", "cancel")
STORIES = [(action, place) for action in ACTIONS for place in chosen(PLACES, f"{action} in the UI")]


@pytest.fixture(scope="module")
def plays(
    company: ThreadPoolExecutor, worker_stage: Stage, at_work: Worker
) -> dict[tuple[str, Place], Future[None]]:
    return {story: company.submit(_played, worker_stage, at_work, *story) for story in STORIES}


@pytest.fixture(scope="module")
def over_and_retried(company: ThreadPoolExecutor, worker_stage: Stage, at_work: Worker) -> Future[None]:
    return company.submit(_over_and_retried, worker_stage, at_work)


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("story", STORIES, ids=lambda story: ", ".join(map(str, story)))
def test_what_somebody_does_in_the_ui_never_loses_the_campaign(
    story: tuple[str, Place], plays: dict[tuple[str, Place], Future[None]]
) -> None:
    plays[story].result()


@pytest.mark.timeout(1200)
def test_a_run_whose_campaign_is_over_says_so_again_when_it_is_retried(
    over_and_retried: Future[None],
) -> None:
    over_and_retried.result()


def _over_and_retried(on: Stage, at_work: Worker) -> None:
    run = at_work.runs(
        {
            **on.parameters(name="once", activity_type="once", test_segment=str(on.folder / "people.csv")),
            "mode": "test",
        }
    )
    at_work.ends(run, "COMPLETED")
    first = at_work.run(run)
    at_work.retries(run)
    until(lambda: at_work.run(run).run_count > first.run_count, within=120, what="a second process")
    at_work.ends(run, "COMPLETED")
    again = at_work.run(run)
    assert first.state is not None
    assert again.state is not None
    assert again.state.message == first.state.message
    assert len(on.seen("once")) == 1


def _played(on: Stage, at_work: Worker, action: str, place: Place) -> None:
    name = f"{action}-{place}".replace(" ", "-")
    (on.folder / f"{name}.csv").write_text("at,event,title,message,score\n" + LATE_END)
    asked = on.parameters(
        name=name,
        activity_type=name,
        timeline=str(on.folder / f"{name}.csv"),
        test_segment=str(on.folder / "people.csv"),
    )
    run = at_work.runs({**asked, "mode": "test"}, environment={PLACE: str(place)})
    halted = wait_until_halted(lambda: find_process(run))
    match action:
        case "suspend":
            at_work.sets(run, Suspended(timeout_seconds=3600))
        case "pause":
            at_work.sets(run, Paused(timeout_seconds=3600))
        case "resume":
            at_work.sets(run, Suspended(timeout_seconds=3600))
            at_work.resumes(run)
        case "retry":
            halted.kill()
            at_work.ends(run, "CRASHED")
            at_work.retries(run)
        case "cancel":
            at_work.cancels(run)
    if halted.is_running():
        halted.resume()
    if action == "cancel":
        at_work.ends(run, "CANCELLED")
        judge_stopped(on, name)
        return

    def is_over() -> bool:
        # A run that is retried, or resumed in a second process, has the same environment: it halts there as well.
        wake_halted(find_process(run))
        return any(each.ended for each in on.seen(name))

    until(is_over, within=240, what="the end")
    if action != "retry":
        at_work.ends(run, "COMPLETED")
    judge_played_to_its_end(on, name)
