from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live_activity.campaign.model import Campaign
from live_activity.campaign.planning import (
    FARTHEST_EXPIRY,
    NEAREST_EXPIRY,
    Times,
    is_live,
    planned,
    planned_end,
    time_findings,
    vendor_expiry,
)
from live_activity.core.content import Content
from live_activity.core.findings import Finding
from live_activity.timeline import Row, RowEvent, Timeline
from tests.simulator import KICK_OFF, at

NOW = at(-120)
HOUR = timedelta(hours=1)


def campaign(**values: Any) -> Campaign:
    return Campaign(
        **{
            "name": "derby",
            "activity_type": "Match",
            "segment": "fans.csv",
            "timeline": "derby.csv",
            **values,
        }
    )


def line(number: int, when: datetime | timedelta, event: RowEvent = "update", **key: str) -> Row:
    content = Content(title="Derby", message="", state={"score": number})
    return Row(number, event, content, {}, key, when)


def table(*rows: Row, live: bool = False) -> Timeline:
    return Timeline(rows, live=live)


def codes(asked: Campaign, timeline: Timeline, *, now: datetime = NOW) -> dict[str, str]:
    times = planned(asked, timeline, now=now)
    return {found.code: found.severity for found in time_findings(asked, timeline, times, now=now)}


MATCH = table(line(1, at(0), "start"), line(2, at(45)), line(3, at(95), "end"))


def test_the_start_rows_time_wins_over_everything() -> None:
    times = planned(campaign(starts_at=at(10)), MATCH, now=NOW, scheduled=at(-300))
    assert times == planned(campaign(starts_at=at(10)), MATCH, now=NOW)
    assert (times.starts_at, times.given, times.registers_at) == (at(0), True, at(-30))


def test_without_a_start_row_starts_at_wins() -> None:
    rows = table(line(1, at(5)), line(2, at(95), "end"))
    assert planned(campaign(starts_at=at(-10)), rows, now=NOW, scheduled=at(-300)).starts_at == at(-10)


def test_a_scheduled_run_starts_as_much_later_as_it_registers_ahead() -> None:
    rows = table(line(1, timedelta(0)), line(2, HOUR, "end"))
    times = planned(campaign(register_ahead_minutes=45), rows, now=NOW, scheduled=at(-45))
    assert (times.registers_at, times.starts_at, times.ends_at) == (at(-45), at(0), at(60))


def test_without_starts_at_the_earliest_row_is_the_start_wherever_it_is_in_the_table() -> None:
    rows = table(line(1, at(30)), line(2, at(5)), line(3, at(60)))
    assert planned(campaign(), rows, now=NOW).starts_at == at(5)


def test_rows_relative_to_a_start_that_is_not_given_begin_at_once() -> None:
    times = planned(campaign(), table(line(1, timedelta(0)), line(2, HOUR)), now=NOW)
    assert (times.starts_at, times.given, times.registers_at, times.ends_at) == (NOW, False, NOW, NOW + HOUR)


def test_a_live_timeline_begins_at_once_whenever_its_rows_were_seen() -> None:
    rows = table(line(1, at(-200)), live=True)
    assert not planned(campaign(ends_at=at(60)), rows, now=NOW).given
    assert planned(campaign(ends_at=at(60), starts_at=at(0)), rows, now=NOW).given


def test_the_end_is_the_end_rows_and_at_the_latest_ends_at() -> None:
    assert planned_end(campaign(), MATCH.rows, KICK_OFF) == at(95)
    assert planned_end(campaign(ends_at=at(60)), MATCH.rows, KICK_OFF) == at(60)
    assert planned_end(campaign(ends_at=at(600)), MATCH.rows, KICK_OFF) == at(95)


def test_without_an_end_row_it_is_ends_at_and_else_the_last_rows_time() -> None:
    rows = [line(1, at(60)), line(2, at(5))]
    assert planned_end(campaign(ends_at=at(90)), rows, KICK_OFF) == at(90)
    assert planned_end(campaign(), rows, KICK_OFF) == at(60)
    assert planned_end(campaign(), [], KICK_OFF) is None


def test_of_many_activities_the_campaign_starts_with_the_first_and_ends_with_the_last() -> None:
    rows = table(
        line(1, at(0), "start", flight="LH1"),
        line(2, at(60), "end", flight="LH1"),
        line(3, at(120), "start", flight="TK1"),
        line(4, at(240), "end", flight="TK1"),
    )
    for more in ({}, {"ends_at": at(300)}):
        times = planned(campaign(split_by=["flight"], **more), rows, now=NOW)
        assert (times.registers_at, times.starts_at, times.ends_at) == (at(-30), at(0), at(240))


