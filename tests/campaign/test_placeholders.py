"""A campaign for one edition: placeholders filled in, and the test segment in the mode test."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from live_activity.campaign.model import Campaign
from live_activity.campaign.placeholders import fill_placeholders
from live_activity.core.findings import InvalidInput

NOW = datetime(2026, 9, 19, 16, 30, tzinfo=UTC)


def campaign(**more: object) -> Campaign:
    values = {"name": "derby", "activity_type": "Match", "segment": "fans.csv", "timeline": "rows.csv"}
    return Campaign.model_validate({**values, **more})


def test_date_and_start_are_those_of_the_planned_start_in_the_campaigns_zone() -> None:
    asked = campaign(
        segment="fans-{date}.csv",
        timeline="{start}.csv",
        starts_at="2026-09-19T22:30:00Z",
        time_zone="Europe/Istanbul",
    )
    played = fill_placeholders(asked, "run", now=NOW)
    assert (played.segment, played.timeline) == ("fans-2026-09-20.csv", "2026-09-20T0130.csv")


def test_a_scheduled_run_starts_as_many_minutes_after_its_schedule_as_it_registers_ahead() -> None:
    asked = campaign(segment="{start}.csv", register_ahead_minutes=45)
    assert fill_placeholders(asked, "run", now=NOW, scheduled=NOW).segment == "2026-09-19T1715.csv"


def test_another_name_in_braces_is_reported_with_the_two_that_there_are() -> None:
    with pytest.raises(InvalidInput, match=r"timeline: unknown placeholder \{day\}.*\{date\} or \{start\}"):
        fill_placeholders(campaign(timeline="{day}.csv"), "run", now=NOW)


def test_a_test_uses_its_test_segment_and_has_nobody_without_it() -> None:
    assert fill_placeholders(campaign(test_segment="us.csv"), "test", now=NOW).segment == "us.csv"
    assert fill_placeholders(campaign(test_segment="us.csv"), "run", now=NOW).segment == "fans.csv"
    with pytest.raises(InvalidInput, match="test_segment: is missing"):
        fill_placeholders(campaign(), "test", now=NOW)


def test_a_test_of_activities_that_phones_opened_uses_its_test_table() -> None:
    asked = campaign(segment=None, activities="orders-{date}.csv", test_segment="ours.csv")
    assert fill_placeholders(asked, "run", now=NOW).activities == "orders-2026-09-19.csv"
    played = fill_placeholders(asked, "test", now=NOW)
    assert (played.activities, played.segment) == ("ours.csv", None)
