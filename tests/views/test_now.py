"""The page `now` while people steer the campaign, and while the timeline is corrected."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from live_activity.core.events import Event
from live_activity.engine.edition import Edition
from live_activity.engine.polling import read_again
from live_activity.views.markdown import moment
from live_activity.views.now import now_page
from live_activity.views.plan import plan_page
from tests.campaign_harness import ROWS, CampaignHarness, campaign_harness


@pytest.fixture
def harness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CampaignHarness]:
    with campaign_harness(tmp_path, monkeypatch) as made:
        yield made


def fact(page: str, name: str) -> str:
    line = next(line for line in page.splitlines() if line.startswith(f"| {name} |"))
    return line.split("|")[2].strip()


async def test_a_moved_end_is_shown(harness: CampaignHarness) -> None:
    ends: list[tuple[str, str]] = []

    async def script(edition: Edition) -> None:
        await harness.until(edition, 10)
        await harness.steer(edition, "shift", minutes=15)
        ends.append((fact(now_page(edition), "ends"), moment(harness.at(edition, 75))))
        await harness.steer(edition, "move_end", ends_at=harness.at(edition, 50).isoformat())
        ends.append((fact(now_page(edition), "ends"), moment(harness.at(edition, 50))))

    await harness.play(script)
    assert [said for said, _ in ends] == [wanted for _, wanted in ends]


async def test_no_time_of_day_is_shown_before_an_immediate_start(harness: CampaignHarness) -> None:
    async with harness.opened_only() as edition:
        page = now_page(edition)
        assert fact(page, "next row") == "when it starts, row 1: Derby"
        assert fact(page, "ends") == fact(plan_page(edition), "ends") == "60 min after the start"


async def test_a_corrected_row_is_no_longer_shown_as_held_back(harness: CampaignHarness) -> None:
    pages: list[str] = []

    async def script(edition: Edition) -> None:
        await harness.until(edition, 10)
        for rows in (ROWS.replace("20m,update", "20m,updte"), ROWS):
            harness.write(rows)
            await read_again(edition)
            pages.append(now_page(edition).partition("## Held back")[2])

    await harness.play(script)
    assert "row 2" in pages[0]
    assert pages[1].strip() == "Nothing."


async def test_what_a_guard_holds_is_shown_with_the_reason_until_it_is_released(
    harness: CampaignHarness,
) -> None:
    pages: list[str] = []
    events: list[Event] = []
    harness.event_handlers.append(events.append)

    async def script(edition: Edition) -> None:
        await harness.until(edition, 25)
        pages.append(now_page(edition).partition("## Held back")[2])
        await harness.steer(edition, "release", field="score")
        pages.append(now_page(edition).partition("## Held back")[2])

    harness.write(ROWS.replace("goal,1", "goal,100"))
    await harness.play(script, guards=["score: 0 to 20"])
    why = "score: 100 is not within 0 to 20"
    assert f"row 2: {why}" in pages[0]
    assert why not in pages[1]
    assert [each.message for each in events if each.type == "held" and why in each.message]


async def test_a_field_that_was_set_by_hand_is_shown_with_its_age_until_it_lapses(
    harness: CampaignHarness,
) -> None:
    pages: list[str] = []

    async def script(edition: Edition) -> None:
        await harness.until(edition, 25)
        await harness.steer(edition, "send_now", state='{"score": 9}')
        for minutes in (30, 41):
            await harness.until(edition, minutes)
            page = now_page(edition).partition("## Set by hand")[2]
            pages.append(page.partition("## Held back")[0].strip())

    await harness.play(script)
    assert "score = 9 (by hand, 5 minutes ago; the feed said 1); in 1 activity" in pages[0]
    assert pages[1] == "Nothing."


async def test_the_plan_shows_the_moved_start(harness: CampaignHarness) -> None:
    starts: list[str] = []
    starts_at = harness.clock.now() + timedelta(minutes=10)

    async def script(edition: Edition) -> None:
        await harness.until(edition, -5)
        await harness.steer(edition, "shift", minutes=20)
        starts.append(fact(plan_page(edition), "starts"))

    await harness.play(script, starts_at=starts_at.isoformat())
    assert starts == [moment(starts_at + timedelta(minutes=20))]
