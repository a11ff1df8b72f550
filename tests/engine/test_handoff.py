"""The time of rows from feed to handoff, and the event when content waits to be sent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from live_activity.core.events import Event
from live_activity.engine.edition import Edition
from live_activity.engine.polling import Poller, read_again
from live_activity.views.now import now_page
from tests.campaign_harness import ROWS, CampaignHarness, campaign_harness

LATE_ROW = "11m,update,Derby,late,7\n"


@pytest.fixture
def harness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CampaignHarness]:
    with campaign_harness(tmp_path, monkeypatch, slow_phones=0) as made:
        yield made


def with_row(row: str) -> str:
    start, rest = ROWS.split("\n", 1)
    return f"{start}\n{row}{rest}"


async def test_a_row_is_measured_from_the_poll_that_saw_it_to_the_answer(harness: CampaignHarness) -> None:
    pages: list[str] = []

    async def script(edition: Edition) -> None:
        await harness.until(edition, 15)
        harness.write(with_row(LATE_ROW))
        # The row is seen four minutes after it was due; the first two calls fail and are repeated.
        harness.faults({"do": "server_error", "endpoint": "update", "times": 2})
        await Poller(edition, read_again).poll()
        await harness.until(edition, 18)
        pages.append(now_page(edition))

    report = await harness.play(script)
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


async def test_a_corrected_row_is_measured_anew_and_a_repeat_is_not(harness: CampaignHarness) -> None:
    async def script(edition: Edition) -> None:
        for minute, message in ((15, "late"), (16, "corrected")):
            await harness.until(edition, minute)
            harness.write(with_row(LATE_ROW.replace("late,7", f"{message},{minute}")))
            await Poller(edition, read_again).poll()

    report = await harness.play(script)
    assert harness.scores("update") == [15, 16, 1, 2]
    assert report["handoff"]["rows"] == 5


async def test_rows_that_had_been_in_the_feed_for_an_unknown_time_are_not_measured(
    harness: CampaignHarness,
) -> None:
    harness.write("0m,start,Derby,kick-off,0\n10m,update,Derby,goal,1\n60m,end,Derby,over,3\n")
    begins = (harness.clock.now()).isoformat()

    async def script(edition: Edition) -> None:
        await harness.until(edition, 61)

    report = await harness.play(script, starts_at=begins)
    assert {each["row"] for each in report["handoff"]["slowest"]} == {2}


async def test_content_that_waits_for_a_minute_is_reported_once_and_when_it_is_over(
    harness: CampaignHarness,
) -> None:
    events: list[Event] = []
    harness.event_handlers.append(events.append)
    pages: list[str] = []

    async def script(edition: Edition) -> None:
        harness.faults({"do": "server_error", "endpoint": "update"})
        await harness.until(edition, 25)
        pages.append(now_page(edition))
        harness.faults()
        await harness.until(edition, 30)

    report = await harness.play(script)
    (backlog,) = [each for each in events if each.type == "backlog"]
    assert backlog.message.startswith("content has waited for more than 60 s to be sent, row 2 for 75 s")
    assert "the last answer was" in backlog.message
    assert [each.message for each in events if "backlog is over" in each.message]
    assert [each["row"] for each in report["findings"] if each["code"] == "backlog"] == [2]
    assert "a backlog: content that has been due for more than a minute (1 activity)" in pages[0]


async def backlogs(harness: CampaignHarness, *, fails_at: float, until: float, gap: float) -> list[Event]:
    """The backlog events of a campaign with that gap, whose API is away between these minutes."""
    events: list[Event] = []
    harness.event_handlers.append(events.append)

    async def script(edition: Edition) -> None:
        await harness.until(edition, fails_at)
        harness.faults({"do": "unavailable", "endpoint": "update"})
        await harness.until(edition, until)
        harness.faults()

    await harness.play(script, min_seconds_between_updates=gap)
    return [each for each in events if each.type == "backlog"]


async def test_a_first_update_that_is_stuck_is_a_backlog_also_in_a_campaign_with_a_long_gap(
    harness: CampaignHarness,
) -> None:
    (backlog,) = await backlogs(harness, fails_at=19, until=21.5, gap=3600)
    assert "row 2 for 75 s" in backlog.message


async def test_the_gap_between_updates_does_not_count_as_backlog(harness: CampaignHarness) -> None:
    # Row 3 is due at minute 40, and may be sent at minute 45, as row 2 was sent at minute 20.
    (backlog,) = await backlogs(harness, fails_at=39, until=46.5, gap=1500)
    assert "row 3 for 75 s" in backlog.message


async def test_content_frozen_by_hand_is_no_backlog(harness: CampaignHarness) -> None:
    events: list[Event] = []
    harness.event_handlers.append(events.append)

    async def script(edition: Edition) -> None:
        await harness.until(edition, 10)
        await harness.steer(edition, "freeze")
        await harness.until(edition, 30)
        await harness.steer(edition, "resume")
        await harness.until(edition, 31)

    await harness.play(script)
    assert not [each for each in events if each.type == "backlog"]


async def test_the_backlog_is_watched_while_a_campaign_is_played(harness: CampaignHarness) -> None:
    events: list[Event] = []
    harness.event_handlers.append(events.append)

    async def script(edition: Edition) -> None:
        await harness.until(edition, 19)
        harness.faults({"do": "server_error", "endpoint": "update"})
        await harness.until(edition, 37)
        harness.faults()
        await harness.until(edition, 39)

    await harness.play(script)
    first, again = [each for each in events if each.type == "backlog"]
    assert (again.at - first.at).total_seconds() == 900
