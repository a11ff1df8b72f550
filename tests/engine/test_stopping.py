"""Stops at any moment, and ledgers that fail: what was started is ended, and nothing else is sent."""

from __future__ import annotations

import asyncio
import gc
import warnings
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from live_activity.engine.edition import CONCURRENT_CALLS, Edition
from live_activity.engine.recovery import (
    CONTINUED_AT_MOST,
    MOST_TRIES,
    close_what_cannot_be_continued,
    give_up_hopeless,
    record_cancellation,
    unfinished_editions,
)
from live_activity.ledger import LostLease, newest_edition
from live_activity.ledger import take as take_lease
from tests.campaign_harness import (
    ROWS,
    CampaignHarness,
    Crash,
    Stop,
    assert_played_to_its_end,
    campaign_harness,
    until_requested,
)
from tests.corruptions import Ledger, SqliteLedger, postgres_ledger

SOMEBODY = {"host": "elsewhere", "boot": "b", "space": "s", "pid": 1, "born": 1.0, "run": None}


@pytest.fixture
def harness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CampaignHarness]:
    with campaign_harness(tmp_path, monkeypatch) as made:
        yield made


@pytest.mark.parametrize(
    ("minutes", "score"),
    [(0.5, 0), (20.01, 1), (30, 1), (40.01, 2), (59.9, 2), (60.01, 3), (60.2, 3)],
    ids=[
        "just started",
        "just updated",
        "waiting",
        "updated again",
        "before the end",
        "settling",
        "settling again",
    ],
)
async def test_a_stop_ends_what_was_started_with_the_last_content_that_was_due(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, minutes: float, score: int
) -> None:
    # A phone that has not synced by the end keeps the campaign settling.
    with campaign_harness(tmp_path, monkeypatch, slow_seconds=3700) as harness:
        await assert_a_stop_ends_it(harness, minutes, score)


async def assert_a_stop_ends_it(harness: CampaignHarness, minutes: float, score: int) -> None:
    async def stop(edition: Edition) -> None:
        await harness.until(edition, minutes)
        raise Stop

    report = await harness.play(stop)
    (activity,) = harness.started()
    assert [sent.push.kind for sent in activity.sent].count("end") == 1
    assert harness.scores("end") == [score]
    assert activity.ended_at is not None
    assert activity.started_at is not None
    stopped = activity.started_at + timedelta(minutes=minutes)
    assert activity.ended_at - stopped < timedelta(seconds=11), "settling delays a stop by 10 s at most"
    assert report["status"] == "cancelled"
    with harness.database() as database:
        edition = newest_edition(database, "derby")
        assert edition is not None
        assert edition.finished


async def test_a_stop_while_people_are_added_starts_nothing(harness: CampaignHarness) -> None:
    harness.faults({"endpoint": "add-users", "do": "unavailable"})

    async def stop(edition: Edition) -> None:
        await harness.until(edition, 0.1)
        raise Stop

    report = await harness.play(stop)
    assert harness.started() == []
    assert report["status"] == "cancelled"
    assert "left to expire" in report["activities"][0]["why"]


async def test_a_stop_while_a_retry_waits_does_not_wait_for_it(harness: CampaignHarness) -> None:
    async def stop(edition: Edition) -> None:
        await harness.until(edition, 19)
        harness.faults({"endpoint": "update", "do": "too_many", "retry_after": 3000})
        await harness.until(edition, 21)
        harness.faults()
        raise Stop

    await harness.play(stop)
    (activity,) = harness.started()
    assert activity.ended_at is not None
    assert activity.started_at is not None
    assert activity.ended_at < activity.started_at + timedelta(minutes=21.3)
    assert harness.scores("end") == [1]


