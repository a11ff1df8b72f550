"""SIGTERM and Ctrl-C at every boundary: what was started is ended at once, and nothing is left to recovery."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.chaos.boundaries import Place
from tests.chaos.campaign_stage import assert_stopped, stage

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


@pytest.mark.concurrent(seconds=25)
@pytest.mark.parametrize(("place", "signum"), STOPS, ids=str)
def test_a_signal_ends_what_was_started_with_the_last_due_content(
    folder: Path, place: Place, signum: signal.Signals
) -> None:
    with stage(folder) as campaign:
        code = campaign.start(place, signum=signum).wait()
        output = campaign.output
        assert f"signal sent {place}" in output, output
        assert "Traceback" not in output, output
        assert_stopped(campaign)
        report = campaign.report()
        if place == Place("after", "end", 1):  # it had ended before the signal
            assert report["status"] in ("ended", "cancelled")
        else:
            assert code == 1, output
            assert report["status"] == "cancelled", output
        left = campaign.run_recovery()
        assert left.wait() == 0
        assert "nothing was left open" in left.output
