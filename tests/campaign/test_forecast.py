from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live_activity.campaign.forecast import Forecast, describe_forecast, forecast
from live_activity.campaign.model import Campaign, read_campaign
from live_activity.campaign.planning import planned
from live_activity.campaign.split_check import split_findings
from live_activity.core.content import Content
from live_activity.decision.schedule import schedule
from live_activity.decision.state import ActivityState, Plan
from live_activity.segment import StagedActivity
from live_activity.timeline import Row, RowEvent, Timeline
from tests.simulator import open_run

NOON = datetime(2026, 7, 19, 12, tzinfo=UTC)


def row(
    number: int, minutes: float, event: RowEvent = "update", *, state: int | None = None, **key: str
) -> Row:
    content = Content(title="t", message=None, state={"row": number if state is None else state})
    return Row(number, event, content, {}, key, NOON + timedelta(minutes=minutes))


def ahead(*rows: Row, flights: int = 1, batches: int = 1, per_minute: int = 1000, **more: Any) -> Forecast:
    values = {
        "name": "n",
        "activity_type": "T",
        "segment": "s.csv",
        "timeline": "t.csv",
        "split_by": ["flight"],
    }
    campaign, timeline = Campaign(**{**values, **more}), Timeline(rows=rows)
    parts = [StagedActivity({"flight": f"f{n}"}, 10, n * batches, batches) for n in range(flights)]
    now = NOON - timedelta(hours=3)
    times = planned(campaign, timeline, now=now)
    return forecast(campaign, timeline, times, parts, now=now, requests_per_minute=per_minute)


def codes(found: Forecast) -> set[str]:
    return {finding.code for finding in found.findings}


def test_it_counts_activities_and_calls_by_endpoint() -> None:
    found = ahead(row(1, 0, "start"), row(2, 10), row(3, 20), row(4, 30, "end"), flights=3, batches=4)
    assert found.activities == 3
    assert found.calls == {"register": 3, "add_users": 9, "start": 3, "update": 6, "end": 3}
    assert found.findings == ()
    assert dict(describe_forecast(found))["calls"] == "3 register, 9 add_users, 3 start, 6 update, 3 end"


def test_registering_is_compared_with_the_time_before_the_start() -> None:
    rows = (row(1, 0, "start"), row(2, 30, "end"))
    found = ahead(*rows, flights=100, per_minute=10, register_ahead_minutes=5)
    assert found.register_minutes == pytest.approx(10)
    assert found.register_time == timedelta(minutes=5)
    assert codes(found) == {"registers_too_late"}
    assert codes(ahead(*rows, flights=100, per_minute=10, register_ahead_minutes=15)) == set()


def test_activities_that_register_one_after_the_other_do_not_wait_for_each_other() -> None:
    rows = [row(2 * n + 1, 60 * n, "start", flight=f"f{n}") for n in range(10)]
    rows += [row(2 * n + 2, 60 * n + 30, "end", flight=f"f{n}") for n in range(10)]
    assert ahead(*rows, flights=10, per_minute=1).register_minutes == pytest.approx(1)


def test_pushes_an_hour_are_compared_with_what_apple_takes() -> None:
    many = [row(n + 2, n / 2) for n in range(1, 100)]
    found = ahead(row(1, 0, "start"), *many, row(200, 90, "end"))
    assert found.busiest_hour == 102, "the first update is repeated twice for phones that never sync"
    assert codes(found) == {"many_pushes"}
    near = ahead(row(1, 0, "start"), *many[:45], row(200, 90, "end"))
    assert codes(near) == {"push_budget_near"}
    assert codes(ahead(row(1, 0, "start"), *many[:40], row(200, 90, "end"))) == set()


def test_what_phones_left_behind_cost_and_how_often_phones_alert_is_counted() -> None:
    rows = (row(1, 0, "start"), row(2, 10), row(3, 20), row(4, 30, "end"))
    found = ahead(*rows, flights=3)
    assert (found.repeats, found.settling, found.alerts) == (3 * 2, 3, 4)
    assert found.busiest_hour == 7
    said = dict(describe_forecast(found))
    assert said["phones left behind"].startswith("about 6 repeated updates and 3 pushes")
    assert said["alerts"] == "a phone alerts at most 4 times"
    silent = Content(None, None, {"row": 3})
    quiet = ahead(*rows[:2], replace(rows[2], content=silent), rows[3])
    assert quiet.alerts == 3


def test_rows_closer_than_the_distance_between_updates_count_once() -> None:
    rows = (row(1, 0, "start"), row(2, 1), row(3, 1.02), row(4, 1.04), row(5, 2), row(6, 9, "end"))
    assert ahead(*rows).calls["update"] == 3
    assert ahead(*rows, min_seconds_between_updates=0).calls["update"] == 4


