"""Approval at the desk, and events that arrive while a page is open."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from live_activity.core.settings import settings
from live_activity.desk import DeskOptions, DeskServer
from live_activity.engine.edition import Edition
from live_activity.engine.steering.arguments import ACTIONS
from live_activity.ledger import Database
from tests.campaign_harness import CampaignHarness
from tests.desk.conftest import TOKEN, OpenDesk, at_minute
from tests.desk.test_security import SECRET, proxied

PEOPLE = re.compile(r'<th scope="row">([^<]+)</th><td class="number">(\d+)</td>')


async def test_the_first_answer_wins_and_others_see_its_author(
    harness: CampaignHarness, open_desk: OpenDesk
) -> None:
    proxy = {"signed_in": False, "proxy_secret": SECRET}
    anna = proxied(open_desk(**proxy), "Anna", "view", "approve")
    ben = proxied(open_desk(**proxy), "Ben", "view", "approve", "correct")

    async def look(edition: Edition) -> None:
        asked = {"reasons": ["approval is asked for"], "asked_at": edition.clock.now().isoformat()}
        edition.ledger.note(decision=asked, status="awaiting_approval")
        campaign = f"/campaigns/{edition.ledger.edition_id}"
        assert "Approve" in anna.get(campaign).text
        assert "waits for approval" in anna.get("/").text
        await harness.command(edition, "release", field="score")
        edition.ledger.carried_out(1, answer="not done", effect=None, at=edition.clock.now())
        vera = proxied(open_desk(**proxy), "Vera", "view")
        assert vera.command(edition, "approve").status_code == 403
        answer = anna.command(edition, "approve", note="checked")
        if "approve" not in ACTIONS:
            assert (answer.status_code, "approve" in answer.json()["message"]) == (400, True)
        answered = {**asked, "answer": "approved", "note": "checked", "answered_at": asked["asked_at"]}
        edition.ledger.note(decision=answered, status="running")
        second = ben.command(edition, "reject")
        assert second.status_code == 409
        assert "approved" in second.json()["message"]
        assert "approved" in ben.get(campaign).text

    await at_minute(harness, 5, look)


async def test_the_approval_shows_start_and_end_by_the_timeline_or_that_it_cannot_be_read(
    harness: CampaignHarness, open_desk: OpenDesk
) -> None:
    desk = open_desk()

    async def look(edition: Edition) -> None:
        asked = {"reasons": ["approval is asked for"], "asked_at": edition.clock.now().isoformat()}
        edition.ledger.note(decision=asked, status="awaiting_approval")
        campaign = f"/campaigns/{edition.ledger.edition_id}"
        page = desk.get(campaign).text
        assert "when it starts, by the timeline" in page
        assert "when it ends, by the timeline" in page
        assert "1 activity starts for 25 phones" in desk.get(f"{campaign}/dialog/approve").text
        (harness.folder / "rows.csv").unlink()
        assert "The timeline cannot be read here" in desk.get(campaign).text
        edition.ledger.note(decision=None, status="running")

    await at_minute(harness, 5, look)


async def test_nobody_approves_a_run_that_they_changed(harness: CampaignHarness, open_desk: OpenDesk) -> None:
    desk = proxied(open_desk(signed_in=False, proxy_secret=SECRET), "Ben", "view", "approve", "correct")

    async def look(edition: Edition) -> None:
        asked = {"reasons": ["approval is asked for"], "asked_at": edition.clock.now().isoformat()}
        edition.ledger.note(decision=asked, status="awaiting_approval")
        assert desk.command(edition, "shift", minutes="5").json()["sent"]
        answer = desk.command(edition, "approve")
        assert answer.status_code == 403
        assert "own run" in answer.json()["message"]
        edition.ledger.note(decision=None, status="running")

    await at_minute(harness, 5, look)


@pytest.fixture
async def server(harness: CampaignHarness) -> AsyncIterator[DeskServer]:
    database = Database(settings().database_url)
    with DeskServer(database, DeskOptions(token=TOKEN, wait_seconds=0.0)) as running:
        yield running
    database.close()


async def test_a_push_is_an_event_on_the_page(harness: CampaignHarness, server: DeskServer) -> None:
    async def look(edition: Edition) -> None:
        await harness.real_time(listen(edition))

    async def listen(edition: Edition) -> None:
        async with httpx.AsyncClient(base_url=server.url, follow_redirects=True, trust_env=False) as client:
            assert (await client.get(server.sign_in_url)).status_code == 200
            async with client.stream("GET", "/events", timeout=20) as events:
                assert events.headers["content-type"].startswith("text/event-stream")
                lines = events.aiter_lines()
                async for line in lines:
                    if line == "event: alive":
                        break
                await asyncio.sleep(1)  # the desk has read the current state
                await harness.command(edition, "freeze")
                async for line in lines:
                    if line.startswith("data:") and edition.ledger.edition_id in line:
                        return
        raise AssertionError("the stream ended without the event")

    await at_minute(harness, 10, look)


async def test_the_page_adds_people_up_and_lists_what_happened(
    harness: CampaignHarness, open_desk: OpenDesk
) -> None:
    desk = open_desk(prefect_ui="http://127.0.0.1:4200")
    harness.people("people.csv", *(f"u{n:03d}" for n in range(20)), "u001", "stranger")
    pages: list[str] = []

    async def look(edition: Edition) -> None:
        await harness.steer(edition, "send_now", state={"score": 7})
        await harness.clock.sleep_until(edition.clock.now() + timedelta(minutes=1))
        pages.append(desk.get(f"/campaigns/{edition.ledger.edition_id}").text)

    await at_minute(harness, 25, look)
    (page,) = pages
    numbers = {name: int(number) for name, number in PEOPLE.findall(page)}
    assert numbers["rows of the segment"] == numbers["accepted"] + numbers["less rejected: duplicate"] == 22
    assert numbers["accepted"] == numbers["found"] + numbers["less user not found"] == 21
    assert "send now" in page
    assert "start" in page
    assert " ago, next poll " in page


async def test_a_campaign_that_is_over_is_listed_with_its_report(
    harness: CampaignHarness, open_desk: OpenDesk
) -> None:
    ids: list[str] = []

    async def look(edition: Edition) -> None:
        ids.append(edition.ledger.edition_id)

    await at_minute(harness, 5, look)
    desk = open_desk()
    home = desk.get("/").text
    assert "Nothing is running." in home
    assert f"/campaigns/{ids[0]}" in home.partition("Over")[2]
    page = desk.get(f"/campaigns/{ids[0]}").text
    assert "report.json" in page
    assert "End now" not in page
    assert desk.get(f"/campaigns/{ids[0]}/report.json").json()["status"] == "ended"
    report = desk.get(f"/campaigns/{ids[0]}/report.html")
    assert "First content, " in report.text
    assert "content content" not in report.text
    assert "Live: sent to the segment" in report.text
    assert "la-card" in report.text
    policy = report.headers["content-security-policy"]
    assert "default-src 'none'; style-src 'sha256-" in policy
    assert "unsafe" not in policy
    assert not re.search(r"\bu0\d\d\b|rejects", report.text), (
        "no id of a person, and not the path of the segment"
    )
    assert desk.get("/campaigns/7b1f3f0e-0000-4000-8000-000000000000").status_code == 404
