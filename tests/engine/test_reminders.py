"""The staff is notified of a held end at its beginning, halfway and at its end, and of fields set by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from live_activity.core.events import Event
from live_activity.engine.edition import Edition
from live_activity.ledger import LedgerUnwritable
from tests.campaign_harness import CampaignHarness, Crash, campaign_harness


@pytest.fixture
def harness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CampaignHarness]:
    with campaign_harness(tmp_path, monkeypatch) as made:
        yield made


@pytest.fixture
def events(harness: CampaignHarness) -> list[Event]:
    found: list[Event] = []
    harness.event_handlers.append(found.append)
    return found


def minutes_of(events: list[Event], type: str, since: datetime) -> list[int]:
    return [round((each.at - since) / timedelta(minutes=1)) for each in events if each.type == type]


def started_at(harness: CampaignHarness) -> datetime:
    (activity,) = harness.started()
    assert activity.started_at is not None
    return activity.started_at


IMPOSSIBLE_END = "0m,start,Derby,kick-off,0\n20m,update,Derby,goal,1\n60m,end,Derby,over,200\n"
GUARDS = ["score: 0 to 20"]


async def test_a_held_end_is_notified_at_its_beginning_halfway_and_at_its_end(
    harness: CampaignHarness, events: list[Event]
) -> None:
    harness.write(IMPOSSIBLE_END)
    await harness.play(guards=GUARDS)
    assert minutes_of(events, "end_held", started_at(harness)) == [60, 65, 70]


async def test_a_run_that_takes_a_held_end_over_notifies_only_of_what_is_still_to_come(
    harness: CampaignHarness, events: list[Event]
) -> None:
    harness.write(IMPOSSIBLE_END)

    async def dies(edition: Edition) -> None:
        await harness.until(edition, 62)
        raise Crash

    await harness.play_until_crash(dies, guards=GUARDS)
    await harness.play(guards=GUARDS)
    assert minutes_of(events, "end_held", started_at(harness)) == [60, 65, 70]


async def test_an_end_that_is_sent_by_hand_meanwhile_is_notified_no_more(
    harness: CampaignHarness, events: list[Event]
) -> None:
    harness.write(IMPOSSIBLE_END)

    async def ends(edition: Edition) -> None:
        await harness.until(edition, 62)
        await harness.steer(edition, "end_now")

    await harness.play(ends, guards=GUARDS)
    assert minutes_of(events, "end_held", started_at(harness)) == [60]


async def test_content_by_hand_is_notified_after_5_15_and_60_minutes_and_before_the_end(
    harness: CampaignHarness, events: list[Event]
) -> None:
    harness.write("0m,start,Derby,kick-off,0\n90m,end,Derby,over,0\n")

    async def corrects(edition: Edition) -> None:
        await harness.until(edition, 10)
        await harness.steer(edition, "send_now", state={"score": 7})

    await harness.play(corrects)
    assert minutes_of(events, "overridden", started_at(harness)) == [15, 25, 70, 85]
    assert all("score = 7" in each.message for each in events if each.type == "overridden")


async def test_a_run_that_takes_over_reminds_of_content_by_hand_once_for_what_it_missed(
    harness: CampaignHarness, events: list[Event]
) -> None:
    harness.write("0m,start,Derby,kick-off,0\n90m,end,Derby,over,0\n")

    async def corrects_and_dies(edition: Edition) -> None:
        await harness.until(edition, 10)
        await harness.steer(edition, "send_now", state={"score": 7})
        await harness.until(edition, 16)
        raise Crash

    await harness.play_until_crash(corrects_and_dies)
    await harness.play()
    assert minutes_of(events, "overridden", started_at(harness)) == [15, 25, 70, 85]


async def test_content_by_hand_that_was_released_or_overtaken_is_notified_no_more(
    harness: CampaignHarness, events: list[Event]
) -> None:
    harness.write("0m,start,Derby,kick-off,0\n30m,update,Derby,goal,1\n90m,end,Derby,over,1\n")

    async def corrects(edition: Edition) -> None:
        await harness.until(edition, 10)
        await harness.steer(edition, "send_now", state={"score": 7})
        await harness.until(edition, 40)
        await harness.steer(edition, "send_now", state={"score": 8})
        await harness.until(edition, 46)
        assert edition.ledger.activities()[0].overrides
        await harness.steer(edition, "release", field="score")
        await harness.until(edition, 47)
        assert edition.ledger.activities()[0].overrides is None

    await harness.play(corrects)
    assert minutes_of(events, "overridden", started_at(harness)) == [15, 25, 45]


async def test_notifications_are_sent_while_the_ledger_cannot_be_written(
    harness: CampaignHarness, events: list[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    harness.write("0m,start,Derby,kick-off,0\n90m,end,Derby,over,0\n")

    def is_full(number: int, **values: object) -> None:
        raise LedgerUnwritable("database or disk is full")

    async def corrects(edition: Edition) -> None:
        await harness.until(edition, 10)
        await harness.steer(edition, "send_now", state={"score": 7})
        await harness.until(edition, 12)
        with monkeypatch.context() as disk:
            disk.setattr(edition.ledger, "note_activity", is_full)
            await harness.until(edition, 20)

    await harness.play(corrects)
    assert minutes_of(events, "overridden", started_at(harness)) == [15, 25, 70, 85]


async def test_an_end_that_a_stale_timeline_holds_is_notified_alike(
    harness: CampaignHarness, events: list[Event]
) -> None:
    async def grows_stale(edition: Edition) -> None:
        await harness.until(edition, 50)
        for activity in edition.activities:
            activity.change(stale=True)

    await harness.play(grows_stale, hold_end_minutes=30)
    assert minutes_of(events, "end_held", started_at(harness)) == [60, 75, 90]
    assert "the timeline is stale" in next(each.message for each in events if each.type == "end_held")
