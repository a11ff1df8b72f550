"""The feed as the desk reads it on request."""

from __future__ import annotations

from live_activity.desk.data import DeskData
from live_activity.desk.feed_look import look_into_feed
from live_activity.engine.edition import Edition
from tests.campaign_harness import CampaignHarness
from tests.desk.conftest import OpenDesk, at_minute


async def test_the_feed_page_shows_due_and_next_content_with_fields_set_by_hand(
    harness: CampaignHarness, open_desk: OpenDesk
) -> None:
    desk = open_desk()

    async def look(edition: Edition) -> None:
        campaign = f"/campaigns/{edition.ledger.edition_id}"
        await harness.steer(edition, "freeze")
        await harness.steer(edition, "send_now", state={"other": 7})
        await harness.until(edition, 45)
        view = DeskData(edition.ledger.database).view(edition.ledger.edition_id)
        found = look_into_feed(view, view.activities[0], edition.clock.now())
        assert found.current is not None, found.problem
        assert found.coming is not None
        assert (found.current.number, dict(found.current.content.state)) == (3, {"score": 2, "other": 7})
        assert (found.coming.number, found.coming.due) == (4, harness.at(edition, 60))
        assert 'data-action="resume"' in desk.get(f"{campaign}/dialog/resume?number=0").text
        (harness.folder / "rows.csv").unlink()
        assert "cannot be read here" in desk.get(f"{campaign}/dialog/feed?number=0").text

    await at_minute(harness, 10, look)
