from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from live_activity.decision.state import Kind
from tests.many_activities import clock_time as at
from tests.many_activities import own_ledger, rehearse, with_iphones, without_profile


@pytest.fixture(autouse=True)
def _ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with own_ledger(tmp_path, monkeypatch):
        yield


async def test_each_activity_has_its_own_start_end_and_states(tmp_path: Path) -> None:
    one, two = with_iphones(2)
    played = await rehearse(
        tmp_path,
        {"early": [one], "late": [two]},
        f"""
early,{at(0)},start,0
early,{at(600)},update,1
early,{at(1200)},end,2
late,{at(7200)},start,10
late,{at(7800)},end,12
""",
    )
    early = [push for push in played.sent("early") if push[1] != "settle"]
    assert early == [(0, "start", 0), (600, "update", 1), (1200, "end", 2)]
    assert played.sent("late")[0] == (7200, "start", 10)
    assert played.sent("late")[-1] == (7800, "end", 12)
    assert [each.status for each in played.report.activities] == ["ended", "ended"]
    assert played.report.phones is not None
    assert played.report.phones.showing_final == 2


async def test_a_row_without_a_value_reaches_all(tmp_path: Path) -> None:
    one, two = with_iphones(2)
    rows = f",{at(0)},start,0\n,{at(60)},update,1\na,{at(120)},update,2\n,{at(180)},end,3"
    played = await rehearse(tmp_path, {"a": [one], "b": [two]}, rows)
    assert 2 in [score for _, _, score in played.sent("a")]
    assert 2 not in [score for _, _, score in played.sent("b")]
    assert played.sent("b")[-1] == (180, "end", 3)


async def test_ends_are_sent_before_starts_and_starts_before_updates_that_are_due_at_once(
    tmp_path: Path,
) -> None:
    people = dict(zip("abcdef", ([each] for each in with_iphones(6)), strict=True))
    rows = [f"{name},{at(0)},start,0" for name in "abcd"]
    rows += [f"{name},{at(600)},update,1" for name in "ab"]
    rows += [f"{name},{at(600)},end,2" for name in "cd"]
    rows += [f"{name},{at(600)},start,0" for name in "ef"]
    rows += [f"{name},{at(1200)},end,3" for name in "abef"]
    played = await rehearse(tmp_path, people, "\n".join(rows))
    at_once = [push.kind for _, push in played.pushes if push.at.isoformat() == at(600)]
    firsts = [kind for kind in at_once if kind is not Kind.SETTLE]
    request = [Kind.END, Kind.START, Kind.UPDATE]
    assert [request.index(kind) for kind in firsts if kind in (Kind.START, Kind.UPDATE)] == [1, 1, 2, 2]
    if Kind.SETTLE not in at_once:
        assert firsts == [Kind.END] * 2 + [Kind.START] * 2 + [Kind.UPDATE] * 2


async def test_an_activity_with_nobody_eligible_is_reported_and_the_others_end(tmp_path: Path) -> None:
    good, bad = with_iphones(2), without_profile(1)
    rows = f",{at(0)},start,0\n,{at(600)},end,1"
    played = await rehearse(tmp_path, {"a": good[:1], "lost": bad, "z": good[1:]}, rows)
    assert played.of("lost").status == "nobody_eligible"
    assert (played.of("a").status, played.of("z").status) == ("ended", "ended")
    assert not played.report.failed
    assert "activity_nobody_eligible" in played.codes()


async def test_updates_keep_their_distance_and_the_newest_content_wins(tmp_path: Path) -> None:
    (one,) = with_iphones(1)
    rows = [f"a,{at(0)},start,0"]
    rows += [f"a,{at(60 + second)},update,{second + 1}" for second in (0, 2, 3)]
    rows += [f"a,{at(66)},end,9"]
    played = await rehearse(tmp_path, {"a": [one]}, "\n".join(rows))
    updates = [(seconds, score) for seconds, kind, score in played.sent("a") if kind == "update"]
    assert updates == [(60, 1), (65, 4)]
    assert played.sent("a")[-1] == (66, "end", 9)
    assert played.of("a").updates.superseded == 1


async def test_without_a_distance_every_row_is_sent(tmp_path: Path) -> None:
    (one,) = with_iphones(1)
    rows = [f"a,{at(0)},start,0"]
    rows += [f"a,{at(60 + second)},update,{second + 1}" for second in (0, 2, 3)]
    rows += [f"a,{at(90)},end,9"]
    played = await rehearse(tmp_path, {"a": [one]}, "\n".join(rows), min_seconds_between_updates=0)
    updates = [(seconds, score) for seconds, kind, score in played.sent("a") if kind == "update"]
    assert updates == [(60, 1), (62, 3), (63, 4)]


async def test_people_without_rows_are_sent_nothing_and_that_is_reported(tmp_path: Path) -> None:
    one, two = with_iphones(2)
    rows = f"a,{at(0)},start,0\na,{at(600)},end,1\nghost,{at(0)},start,0\nghost,{at(600)},end,1"
    played = await rehearse(tmp_path, {"a": [one], "silent": [two]}, rows)
    assert played.sent("silent") == []
    assert played.report.calls["register"] == 1
    assert played.of("a").status == "ended"
    assert {"no_rows_for_value", "nobody_for_value"} <= played.codes()


async def test_two_rehearsals_of_forty_activities_at_the_same_minute_are_equal(tmp_path: Path) -> None:
    people = {f"f{number:02d}": [each] for number, each in enumerate(with_iphones(40))}
    rows = f",{at(0)},start,0\n,{at(600)},update,1\n,{at(1200)},end,2"
    one = await rehearse(tmp_path, people, rows, name="one")
    two = await rehearse(tmp_path, people, rows, name="two")
    assert one.report.activities == two.report.activities
    assert one.pushes == two.pushes
    assert {each.status for each in one.report.activities} == {"ended"}


async def test_activities_near_the_push_budget_are_one_finding_with_their_number(tmp_path: Path) -> None:
    one, two, three = with_iphones(3)
    rows = [f"{name},{at(0)},start,0" for name in "abc"]
    rows += [f"{name},{at(60 * n)},update,{n}" for name in "ab" for n in range(1, 48)]
    rows += [f"{name},{at(3600)},end,99" for name in "abc"]
    played = await rehearse(tmp_path, {"a": [one], "b": [two], "c": [three]}, "\n".join(rows))
    (found,) = [each for each in played.report.findings if each.code == "push_budget_near"]
    assert "2 of 3 activities" in found.message
