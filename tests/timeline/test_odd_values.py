"""The findings on a column are the same with and without rows that were read before."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from live_activity.campaign.campaign_timeline import timeline_of
from live_activity.campaign.model import read_campaign
from live_activity.sources.timeline_source import PolledSource
from live_activity.timeline import FirstSeen

HEADER = "at,title,state.goals,state.over\n"
ROWS = [f"{minute}m,Derby,{minute % 5},{'true' if minute % 2 else 'false'}\n" for minute in range(40)]
NOW = datetime(2026, 7, 19, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("41m,Derby,two,true\n", "type_changes"),
        ("41m,Derby,,true\n", "value_missing"),
        ("41m,Derby,1.000,true\n", "decimal_or_thousands"),
        ("41m,Derby,2,true\n", None),
    ],
)
def test_a_new_row_is_compared_with_those_that_were_read_before(
    tmp_path: Path, row: str, code: str | None
) -> None:
    path = tmp_path / "rows.csv"
    campaign = read_campaign(
        {"name": "derby", "activity_type": "Match", "segment": "none.csv", "timeline": str(path)},
        where="test",
    )
    source, seen = PolledSource(str(path)), FirstSeen()
    path.write_text(HEADER + "".join(ROWS))
    assert source.changed()
    timeline_of(campaign, now=NOW, first_seen_times=seen, source=source)
    path.write_text(HEADER + "".join([*ROWS[:20], row, *ROWS[20:]]))
    assert source.changed()
    again = timeline_of(campaign, now=NOW, first_seen_times=seen, source=source)
    afresh = timeline_of(campaign, now=NOW, first_seen_times=FirstSeen())
    assert again == afresh
    found = [(each.code, each.row) for each in again.findings if each.severity == "warning"]
    assert found == ([(code, 21)] if code is not None else [])


def test_a_row_that_grew_too_large_is_left_out_at_the_next_reading(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    campaign = read_campaign(
        {"name": "derby", "activity_type": "Match", "segment": "none.csv", "timeline": str(path)},
        where="test",
    )
    source, seen = PolledSource(str(path)), FirstSeen()
    path.write_text(HEADER + "".join(ROWS))
    assert source.changed()
    before = timeline_of(campaign, now=NOW, first_seen_times=seen, source=source)
    path.write_text(HEADER + "".join([*ROWS[:5], f"5m,{'x' * 5000},1,true\n", *ROWS[6:]]))
    assert source.changed()
    after = timeline_of(campaign, now=NOW, first_seen_times=seen, source=source)
    assert len(before.rows) - len(after.rows) == 1
    assert [each.row for each in after.findings if each.code == "too_large"] == [6]
