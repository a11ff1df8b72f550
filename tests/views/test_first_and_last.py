"""The first and the last card are those of one activity, with its own attributes, and say which one it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from live_activity.engine.approval import Decision
from live_activity.engine.edition import Edition
from live_activity.views.approval import approval_text
from live_activity.views.first_and_last import EndContent, of_edition, of_timeline
from live_activity.views.html_report import html_report
from live_activity.views.plan import plan_page
from live_activity.views.report_data import data_of_edition
from tests.campaign_harness import CampaignHarness, campaign_harness

START = datetime(2099, 7, 19, 17, 0, tzinfo=UTC)
HEAD = (
    "at,match,event,title,message,attributes.homeTeam,attributes.awayTeam,state.homeScore,state.awayScore\n"
)
# The first row of all is of m01, the last one of m02; the row before m01's start row has no attributes.
ROWS = (
    "0m,m02,start,Ajax - PSV,kick-off,Ajax,PSV,0,0\n"
    "0m,m01,start,Derby,kick-off,Ankara,Bursa,0,0\n"
    "50m,m01,end,Derby,over,,,1,0\n"
    "60m,m02,end,Ajax - PSV,over,,,7,0\n"
)
EARLY = "2099-07-19T16:59:00Z,m01,update,Derby,soon,,,0,0\n"


@pytest.fixture
def harness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CampaignHarness]:
    with campaign_harness(tmp_path, monkeypatch) as made:
        (made.folder / "people.csv").write_text("insider_id,match\nu001,m01\nu002,m02\nu003,m02\n")
        (made.folder / "rows.csv").write_text(HEAD + ROWS)
        yield made


def said(ends: tuple[EndContent, ...]) -> list[tuple[str, object, object, str]]:
    return [
        (each.place, each.content.message, each.attributes.get("homeTeam"), each.named("card"))
        for each in ends
    ]


async def test_both_contents_are_of_the_first_activity_and_have_its_attributes(
    harness: CampaignHarness,
) -> None:
    async with harness.opened_only(split_by=["match"], starts_at=START) as edition:
        first, last = of_edition(edition)
        (other,) = [each for each in edition.activities if str(each) != first.of]
        others = of_edition(edition, other)
    assert {first.of, str(other)} == {"m01", "m02"}
    by_name = (
        {"m01": (first, last), "m02": others} if first.of == "m01" else {"m02": (first, last), "m01": others}
    )
    assert said(by_name["m01"]) == [
        ("first", "kick-off", "Ankara", "First card of m01"),
        ("last", "over", "Ankara", "Last card of m01"),
    ]
    assert [(each.content.state["homeScore"], each.attributes["homeTeam"]) for each in by_name["m02"]] == [
        (0, "Ajax"),
        (7, "Ajax"),
    ]


async def test_the_plan_and_the_approval_form_show_one_activity_and_name_it(harness: CampaignHarness) -> None:
    async with harness.opened_only(split_by=["match"], starts_at=START) as edition:
        name = str(edition.activities[0])
        text = approval_text(edition, Decision((), harness.clock.now()))
        plan = plan_page(edition)
    title = {"m01": "Derby", "m02": "Ajax - PSV"}[name]
    assert (
        re.findall(r"- (?:First|Last) card of (\w+): (.*?) - (?:kick-off|over)", text) == [(name, title)] * 2
    )
    assert re.findall(r"(?:First|Last) content of (\w+): \*\*(.*?)\*\*", plan) == [(name, title)] * 2


async def test_a_row_before_the_start_row_is_drawn_with_the_start_rows_attributes(
    harness: CampaignHarness,
) -> None:
    (harness.folder / "rows.csv").write_text(HEAD + EARLY + ROWS)
    async with harness.opened_only(split_by=["match"], starts_at=START) as edition:
        (activity,) = [each for each in edition.activities if str(each) == "m01"]
        first = of_edition(edition, activity)[0]
    assert (first.content.message, first.attributes["homeTeam"]) == ("soon", "Ankara")


async def test_before_the_people_are_read_the_timelines_first_activity_is_shown(
    harness: CampaignHarness,
) -> None:
    async with harness.opened_only(split_by=["match"], starts_at=START) as edition:
        found = of_timeline(edition.campaign, edition.feed.timeline, edition.times)
        edition.activities = []
        assert of_edition(edition) == found
    assert [(each.of, each.attributes["homeTeam"], each.content.message) for each in found] == [
        ("m02", "Ajax", "kick-off"),
        ("m02", "Ajax", "over"),
    ]


async def test_the_last_content_of_a_live_timeline_is_shown_once_it_is_over(harness: CampaignHarness) -> None:
    harness.write(",start,Derby,kick-off,0\n,update,Derby,goal,1\n")
    seen: list[list[str]] = []

    async def look(edition: Edition) -> None:
        seen.append([each.place for each in data_of_edition(edition).contents])
        await harness.until(edition, 65)
        data = data_of_edition(edition)
        seen.append([each.place for each in data.contents])
        assert "Last content, " in html_report(data)

    (harness.folder / "people.csv").write_text("insider_id\nu001\n")
    await harness.play(look, ends_at=harness.clock.now() + timedelta(hours=1))
    assert seen == [["first"], ["first", "last"]]
