"""Guards while a campaign runs: a value that breaks one is held until it is corrected, confirmed or released."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from live_activity.engine.edition import Edition
from tests.campaign_harness import CampaignHarness, Crash, campaign_harness

GUARDS = ["score: 0 to 20, step 1"]


@pytest.fixture
def harness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CampaignHarness]:
    with campaign_harness(tmp_path, monkeypatch) as made:
        yield made


def rows(*later: str) -> str:
    return "".join(f"{line}\n" for line in ("0m,start,Derby,kick-off,0", "20m,update,Derby,goal,1", *later))


async def test_an_impossible_value_is_held_and_its_correction_goes_out(harness: CampaignHarness) -> None:
    harness.write(rows("40m,update,Derby,goal,200", "60m,end,Derby,over,2"))

    async def corrects(edition: Edition) -> None:
        await harness.until(edition, 45)
        assert harness.scores() == [0, 1], "phones keep the last good content"
        harness.write(rows("40m,update,Derby,goal,2", "60m,end,Derby,over,2"))
        await harness.until(edition, 50)

    report = await harness.play(corrects, guards=GUARDS, poll_seconds=30, min_seconds_between_updates=0)
    assert harness.scores("start", "update", "end") == [0, 1, 2, 2]
    assert "row_held" in [each["code"] for each in report["findings"]]


async def test_an_unlikely_value_is_sent_once_a_second_reading_agrees(harness: CampaignHarness) -> None:
    harness.write(rows())
    ends_at = (harness.clock.now() + timedelta(minutes=60)).isoformat()

    async def jumps(edition: Edition) -> None:
        await harness.until(edition, 40)
        harness.write(rows("40m,update,Derby,goals,4"))
        await harness.until(edition, 41)
        assert harness.scores() == [0, 1]
        await harness.until(edition, 43)
        assert harness.scores() == [0, 1, 4]

    report = await harness.play(
        jumps, guards=GUARDS, poll_seconds=30, min_seconds_between_updates=0, ends_at=ends_at
    )
    assert "row_unlikely" in [each["code"] for each in report["findings"]]


async def test_a_person_releases_a_held_value(harness: CampaignHarness) -> None:
    harness.write(rows("40m,update,Derby,goals,30", "60m,end,Derby,over,30"))
    answers: list[str] = []

    async def releases(edition: Edition) -> None:
        await harness.until(edition, 45)
        answers.append(await harness.steer(edition, "release", field="score"))
        await harness.until(edition, 46)
        assert harness.scores() == [0, 1, 30]

    await harness.play(releases, guards=["score: 0 to 20"], min_seconds_between_updates=0)
    assert "score of the activity released" in answers[0]


async def test_a_held_end_comes_with_the_last_good_content_when_its_time_is_over(
    harness: CampaignHarness,
) -> None:
    harness.write(rows("60m,end,Derby,over,200"))
    report = await harness.play(guards=GUARDS)
    (activity,) = harness.started()
    assert activity.ended_at is not None
    assert activity.started_at is not None
    minutes = (activity.ended_at - activity.started_at).total_seconds() / 60
    assert 69 < minutes < 73, "an impossible end is held for ten minutes"
    assert harness.scores("end") == [1]
    assert report["status"] == "ended"


async def test_content_by_hand_that_breaks_a_guard_needs_a_confirmation(harness: CampaignHarness) -> None:
    answers: list[str] = []

    async def sends(edition: Edition) -> None:
        await harness.until(edition, 10)
        answers.append(await harness.steer(edition, "send_now", state={"score": 99}))
        answers.append(await harness.steer(edition, "send_now", state={"score": 99}, confirm=True))

    await harness.play(sends, guards=GUARDS)
    assert "send it again with confirm" in answers[0]
    assert "goes to the activity" in answers[1]
    assert 99 in harness.scores()


async def test_what_is_held_stays_held_for_the_run_that_takes_over(harness: CampaignHarness) -> None:
    harness.write(rows("40m,update,Derby,goals,200", "60m,end,Derby,over,2"))

    async def dies(edition: Edition) -> None:
        await harness.until(edition, 45)
        raise Crash

    await harness.play_until_crash(dies, guards=GUARDS)
    await harness.play(guards=GUARDS)
    assert 200 not in harness.scores()
    assert harness.scores("end") == [2]


LIVE = rows("40m,update,Derby,goal,2", "60m,end,Derby,over,2")
SLIP = rows("40m,update,Derby,goal,200", "60m,end,Derby,over,2")


async def test_a_bad_correction_of_the_showing_row_does_not_take_phones_back(
    harness: CampaignHarness,
) -> None:
    harness.write(LIVE)

    async def slips(edition: Edition) -> None:
        await harness.until(edition, 45)
        assert harness.scores() == [0, 1, 2]
        harness.write(SLIP)
        await harness.until(edition, 47)
        await harness.steer(edition, "send_now", state={"score": 3}, confirm=True)
        await harness.until(edition, 48)
        assert harness.scores() == [0, 1, 2, 3], "content sent by hand is never held"
        harness.write(LIVE.replace("goal,2", "goal,3"))
        await harness.until(edition, 55)

    await harness.play(slips, guards=GUARDS, poll_seconds=30, min_seconds_between_updates=0)
    assert harness.scores("start", "update") == [0, 1, 2, 3]


async def test_a_run_that_takes_over_does_not_take_phones_back_either(harness: CampaignHarness) -> None:
    harness.write(LIVE)

    async def slips_and_dies(edition: Edition) -> None:
        await harness.until(edition, 45)
        harness.write(SLIP)
        await harness.until(edition, 47)
        raise Crash

    await harness.play_until_crash(slips_and_dies, guards=GUARDS, poll_seconds=30)
    await harness.play(guards=GUARDS)
    # The run that takes over sends the newest content again.
    assert {*harness.scores("update")[2:]} <= {2}
    assert harness.scores("end") == [2]


@pytest.mark.parametrize(
    ("guard", "last", "minutes"), [("winner: ask", "2", 60), ("score: 0 to 20", "200", 10)]
)
async def test_an_end_without_a_row_of_its_own_is_held_for_the_newest_row(
    harness: CampaignHarness, guard: str, last: str, minutes: int
) -> None:
    file = harness.folder / "rows.csv"
    head = "at,event,title,message,score,winner\n0m,start,Derby,kick-off,0,\n"
    file.write_text(f"{head}40m,update,Derby,over,{last},Ada\n")
    ends_at = harness.clock.now() + timedelta(minutes=60)
    await harness.play(guards=[guard], ends_at=ends_at.isoformat())
    (activity,) = harness.started()
    assert activity.ended_at is not None
    assert minutes <= (activity.ended_at - ends_at) / timedelta(minutes=1) < minutes + 3
    assert harness.scores("end") == [0]


async def test_an_end_that_comes_before_the_end_row_is_not_held_for_that_row(
    harness: CampaignHarness,
) -> None:
    harness.write(rows("60m,end,Derby,over,200"))
    ends_at = harness.clock.now() + timedelta(minutes=50)
    await harness.play(guards=GUARDS, ends_at=ends_at.isoformat())
    (activity,) = harness.started()
    assert activity.ended_at is not None
    assert (activity.ended_at - ends_at) / timedelta(minutes=1) < 3
    assert harness.scores("end") == [1]


async def test_a_yes_releases_one_change_also_for_the_run_that_takes_over(harness: CampaignHarness) -> None:
    changes = [f"{minute}m,update,Derby,goal,{score}" for minute, score in ((30, 0), (40, 1), (50, 0))]
    harness.write(rows(*changes[:1]))
    ends_at = (harness.clock.now() + timedelta(minutes=90)).isoformat()
    keys: dict[str, Any] = {
        "guards": ["score: ask"],
        "poll_seconds": 30,
        "min_seconds_between_updates": 0,
        "ends_at": ends_at,
    }

    async def releases_and_dies(edition: Edition) -> None:
        await harness.until(edition, 25)
        await harness.steer(edition, "release")
        await harness.until(edition, 35)
        assert harness.scores() == [0, 1]
        await harness.steer(edition, "release")
        await harness.until(edition, 45)
        assert harness.scores() == [0, 1, 0]
        harness.write(rows(*changes))
        await harness.until(edition, 55)
        raise Crash

    await harness.play_until_crash(releases_and_dies, **keys)
    await harness.play(**keys)
    assert 1 not in harness.scores()[3:], "the change to 1 was released once, and is asked for again"
