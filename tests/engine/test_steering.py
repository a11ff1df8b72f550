"""Steering commands: they are carried out, answered with their effect, and still in force after a crash."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from live_activity.core.findings import InvalidInput
from live_activity.core.threads import Abandoned, stop_if_abandoned
from live_activity.engine.edition import Edition
from live_activity.engine.steering.actions import carry_out
from live_activity.engine.steering.arguments import ACTIONS, check_arguments
from live_activity.engine.steering.effects import new_effect, read_table, reapply_effects
from live_activity.engine.steering.listener import _listen
from live_activity.engine.steering.send import ask
from live_activity.segment import StagedSegment
from tests.campaign_harness import (
    PEOPLE,
    ROWS,
    CampaignHarness,
    Crash,
    Script,
    assert_played_to_its_end,
    campaign_harness,
    until_requested,
)

SHORT = "0s,start,Derby,kick-off,0\n10s,update,Derby,goal,1\n30s,end,Derby,over,2\n"


@pytest.fixture
def harness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CampaignHarness]:
    with campaign_harness(tmp_path, monkeypatch) as made:
        yield made


def steered(
    harness: CampaignHarness, minutes: float, *actions: tuple[str, dict[str, Any]]
) -> tuple[Script, list[str]]:
    """Returns a script that sends these commands that many minutes after the start, and the list of its answers."""
    answers: list[str] = []

    async def script(edition: Edition) -> None:
        await harness.until(edition, minutes)
        for action, arguments in actions:
            answers.append(await harness.steer(edition, action, **arguments))

    return script, answers


async def test_freeze_sends_nothing_and_keeps_it_alive_until_the_end(harness: CampaignHarness) -> None:
    script, answers = steered(harness, 10, ("freeze", {}))
    await harness.play(script)
    assert harness.scores("update") == [3] * len(harness.scores("update")), (
        "only the settling pushes of the end"
    )
    assert harness.scores("end") == [3]
    assert "frozen" in answers[0]


async def test_resume_sends_what_is_newest_by_then(harness: CampaignHarness) -> None:
    async def script(edition: Edition) -> None:
        await harness.until(edition, 10)
        await harness.steer(edition, "freeze")
        await harness.until(edition, 45)
        assert harness.scores() == [0]
        await harness.steer(edition, "resume")

    report = await harness.play(script)
    assert harness.scores()[:2] == [0, 2]
    assert report["activities"][0]["updates"]["superseded"] == 1


async def test_what_is_sent_by_hand_stays_until_the_feeds_value_changes(harness: CampaignHarness) -> None:
    script, answers = steered(
        harness, 25, ("send_now", {"title": "Pause", "message": "rain", "state": '{"score": 1.5}'})
    )
    await harness.play(script)
    (activity,) = harness.started()
    states = [sent.push.content.state["score"] for sent in activity.sent]
    assert states[:4] == [0, 1, 1.5, 2]
    assert answers[0] == (
        'goes to the activity: before: title "Derby", message "goal", state {"score": 1}; '
        'after: title "Pause", message "rain", state {"score": 1.5}; '
        "set by hand until the feed's value changes or it is released: "
        "score = 1.5 (by hand, just now; the feed said 1)"
    )


TWO_FIELDS = (
    "at,event,title,message,score,minute\n"
    "0m,start,Derby,kick-off,0,0\n"
    "20m,update,Derby,goal,2,20\n"
    "40m,update,Derby,half-time,2,45\n"
    "60m,end,Derby,over,2,90\n"
)


def content_sent(harness: CampaignHarness) -> list[tuple[str, bool, dict[str, Any]]]:
    """Returns what phones were sent: kind, whether it had words, and the state."""
    (activity,) = harness.started()
    return [
        (sent.push.kind, sent.push.content.title is not None, dict(sent.push.content.state))
        for sent in activity.sent
    ]


async def test_a_correction_changes_one_field_holds_in_the_end_too_and_alerts_nobody(
    harness: CampaignHarness,
) -> None:
    (harness.folder / "rows.csv").write_text(TWO_FIELDS)
    script, _ = steered(harness, 25, ("send_now", {"state": '{"score": 1}'}))
    report = await harness.play(script)
    sent = content_sent(harness)
    assert ("update", False, {"score": 1, "minute": 20}) in sent
    assert ("update", True, {"score": 1, "minute": 45}) in sent
    assert sent[-1][2] == {"score": 1, "minute": 90}
    (activity,) = report["activities"]
    assert [(each["field"], each["value"]) for each in activity["overrides"]] == [("score", 1)]
    assert activity["alerts"] == sum(words for _, words, _ in sent)


async def test_a_released_field_follows_the_feed_again(harness: CampaignHarness) -> None:
    (harness.folder / "rows.csv").write_text(TWO_FIELDS)
    script, answers = steered(
        harness,
        25,
        ("send_now", {"state": '{"score": 1, "minute": 21}'}),
        ("release", {"field": "scor"}),
        ("release", {"field": "score"}),
        ("release", {}),
        ("release", {}),
    )
    await harness.play(script)
    assert "did you mean score?" in answers[1]
    assert answers[2].startswith("score of the activity released")
    assert 'state {"score": 2, "minute": 21}' in answers[2]
    assert answers[3].startswith("minute of the activity released")
    assert (
        answers[4] == "not done: release, field: nothing is to be released; no field is set by hand or held"
    )
    assert content_sent(harness)[-1][2] == {"score": 2, "minute": 90}


async def test_a_field_that_the_timeline_does_not_have_is_pointed_out(harness: CampaignHarness) -> None:
    script, answers = steered(harness, 25, ("send_now", {"state": '{"scoer": 1}'}))
    await harness.play(script)
    assert "the timeline has no scoer; did you mean score?" in answers[0]


async def test_end_now_during_an_unknown_start_says_what_is_known(harness: CampaignHarness) -> None:
    harness.faults({"endpoint": "start", "do": "server_error", "times": 3})
    script, answers = steered(harness, 0.01, ("end_now", {}))
    await harness.play(script)
    assert "whether 1 start arrived is not known" in answers[0]
    assert "never started" not in answers[0]


async def test_what_is_set_by_hand_before_the_start_is_in_the_start_with_the_rows_words(
    harness: CampaignHarness,
) -> None:
    script, _ = steered(harness, -2, ("send_now", {"state": '{"score": 7}'}))
    await harness.play(script, starts_at=(harness.clock.now() + timedelta(minutes=5)).isoformat())
    assert harness.scores("start") == [7]
    assert_played_to_its_end(harness, ordered=False)


async def test_shift_moves_unsent_rows_and_the_end_after_the_start(harness: CampaignHarness) -> None:
    script, answers = steered(harness, 30, ("shift", {"minutes": 15}))
    report = await harness.play(script)
    (activity,) = harness.started()
    assert activity.started_at is not None
    at = {sent.push.content.state["score"]: sent.at - activity.started_at for sent in reversed(activity.sent)}
    assert at[2] // timedelta(minutes=1) == 55
    assert at[3] // timedelta(minutes=1) == 75
    assert answers[0].startswith("2 rows moved; ends ")
    assert "the vendor's limit is" in answers[0]
    assert_played_to_its_end(harness)
    assert report["status"] == "ended"


@pytest.mark.parametrize("minutes", [20, -2])
async def test_shift_moves_the_start_too_before_it(harness: CampaignHarness, minutes: int) -> None:
    starts_at = harness.clock.now() + timedelta(minutes=10)

    async def script(edition: Edition) -> None:
        await harness.until(edition, -5)
        answer = await harness.steer(edition, "shift", minutes=minutes)
        assert "1 start moved" in answer

    await harness.play(script, starts_at=starts_at.isoformat())
    (activity,) = harness.started()
    assert activity.started_at is not None
    assert abs(activity.started_at - starts_at - timedelta(minutes=minutes)) < timedelta(seconds=1)
    assert_played_to_its_end(harness)


async def test_a_shift_beyond_the_vendors_limit_is_refused_and_says_the_limit(
    harness: CampaignHarness,
) -> None:
    script, answers = steered(harness, 10, ("shift", {"minutes": 10 * 60}))
    await harness.play(script)
    assert answers[0].startswith("not done: ")
    assert "the vendor's limit is" in answers[0]
    assert_played_to_its_end(harness)


async def test_what_moves_the_end_before_people_are_registered_moves_the_vendors_limit_too(
    harness: CampaignHarness,
) -> None:
    starts_at = harness.clock.now() + timedelta(minutes=60)
    ends_at = starts_at + timedelta(hours=34)

    async def script(edition: Edition) -> None:
        await harness.steer(edition, "shift", minutes=10 * 60)
        await harness.steer(edition, "move_end", ends_at=ends_at.isoformat())
        farther = starts_at + timedelta(days=8)
        assert "not done" in await harness.steer(edition, "move_end", ends_at=farther.isoformat())

    await harness.play(script, starts_at=starts_at.isoformat())
    (activity,) = harness.started()
    assert activity.started_at is not None
    assert activity.ended_at is not None
    assert abs(activity.started_at - starts_at - timedelta(hours=10)) < timedelta(seconds=1)
    assert timedelta(0) <= activity.ended_at - ends_at < timedelta(minutes=2)
    assert_played_to_its_end(harness)


async def test_an_end_before_the_start_is_answered_as_starting_nothing(harness: CampaignHarness) -> None:
    starts_at = harness.clock.now() + timedelta(minutes=60)
    answers = []

    async def script(edition: Edition) -> None:
        early = harness.clock.now() + timedelta(minutes=10)
        answers.append(await harness.steer(edition, "move_end", ends_at=early.isoformat()))

    report = await harness.play(script, starts_at=starts_at.isoformat())
    assert harness.started() == []
    assert report["activities"][0]["status"] == "expired"
    assert "not started" in answers[0]


@pytest.mark.parametrize(
    ("action", "arguments"),
    [("freeze", {}), ("shift", {"minutes": 20}), ("move_end", {"ends_at": "2100-01-01T00:00:00Z"})],
    ids=str,
)
async def test_an_end_that_is_being_sent_can_be_neither_held_nor_moved(
    harness: CampaignHarness, action: str, arguments: dict[str, Any]
) -> None:
    harness.write(SHORT)  # too short for one phone to sync, so that the end waits for it
    script, answers = steered(harness, 0.6, (action, arguments))
    await harness.play(script)
    assert answers == ["not done: the activity is being ended, and the final content is on its way"]
    assert harness.scores("end") == [2]
    assert_played_to_its_end(harness, last=2)


async def test_the_final_content_can_be_corrected_until_the_end_is_sent(harness: CampaignHarness) -> None:
    harness.write(SHORT)
    script, answers = steered(
        harness, 0.6, ("send_now", {"title": "Derby", "message": "2:1", "state": '{"score": 9}'})
    )
    await harness.play(script)
    assert answers[0].startswith("goes to the activity")
    assert harness.scores("end") == [9]


async def test_the_first_of_two_commands_to_end_counts(harness: CampaignHarness) -> None:
    state = {"title": "Derby", "message": "off", "state": '{"score": 7}'}
    script, answers = steered(harness, 30, ("end_now", {}), ("end_now", state), ("send_now", state))
    await harness.play(script)
    assert answers[0] == "the activity is ended now, with the last content that was due"
    assert answers[1:] == ["not done: the activity is being ended, and the final content is on its way"] * 2
    assert harness.scores("end") == [1]


async def test_content_by_hand_that_apple_would_refuse_is_not_sent_without_a_contract_either(
    harness: CampaignHarness,
) -> None:
    long = {"title": "Derby", "message": "x" * 4200}
    script, answers = steered(
        harness,
        25,
        ("send_now", {**long, "state": '{"score": 9}'}),
        ("end_now", long),
    )
    await harness.play(script)
    assert "bytes, " in answers[0]
    assert "over Apple's 4,096; the largest field is message" in answers[0]
    assert answers[1].startswith("not done: message: the update push has")
    assert 9 not in harness.scores()


@pytest.mark.parametrize("minutes", [50, 90], ids=["earlier", "later"])
async def test_the_end_moves(harness: CampaignHarness, minutes: int) -> None:
    async def script(edition: Edition) -> None:
        await harness.until(edition, 30)
        await harness.steer(edition, "move_end", ends_at=harness.at(edition, minutes).isoformat())

    await harness.play(script)
    (activity,) = harness.started()
    assert activity.started_at is not None
    assert activity.ended_at is not None
    late = activity.ended_at - activity.started_at - timedelta(minutes=minutes)
    assert timedelta(0) <= late < timedelta(minutes=2)
    assert_played_to_its_end(harness)


async def test_an_end_in_the_past_is_refused(harness: CampaignHarness) -> None:
    script, answers = steered(harness, 10, ("move_end", {"ends_at": "2020-01-01T00:00:00Z"}))
    await harness.play(script)
    assert "use end_now" in answers[0]


async def test_another_timeline_is_followed_from_then_on(harness: CampaignHarness) -> None:
    other = harness.write(ROWS.replace("40m,update,Derby,goal,2", "30m,update,Derby,goal,2"), "other.csv")
    script, answers = steered(harness, 10, ("change_timeline", {"table": other}))
    await harness.play(script)
    (activity,) = harness.started()
    at = {sent.push.content.state["score"]: sent.at for sent in reversed(activity.sent)}
    assert activity.started_at is not None
    assert (at[2] - activity.started_at) // timedelta(minutes=1) == 30
    assert "4 rows" in answers[0]


async def test_a_timeline_that_is_not_there_is_refused_and_the_old_one_followed(
    harness: CampaignHarness,
) -> None:
    script, answers = steered(harness, 10, ("change_timeline", {"table": "nowhere.csv"}))
    await harness.play(script)
    assert answers[0].startswith("not done: ")
    assert_played_to_its_end(harness)


async def test_people_are_added_and_removed_before_the_start_and_twice_is_once(
    harness: CampaignHarness,
) -> None:
    async def script(edition: Edition) -> None:
        await harness.until(edition, -3)
        more = harness.people("more.csv", "u025", "u026", "u003")
        gone = harness.people("gone.csv", "u003", "u004", "u999")
        for _ in range(2):
            assert await harness.steer(edition, "add_people", table=more) == "3 people are added"
            assert await harness.steer(edition, "remove_people", table=gone) == "3 people are removed"

    report = await harness.play(script, starts_at=(harness.clock.now() + timedelta(minutes=5)).isoformat())
    (activity,) = harness.started()
    assert activity.people.count == PEOPLE + 2 - 2
    assert report["activities"][0]["people"] == PEOPLE
    assert harness.requests()["add_users"] >= 3


async def test_people_who_come_while_others_are_added_are_added_too(harness: CampaignHarness) -> None:
    harness.faults({"endpoint": "add-users", "calls": [1], "do": "too_many", "retry_after": 60})

    async def script(edition: Edition) -> None:
        await harness.clock.sleep_until(harness.clock.now() + timedelta(seconds=30))
        await harness.steer(edition, "add_people", table=harness.people("more.csv", "u025"))

    await harness.play(script)
    (activity,) = harness.started()
    assert activity.people.count == PEOPLE + 1


@pytest.mark.parametrize("action", ["add_people", "remove_people"])
async def test_people_are_not_added_or_removed_after_the_start_and_the_answer_counts_them(
    harness: CampaignHarness, action: str
) -> None:
    script, answers = steered(harness, 1, (action, {"table": harness.people("some.csv", "u025", "u003")}))
    await harness.play(script)
    assert "2 people were not" in answers[0]
    assert "started already" in answers[0]
    assert_played_to_its_end(harness)


async def test_people_are_not_added_or_removed_while_it_starts(harness: CampaignHarness) -> None:
    harness.faults({"endpoint": "start", "do": "delay", "seconds": 0.3})
    answers = []

    async def script(edition: Edition) -> None:
        await harness.real_time(until_requested(harness, "start"))
        answers.append(await harness.steer(edition, "add_people", table=harness.people("more.csv", "u025")))

    await harness.play(script)
    assert answers[0].startswith("not done: ")
    assert_played_to_its_end(harness)


async def test_end_now_ends_with_the_last_content_that_was_due(harness: CampaignHarness) -> None:
    script, answers = steered(harness, 25, ("end_now", {}))
    report = await harness.play(script)
    assert harness.scores("end") == [1]
    assert report["status"] == "ended"
    assert "the last content that was due" in answers[0]


async def test_end_now_ends_with_the_content_given(harness: CampaignHarness) -> None:
    given = {"title": "Abandoned", "message": "floodlights", "state": '{"score": 9}'}
    script, _ = steered(harness, 25, ("end_now", given))
    await harness.play(script)
    (activity,) = harness.started()
    final = activity.sent[-1].push.content
    assert (final.title, final.state) == ("Abandoned", {"score": 9})


async def test_end_now_before_the_start_starts_nothing(harness: CampaignHarness) -> None:
    async def script(edition: Edition) -> None:
        await harness.until(edition, -2)
        assert "left to expire: 1" in await harness.steer(edition, "end_now")

    await harness.play(script, starts_at=(harness.clock.now() + timedelta(minutes=5)).isoformat())
    assert harness.started() == []


async def test_one_activity_is_steered_by_its_key_and_the_others_are_not(harness: CampaignHarness) -> None:
    file = harness.folder / "people.csv"
    file.write_text(
        "insider_id,team\n" + "".join(f"u{n:03d},{'red' if n < 10 else 'blue'}\n" for n in range(PEOPLE))
    )
    script, answers = steered(
        harness, 25, ("end_now", {"key": {"team": "red"}}), ("freeze", {"key": {"team": "green"}})
    )
    report = await harness.play(script, split_by=["team"])
    ends = {each["key"]["team"]: each["ended_at"] for each in report["activities"]}
    assert ends["red"] < ends["blue"]
    assert answers[0].startswith("red is ended now")
    assert "no running activity has the key" in answers[1]
    assert [activity.people.count for activity in harness.started()] == [10, 15]


async def test_ending_one_activity_while_people_are_added_loses_nobody_of_the_others(
    harness: CampaignHarness,
) -> None:
    file = harness.folder / "people.csv"
    file.write_text(
        "insider_id,team\n" + "".join(f"u{n:03d},{'red' if n < 2 else 'blue'}\n" for n in range(PEOPLE))
    )
    harness.faults({"endpoint": "add-users", "calls": [1, 2], "do": "too_many", "retry_after": 60})

    async def script(edition: Edition) -> None:
        await harness.clock.sleep_until(harness.clock.now() + timedelta(seconds=30))
        await harness.steer(edition, "end_now", key={"team": "red"})

    await harness.play(script, split_by=["team"])
    assert max(activity.people.count for activity in harness.started()) == PEOPLE - 2


STEPS: list[tuple[str, dict[str, Any], list[float]]] = [
    ("freeze", {}, [0, 3]),
    ("send_now", {"state": '{"score": 1.5}'}, [0, 1.5, 2, 3]),
    ("shift", {"minutes": 10}, [0, 1, 2, 3]),
    ("end_now", {}, [0]),
    ("end_now", {"state": '{"score": 9}', "title": "T", "message": "M"}, [0, 9]),
]


@pytest.mark.parametrize(("action", "arguments", "shown"), STEPS, ids=lambda each: str(each)[:20])
async def test_commands_are_carried_out_by_whoever_takes_over(
    harness: CampaignHarness, action: str, arguments: dict[str, Any], shown: list[float]
) -> None:
    async def steered_and_killed(edition: Edition) -> None:
        await harness.until(edition, 10)
        answer = await harness.steer(edition, action, **arguments)
        assert not answer.startswith("not done")
        raise Crash

    await harness.play_until_crash(steered_and_killed)
    await harness.play()
    (activity,) = harness.started()
    scores = [sent.push.content.state["score"] for sent in activity.sent]
    distinct = list(dict.fromkeys(scores))
    if action == "send_now":
        assert distinct == [0, 1.5, 1, 2, 3], "a later row's time has come"
    else:
        assert distinct == shown
    assert activity.ended_at is not None


async def test_people_who_were_added_are_still_in_after_a_crash(harness: CampaignHarness) -> None:
    starts_at = (harness.clock.now() + timedelta(minutes=5)).isoformat()

    async def steered_and_killed(edition: Edition) -> None:
        await harness.until(edition, -4)
        await harness.steer(edition, "add_people", table=harness.people("more.csv", "u025", "u026"))
        await harness.steer(edition, "remove_people", table=harness.people("gone.csv", "u003"))
        raise Crash

    await harness.play_until_crash(steered_and_killed, starts_at=starts_at)
    report = await harness.play(starts_at=starts_at)
    (activity,) = harness.started()
    assert activity.people.count == PEOPLE + 2 - 1
    assert report["activities"][0]["people"] == PEOPLE + 1


@pytest.mark.parametrize("dies", [False, True], ids=["carried out", "taken over"])
async def test_people_are_looked_up_beside_the_event_loop(
    harness: CampaignHarness, monkeypatch: pytest.MonkeyPatch, dies: bool
) -> None:
    # The segment may have ten million people, and those of a command are looked up in it.
    threads: list[threading.Thread] = []
    read = StagedSegment.batch

    def batch(staged: StagedSegment, number: int) -> list[str]:
        threads.append(threading.current_thread())
        return read(staged, number)

    starts_at = (harness.clock.now() + timedelta(minutes=5)).isoformat()

    async def script(edition: Edition) -> None:
        await harness.until(edition, -4)
        command = await harness.command(
            edition, "add_people", table=harness.people("more.csv", "u025", "u026")
        )
        if not dies:
            monkeypatch.setattr(StagedSegment, "batch", batch)
        table = await asyncio.to_thread(read_table, edition, command)
        assert carry_out(edition, command, table) == "2 people are added"
        if dies:
            raise Crash

    if dies:
        await harness.play_until_crash(script, starts_at=starts_at)
        monkeypatch.setattr(StagedSegment, "batch", batch)
        await harness.play(starts_at=starts_at)
    else:
        await harness.play(script, starts_at=starts_at)
    (activity,) = harness.started()
    assert activity.people.count == PEOPLE + 2
    assert threads
    assert threading.main_thread() not in threads


async def test_a_command_for_an_ended_activity_does_not_disturb_the_run_that_takes_over(
    harness: CampaignHarness,
) -> None:
    file = harness.folder / "people.csv"
    file.write_text(
        "insider_id,team\n" + "".join(f"u{n:03d},{'red' if n < 10 else 'blue'}\n" for n in range(PEOPLE))
    )

    async def ended_and_killed(edition: Edition) -> None:
        await harness.until(edition, 10)
        await harness.steer(edition, "end_now", key={"team": "red"})
        await harness.until(edition, 15)
        raise Crash

    await harness.play_until_crash(ended_and_killed, split_by=["team"])
    report = await harness.play(split_by=["team"])
    assert [each["status"] for each in report["activities"]] == ["ended", "ended"]


@pytest.mark.parametrize(
    ("action", "arguments", "fix"),
    [
        ("freez", {}, "freeze"),
        ("shift", {}, "minutes"),
        ("shift", {"minutes": "soon"}, "number"),
        ("shift", {"minutes": 0}, "20 or -5"),
        ("send_now", {"title": "T"}, "state"),
        ("send_now", {"state": "{"}, "JSON"),
        ("send_now", {"state": "[1]"}, "object"),
        ("move_end", {}, "ends_at"),
        ("add_people", {}, "table"),
        ("freeze", {"minutes": 5}, "leave it empty"),
    ],
)
def test_wrong_commands_are_answered_with_the_fix(action: str, arguments: dict[str, Any], fix: str) -> None:
    with pytest.raises(InvalidInput, match=fix):
        check_arguments(action, arguments)


async def test_a_command_that_only_a_newer_version_knows_is_reported_at_a_takeover_and_stops_nothing(
    harness: CampaignHarness,
) -> None:
    messages: list[str] = []
    async with harness.opened_only() as edition:
        now = edition.clock.now()
        for action in ("launch", "freeze"):
            command = await harness.command(edition, "freeze")
            effect = {**new_effect(command, now), "action": action}
            edition.ledger.carried_out(command.id, answer="done", effect=effect, at=now)
        edition.event_handlers.append(lambda event: messages.append(event.message))
        await reapply_effects(edition)
        assert [each.state.frozen for each in edition.activities] == [True]
    assert "launch: not applied again; a newer version recorded this command" in messages


def test_every_action_is_tested_here() -> None:
    text = Path(__file__).read_text("utf-8")
    text += Path(__file__).with_name("test_decision_by_command.py").read_text("utf-8")
    assert [action for action in ACTIONS if f'"{action}"' not in text] == []


async def test_answers_are_in_the_campaigns_zone_as_its_people_write_times(harness: CampaignHarness) -> None:
    zone = ZoneInfo("Europe/Istanbul")
    answers: list[str] = []

    async def script(edition: Edition) -> None:
        await harness.until(edition, 10)
        wanted = harness.at(edition, 50).astimezone(zone)
        answers.append(await harness.steer(edition, "move_end", ends_at=f"{wanted:%Y-%m-%d %H:%M:%S}"))
        answers.append(f"{wanted:%Y-%m-%d %H:%M:%S} Europe/Istanbul")

    await harness.play(script, time_zone="Europe/Istanbul")
    assert f"the end of the activity is moved to {answers[1]}" in answers[0]


async def test_a_time_that_is_none_is_answered_with_how_to_write_one(harness: CampaignHarness) -> None:
    script, answers = steered(harness, 10, ("move_end", {"ends_at": "tomorrow"}))
    await harness.play(script)
    assert (
        "'tomorrow' cannot be read as a date and time without guessing; write it like 2026-07-19 20:00"
        in answers[0]
    )


async def test_a_table_that_was_read_ahead_is_followed_as_it_was_read(harness: CampaignHarness) -> None:
    other = harness.write(
        "0m,start,Derby,kick-off,0\n30m,update,Derby,goal,2\n60m,end,Derby,over,3\n", "other.csv"
    )

    async def script(edition: Edition) -> None:
        await harness.until(edition, 10)
        command = await harness.command(edition, "change_timeline", table=other)
        ahead = read_table(edition, command)
        harness.write(ROWS, "other.csv")
        assert carry_out(edition, command, ahead).startswith("follows ")

    await harness.play(script, poll_seconds=3600)
    assert harness.scores("update") == [2]
    assert_played_to_its_end(harness)


async def test_people_who_were_read_while_it_started_are_not_added_and_leave_no_trace(
    harness: CampaignHarness,
) -> None:
    late = harness.people("late.csv", "u026", "u027")

    async def script(edition: Edition) -> None:
        await harness.until(edition, -1)
        command = await harness.command(edition, "add_people", table=late)
        ahead = read_table(edition, command)
        assert ahead is not None
        assert ahead.folder is not None
        await harness.until(edition, 1)
        assert carry_out(edition, command, ahead).startswith("not done: 2 people were not added")
        left.append(Path(ahead.folder))

    left: list[Path] = []
    start = harness.clock.now() + timedelta(minutes=5)
    await harness.play(script, starts_at=start, register_ahead_minutes=4)
    assert [list(folder.glob("*.parquet")) for folder in left] == [[]]
    assert_played_to_its_end(harness)


async def test_commands_without_a_table_are_carried_out_while_a_table_is_read(
    harness: CampaignHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = threading.Event()
    monkeypatch.setattr(
        "live_activity.engine.steering.listener.read_table",
        lambda *given: reads.wait() and read_table(*given),
    )

    async def script(edition: Edition) -> None:
        await harness.until(edition, 10)
        follow = await harness.command(edition, "change_timeline", table=harness.write(ROWS, "other.csv"))
        await ask(edition.ledger.database, "derby", "freeze", {}, wait_seconds=0)
        answers: asyncio.Queue[str] = asyncio.Queue()
        edition.event_handlers.append(lambda event: answers.put_nowait(event.message))
        listening = asyncio.create_task(_listen(edition))
        assert (await answers.get()).startswith("freeze: ")
        assert [each.id for each in edition.ledger.commands(waiting=True)] == [follow.id]
        reads.set()
        assert (await answers.get()).startswith("change_timeline: follows ")
        listening.cancel()
        await harness.steer(edition, "resume")

    await harness.play(script)
    assert_played_to_its_end(harness)


async def test_a_table_is_not_read_on_for_a_campaign_that_is_over(
    harness: CampaignHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, over, abandoned = threading.Event(), threading.Event(), threading.Event()

    def reads(*_: object) -> None:
        began.set()
        over.wait(60)
        try:
            stop_if_abandoned()
        except Abandoned:
            abandoned.set()
            raise

    monkeypatch.setattr("live_activity.engine.steering.listener.read_table", reads)

    async def script(edition: Edition) -> None:
        await harness.until(edition, 10)
        await harness.command(edition, "change_timeline", table=harness.write(ROWS, "other.csv"))
        listening = asyncio.create_task(_listen(edition))
        await harness.real_time(asyncio.to_thread(began.wait, 60))
        listening.cancel()
        await asyncio.wait({listening})

    await harness.play(script)
    over.set()
    assert await asyncio.to_thread(abandoned.wait, 60)


async def test_people_are_added_to_activities_that_have_not_started_though_another_is_over(
    harness: CampaignHarness,
) -> None:
    begins = harness.clock.now() + timedelta(minutes=40)
    (harness.folder / "people.csv").write_text("insider_id,match\nu001,a\nu002,b\n")
    (harness.folder / "late.csv").write_text("insider_id,match\nu003,b\n")
    (harness.folder / "rows.csv").write_text(
        "match,at,event,title,message,score\n"
        f"a,{begins:%Y-%m-%dT%H:%M:%SZ},start,Derby,kick-off,0\na,10m,end,Derby,over,3\n"
        f"b,{begins + timedelta(hours=2):%Y-%m-%dT%H:%M:%SZ},start,Derby,kick-off,0\nb,10m,end,Derby,over,3\n"
    )

    async def script(edition: Edition) -> None:
        await harness.until(edition, 30)
        answer = await harness.steer(edition, "add_people", table=str(harness.folder / "late.csv"))
        assert answer.startswith("1 person is added")

    await harness.play(script, split_by=["match"])
    assert sorted(each.people.count for each in harness.started()) == [1, 2]