def test_the_first_row_after_the_content_that_an_opened_activity_gets_first_waits_for_the_gap() -> None:
    rows = (row(1, 0, "start"), row(2, 0.02), row(3, 0.04), row(4, 9, "end"))
    assert ahead(*rows).calls["update"] == 2
    opened = ahead(*rows, segment=None, activities="a.csv")
    # 10 activities: each gets its first content, and the newest of both rows once the gap is over.
    assert opened.calls["update"] == 10 * 2


def test_a_minute_with_more_updates_than_the_rate_limit_is_reported() -> None:
    found = ahead(row(1, 0, "start"), row(2, 10), row(3, 20, "end"), flights=50, per_minute=20)
    assert found.busiest_minute == 50
    assert "busier_than_the_pace" in codes(found)


def test_activities_longer_than_the_eight_hours_of_ios_are_counted() -> None:
    found = ahead(row(1, 0, "start"), row(2, 600, "end"), flights=2)
    assert (found.longest, found.too_long) == (timedelta(hours=10), 2)
    assert "2 longer than the 8 hours of iOS" in dict(describe_forecast(found))["lives"]


KEYS = [{"flight": "1", "language": "en"}, {"flight": "2", "language": "en"}]


SPLIT = read_campaign(
    {
        "name": "day",
        "activity_type": "Flight",
        "segment": "https://example.org/day/people.csv?token=secret",
        "timeline": "day/flights.csv",
        "split_by": ["flight", "language"],
    },
    where="day.yaml",
)


def remarks(*rows: Row) -> dict[str, str]:
    found = split_findings(SPLIT, Timeline(rows=rows), KEYS)
    return {finding.code: str(finding) for finding in found}


def test_values_that_only_one_side_has_are_reported_with_the_value() -> None:
    found = remarks(row(1, 0, flight="1"), row(2, 0, flight="3"), row(3, 0, flight="3", language="en"))
    assert set(found) == {"no_rows_for_value", "nobody_for_value"}
    assert found["no_rows_for_value"].startswith("people.csv, flight, language: 2 en: ")
    assert found["nobody_for_value"].startswith("flights.csv, row 2, flight: 3: ")
    assert "1 more value)" in found["nobody_for_value"]


def test_two_contents_at_the_same_time_for_one_activity_are_reported() -> None:
    found = remarks(row(1, 0, flight="1"), row(2, 0, language="en"), row(3, 5))
    assert set(found) == {"two_things_at_once"}
    assert "rows 1 and 2" in found["two_things_at_once"]


def test_without_a_split_two_contents_at_once_are_reported_without_an_activity_name() -> None:
    (found,) = split_findings(SPLIT, Timeline(rows=(row(1, 0), row(2, 0))), [{}])
    assert found.message.startswith("rows 1 and 2 are due at the same time")
    assert "split by a column, or move one" in found.message


def test_values_of_an_empty_segment_are_not_reported() -> None:
    assert not list(split_findings(SPLIT, Timeline(rows=(row(1, 0), row(2, 0))), []))


def test_the_same_content_twice_and_rows_of_different_activities_are_fine() -> None:
    assert remarks(row(1, 0, flight="1", state=7), row(2, 0, state=7), row(3, 0, flight="2", state=7)) == {}
    assert remarks(row(1, 0, flight="1"), row(2, 0, flight="2")) == {}


@given(
    st.lists(
        st.tuples(st.integers(0, 40), st.integers(0, 3), st.sampled_from(["t", None, "u"])),
        min_size=1,
        max_size=12,
    ),
    st.integers(1, 45),
    st.sampled_from([0, 5, 90]),
)
@settings(max_examples=100)
def test_the_forecast_counts_the_updates_that_are_sent(
    updates: list[tuple[int, int, str | None]], end: int, gap: int
) -> None:
    rows = [Row(1, "start", Content("t", "m", {"row": 0}), {}, {}, NOON)]
    rows += [
        replace(row(number, at / 2), content=Content(title, None, {"row": state}))
        for number, (at, state, title) in enumerate(updates, 2)
    ]
    rows.append(row(100, end / 2 + 0.25, "end", state=9))
    found = ahead(*rows, min_seconds_between_updates=gap)
    state = ActivityState(
        plan=Plan(NOON, NOON, expires_at=NOON + timedelta(hours=9), gap=timedelta(seconds=gap)),
        enrolled=True,
        refreshed=True,
    )
    played = open_run(schedule(rows, start=NOON), state, now=NOON)
    assert found.calls["update"] == played.state.counts.sent
