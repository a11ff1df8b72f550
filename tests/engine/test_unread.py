"""A run takes over and cannot read the timeline: phones keep their content, and the campaign still ends."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from live_activity.core.findings import Finding, InvalidInput
from live_activity.decision.state import Kind
from live_activity.engine.campaign_calls import CampaignCalls
from live_activity.engine.edition import Edition
from live_activity.engine.polling import Poller, read_again
from live_activity.ledger import EditionLedger, PushAnswer
from live_activity.sources.timeline_source import PolledSource
from tests.campaign_harness import ROWS, CampaignHarness, Crash, assert_played_to_its_end, campaign_harness
from tests.sources.hanging_store import URL, hanging, hanging_store, write


@pytest.fixture
def harness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CampaignHarness]:
    with campaign_harness(tmp_path, monkeypatch) as made:
        yield made


async def dies_after(harness: CampaignHarness, minutes: float, **keys: object) -> None:
    async def dies(edition: Edition) -> None:
        await harness.until(edition, minutes)
        raise Crash

    await harness.play_until_crash(dies, **keys)
    (harness.folder / "rows.csv").unlink()


async def dies_unanswered(harness: CampaignHarness, monkeypatch: pytest.MonkeyPatch, kind: Kind) -> None:
    """Plays until a push of that kind was sent; the run dies before its answer is recorded."""
    gone = asyncio.Event()
    answers = EditionLedger.answer_push

    def record(ledger: EditionLedger, entry: int, answer: PushAnswer) -> None:
        if answer.push.kind is kind:
            gone.set()
            raise Crash
        answers(ledger, entry, answer)

    async def dies(edition: Edition) -> None:
        await edition.clock.sleep_until(None, gone)
        raise Crash

    with monkeypatch.context() as dying:
        dying.setattr(EditionLedger, "answer_push", record)
        await harness.play_until_crash(dies)
    (harness.folder / "rows.csv").unlink()


async def test_a_campaign_goes_on_where_it_was_once_the_timeline_can_be_read_again(
    harness: CampaignHarness,
) -> None:
    await dies_after(harness, 25)

    async def repaired(edition: Edition) -> None:
        poller = Poller(edition, read_again)
        await harness.until(edition, 45)
        await poller.poll()
        assert harness.scores() == [0, 1], "no newer content is known"
        harness.write(ROWS)
        await poller.poll()
        await harness.until(edition, 46)
        assert harness.scores("start", "update")[-1] == 2

    report = await harness.play(repaired)
    assert report["status"] == "ended"
    assert [each["code"] for each in report["findings"]] == ["no_such_file"]
    assert_played_to_its_end(harness)


async def test_what_stays_unreadable_ends_with_what_phones_show_before_the_vendors_expiry(
    harness: CampaignHarness,
) -> None:
    await dies_after(harness, 25)
    report = await harness.play()
    assert report["status"] == "ended"
    assert_played_to_its_end(harness, last=1)
    (activity,) = harness.started()
    assert activity.ended_at is not None
    assert timedelta(0) < activity.ends_at - activity.ended_at <= timedelta(minutes=4)


async def test_ends_at_is_held_as_for_any_stale_timeline_and_steering_ends_it(
    harness: CampaignHarness,
) -> None:
    ends_at = harness.clock.now() + timedelta(hours=2)
    await dies_after(harness, 25, ends_at=ends_at)

    async def steered(edition: Edition) -> None:
        await harness.until(edition, 150)
        (activity,) = harness.started()
        assert activity.ended_at is None
        await harness.steer(edition, "end_now", title="That was it")

    await harness.play(steered, ends_at=ends_at)
    assert_played_to_its_end(harness, last=1)


async def test_a_campaign_that_had_not_started_waits_for_its_rows(harness: CampaignHarness) -> None:
    start = (harness.clock.now() + timedelta(minutes=45)).replace(microsecond=0)
    table = ROWS.replace("0m,start", f"{start:%Y-%m-%dT%H:%M:%SZ},start", 1)
    harness.write(table)
    await dies_after(harness, -10)

    async def repaired(edition: Edition) -> None:
        await harness.until(edition, 5)
        assert harness.started() == []
        harness.write(table)
        await Poller(edition, read_again).poll()

    await harness.play(repaired)
    assert_played_to_its_end(harness)
    started_at = harness.started()[0].started_at
    assert started_at is not None
    assert start + timedelta(minutes=5) <= started_at < start + timedelta(minutes=6)


async def test_activities_count_again_from_the_starts_that_they_had(harness: CampaignHarness) -> None:
    def rows(early: str, late: str) -> str:
        return (
            "match,at,event,title,message,score\n"
            f"a,{early},start,Derby,kick-off,0\na,2h,update,Derby,goal,1\na,3h,end,Derby,over,3\n"
            f"b,{late},start,Derby,kick-off,0\nb,2h,update,Derby,goal,1\nb,3h,end,Derby,over,3\n"
        )

    begins = harness.clock.now() + timedelta(minutes=40)
    table = rows(f"{begins:%Y-%m-%dT%H:%M:%SZ}", f"{begins + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}")
    (harness.folder / "people.csv").write_text("insider_id,match\nu001,a\nu002,b\n")
    (harness.folder / "rows.csv").write_text(table)
    await dies_after(harness, 90, split_by=["match"])

    async def repaired(edition: Edition) -> None:
        await harness.until(edition, 100)
        (harness.folder / "rows.csv").write_text(table)
        await Poller(edition, read_again).poll()

    await harness.play(repaired, split_by=["match"])
    lives = [
        each.ended_at - each.started_at for each in harness.started() if each.ended_at and each.started_at
    ]
    assert len(lives) == 2
    for life in lives:
        assert timedelta(hours=3) <= life < timedelta(hours=3, minutes=1)


async def test_a_new_campaign_without_its_timeline_does_not_begin(harness: CampaignHarness) -> None:
    (harness.folder / "rows.csv").unlink()
    with pytest.raises(InvalidInput):
        await harness.play()
    assert sum(harness.requests().values()) == 0


async def test_a_start_that_may_have_arrived_is_ended_before_the_vendors_expiry(
    harness: CampaignHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    await dies_unanswered(harness, monkeypatch, Kind.START)
    report = await harness.play()
    assert report["status"] == "ended"
    assert_played_to_its_end(harness, last=0)


async def test_a_campaign_that_never_started_ends_too(harness: CampaignHarness) -> None:
    start = (harness.clock.now() + timedelta(minutes=45)).replace(microsecond=0)
    harness.write(ROWS.replace("0m,start", f"{start:%Y-%m-%dT%H:%M:%SZ},start", 1))
    await dies_after(harness, -10)
    report = await harness.play()
    assert [each["status"] for each in report["activities"]] == ["expired"]
    assert harness.started() == []


async def test_an_update_that_may_not_have_arrived_is_sent_again(
    harness: CampaignHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    await dies_unanswered(harness, monkeypatch, Kind.UPDATE)

    async def looks(edition: Edition) -> None:
        await harness.until(edition, 30)
        assert harness.scores()[-2:] == [1, 1]

    await harness.play(looks)


async def test_an_end_that_had_come_is_settled_and_sent(harness: CampaignHarness) -> None:
    harness.write("0m,start,Derby,kick-off,0\n10s,update,Derby,goal,1\n30s,end,Derby,over,3\n")
    await dies_after(harness, 40 / 60, cancel_title="Called off")
    await harness.play(cancel_title="Called off")
    assert_played_to_its_end(harness)
    (activity,) = harness.started()
    titles = [sent.push.content.title for sent in activity.sent if sent.push.content.title is not None]
    assert titles[-1] == "Derby"
    assert activity.ended_at is not None
    assert activity.started_at is not None
    assert activity.ended_at - activity.started_at <= timedelta(minutes=3)


async def test_an_end_that_may_have_arrived_goes_again_as_it_was(
    harness: CampaignHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    await dies_unanswered(harness, monkeypatch, Kind.END)
    report = await harness.play()
    assert report["status"] == "ended"
    assert_played_to_its_end(harness)


async def test_nothing_is_sent_from_the_table_that_was_followed_before(harness: CampaignHarness) -> None:
    other = ROWS.replace(",1\n", ",11\n").replace(",2\n", ",12\n").replace(",3\n", ",13\n")

    async def follows(edition: Edition) -> None:
        await harness.until(edition, 10)
        await harness.steer(edition, "change_timeline", table=harness.write(other, "other.csv"))
        await harness.until(edition, 25)
        raise Crash

    await harness.play_until_crash(follows)
    (harness.folder / "other.csv").unlink()

    async def repaired(edition: Edition) -> None:
        await harness.until(edition, 45)
        assert harness.scores() == [0, 11]
        harness.write(other, "other.csv")
        await Poller(edition, read_again).poll()

    await harness.play(repaired)
    assert_played_to_its_end(harness, last=13)


async def test_only_the_table_that_a_command_named_last_has_to_be_there(harness: CampaignHarness) -> None:
    async def follows(edition: Edition) -> None:
        await harness.until(edition, 10)
        await harness.steer(edition, "change_timeline", table=harness.write(ROWS, "first.csv"))
        await harness.steer(edition, "change_timeline", table=harness.write(ROWS, "second.csv"))
        raise Crash

    await harness.play_until_crash(follows)
    (harness.folder / "first.csv").unlink()
    report = await harness.play()
    assert report["findings"] == []
    assert_played_to_its_end(harness)


@pytest.mark.parametrize(
    "spoilt",
    [
        pytest.param("at,event,title,message,score\n" + ROWS.split("40m")[0], id="half saved"),
        pytest.param("starts,what\n1,2\n3,4\n5,6\n7,8\n", id="another table"),
    ],
)
async def test_a_table_that_is_worse_than_before_is_not_believed_by_the_next_run_either(
    harness: CampaignHarness, spoilt: str
) -> None:
    await dies_after(harness, 45)
    (harness.folder / "rows.csv").write_text(spoilt)

    async def repaired(edition: Edition) -> None:
        # Rows that are missing count as withdrawn once a second reading, 5 s later, confirms it.
        await harness.until(edition, 45.05)
        assert harness.scores() == [0, 1, 2]
        harness.write(ROWS)

    await harness.play(repaired)
    assert_played_to_its_end(harness)


async def test_the_table_that_a_command_named_is_not_believed_when_it_is_worse_either(
    harness: CampaignHarness,
) -> None:
    async def follows(edition: Edition) -> None:
        await harness.until(edition, 10)
        await harness.steer(edition, "change_timeline", table=harness.write(ROWS, "other.csv"))
        await harness.until(edition, 45)
        raise Crash

    await harness.play_until_crash(follows)
    harness.write(ROWS.split("40m")[0], "other.csv")

    async def repaired(edition: Edition) -> None:
        await harness.until(edition, 45.05)
        harness.write(ROWS, "other.csv")

    await harness.play(repaired)
    assert_played_to_its_end(harness)


async def test_a_reading_that_fails_in_an_unforeseen_way_makes_the_timeline_stale(
    harness: CampaignHarness,
) -> None:
    fails = False
    open_calls = harness.calls

    async def poll(edition: Edition) -> Sequence[Finding]:
        if fails:
            raise OverflowError
        return await read_again(edition)

    @asynccontextmanager
    async def calls(edition: Edition) -> AsyncIterator[CampaignCalls]:
        async with open_calls(edition) as made:
            yield replace(made, poll=poll)

    async def script(edition: Edition) -> None:
        nonlocal fails
        await harness.until(edition, 15)
        fails = True
        harness.write(ROWS + "\n")
        await harness.until(edition, 26)
        assert edition.activities[0].state.stale
        fails = False
        await harness.until(edition, 27)
        assert not edition.activities[0].state.stale

    report = await replace(harness, calls=calls).play(script, stale_minutes=10)
    assert [each["code"] for each in report["findings"]] == ["unreadable", "stale_source"]
    assert_played_to_its_end(harness)


async def test_a_store_that_hangs_makes_the_timeline_stale_and_is_polled_again_once_it_answers(
    harness: CampaignHarness,
) -> None:
    rows = (harness.folder / "rows.csv").read_text()
    ends_at = harness.clock.now() + timedelta(minutes=120)

    async def script(edition: Edition) -> None:
        await harness.until(edition, 15)
        with hanging(store):
            await harness.until(edition, 26)
            assert edition.activities[0].state.stale
            assert store.asked == 1
        write(rows.replace("40m,update", "28m,update"))
        await harness.until(edition, 27)
        assert not edition.activities[0].state.stale
        await harness.until(edition, 28)
        assert harness.scores() == [0, 1, 2]

    with hanging_store(rows) as store:
        report = await harness.play(script, timeline=URL, stale_minutes=10, ends_at=ends_at.isoformat())
    assert {each["code"] for each in report["findings"]} >= {"unreadable", "stale_source"}
    assert_played_to_its_end(harness)


async def test_a_server_that_does_not_answer_does_not_delay_a_takeover(
    harness: CampaignHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    await dies_after(harness, 25)
    harness.write(ROWS)
    answers = threading.Event()
    asked = []

    def hangs(source: PolledSource) -> bool:
        asked.append(source)
        return answers.wait() and False

    async def looks(edition: Edition) -> None:
        assert edition.feed.unread
        answers.set()
        dying.undo()
        await Poller(edition, read_again).poll()

    monkeypatch.setattr("live_activity.engine.edition_inputs.TAKEN_OVER_WITHIN", 0.01)
    with pytest.MonkeyPatch.context() as dying:
        dying.setattr(PolledSource, "far", property(lambda _: True))
        dying.setattr(PolledSource, "changed", hangs)
        await harness.play(looks)
    assert len(asked) == 1
    assert_played_to_its_end(harness)
