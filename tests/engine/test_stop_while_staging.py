"""A campaign is stopped while its segment is still being staged."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from live_activity.core.clock import RealClock
from live_activity.core.report import NOT_APPROVED, Report
from live_activity.core.settings import settings
from live_activity.engine.campaign_calls import CampaignCalls
from live_activity.engine.direct_calls import direct_calls
from live_activity.engine.edition import Edition
from live_activity.engine.play_campaign import Host, play_campaign
from live_activity.engine.run_request import RunRequest
from live_activity.engine.steering.send import CommandAnswer, ask
from live_activity.ledger import Database, EditionRecord, all_editions, request_stop
from live_activity.ledger.commands import select_commands
from tests.campaign_harness import CampaignHarness, campaign_harness

Someone = Callable[[Database, EditionRecord], Awaitable[CommandAnswer | None]]


@pytest.fixture
def harness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CampaignHarness]:
    with campaign_harness(tmp_path, monkeypatch) as harness:
        monkeypatch.setattr("live_activity.engine.session.RealClock", RealClock)
        yield harness


async def ends_it(database: Database, edition: EditionRecord) -> CommandAnswer:
    return await ask(database, edition.name, "end_now", {})


async def stops_it(database: Database, edition: EditionRecord) -> None:
    assert request_stop(database, edition.id, "cancelled", author="somebody", at=datetime.now(UTC))


@pytest.mark.parametrize("someone", [ends_it, stops_it])
async def test_nobody_is_sent_anything_and_the_rest_is_not_staged(
    harness: CampaignHarness, someone: Someone
) -> None:
    begun = asyncio.Event()
    editions: list[EditionRecord] = []

    async def stage_for_ever(edition: Edition) -> str:
        editions.append(edition.ledger.edition())
        begun.set()
        await asyncio.Event().wait()
        raise AssertionError("staging went on")

    @asynccontextmanager
    async def calls(edition: Edition) -> AsyncIterator[CampaignCalls]:
        async with direct_calls(edition) as made:
            yield replace(made, stage=stage_for_ever)

    playing = asyncio.create_task(play_campaign(RunRequest(harness.campaign(), "run"), Host(calls=calls)))
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


@asynccontextmanager
async def staging(
    harness: CampaignHarness, **keys: object
) -> AsyncIterator[tuple[asyncio.Task[Report], asyncio.Event]]:
    """Starts a campaign that stages its segment until the event is set, and then plays."""
    begun, ready = asyncio.Event(), asyncio.Event()

    @asynccontextmanager
    async def calls(edition: Edition) -> AsyncIterator[CampaignCalls]:
        async with direct_calls(edition) as made:

            async def stage_once_ready(edition: Edition) -> str:
                begun.set()
                await ready.wait()
                return await made.stage(edition)

            yield replace(made, stage=stage_once_ready)

    times = {"starts_at": "2036-07-19T19:00:00Z", "ends_at": "2036-07-19T21:00:00Z"}
    campaign = harness.campaign(**{**times, **keys})
    playing = asyncio.create_task(play_campaign(RunRequest(campaign, "run"), Host(calls=calls)))
    await begun.wait()
    yield playing, ready


async def carried_out(database: Database, action: str) -> str:
    """Waits until a command was carried out; returns its answer."""
    while True:
        (edition,) = all_editions(database)
        with database.reading() as connection:
            commands = select_commands(connection, edition.id, waiting=False)
        (asked,) = [each for each in commands if each.action == action]
        if asked.obeyed_at is not None:
            return asked.answer or ""
        await asyncio.sleep(0.1)


async def test_a_freeze_is_carried_out_at_once_and_holds_once_the_segment_is_staged(
    harness: CampaignHarness,
) -> None:
    # It would start at once, as it needs no approval.
    with closing(Database(settings().database_url)) as database:
        async with staging(harness) as (playing, ready):
            answer = await ask(database, "derby", "freeze", {}, author="anna")
            assert (answer.done, answer.taken) == (True, False)
            assert answer.line.startswith("frozen before anything was sent")
            ready.set()
            await ask(database, "derby", "resume", {})
            assert "the activity resumed" in await carried_out(database, "resume"), "it was frozen"
            assert (await ask(database, "derby", "end_now", {})).done
            await playing


@pytest.mark.parametrize(
    ("action", "arguments", "outcome"),
    [
        (
            "move_end",
            {"ends_at": "2036-07-19T20:30:00Z"},
            "the end of the activity is moved to 2036-07-19 20:30",
        ),
        ("send_now", {"title": "Postponed", "state": {"score": 9}}, "Postponed"),
        ("shift", {"minutes": 5}, "ends"),
        ("move_end", {"ends_at": "2036-12-19T20:30:00Z"}, "not done"),
    ],
)
async def test_another_command_is_taken_at_once_and_carried_out_when_the_segment_is_staged(
    harness: CampaignHarness, action: str, arguments: dict[str, Any], outcome: str
) -> None:
    with closing(Database(settings().database_url)) as database:
        async with staging(harness) as (playing, ready):
            answer = await ask(database, "derby", action, arguments)
            assert answer.taken
            assert answer.line.startswith(
                f"taken: the segment is still being staged, and {action} is carried out"
            )
            ready.set()
            assert outcome in await carried_out(database, action)
            assert (await ask(database, "derby", "end_now", {})).done
            await playing


async def test_a_rejection_is_carried_out_at_once_and_nothing_is_sent(harness: CampaignHarness) -> None:
    with closing(Database(settings().database_url)) as database:
        async with staging(harness, approval=True) as (playing, _):
            answer = await ask(database, "derby", "reject", {"note": "wrong list"}, author="anna")
            report = await playing
    assert answer.done
    assert report.status == "rejected"
    assert sum(report.calls.values()) == 0
    (said,) = [each.message for each in report.findings if each.code == NOT_APPROVED]
    assert said == "not started: it was rejected by anna (wrong list)"


async def test_an_approval_is_refused_at_once_while_people_are_not_counted(harness: CampaignHarness) -> None:
    with closing(Database(settings().database_url)) as database:
        async with staging(harness, approval=True) as (playing, _):
            answer = await ask(database, "derby", "approve", {})
            assert not answer.done
            assert "the plan is not complete" in answer.line
            assert (await ask(database, "derby", "end_now", {})).done
            await playing


async def test_another_command_waits_until_the_segment_is_staged(harness: CampaignHarness) -> None:
    with closing(Database(settings().database_url)) as database:
        async with staging(harness) as (playing, ready):
            assert not (await ask(database, "derby", "freeze", {}, wait_seconds=0)).done
            ready.set()
            assert (await ask(database, "derby", "resume", {})).done
            assert (await ask(database, "derby", "end_now", {})).done
            report = await playing
    assert report.segment.accepted == 25