def test_the_vendor_keeps_an_activity_an_hour_longer_than_we_or_ios_do() -> None:
    short = Times(at(0), True, at(95), at(-30))
    assert vendor_expiry(short, now=at(-30)) == at(0) + 9 * HOUR
    long = Times(at(0), True, at(0) + 20 * HOUR, at(-30))
    assert vendor_expiry(long, now=at(-30)) == at(0) + 21 * HOUR
    endless = Times(at(0), True, None, at(-30))
    assert vendor_expiry(endless, now=at(-30)) == at(0) + 9 * HOUR


@settings(max_examples=100)
@given(
    st.integers(-20_000, 20_000),
    st.one_of(st.none(), st.integers(-20_000, 20_000)),
    st.integers(-20_000, 20_000),
)
def test_the_vendors_expiry_is_always_one_that_the_vendor_takes(
    start: int, end: int | None, now: int
) -> None:
    times = Times(at(start), True, at(end) if end is not None else None, at(start - 30))
    left = vendor_expiry(times, now=at(now)) - at(now)
    assert timedelta(minutes=5) < NEAREST_EXPIRY <= left <= FARTHEST_EXPIRY < timedelta(days=7)


def test_a_match_of_today_has_no_findings() -> None:
    assert codes(campaign(), MATCH) == {}


@pytest.mark.parametrize("where", ["http://127.0.0.1/rows.csv", "derby.csv"])
def test_a_live_timeline_must_say_when_it_ends(where: str) -> None:
    timeline = table(*MATCH.rows, live=not where.startswith("http"))
    asked = campaign(timeline=where)
    assert is_live(asked, timeline)
    assert codes(asked, timeline) == {"live_needs_ends_at": "error"}, "without findings that follow from it"
    assert "live_needs_ends_at" not in codes(campaign(timeline=where, ends_at=at(200)), timeline)


@pytest.mark.parametrize(
    ("asked", "timeline", "code", "severity"),
    [
        (campaign(starts_at=at(5)), MATCH, "start_disagrees", "warning"),
        (
            campaign(starts_at=at(-5)),
            table(line(1, at(0)), line(2, at(9))),
            "start_before_content",
            "warning",
        ),
        (campaign(ends_at=at(60)), MATCH, "end_disagrees", "warning"),
        (campaign(), table(line(1, at(0))), "end_before_start", "error"),
        (campaign(), table(line(1, at(0)), line(2, at(0) + 8 * 24 * HOUR)), "end_beyond_expiry", "error"),
        (campaign(), table(line(1, at(0)), line(2, at(0) + 9 * HOUR)), "longer_than_ios", "warning"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_times_that_are_wrong_or_odd_are_reported(
    asked: Campaign, timeline: Timeline, code: str, severity: str
) -> None:
    assert codes(asked, timeline) == {code: severity}


def test_rows_that_are_left_beside_wrong_ones_are_not_reported() -> None:
    invalid = Finding(severity="error", code="wrong_cell", message="is no time", row=1, column="at")
    timeline = replace(table(line(2, at(-500), "end")), findings=(invalid,))
    assert codes(campaign(), timeline) == {}


def test_an_unreadable_table_is_not_reported_as_live() -> None:
    headless = Finding(severity="error", code="no_header", message="names no column")
    timeline = replace(table(live=True), findings=(headless,))
    assert codes(campaign(), timeline) == {}
    assert set(codes(campaign(timeline="http://127.0.0.1/rows.csv"), timeline)) == {"live_needs_ends_at"}


def test_what_lies_in_the_past_is_reported() -> None:
    assert codes(campaign(), MATCH, now=at(95)) == {"lies_in_the_past": "warning"}
    assert codes(campaign(), MATCH, now=at(94)) == {}


def test_what_holds_for_many_activities_is_reported_once() -> None:
    rows = [line(number, at(0), flight=f"LH{number}") for number in range(1, 5)]
    rows += [line(number + 4, at(0) + 9 * HOUR, flight=f"LH{number}") for number in range(1, 5)]
    asked, timeline = campaign(split_by=["flight"]), table(*rows)
    times = planned(asked, timeline, now=NOW)
    (finding,) = time_findings(asked, timeline, times, now=NOW)
    assert finding.code == "longer_than_ios"
    assert "LH1: " in finding.message
    assert "3 more activities" in finding.message
