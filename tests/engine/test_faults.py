"""Every fault at every endpoint: nobody is lost, nothing is sent twice, and the delay is bounded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from live_activity.api import Client, Unauthorized
from live_activity.engine.edition import Edition
from tests.campaign_harness import PEOPLE, CampaignHarness, assert_played_to_its_end, campaign_harness

DEEDS: dict[str, dict[str, Any]] = {
    "reset before it was read": {"do": "reset_before"},
    "reset after it was processed": {"do": "reset_after"},
    "answered late": {"do": "delay", "seconds": 0.05},
    "never answered": {"do": "timeout", "seconds": 0.05},
    "429": {"do": "too_many", "retry_after": None},
    "429 with Retry-After": {"do": "too_many", "retry_after": 7},
    "429 with a date": {"do": "too_many", "retry_after": "date"},
    "503 without a body": {"do": "unavailable"},
    "500, not processed": {"do": "server_error"},
    "500, processed": {"do": "server_error", "processed": True},
    "HTML": {"do": "garbage", "kind": "html"},
    "half an answer": {"do": "garbage", "kind": "truncated"},
    "an answer of another shape": {"do": "garbage", "kind": "wrong_shape"},
    "an empty answer": {"do": "garbage", "kind": "empty"},
}
ENDPOINTS = ("register", "add-users", "remove-users", "start", "update", "end")
# How often in a row the key is refused: three times for each of two batches, and less than the limit for a push.
REFUSED = {"add_users": 6, "start": 2, "update": 2, "end": 2}
# The delay of an end that is allowed when calls fail twice: backoff, and settling before the end.
LATEST = timedelta(minutes=3)


@pytest.fixture
def harness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CampaignHarness]:
    with campaign_harness(tmp_path, monkeypatch) as made:
        yield made


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("endpoint", ENDPOINTS)
async def test_two_faults_in_a_row_lose_nobody_and_send_nothing_twice(
    harness: CampaignHarness, endpoint: str, deed: str
) -> None:
    harness.faults({"endpoint": endpoint, "calls": [1, 2], **DEEDS[deed]})

    async def remove_two(edition: Edition) -> None:
        await harness.steer(edition, "remove_people", table=harness.people("gone.csv", "u003", "u004"))

    with_removal = endpoint == "remove-users"
    report = await harness.play(remove_two if with_removal else None)
    assert_played_to_its_end(harness, people=PEOPLE - 2 if with_removal else PEOPLE)
    assert report["status"] == "ended"
    assert report["activities"][0]["unprocessed"] == 0
    assert report["calls"] == {name.replace("-", "_"): calls for name, calls in harness.requests().items()}
    _ended_in_time(harness)


@pytest.mark.parametrize("endpoint", ["register", "add-users"])
async def test_people_whose_look_up_failed_are_asked_for_again(
    harness: CampaignHarness, endpoint: str
) -> None:
    harness.faults({"endpoint": endpoint, "calls": [1, 2], "do": "partial", "share": 0.4})
    report = await harness.play()
    assert_played_to_its_end(harness)
    assert report["activities"][0]["unprocessed"] == 0


async def test_people_whose_look_up_keeps_failing_hold_the_start_up_for_a_minute_and_are_reported(
    harness: CampaignHarness,
) -> None:
    harness.faults({"endpoint": "add-users", "do": "partial", "share": 0.4})
    report = await harness.play()
    assert report["status"] == "ended"
    assert report["activities"][0]["unprocessed"] == 4 + 2
    (activity,) = harness.started()
    assert activity.started_at is not None
    assert activity.started_at - activity.registered_at < timedelta(seconds=75)


@pytest.mark.parametrize("endpoint", ["add_users", "start", "update", "end"])
async def test_a_key_that_is_refused_for_seconds_loses_nobody(
    harness: CampaignHarness, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    called = getattr(Client, endpoint)
    refused = iter([True] * REFUSED[endpoint])

    async def asked(client: Client, **what: Any) -> Any:
        if next(refused, False):
            raise Unauthorized(endpoint=endpoint, status=401)
        return await called(client, **what)

    monkeypatch.setattr(Client, endpoint, asked)
    report = await harness.play()
    assert_played_to_its_end(harness)
    assert report["status"] == "ended"
    assert report["activities"][0]["unprocessed"] == 0


@pytest.mark.parametrize("seed", range(12))
async def test_faults_at_random_calls_lose_nobody_and_send_nothing_twice(
    harness: CampaignHarness, seed: int
) -> None:
    deeds = list(DEEDS.values())
    harness.faults(
        *(
            {"endpoint": "*", "rate": 0.06, "seed": seed * 100 + number, **deed}
            for number, deed in enumerate(deeds)
        )
    )
    report = await harness.play()
    assert_played_to_its_end(harness)
    assert report["status"] == "ended"
    _ended_in_time(harness)


@pytest.mark.parametrize("deed", ["reset before it was read", "503 without a body", "500, not processed"])
async def test_an_outage_of_minutes_before_the_start_delays_it_and_loses_nobody(
    harness: CampaignHarness, deed: str
) -> None:
    harness.faults({"endpoint": "add-users", "times": 14, **DEEDS[deed]})
    report = await harness.play()
    assert report["activities"][0]["unprocessed"] == 0
    assert_played_to_its_end(harness)


async def test_updates_that_fail_until_the_end_are_counted_and_reported(harness: CampaignHarness) -> None:
    harness.faults({"endpoint": "update", "do": "server_error"})
    report = await harness.play()
    assert report["status"] == "ended"
    assert report["activities"][0]["updates"]["sent"] == 0
    assert report["activities"][0]["updates"]["failed"] == 2
    (finding,) = [each for each in report["findings"] if each["code"] == "updates_failed"]
    assert "2 updates are not known to have arrived" in finding["message"]
    assert "500" in finding["message"]


async def test_an_end_that_never_works_is_given_up_in_minutes_and_left_to_recovery(
    harness: CampaignHarness,
) -> None:
    harness.faults({"endpoint": "end", "do": "unavailable"})
    report = await harness.play()
    assert report["activities"][0]["status"] == "failed"
    assert harness.requests()["end"] < 30
    async with harness.opened_only() as edition:
        assert edition.ledger.edition().stop_request is not None
        harness.faults()
    report = await harness.play()
    assert_played_to_its_end(harness)
    assert report["status"] == "failed"


def _ended_in_time(harness: CampaignHarness) -> None:
    (activity,) = harness.started()
    assert activity.started_at is not None
    assert activity.ended_at is not None
    assert activity.ended_at - activity.started_at < timedelta(minutes=60) + LATEST
