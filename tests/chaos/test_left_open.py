"""What dead runs left open is found by recovery: played on, or closed where a stop was requested."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from tests.chaos.campaign_stage import LATE_END, judge_played_to_its_end, judge_stopped, stage
from tests.chaos.command_process import until
from tests.chaos.traps import Place

# Nothing gets through that could end it.
BUSY = [{"endpoint": "end", "do": "unavailable"}, {"endpoint": "update", "do": "unavailable"}]

pytestmark = [pytest.mark.timeout(300), pytest.mark.story(seconds=40)]


def test_a_killed_run_is_played_on_by_one_of_two_recoveries(folder: Path) -> None:
    with stage(folder) as on:
        on.begins(Place("after", "update", 1)).ends()
        both = [on.reconciles(), on.reconciles()]
        assert [each.ends() for each in both] == [0, 0]
        assert on.said.count("1 campaign was left open") == 1, on.said
        judge_played_to_its_end(on)


def test_a_run_killed_as_it_closed_is_closed_and_not_played_on(folder: Path) -> None:
    with stage(folder) as on:
        run = on.begins()
        until(lambda: on.requests()["start"], what="the start")
        on.faults(BUSY)
        run.strike(signal.SIGTERM)
        until(lambda: on.requests()["update"] > 1, what="an attempt to settle")
        run.strike(signal.SIGKILL)
        run.ends()
        on.faults()
        assert on.reconciles().ends() == 0
        judge_stopped(on)
        assert on.seen()[0].ended


def test_what_cannot_be_read_any_more_is_still_closed(folder: Path) -> None:
    with stage(folder) as on:
        run = on.begins()
        until(lambda: on.requests()["start"], what="the start")
        on.faults(BUSY)
        run.strike(signal.SIGTERM)
        until(lambda: on.requests()["update"] > 1, what="an attempt to settle")
        run.strike(signal.SIGKILL)
        run.ends()
        on.faults()
        (on.folder / "rows.csv").unlink()
        assert on.reconciles().ends() == 0
        judge_stopped(on)
        assert on.seen()[0].ended


def test_a_second_run_learns_who_has_it_while_the_first_lives(folder: Path) -> None:
    with stage(folder) as on:
        on.write(rows=LATE_END)
        first = on.begins()
        until(lambda: on.requests()["start"], what="the start")
        began = time.monotonic()
        assert on.begins().ends() == 1
        assert time.monotonic() - began < 60
        assert f"process {first.process.pid} on" in on.said
        first.strike(signal.SIGTERM)
        first.ends()
        judge_stopped(on)