@pytest.mark.parametrize("endpoint", ["register", "add-users", "start", "update", "end"])
async def test_a_stop_while_a_call_is_in_flight_leaves_nothing_open(
    harness: CampaignHarness, endpoint: str
) -> None:
    in_flight = asyncio.Event()
    harness.faults({"endpoint": endpoint, "calls": [1], "do": "timeout", "seconds": 20})

    async def stop(edition: Edition) -> None:
        # Real time: the campaign's clock stands still while a call is in flight.
        await harness.real_time(until_requested(harness, endpoint.replace("-", "_")))
        in_flight.set()
        raise Stop

    report = await harness.play(stop)
    assert in_flight.is_set()
    assert report["status"] == "cancelled"
    for activity in harness.started():
        assert activity.ended_at is not None
        assert [sent.push.kind for sent in activity.sent].count("end") == 1
    assert len(harness.started()) == (1 if endpoint in ("start", "update", "end") else 0)


async def test_a_stopped_campaign_is_closed_by_the_next_run_and_not_continued(
    harness: CampaignHarness,
) -> None:
    async def killed_as_it_closes(edition: Edition) -> None:
        await harness.until(edition, 25)
        edition.request_stop("cancelled")
        raise Crash

    await harness.play_until_crash(killed_as_it_closes)
    report = await harness.play()
    assert report["status"] == "cancelled"
    assert harness.scores("end") == [1]


async def test_a_second_stop_leaves_the_rest_to_recovery(harness: CampaignHarness) -> None:
    harness.faults({"endpoint": "end", "do": "unavailable"})

    async def stop(edition: Edition) -> None:
        await harness.until(edition, 25)
        edition.request_stop("cancelled")
        await harness.until(edition, 26)
        raise Crash

    await harness.play_until_crash(stop)
    with harness.database() as database:
        (found,) = unfinished_editions(database)
        assert found.what == "close"
        assert list(unfinished_editions(database)) == [], (
            "a second recovery at the same time has nothing to do"
        )


async def test_a_cancelled_run_that_was_killed_before_it_recorded_the_stop_is_closed(
    harness: CampaignHarness,
) -> None:
    async def crash(edition: Edition) -> None:
        edition.ledger.note(flow_run_id="7d1d1f9a-0000-4000-8000-000000000000")
        await harness.until(edition, 25)
        raise Crash

    await harness.play_until_crash(crash)
    with harness.database() as database:
        record_cancellation(database, "7d1d1f9a-0000-4000-8000-000000000000")
        (found,) = unfinished_editions(database)
        assert found.what == "close"


async def test_a_campaign_that_several_runs_could_not_continue_is_closed_and_then_given_up(
    harness: CampaignHarness,
) -> None:
    async def crash(edition: Edition) -> None:
        await harness.until(edition, 25)
        raise Crash

    await harness.play_until_crash(crash)
    with harness.database() as database:
        for _ in range(CONTINUED_AT_MOST):
            assert [each.what for each in unfinished_editions(database, at_once=True)] == ["continue"]
            assert (
                close_what_cannot_be_continued(database, now=harness.clock.now()) == []
                or _ == CONTINUED_AT_MOST - 1
            )
        for _ in range(MOST_TRIES - CONTINUED_AT_MOST):
            assert give_up_hopeless(database, now=harness.clock.now()) == []
            assert [each.what for each in unfinished_editions(database, at_once=True)] == ["close"]
        assert [each.name for each in give_up_hopeless(database, now=harness.clock.now())] == ["derby"]
        assert list(unfinished_editions(database, at_once=True)) == []


async def test_an_owner_that_lost_its_lease_sends_nothing_more(harness: CampaignHarness) -> None:
    async def taken_over(edition: Edition) -> None:
        await harness.until(edition, 10)
        with edition.ledger.database.writing() as connection:
            connection.execute(text("UPDATE la_editions SET lease_until = 0"))
        take_lease(edition.ledger.database, edition.ledger.edition_id, owner=SOMEBODY)

    with pytest.raises(LostLease):
        await harness.play(taken_over)
    assert harness.scores() == [0]


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    """A separate ledger, which can be broken and repaired."""
    if request.param == "sqlite":
        yield SqliteLedger(tmp_path)
        return
    with postgres_ledger(request.getfixturevalue("postgres")) as made:
        yield made


