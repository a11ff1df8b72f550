"""SIGTERM and Ctrl-C at every boundary: whatever was started is ended at once, and nothing is left to anybody else."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.chaos.campaign_stage import judge_stopped, stage
from tests.chaos.traps import Place

PLACES = [
    Place("before", "register", 1),
    Place("after", "note_activity", 1),
    Place("before", "add_users", 1),
    Place("after", "answer_batch", 2),
    Place("before", "start", 1),
    Place("after", "start", 1),
    Place("after", "answer_push", 1),
    Place("before", "intend_push", 2),
    Place("after", "intend_push", 2),
    Place("before", "update", 2),
    Place("after", "update", 2),
    Place("before", "settle", 1),
    Place("after", "settle", 1),
    Place("before", "end", 1),
    Place("after", "end", 1),
]
STOPS = [(place, signal.SIGTERM) for place in PLACES] + [
    (place, signal.SIGINT) for place in PLACES if place.method in ("start", "update", "end")
]


@pytest.mark.story(seconds=25)
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("place", "blow"), STOPS, ids=str)
def test_a_signal_ends_what_was_started_with_what_was_due(
    folder: Path, place: Place, blow: signal.Signals
) -> None:
    with stage(folder) as on:
        code = on.begins(place, blow=blow).ends()
        said = on.said
        assert f"struck {place}" in said, said
        assert "Traceback" not in said, said
        judge_stopped(on)
        report = on.report()
        if place == Place("after", "end", 1):  # it was over before anybody could stop it
            assert report["status"] in ("ended", "cancelled")
        else:
            assert code == 1, said
            assert report["status"] == "cancelled", said
        left = on.reconciles()
        assert left.ends() == 0
        assert "nothing was left open" in left.said
