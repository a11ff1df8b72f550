"""Under a real worker: cancelled in the UI, killed, hung; the campaign is ended, and nobody has to come."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil
import pytest

from tests.chaos.company import Worker, worker
from tests.chaos.performing import until
from tests.chaos.stage import LATE_END, Stage, judge_played_to_its_end, judge_stopped, stage

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def on(folders: Path, request: pytest.FixtureRequest) -> Iterator[Stage]:
    with stage(folders / request.node.name[:60]) as made:
        made.write(rows=LATE_END)
        yield made


@pytest.fixture
def at_work(on: Stage, prefect_url: str) -> Iterator[Worker]:
    with worker(prefect_url, on.folder, on.environment) as made:
        yield made


def test_a_cancel_in_the_ui_ends_it_within_prefects_30_seconds(on: Stage, at_work: Worker) -> None:
    run = _begun(on, at_work)
    began = time.monotonic()
    at_work.cancels(run)
    until(lambda: on.seen()[0].ended, what="the end")
    assert time.monotonic() - began < 30
    at_work.ends(run, "CANCELLED")
    judge_stopped(on)
    assert on.requests()["start"] == 1


def test_a_killed_process_is_followed_by_a_run_that_plays_it_to_its_end(on: Stage, at_work: Worker) -> None:
    run = _begun(on, at_work)
    os.kill(_process_of(run), signal.SIGKILL)
    until(lambda: on.seen()[0].ended, within=120, what="the end")
    at_work.ends(run, "CRASHED")
    judge_played_to_its_end(on)


def test_a_process_that_hangs_as_it_is_cancelled_is_followed_by_a_run_that_closes_it(
    on: Stage, at_work: Worker
) -> None:
    run = _begun(on, at_work)
    os.kill(_process_of(run), signal.SIGSTOP)
    at_work.cancels(run)
    until(lambda: on.seen()[0].ended, within=150, what="the end")
    judge_stopped(on)
    at_work.ends(run, "CANCELLED")


def test_a_crashed_run_is_retried_as_the_same_edition(on: Stage, at_work: Worker) -> None:
    run = _begun(on, at_work)
    os.kill(_process_of(run), signal.SIGTERM)
    at_work.ends(run, "CANCELLED")
    judge_stopped(on)


def _begun(on: Stage, at_work: Worker) -> UUID:
    parameters: dict[str, Any] = {**on.parameters(), "mode": "run", "approval": False}
    run = at_work.runs(parameters)
    until(lambda: on.requests()["update"], within=120, what="the first update")
    return run


def _process_of(run: UUID) -> int:
    """The process that plays the run: the worker tells it which one by its environment."""
    for process in psutil.process_iter():
        try:
            if process.environ().get("PREFECT__FLOW_RUN_ID") == str(run):
                return process.pid
        except psutil.Error:
            continue
    raise AssertionError("no process plays it")
