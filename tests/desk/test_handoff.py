"""The time of rows from feed to handoff, on the page of a campaign and in the metrics."""

from __future__ import annotations

from live_activity.engine.edition import Edition
from tests.campaign_harness import CampaignHarness
from tests.desk.conftest import OpenDesk, at_minute


async def test_the_page_and_the_metrics_have_the_times_from_feed_to_handoff(
    harness: CampaignHarness, open_desk: OpenDesk
) -> None:
    desk = open_desk()

    async def look(edition: Edition) -> None:
        page = desk.get(f"/campaigns/{edition.ledger.edition_id}").text
        assert "From feed to handoff: p50 0.00 s, p99 0.00 s over 2 rows; slowest: row" in page
        metrics = desk.get("/metrics").text
        labels = 'campaign="derby",mode="run",quantile="0.99"'
        assert f"live_activity_handoff_seconds{{{labels}}} 0" in metrics

    await at_minute(harness, 25, look)
