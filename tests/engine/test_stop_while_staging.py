"""A campaign is stopped while its segment is still being staged."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from live_activity.core.clock import RealClock
from live_activity.core.settings import settings
from live_activity.engine.campaign_calls import CampaignCalls
from live_activity.engine.direct_calls import direct_calls
from live_activity.engine.edition import Edition
from live_activity.engine.play_campaign import Host, play_campaign
from live_activity.engine.run_request import RunRequest
from live_activity.engine.steering.send import CommandAnswer, ask
from live_activity.ledger import Database, EditionRecord, request_stop
from tests.campaign_harness import CampaignHarness, campaign_harness

Someone = Callable[[Database, EditionRecord], Awaitable[CommandAnswer | None]]


@pytest.fixture
def on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CampaignHarness]:
    with campaign_harness(tmp_path, monkeypatch) as harness:
        monkeypatch.setattr("live_activity.engine.session.RealClock", RealClock)
        yield harness


async def ends_it(database: Database, edition: EditionRecord) -> CommandAnswer:
    return await ask(database, edition.name, "end_now", {})


async def stops_it(database: Database, edition: EditionRecord) -> None:
    assert request_stop(database, edition.id, "cancelled", author="somebody", at=datetime.now(UTC))


@pytest.mark.parametrize("someone", [ends_it, stops_it])
async def test_nobody_is_sent_anything_and_the_rest_is_not_staged(
    on: CampaignHarness, someone: Someone
) -> None:
    begun = asyncio.Event()
    editions: list[EditionRecord] = []

    async def stage_for_ever(edition: Edition) -> str:
        editions.append(edition.ledger.edition())
        begun.set()
        await asyncio.Event().wait()
        raise AssertionError("it was waited for")

    @asynccontextmanager
    async def calls(edition: Edition) -> AsyncIterator[CampaignCalls]:
        async with direct_calls(edition) as made:
            yield replace(made, stage=stage_for_ever)

    playing = asyncio.create_task(play_campaign(RunRequest(on.campaign(), "run"), Host(calls=calls)))
    await begun.wait()
    with closing(Database(settings().database_url)) as database:
        answer = await someone(database, editions[0])
        report = await playing
    assert report.status == "cancelled"
    assert sum(report.calls.values()) == 0
    if answer is not None:
        assert answer.done
        assert (
            answer.line == "the campaign is cancelled while its segment is staged; nobody was sent anything"
        )


async def test_another_command_waits_until_the_segment_is_staged(on: CampaignHarness) -> None:
    begun, ready = asyncio.Event(), asyncio.Event()

    @asynccontextmanager
    async def calls(edition: Edition) -> AsyncIterator[CampaignCalls]:
        async with direct_calls(edition) as made:

            async def stage_once_ready(edition: Edition) -> str:
                begun.set()
                await ready.wait()
                return await made.stage(edition)

            yield replace(made, stage=stage_once_ready)

    campaign = on.campaign(starts_at="2036-07-19T19:00:00Z", ends_at="2036-07-19T21:00:00Z")
    playing = asyncio.create_task(play_campaign(RunRequest(campaign, "run"), Host(calls=calls)))
    await begun.wait()
    with closing(Database(settings().database_url)) as database:
        assert not (await ask(database, "derby", "freeze", {}, wait_seconds=0)).done
        ready.set()
        assert (await ask(database, "derby", "resume", {})).done
        assert (await ask(database, "derby", "end_now", {})).done
        report = await playing
    assert report.segment.accepted == 25
