"""A recorded day is played now: all times are moved by the same amount, at every reading."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from live_activity.campaign.inputs import Inputs, read_inputs
from live_activity.campaign.model import Mode, read_campaign

NOW = datetime(2026, 7, 19, 12, tzinfo=UTC)
ROWS = (
    "at,event,title,message,score\n2013-02-08T10:00:00Z,start,a,b,0\n"
    "2013-02-08T11:30:00Z,update,a,b,1\n2013-02-08T12:00:00Z,end,a,b,2\n"
)


def looked(folder: Path, mode: Mode, **more: object) -> Inputs:
    (folder / "rows.csv").write_text(ROWS, "utf-8")
    values = {
        "name": "day",
        "activity_type": "A",
        "segment": "people.csv",
        "timeline": str(folder / "rows.csv"),
        "replay": True,
        **more,
    }
    return read_inputs(read_campaign(values, where="test"), now=NOW, mode=mode)


def minutes(inputs: Inputs, begin: datetime) -> list[float]:
    return [(row.due(begin) - begin) / timedelta(minutes=1) for row in inputs.timeline.rows]


def test_a_recorded_timeline_begins_now(tmp_path: Path) -> None:
    inputs = looked(tmp_path, "run")
    assert minutes(inputs, NOW) == [0, 90, 120]
    assert inputs.times.starts_at == NOW


def test_a_replay_begins_at_the_planned_start(tmp_path: Path) -> None:
    inputs = looked(tmp_path, "test", starts_at="2026-07-20T08:00:00Z")
    assert minutes(inputs, datetime(2026, 7, 20, 8, tzinfo=UTC)) == [0, 90, 120]


def test_a_rehearsal_keeps_the_day_as_it_was(tmp_path: Path) -> None:
    assert looked(tmp_path, "rehearse").times.starts_at == datetime(2013, 2, 8, 10, tzinfo=UTC)


def test_a_later_reading_is_moved_as_the_first_was(tmp_path: Path) -> None:
    inputs = looked(tmp_path, "run")
    assert inputs.source is not None
    replay = inputs.source.replay
    assert replay is not None
    earlier = looked(tmp_path, "rehearse").timeline
    assert replay.moved(earlier).rows == inputs.timeline.rows
