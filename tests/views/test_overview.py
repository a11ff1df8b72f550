"""The overview lists each campaign once, as running, planned or over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from live_activity.ledger import all_editions
from live_activity.views.overview import overview_page
from tests.campaign_harness import CampaignHarness, campaign_harness


@pytest.fixture
def harness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CampaignHarness]:
    with campaign_harness(tmp_path, monkeypatch) as made:
        yield made


async def test_a_campaign_is_planned_until_its_start_running_from_then_and_over_at_its_end(
    harness: CampaignHarness,
) -> None:
    def sections(moment: datetime) -> dict[str, str]:
        with harness.database() as database:
            page = overview_page(all_editions(database), now=moment, link=lambda _, what: f"http://ui/{what}")
        parts = page.split("## ")[1:]
        return {part.split("\n")[0]: part for part in parts}

    start = datetime(2099, 7, 19, 17, 0, tzinfo=UTC)
    async with harness.opened_only(starts_at=start, time_zone="Europe/Istanbul") as edition:
        before, during = sections(harness.clock.now()), sections(start)
        edition.ledger.note(status="ended")
    assert "| running | 2099-07-19 20:00 Europe/Istanbul | live | sandbox |" in before["Planned"]
    assert "None." in before["Running"]
    assert "[run](http://ui/run), [now](http://ui/now)" in during["Running"]
    after = sections(start)
    assert "derby" not in after["Running"] + after["Planned"]
    assert "| derby | [run](http://ui/run), [report](http://ui/report) | ended |" in after["Over"]
