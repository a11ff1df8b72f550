"""A run under a real worker is cancelled in the UI, killed, halted or retried: its campaign ends without help."""

from __future__ import annotations

import contextlib
import os
import signal
from uuid import UUID

import pytest

from live_activity.ledger import Database, all_editions
from tests.chaos.campaign_stage import Stage, assert_played_to_its_end, assert_stopped
from tests.chaos.command_process import until
from tests.chaos.workers import Worker, process_of

pytestmark = pytest.mark.concurrent(seconds=100)


def test_a_run_that_is_cancelled_in_the_ui_ends_its_campaign_before_prefect_kills_its_process(
    worker_stage: Stage, at_work: Worker
) -> None:
    campaign, name = worker_stage, "cancelled"
    run = _start_approved(campaign, at_work, name)
    at_work.cancel(run)
    at_work.wait_for_state(run, "CANCELLED")
    assert_stopped(campaign, name)
    (edition,) = _editions(campaign, name)
    assert at_work.follow_ups(edition) == [], (
        "Prefect killed the process, and another one closed the campaign"
    )


def test_a_killed_process_is_followed_by_a_run_that_plays_the_campaign_to_its_end(
    worker_stage: Stage, at_work: Worker
) -> None:
    campaign, name = worker_stage, "killed"
    run = _start_approved(campaign, at_work, name)
    os.kill(process_of(run), signal.SIGKILL)
    until(lambda: campaign.seen(name)[0].ended, what="the end")
    at_work.wait_for_state(run, "CRASHED")
    assert_played_to_its_end(campaign, name)


def test_a_process_that_hangs_while_it_is_cancelled_is_followed_by_a_run_that_closes_the_campaign(
    worker_stage: Stage, at_work: Worker
) -> None:
    campaign, name = worker_stage, "hung"
    run = _start_approved(campaign, at_work, name)
    os.kill(process_of(run), signal.SIGSTOP)
    at_work.cancel(run)
    until(lambda: campaign.seen(name)[0].ended, what="the end")
    assert_stopped(campaign, name)
    at_work.wait_for_state(run, "CANCELLED")


def test_a_crashed_run_that_is_retried_plays_the_same_edition_to_its_end(
    worker_stage: Stage, at_work: Worker
) -> None:
    campaign, name = worker_stage, "retried"
    run = _start_approved(campaign, at_work, name)
    at_work.pause_pool(True)
    try:
        os.kill(process_of(run), signal.SIGKILL)
        at_work.wait_for_state(run, "CRASHED")
        (edition,) = _editions(campaign, name)
        at_work.delete_follow_up(edition)
        at_work.wait_until_reported(run)
        at_work.retry(run)
    finally:
        at_work.pause_pool(False)
    until(lambda: campaign.seen(name)[0].ended, what="the end")
    at_work.wait_for_state(run, "COMPLETED")
    assert_played_to_its_end(campaign, name)
    assert _editions(campaign, name) == [edition]


def _start_approved(campaign: Stage, at_work: Worker, name: str) -> UUID:
    """Starts a run as the form does, approves it, and waits until it has sent its first update."""
    run = at_work.start_run({**campaign.parameters(name=name, activity_type=name), "mode": "run"})
    at_work.approve(run)
    until(lambda: any("update" in each.kinds for each in campaign.seen(name)), what="the first update")
    return run


def _editions(campaign: Stage, name: str) -> list[str]:
    with contextlib.closing(Database(campaign.environment["LIVE_ACTIVITY_DATABASE_URL"])) as database:
        return [each.id for each in all_editions(database) if each.name == name]