@pytest.mark.parametrize("how", ["read-only", "gone", "full"])
async def test_without_a_ledger_nothing_is_sent_but_an_end_that_is_overdue(
    tmp_path: Path, ledger: Ledger, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if how == "gone":
        # It is away for the seven hours until the vendor's expiry; polls every half a minute would be many.
        monkeypatch.setattr("live_activity.engine.failure_policy.LONGEST_LEDGER_PAUSE", 150.0)
    with campaign_harness(tmp_path, monkeypatch, ledger=ledger.url) as harness:
        # Too long for the free space on the existing pages of the ledger.
        harness.write(ROWS.replace("goal", "goal " * 750))

        said: list[str] = []
        harness.event_handlers.append(lambda event: said.append(event.message))

        async def spoil(edition: Edition) -> None:
            await harness.until(edition, 10)
            ledger.spoil(edition.ledger.database, how)

        report = await harness.play(spoil)
        (activity,) = harness.started()
        assert [sent.push.kind for sent in activity.sent] == ["start", "end"]
        assert activity.ended_at is not None
        planned_end = datetime.fromisoformat(report["edition"]) + timedelta(minutes=60)
        assert activity.ended_at >= planned_end + timedelta(minutes=10), (
            "an end waits for its record for as long as possible"
        )
        assert "ledger_unwritable" in [each["code"] for each in report["findings"]]
        assert 1 <= sum("nothing is sent until" in each for each in said) < 150, (
            "a ledger that takes only some entries is tried every half a minute"
        )


async def test_a_ledger_that_is_away_for_a_moment_changes_nothing(
    tmp_path: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("live_activity.engine.failure_policy.LEDGER_PAUSE", 0.05)

    with campaign_harness(tmp_path, monkeypatch, ledger=ledger.url) as harness:

        async def away(edition: Edition) -> None:
            await harness.until(edition, 19)
            ledger.spoil(edition.ledger.database, "gone")
            await harness.real_time(asyncio.sleep(0.3))
            ledger.repair()

        report = await harness.play(away)
        assert report["status"] == "ended"
        assert_played_to_its_end(harness)


async def test_a_ledger_that_fails_again_much_later_is_polled_often_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = SqliteLedger(tmp_path)
    with campaign_harness(tmp_path, monkeypatch, ledger=ledger.url) as harness:
        back: list[datetime] = []
        harness.event_handlers.append(
            lambda event: back.append(event.at) if "written again" in event.message else None
        )
        repaired: list[datetime] = []

        async def away_twice(edition: Edition) -> None:
            # Updates are due at 20 and 40 minutes.
            for begin, end in ((19.5, 25), (39.5, 40.1)):
                await harness.until(edition, begin)
                ledger.spoil(edition.ledger.database, "gone")
                await harness.until(edition, end)
                ledger.repair()
                repaired.append(harness.clock.now())

        report = await harness.play(away_twice)
        assert report["status"] == "ended"
        waits = [seen - since for seen, since in zip(back, repaired, strict=True)]
        assert waits[0] <= timedelta(seconds=31)
        assert waits[1] <= timedelta(seconds=4)
        assert harness.scores() == [0, 1, 2, 3]


async def test_a_stop_while_many_batches_wait_for_slots_gives_no_warning(harness: CampaignHarness) -> None:
    harness.people("people.csv", *(f"u{number:03d}" for number in range(30 * CONCURRENT_CALLS)))

    async def stop(edition: Edition) -> None:
        await harness.real_time(until_requested(harness, "add_users"))
        raise Stop

    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        await harness.play(stop)
        gc.collect()
    assert [str(each.message) for each in warned if "never awaited" in str(each.message)] == []
