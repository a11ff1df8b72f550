"""Statuses say what phones got: a campaign that reached nobody is not `ended`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from live_activity.api import Client, NotFound, RefusedRequest, TokensNotSynced, Unauthorized
from live_activity.core.report import Report
from live_activity.decision.expiring import START_BLOCKED
from live_activity.engine.edition import Edition
from live_activity.engine.words_rule import WordsRule, words_rule_of
from tests.campaign_harness import CampaignHarness, Crash, Stop, assert_played_to_its_end, campaign_harness

SWIFT = """
import ActivityKit
struct Match: ActivityAttributes {
    struct ContentState: Codable, Hashable { var score: Int }
}
"""
BLOCKED = "blue,0s,start,Derby,kick-off,none"


@pytest.fixture
def harness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CampaignHarness]:
    with campaign_harness(tmp_path, monkeypatch) as made:
        yield made


def outcome(report: dict[str, Any]) -> tuple[str, list[str], bool]:
    """Returns the status of the campaign, those of its activities, and whether the exit code is a failure."""
    statuses = [each["status"] for each in report["activities"]]
    return report["status"], statuses, Report.model_validate(report).failed


async def test_an_activity_in_which_nobody_is_eligible_is_no_failure(harness: CampaignHarness) -> None:
    (harness.folder / "people.csv").write_text("insider_id,team\nu001,red\nu002,red\nstranger,blue\n")
    report = await harness.play(split_by=["team"])
    status, statuses, failed = outcome(report)
    assert (status, sorted(statuses), failed) == ("ended", ["ended", "nobody_eligible"], False)
    assert "activity_nobody_eligible" in {each["code"] for each in report["findings"]}


async def test_a_campaign_in_which_nobody_is_eligible_reached_nobody(harness: CampaignHarness) -> None:
    harness.people("people.csv", "stranger", "nobody")
    assert outcome(await harness.play()) == ("failed", ["nobody_eligible"], True)


async def test_a_campaign_that_begins_after_its_end_is_missed(harness: CampaignHarness) -> None:
    begun = harness.clock.now() - timedelta(hours=3)
    harness.write(f"{begun:%Y-%m-%dT%H:%M:%SZ},start,Derby,kick-off,0\n60m,end,Derby,over,3\n")
    report = await harness.play()
    assert outcome(report) == ("missed", ["expired"], True)
    assert Report.model_validate(report).summary == "missed: never registered: nobody was sent anything"
    assert not harness.started()


async def test_a_start_that_is_answered_404_is_a_failure(
    harness: CampaignHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(_: Client, **__: Any) -> None:
        raise NotFound(endpoint="start", status=404, code="NOT_FOUND")

    monkeypatch.setattr(Client, "start", gone)
    assert outcome(await harness.play()) == ("failed", ["failed"], True)


async def test_a_start_row_that_phones_would_drop_fails_its_activity_beside_one_that_was_reached(
    harness: CampaignHarness,
) -> None:
    (harness.folder / "Match.swift").write_text(SWIFT)
    (harness.folder / "people.csv").write_text("insider_id,team\nu001,red\nu002,blue\n")
    rows = harness.folder / "rows.csv"
    rows.write_text(
        "team,at,event,title,message,score\n"
        "red,0s,start,Derby,kick-off,0\nred,10m,end,Derby,over,3\n"
        "blue,0s,start,Derby,kick-off,0\nblue,10m,end,Derby,over,3\n"
    )

    async def script(edition: Edition) -> None:
        await harness.until(edition, -20)
        rows.write_text(rows.read_text().replace("blue,0s,start,Derby,kick-off,0", BLOCKED))
        await harness.until(edition, 5)

    starts_at = (harness.clock.now() + timedelta(minutes=40)).isoformat()
    checked = {"contract": str(harness.folder / "Match.swift"), "poll_seconds": 30}
    report = await harness.play(script, starts_at=starts_at, split_by=["team"], **checked)
    status, statuses, failed = outcome(report)
    assert (status, sorted(statuses), failed) == ("ended", ["ended", "failed"], True)
    assert len(harness.started()) == 1
    (found,) = (each for each in report["findings"] if each["code"] == "activity_failed")
    assert START_BLOCKED in found["message"]


async def test_a_blocked_start_that_somebody_cancels_was_cancelled(harness: CampaignHarness) -> None:
    (harness.folder / "Match.swift").write_text(SWIFT)
    harness.write("0s,start,Derby,kick-off,0\n10m,end,Derby,over,3\n")

    async def script(edition: Edition) -> None:
        await harness.until(edition, -20)
        harness.write("0s,start,Derby,kick-off,none\n10m,end,Derby,over,3\n")
        await harness.until(edition, 5)
        raise Stop

    starts_at = (harness.clock.now() + timedelta(minutes=40)).isoformat()
    checked = {"contract": str(harness.folder / "Match.swift"), "poll_seconds": 30}
    report = await harness.play(script, starts_at=starts_at, **checked)
    assert not harness.started()
    assert outcome(report) == ("cancelled", ["cancelled"], True)


async def test_an_activity_that_was_started_and_never_ended_is_no_success(
    harness: CampaignHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nobody_syncs(_: Client, **__: Any) -> None:
        raise TokensNotSynced(endpoint="end", status=412, code="PUSH_TOKEN_NOT_SYNCED")

    for name in ("update", "end"):
        monkeypatch.setattr(Client, name, nobody_syncs)
    assert outcome(await harness.play()) == ("failed", ["expired"], True)


async def test_an_activity_ended_by_hand_before_its_start_is_cancelled(harness: CampaignHarness) -> None:
    async def script(edition: Edition) -> None:
        await harness.until(edition, -2)
        await harness.steer(edition, "end_now")

    starts_at = (harness.clock.now() + timedelta(minutes=5)).isoformat()
    assert outcome(await harness.play(script, starts_at=starts_at)) == ("cancelled", ["expired"], True)


async def test_one_of_several_that_was_ended_before_its_start_cancels_nothing(
    harness: CampaignHarness,
) -> None:
    (harness.folder / "people.csv").write_text("insider_id,team\nu001,red\nu002,blue\n")

    async def script(edition: Edition) -> None:
        await harness.until(edition, -2)
        await harness.steer(edition, "end_now", key={"team": "red"})

    starts_at = (harness.clock.now() + timedelta(minutes=5)).isoformat()
    status, statuses, failed = outcome(await harness.play(script, starts_at=starts_at, split_by=["team"]))
    assert (status, sorted(statuses), failed) == ("ended", ["ended", "expired"], False)


async def test_a_batch_that_is_added_in_the_end_is_no_finding(
    harness: CampaignHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused, add_users = iter([True] * 6), Client.add_users
    found_at_first: list[str] = []

    async def refused_at_first(client: Client, **what: Any) -> Any:
        if next(refused, False):
            raise Unauthorized(endpoint="add_users", status=401)
        return await add_users(client, **what)

    async def script(edition: Edition) -> None:
        for second in range(60):
            await harness.until(edition, -30 + second / 60)
            found_at_first.extend(each.code for each in edition.findings)

    monkeypatch.setattr(Client, "add_users", refused_at_first)
    starts_at = (harness.clock.now() + timedelta(minutes=40)).isoformat()
    report = await harness.play(script, starts_at=starts_at)
    assert "batch_failed" in found_at_first
    assert "batch_failed" not in {each["code"] for each in report["findings"]}
    assert_played_to_its_end(harness)


async def test_an_account_that_requires_words_gets_them_after_one_400(
    harness: CampaignHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused: list[str] = []
    for name in ("update", "end"):
        called = getattr(Client, name)

        async def strict(client: Client, *, name: str = name, called: Any = called, **what: Any) -> Any:
            if "title" not in what["content"] or "message" not in what["content"]:
                refused.append(name)
                raise RefusedRequest("title is required", endpoint=name, status=400, code="VALIDATION_FAILED")
            return await called(client, **what)

        monkeypatch.setattr(Client, name, strict)
    harness.write("0m,start,Derby,kick-off,0\n10m,update,,,1\n20m,update,Derby,goal,2\n30m,end,,,3\n")
    report = await harness.play()
    assert_played_to_its_end(harness)
    assert refused == ["update"], "it is tried once, and remembered"
    assert report["activities"][0]["updates"]["failed"] == 0
    assert report["status"] == "ended"
    (activity,) = harness.started()
    assert [(each.push.content.title, each.push.content.message) for each in activity.sent] == [
        ("Derby", "kick-off"),
        ("Derby", "kick-off"),
        ("Derby", "goal"),
        ("Derby", "goal"),
    ]
    assert report["activities"][0]["alerts"] == 4

    async with harness.opened_only(name="another") as other:
        account = other.account
        assert words_rule_of(account) == WordsRule(required=True)

    words_rule_of(account).required = False  # as in a process that begins later: the ledger remembers it
    await harness.play(name="later")
    assert refused == ["update"]
    assert words_rule_of(account).required
    words_rule_of(account).required = False


async def test_words_that_were_sent_before_a_crash_are_not_sent_again(harness: CampaignHarness) -> None:
    async def dies(edition: Edition) -> None:
        await harness.until(edition, 25)
        raise Crash

    await harness.play_until_crash(dies)
    report = await harness.play()
    (activity,) = harness.started()
    words = [each.push.content.title is not None for each in activity.sent]
    assert sum(words) == report["activities"][0]["alerts"] == 4, "start, two rows and the end"
    assert_played_to_its_end(harness)
