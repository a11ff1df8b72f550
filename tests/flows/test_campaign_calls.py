"""The same campaigns with direct calls and with Prefect tasks: the same requests, the same retries, the same result."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from prefect import flow
from prefect.settings import PREFECT_API_URL, temporary_settings

from live_activity.engine.direct_calls import direct_calls
from live_activity.engine.edition import Edition
from live_activity.prefect_integration.run_log import RunLog
from tasks.campaign_tasks import campaign_tasks
from tests.campaign_harness import (
    PEOPLE,
    CampaignHarness,
    Script,
    Stop,
    assert_played_to_its_end,
    campaign_harness,
)

Play = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
def harness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CampaignHarness]:
    with campaign_harness(tmp_path, monkeypatch) as made:
        yield made


@pytest.fixture(params=["direct calls", pytest.param("tasks", marks=pytest.mark.prefect)])
def play(request: pytest.FixtureRequest, harness: CampaignHarness) -> Play:
    """Returns a function that plays the campaign with the calls of one host."""
    if request.param == "direct calls":
        return replace(harness, calls=direct_calls).play
    url = request.getfixturevalue("prefect_url")
    with_tasks = replace(harness, calls=campaign_tasks(RunLog()))

    async def in_a_flow_run(script: Script | None = None, **keys: object) -> dict[str, Any]:
        @flow(persist_result=False)
        async def campaign() -> dict[str, Any]:
            return await with_tasks.play(script, **keys)

        with temporary_settings({PREFECT_API_URL: url}):
            return await campaign()

    return in_a_flow_run


async def test_a_campaign_is_played_to_its_end(harness: CampaignHarness, play: Play) -> None:
    report = await play()
    assert_played_to_its_end(harness)
    assert report["status"] == "ended"
    assert report["segment"]["accepted"] == PEOPLE


@pytest.mark.parametrize("endpoint", ["register", "add_users", "update", "end"])
async def test_a_call_that_is_safe_to_repeat_is_repeated_until_it_works(
    harness: CampaignHarness, play: Play, endpoint: str
) -> None:
    harness.faults({"do": "unavailable", "endpoint": endpoint, "calls": [1, 2]})
    report = await play()
    assert_played_to_its_end(harness)
    assert report["status"] == "ended"


async def test_a_start_of_unknown_outcome_is_repeated_and_starts_the_activity_once(
    harness: CampaignHarness, play: Play
) -> None:
    harness.faults({"do": "reset_after", "endpoint": "start", "calls": 1})
    report = await play()
    assert_played_to_its_end(harness)
    assert [each["code"] for each in report["findings"]].count("start_unconfirmed") == 1


async def test_a_partial_answer_is_sent_again(harness: CampaignHarness, play: Play) -> None:
    harness.faults({"do": "partial", "endpoint": "add_users", "share": 0.5, "calls": 1})
    report = await play()
    assert_played_to_its_end(harness)
    assert report["activities"][0]["unprocessed"] == 0
    assert report["calls"]["add_users"] == 3


async def test_a_stop_closes_the_activity_with_the_last_content_that_was_due(
    harness: CampaignHarness, play: Play
) -> None:
    async def stops(edition: Edition) -> None:
        await harness.until(edition, 25)
        raise Stop

    report = await play(stops)
    assert report["status"] == "cancelled"
    assert harness.scores("end") == [1]


async def test_a_poll_as_a_task_hands_its_findings_to_the_campaign(
    harness: CampaignHarness, prefect_url: str
) -> None:
    @flow(persist_result=False)
    async def campaign() -> list[list[str]]:
        polls = []
        async with harness.opened_only() as edition, campaign_tasks(RunLog())(edition) as calls:
            polls.append(await calls.poll(edition))
            harness.write("")
            polls.append(await calls.poll(edition))
        return [[finding.code for finding in problems] for problems in polls]

    with temporary_settings({PREFECT_API_URL: prefect_url}):
        good, bad = await campaign()
    assert good == []
    assert bad
