"""The time of rows from feed to handoff, and the event when content waits to be sent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from live_activity.core.events import Event
from live_activity.engine.backlog import BacklogWatch, watch_backlog
from live_activity.engine.edition import Edition
from live_activity.engine.polling import Poller, read_again
from live_activity.views.now import now_page
from tests.campaign_harness import ROWS, CampaignHarness, campaign_harness

LATE_ROW = "11m,update,Derby,late,7\n"


@pytest.fixture
def on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CampaignHarness]:
    with campaign_harness(tmp_path, monkeypatch, slow_phones=0) as made:
        yield made


def with_row(row: str) -> str:
    start, rest = ROWS.split("\n", 1)
    return f"{start}\n{row}{rest}"


async def test_a_row_is_measured_from_the_poll_that_saw_it_to_the_answer(on: CampaignHarness) -> None:
    pages: list[str] = []

    async def script(edition: Edition) -> None:
        await on.until(edition, 15)
        on.write(with_row(LATE_ROW))
        # The row is seen four minutes after it was due; the first two calls fail and are repeated.
        on.faults({"do": "server_error", "endpoint": "update", "times": 2})
        await Poller(edition, read_again).poll()
        await on.until(edition, 18)
        pages.append(now_page(edition))

    report = await on.play(script)
    handoff = report["handoff"]
    slowest = handoff["slowest"][0]
    assert slowest["row"] == 2
    assert 0 < slowest["seconds"] < 60, "counted from when it was seen and not from when it was due"
    assert slowest["seconds"] == handoff["p99"]
    # The start and the rows that were in the feed before they were due are measured from their due time.
    assert handoff["rows"] == 4
    assert handoff["p50"] < 1
    assert "from feed to handoff" in pages[0]
    assert "slowest: row 2 in" in pages[0]


async def test_a_corrected_row_is_measured_anew_and_a_repeat_is_not(on: CampaignHarness) -> None:
    async def script(edition: Edition) -> None:
        for minute, message in ((15, "late"), (16, "corrected")):
            await on.until(edition, minute)
            on.write(with_row(LATE_ROW.replace("late,7", f"{message},{minute}")))
            await Poller(edition, read_again).poll()

    report = await on.play(script)
    assert on.scores("update") == [15, 16, 1, 2]
    assert report["handoff"]["rows"] == 5


async def test_rows_that_had_been_in_the_feed_for_an_unknown_time_are_not_measured(
    on: CampaignHarness,
) -> None:
    on.write("0m,start,Derby,kick-off,0\n10m,update,Derby,goal,1\n60m,end,Derby,over,3\n")
    begins = (on.clock.now()).isoformat()

    async def script(edition: Edition) -> None:
        await on.until(edition, 61)

    report = await on.play(script, starts_at=begins)
    assert {each["row"] for each in report["handoff"]["slowest"]} == {2}


async def test_content_that_waits_for_a_minute_is_reported_once_and_when_it_is_over(
    on: CampaignHarness,
) -> None:
    events: list[Event] = []
    on.event_handlers.append(events.append)
    pages: list[str] = []

    async def script(edition: Edition) -> None:
        watch = BacklogWatch(edition)
        on.faults({"do": "server_error", "endpoint": "update"})
        for minute in (19, 20.5, 21.5, 22, 25):
            await on.until(edition, minute)
            watch.look()
        pages.append(now_page(edition))
        on.faults()
        await on.until(edition, 30)
        watch.look()

    report = await on.play(script)
    (backlog,) = [each for each in events if each.type == "backlog"]
    assert backlog.message.startswith("content has waited for more than 60 s to be sent, row 2 for 90 s")
    assert "the last answer was" in backlog.message
    assert [each.message for each in events if "backlog is over" in each.message]
    assert [each["row"] for each in report["findings"] if each["code"] == "backlog"] == [2]
    assert "a backlog: content that has been due for more than a minute (1 activity)" in pages[0]


async def test_content_frozen_by_hand_is_no_backlog(on: CampaignHarness) -> None:
    events: list[Event] = []
    on.event_handlers.append(events.append)

    async def script(edition: Edition) -> None:
        async with watch_backlog(edition):
            await on.until(edition, 10)
            await on.steer(edition, "freeze")
            await on.until(edition, 30)
            await on.steer(edition, "resume")
            await on.until(edition, 31)

    await on.play(script)
    assert not [each for each in events if each.type == "backlog"]


async def test_the_backlog_is_watched_while_a_campaign_is_played(on: CampaignHarness) -> None:
    events: list[Event] = []
    on.event_handlers.append(events.append)

    async def script(edition: Edition) -> None:
        async with watch_backlog(edition):
            await on.until(edition, 19)
            on.faults({"do": "server_error", "endpoint": "update"})
            await on.until(edition, 37)
            on.faults()
            await on.until(edition, 39)

    await on.play(script)
    first, again = [each for each in events if each.type == "backlog"]
    assert (again.at - first.at).total_seconds() == 900
