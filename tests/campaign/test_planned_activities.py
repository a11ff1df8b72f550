from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from live_activity.campaign.model import Campaign
from live_activity.campaign.planning import named_keys, planned, planned_for, time_findings
from live_activity.core.content import Content
from live_activity.timeline import Row, RowEvent, Timeline

NOON = datetime(2026, 7, 19, 12, tzinfo=UTC)


def asked(**more: Any) -> Campaign:
    values = {"name": "n", "activity_type": "T", "segment": "s.csv", "timeline": "t.csv"}
    return Campaign(**values, **{"split_by": ["flight", "language"], **more})


def row(number: int, hours: float, event: RowEvent = "update", **key: str) -> Row:
    content = Content(title="t", message=None, state={"row": number})
    return Row(number, event, content, {}, key, NOON + timedelta(hours=hours))


TWO_FLIGHTS = Timeline(
    rows=(
        row(1, 2, "start", flight="a"),
        row(2, 4, "end", flight="a"),
        row(3, 1, "start", flight="b"),
        row(4, 12, "end", flight="b"),
    )
)


def test_the_campaign_goes_from_the_first_start_to_the_last_end() -> None:
    whole = planned(asked(), TWO_FLIGHTS, now=NOON)
    assert whole.starts_at == NOON + timedelta(hours=1)
    assert whole.ends_at == NOON + timedelta(hours=12)
    assert whole.registers_at == NOON + timedelta(minutes=30)


def test_each_activity_is_planned_by_the_rows_that_reach_it() -> None:
    whole = planned(asked(), TWO_FLIGHTS, now=NOON)
    own = planned_for(asked(), TWO_FLIGHTS, {"flight": "a", "language": "en"}, whole=whole)
    assert (own.starts_at, own.ends_at) == (NOON + timedelta(hours=2), NOON + timedelta(hours=4))
    assert own.registers_at == NOON + timedelta(minutes=90)


def test_an_activity_that_no_row_reaches_is_not_registered_before_the_others_have_ended() -> None:
    whole = planned(asked(), TWO_FLIGHTS, now=NOON)
    own = planned_for(asked(), TWO_FLIGHTS, {"flight": "x", "language": "en"}, whole=whole)
    assert own.registers_at == own.ends_at == whole.ends_at


def test_rows_with_fewer_split_values_reach_the_activities_of_rows_with_more() -> None:
    rows = (
        row(1, 0, "start"),
        row(2, 1, flight="a"),
        row(3, 2, flight="a", language="en"),
        row(4, 2, flight="b"),
    )
    keys = [dict(key) for key in named_keys(Timeline(rows=rows))]
    assert sorted(keys, key=str) == [{"flight": "a", "language": "en"}, {"flight": "b"}]
    assert named_keys(Timeline(rows=rows[:1])) == [{}]


def test_an_activity_longer_than_eight_hours_is_reported_with_what_ios_will_not_show() -> None:
    campaign = asked()
    whole = planned(campaign, TWO_FLIGHTS, now=NOON)
    (finding,) = [
        f for f in time_findings(campaign, TWO_FLIGHTS, whole, now=NOON) if f.code == "longer_than_ios"
    ]
    assert finding.message.startswith("b: ")
    assert "iOS ends it at 2026-07-19 21:00 UTC" in finding.message
    assert "1 row after that" in finding.message
