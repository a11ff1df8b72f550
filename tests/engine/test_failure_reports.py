"""The report says why an activity failed, for every kind of failure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from live_activity.decision.after_push import LOST
from live_activity.engine.edition import Edition
from tests.campaign_harness import CampaignHarness, assert_played_to_its_end, campaign_harness


@pytest.fixture
def harness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CampaignHarness]:
    with campaign_harness(tmp_path, monkeypatch) as made:
        yield made


def failures(report: dict[str, Any]) -> list[str]:
    assert report["status"] == "failed"
    return [each["message"] for each in report["findings"] if each["code"] == "activity_failed"]


@pytest.mark.parametrize("minutes", [10, 50], ids=["the next update finds it", "the end finds it"])
async def test_an_activity_that_somebody_else_ended_is_reported_as_a_lost_end(
    harness: CampaignHarness, minutes: int
) -> None:
    async def somebody_ends_it(edition: Edition) -> None:
        await harness.until(edition, minutes)
        (activity,) = edition.activities
        body = {
            "activity_id": activity.activity_id,
            "activity_type": "Match",
            "content": {"content_state": {"score": 0}},
        }
        url = f"{harness.server.base_url}/api/v1/live-activity/end"
        async with httpx.AsyncClient(trust_env=False) as somebody:
            answer = await somebody.post(url, json=body, headers={"X-Api-Key": "another"})
        assert answer.status_code == httpx.codes.OK

    assert failures(await harness.play(somebody_ends_it)) == [f"activity: {LOST}"]


async def test_a_start_that_the_account_may_not_send_is_reported_with_what_the_api_said(
    harness: CampaignHarness,
) -> None:
    harness.write("0m,start,Derby,kick-off,0\n60m,end,Derby,over,3\n")

    async def the_key_is_withdrawn(edition: Edition) -> None:
        await harness.until(edition, -10)
        options = harness.server.sandbox.options
        harness.server.sandbox.options = replace(options, api_keys=frozenset({"another"}))

    starts_at = harness.clock.now() + timedelta(minutes=20)
    (message,) = failures(await harness.play(the_key_is_withdrawn, starts_at=starts_at))
    assert "start: HTTP 401" in message


async def test_a_key_that_is_refused_for_a_moment_does_not_fail_the_campaign(
    harness: CampaignHarness,
) -> None:
    options = harness.server.sandbox.options
    harness.server.sandbox.options = replace(options, api_keys=frozenset({"another"}))

    async def the_key_is_restored(edition: Edition) -> None:
        await harness.clock.sleep_until(harness.clock.now() + timedelta(milliseconds=1))
        harness.server.sandbox.options = options

    assert (await harness.play(the_key_is_restored))["status"] == "ended"
    assert_played_to_its_end(harness)


async def test_a_key_that_stays_refused_is_tried_three_times_and_no_more(harness: CampaignHarness) -> None:
    harness.server.sandbox.options = replace(harness.server.sandbox.options, api_keys=frozenset({"another"}))
    report = await harness.play()
    assert (report["status"], report["calls"]["register"]) == ("failed", 3)


async def test_a_campaign_that_starts_at_once_ends_though_it_can_never_register(
    harness: CampaignHarness,
) -> None:
    harness.faults({"do": "unavailable", "endpoint": "register"})
    began = harness.clock.now()
    (message,) = failures(await harness.play())
    assert "register: HTTP 503" in message
    assert harness.clock.now() - began < timedelta(minutes=20)
    assert not harness.started()


async def test_the_first_attempt_that_fails_is_reported_at_once_and_once(harness: CampaignHarness) -> None:
    harness.faults({"do": "unavailable", "endpoint": "register", "calls": [1, 2]})
    said: list[tuple[str, datetime]] = []
    harness.event_handlers.append(lambda event: said.append((event.message, event.at)))
    await harness.play()
    (repeated,) = (each for each in said if "(it is repeated)" in each[0])
    (registered,) = (each for each in said if each[0].startswith("registered"))
    assert repeated[1] < registered[1]


async def test_people_that_the_api_never_processed_are_counted_in_a_finding(harness: CampaignHarness) -> None:
    harness.faults({"do": "partial", "endpoint": "add_users", "share": 0.3})
    report = await harness.play()
    (activity,) = report["activities"]
    assert activity["unprocessed"] > 0
    (finding,) = (each for each in report["findings"] if each["code"] == "people_not_processed")
    assert f"{activity['unprocessed']} of 25 people were not processed" in finding["message"]


async def test_a_batch_that_can_never_be_added_does_not_delay_an_immediate_start_beyond_its_rows(
    harness: CampaignHarness,
) -> None:
    harness.write("0m,start,Derby,kick-off,0\n1m,update,Derby,goal,1\n2m,end,Derby,over,2\n")
    harness.faults({"do": "server_error", "endpoint": "add_users"})
    report = await harness.play()
    (activity,) = report["activities"]
    assert (activity["status"], activity["matched"], activity["unprocessed"]) == ("ended", 10, 15)
    assert harness.scores("start", "update", "end")[:2] == [0, 1]
    assert harness.scores()[-1] == 2


async def _outcome(harness: CampaignHarness, fault: dict[str, Any]) -> tuple[list[str], list[str]]:
    harness.faults(fault)
    said: list[str] = []
    harness.event_handlers.append(lambda event: said.append(event.type))
    report = await harness.play()
    return said, [each["code"] for each in report["findings"]]


async def test_a_start_of_unknown_outcome_that_is_sent_again_is_no_failure(harness: CampaignHarness) -> None:
    said, found = await _outcome(harness, {"do": "reset_after", "endpoint": "start", "calls": 1})
    assert (said.count("doubtful"), said.count("unconfirmed"), said.count("failed")) == (1, 1, 0)
    assert found.count("start_unconfirmed") == 1


async def test_a_start_that_fails_again_and_again_is_reported_as_a_failure_once(
    harness: CampaignHarness,
) -> None:
    said, _ = await _outcome(harness, {"do": "server_error", "endpoint": "start", "times": 6})
    assert (said.count("doubtful"), said.count("failed")) == (5, 1)
