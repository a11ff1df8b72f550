"""What the desk shows of a running campaign: cards, the feed, the next poll, findings so far."""

from __future__ import annotations

import html
import logging

import httpx
import pytest

from live_activity.core.settings import settings
from live_activity.desk import DeskOptions, DeskServer
from live_activity.desk.activity_view import name_of
from live_activity.engine.edition import Edition
from live_activity.ledger import Database
from tests.campaign_harness import CampaignHarness
from tests.desk.conftest import TOKEN, OpenDesk, at_minute

MATCH = (
    "at,event,title,message,attributes.homeTeam,attributes.awayTeam,state.homeScore,state.awayScore\n"
    "0m,start,Kick-off,go,Ankara <FC>,İzmir,0,0\n"
    "20m,update,,,{away},,1,0\n"
    "60m,end,Over,end,,,2,0\n"
)


async def test_cards_name_the_teams_that_only_the_start_carried(
    harness: CampaignHarness, open_desk: OpenDesk
) -> None:
    (harness.folder / "rows.csv").write_text(MATCH.format(away=""))
    desk = open_desk()

    async def look(edition: Edition) -> None:
        campaign = f"/campaigns/{edition.ledger.edition_id}"
        for path in (
            "/",
            campaign,
            f"{campaign}/dialog/correct?number=0",
            f"{campaign}/dialog/feed?number=0",
        ):
            text = html.unescape(desk.get(path).text)
            assert "Ankara <FC> 1-0 İzmir" in text, path
        assert "Ankara <FC> 1-0 İzmir" in html.unescape(desk.get(campaign).text.partition('id="history"')[2])
        edits = {"number": 0, "edits": {"homeScore": "0"}, **desk.drawn(edition)}
        preview = desk.post(f"{campaign}/preview", edits).json()
        assert preview["label"] == "Send Ankara <FC> 0-0 İzmir to 25 phones, silently"

    await at_minute(harness, 25, look)


async def test_while_it_runs_findings_and_the_next_poll_are_shown(
    harness: CampaignHarness, open_desk: OpenDesk
) -> None:
    (harness.folder / "rows.csv").write_text(MATCH.format(away="elsewhere"))
    desk = open_desk()

    async def look(edition: Edition) -> None:
        await harness.until(edition, 24)
        page = desk.get(f"/campaigns/{edition.ledger.edition_id}").text
        assert "data-until" in page
        assert "move them to the start row" in page
        (harness.folder / "rows.csv").write_text("")
        await harness.until(edition, 27)
        assert "the timeline cannot be read" in desk.get("/").text

    await at_minute(harness, 23, look, poll_seconds=30)


async def test_differences_between_the_feed_and_the_phones_are_marked(
    harness: CampaignHarness, open_desk: OpenDesk
) -> None:
    desk = open_desk()

    async def look(edition: Edition) -> None:
        await harness.steer(edition, "send_now", state={"score": 7})
        await harness.until(edition, 26)
        assert "(phones show 7)" in desk.get("/").text

    await at_minute(harness, 25, look)


async def test_a_failed_page_logs_the_kind_of_error_and_no_content(
    harness: CampaignHarness, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("about the person u007")

    monkeypatch.setattr("live_activity.desk.pages.history", fails)
    caplog.set_level(logging.DEBUG)
    database = Database(settings().database_url)

    async def look(edition: Edition) -> None:
        path = f"/campaigns/{edition.ledger.edition_id}"
        with DeskServer(database, DeskOptions(token=TOKEN)) as desk:
            async with httpx.AsyncClient(follow_redirects=True, trust_env=False) as client:
                await client.get(desk.sign_in_url)
                answer = await client.get(f"{desk.url}{path}", headers={"accept": "text/html"})
        assert answer.status_code == 500
        assert "RuntimeError" in answer.text

    async def in_real_time(edition: Edition) -> None:
        await harness.real_time(look(edition))

    await at_minute(harness, 5, in_real_time)
    database.close()
    assert "the desk failed at" in caplog.text
    assert "u007" not in caplog.text


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ({}, ""),
        ({"match": "Ajax - PSV"}, "Ajax - PSV"),
        ({"match": "Ajax - PSV", "language": "en"}, "match Ajax - PSV, language en"),
    ],
)
def test_an_activity_has_the_name_of_its_split_values(key: dict[str, str], name: str) -> None:
    assert name_of(key) == name
