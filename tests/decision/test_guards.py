"""Guards in tables: the readings of a feed, and what is held, sent, or sent with a warning."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from live_activity.decision.guard_memory import GuardMemory
from live_activity.decision.guard_rules import Guard, parse_guard, parse_guards
from live_activity.decision.guards import GuardedRow, Judged, breaches_by_hand, judge

BEGIN = datetime(2026, 7, 19, 19, tzinfo=UTC)
State = Mapping[str, Any]


def at(seconds: float) -> datetime:
    return BEGIN + timedelta(seconds=seconds)


def rows(*states: State, first: int = 1, minutes: Sequence[float] | None = None) -> list[GuardedRow]:
    """Returns rows a minute apart that were due already, unless `minutes` says when they are due."""
    dues = minutes if minutes is not None else [place - 60 for place in range(len(states))]
    return [
        GuardedRow(number, at(due * 60), state)
        for number, (due, state) in enumerate(zip(dues, states, strict=True), first)
    ]


def judged(
    guards: Sequence[str],
    *states: State,
    memory: GuardMemory | None = None,
    now: float = 0,
    enums: Sequence[str] = (),
) -> Judged:
    found = judge(
        parse_guards(guards), rows(*states), memory or GuardMemory(), at(now), enums=frozenset(enums)
    )
    # The memory survives a restart at any time.
    assert GuardMemory.from_json(json.loads(json.dumps(found.memory.as_json()))) == found.memory
    return found


@pytest.mark.parametrize(
    ("line", "guard"),
    [
        ("homeScore: 0 to 20, step 1", "homeScore: 0 to 20, step 1"),
        ("state.homeScore:0 to 20", "homeScore: 0 to 20"),
        ("score.home: step 1,up", "score.home: step 1, up"),
        ("status: Boarding | Departed | Cancelled", "status: Boarding | Departed | Cancelled"),
        ('status: "Departed, late" | Boarding', 'status: "Departed, late" | Boarding'),
        ("winner: ask", "winner: ask"),
        ("votes: up, factor 2", "votes: up, factor 2"),
        ("t: -5.5 to +4", "t: -5.5 to 4"),
        ("status: A | B, ask", "status: A | B, ask"),
        ("Score: 0 TO 5, STEP 1, UP, ASK", "Score: 0 to 5, step 1, up, ask"),
    ],
)
def test_a_guard_is_one_line(line: str, guard: str) -> None:
    parsed = parse_guard(line)
    assert str(parsed) == guard
    assert parse_guard(str(parsed)) == parsed


@pytest.mark.parametrize(
    ("line", "fix"),
    [
        ("homeScore", "write a field and its rules"),
        (": 0 to 20", "names no field"),
        ("a..b: up", "names no field"),
        ("homeScore:", "has no rule; write 0 to 20"),
        ("homeScore: 0-20", "write 0 to 20"),
        ("homeScore: 20 to 0", "write 0 to 20"),
        ("homeScore: 0 to 20 step 1", "write commas between several: 0 to 20, step 1"),
        ("homeScore: up ask", "write commas between several: up, ask"),
        ("homeScore: step 1 step 2", "write commas between several: step 1, step 2"),
        ("homeScore: step", "write step 2"),
        ("homeScore: step -1", "must be more than 0"),
        ("votes: factor 1", "must be more than 1"),
        ("votes: 0 to 1,000", "write numbers without separators"),
        ("winner: aks", "did you mean ask?"),
        ("status: Boarding", "Boarding | Departed (the values)"),
        ("status: A |", "must list 2"),
        ("n: step 1, step 2", "keep one"),
        ("n: 0 to 2, A | B", "keep one of them"),
    ],
)
def test_a_line_that_is_no_guard_is_described_with_the_fix(line: str, fix: str) -> None:
    with pytest.raises(ValueError, match=re.escape(fix)) as refused:
        parse_guard(line)
    assert "\n" not in str(refused.value)


def test_two_lines_for_one_field_are_refused() -> None:
    with pytest.raises(ValueError, match="has two lines"):
        parse_guards(["n: up", "state.n: 0 to 1"])


# guards, the rows' states in order, the numbers of the rows that are held at the first reading
HELD: dict[str, tuple[list[str], list[State], set[int]]] = {
    "a score out of its range": (["n: 0 to 20"], [{"n": 1}, {"n": 40}, {"n": 2}], {2}),
    "a range holds for the first row too": (["n: 0 to 20"], [{"n": -1}], {1}),
    "a word where a number belongs": (["n: 0 to 20"], [{"n": 1}, {"n": "1 (P)"}], {2}),
    "a number that is written as text": (["n: 0 to 20"], [{"n": "1"}, {"n": "2"}], set()),
    "minutes with added time": (
        ["m: 0 to 130"],
        [{"m": each} for each in (44, "45+3", "46'", "90 + 4", "900+4", "half-time")],
        {5, 6},
    ),
    "shares with their sign": (["s: 0 to 100, step 5"], [{"s": "12.5%"}, {"s": "15 %"}, {"s": "155 %"}], {3}),
    "true is not a number": (["n: 0 to 1"], [{"n": True}], {1}),
    "a status that is none": (["s: Boarding | Departed"], [{"s": "Boarding"}, {"s": "Boardign"}], {2}),
    "another case is another value": (["s: Boarding | Departed"], [{"s": "boarding"}], {1}),
    "numbers in a list": (["s: 1 | 2 | 3"], [{"s": 1}, {"s": 2.0}, {"s": 4}], {3}),
    "an enum without raw values": (["s: up | down"], [{"s": {"up": {}}}, {"s": {"left": {}}}], {2}),
    "a goal": (["n: step 1"], [{"n": 0}, {"n": 1}, {"n": 2}], set()),
    "a slip of the finger": (["n: step 1"], [{"n": 4}, {"n": 40}], {2}),
    "after a slip the next is compared with the last good one": (
        ["n: step 1"],
        [{"n": 4}, {"n": 40}, {"n": 5}, {"n": 6}],
        {2},
    ),
    "a step down is a step too": (["n: step 1"], [{"n": 4}, {"n": 2}], {2}),
    "a minute that goes back": (["n: up"], [{"n": 20}, {"n": 2}, {"n": 21}], {2}),
    "a goal that is disallowed": (["n: step 2, up"], [{"n": 0}, {"n": 1}, {"n": 0}], set()),
    "it returns only to the value before": (["n: up"], [{"n": 0}, {"n": 1}, {"n": 2}, {"n": 0}], {4}),
    "half-time": (
        ["minute: up", "period: first | second"],
        [{"minute": 48, "period": "first"}, {"minute": 45, "period": "second"}],
        set(),
    ),
    "half-time does not make the impossible possible": (
        ["minute: 0 to 130, up", "period: first | second"],
        [{"minute": 48, "period": "first"}, {"minute": 450, "period": "second"}],
        {2},
    ),
    "a factor": (["n: factor 2"], [{"n": 100}, {"n": 150}, {"n": 1500}, {"n": 80}], {3}),
    "a factor from nothing": (["n: factor 2"], [{"n": 0}, {"n": 1500}], set()),
    "a missing value is not compared": (["n: step 1"], [{"n": 1}, {}, {"n": 2}, {}, {"n": 9}], {5}),
    "a winner is asked for": (["w: ask"], [{"n": 1}, {"n": 1, "w": "A"}], {2}),
    "nobody is asked for what was there from the start": (["w: ask"], [{"w": "A"}, {"w": "A"}], set()),
    "a winner that is taken back is asked for": (["w: ask"], [{"w": "A"}, {}], {2}),
    "a field inside an object": (
        ["score.home: step 1"],
        [{"score": {"home": 1}}, {"score": {"home": 9}}],
        {2},
    ),
    "a decimal step": (["n: step 0.5"], [{"n": 1.0}, {"n": 1.5}, {"n": 2.25}], {3}),
    # Cricket: runs jump by the runs of an over, a new innings begins at 0, overs only go up.
    "cricket, an over at a time": (
        ["runs: up, step 36", "overs: 0 to 50, up", "inning: 1 | 2"],
        [
            {"runs": 0, "overs": 0, "inning": 1},
            {"runs": 14, "overs": 1, "inning": 1},
            {"runs": 290, "overs": 1.5, "inning": 1},
            {"runs": 29, "overs": 2, "inning": 1},
            {"runs": 0, "overs": 0, "inning": 2},
            {"runs": 4, "overs": 0.2, "inning": 2},
        ],
        {3},
    ),
    # An auction: bids only go up, by half at most; a new lot starts again.
    "an auction": (
        ["bid: up, factor 1.5", "lot: 1 | 2"],
        [
            {"bid": 1000, "lot": 1},
            {"bid": 1400, "lot": 1},
            {"bid": 14000, "lot": 1},
            {"bid": 1300, "lot": 1},
            {"bid": 2000, "lot": 1},
            {"bid": 50, "lot": 2},
        ],
        {3, 4},
    ),
    # An election: counted votes only go up, and a person confirms the winner.
    "an election": (
        ["counted: 0 to 100, up", "votes: up", "winner: ask"],
        [
            {"counted": 0, "votes": 0},
            {"counted": 12.5, "votes": 90_000},
            {"counted": 13, "votes": 9_400},
            {"counted": 130, "votes": 95_000},
            {"counted": 14, "votes": 99_000},
            {"counted": 15, "votes": 99_500, "winner": "Ada"},
        ],
        {3, 4, 6},
    ),
    "a flight's statuses come in any order": (
        ["status: Boarding | Delayed | Departed | Cancelled"],
        [{"status": each} for each in ("Delayed", "Boarding", "Delayed", "Departed")],
        set(),
    ),
    "football: 45+3 comes before 46": (
        ["minute: 0 to 130", "homeScore: 0 to 20, step 1"],
        [{"minute": m, "homeScore": h} for m, h in ((0, 0), (48, 1), (46, 1), (90, 2), (120, 2))],
        set(),
    ),
}


@pytest.mark.parametrize("case", HELD)
def test_what_is_held_at_the_first_reading(case: str) -> None:
    guards, states, held = HELD[case]
    assert judged(guards, *states).held == held


def test_an_enum_of_the_contract_counts_as_one_without_a_list() -> None:
    states = [{"n": 48, "period": "first"}, {"n": 45, "period": "second"}]
    assert judged(["n: up"], *states).held == {2}
    assert judged(["n: up"], *states, enums=["period"]).held == set()


def test_two_good_readings_a_minute_apart_release_what_is_unlikely_with_a_warning() -> None:
    feed = [{"n": 4}, {"n": 40}]
    first = judged(["n: step 1"], *feed)
    (verdict,) = first.verdicts.values()
    assert (verdict.sends, verdict.until) == (False, at(60))
    assert verdict.reason == "n: goes from 4 to 40, which is more than a step of 1"
    second = judged(["n: step 1"], *feed, memory=first.memory, now=59)
    assert second.held == {2}
    third = judged(["n: step 1"], *feed, memory=second.memory, now=60)
    assert third.held == set()
    assert [each.path for each in third.verdicts[2].warnings] == ["n"]
    later = judged(["n: step 1"], *feed, {"n": 41}, memory=third.memory, now=300)
    assert later.held == set()
    assert later.memory.held == ()


def test_a_reading_that_disagrees_restarts_the_minute() -> None:
    first = judged(["n: step 1"], {"n": 4}, {"n": 40})
    good = judged(["n: step 1"], {"n": 4}, {"n": 4}, memory=first.memory, now=30)
    assert good.held == set()
    again = judged(["n: step 1"], {"n": 4}, {"n": 40}, memory=good.memory, now=61)
    assert again.held == {2}
    assert again.verdicts[2].until == at(121)
    other = judged(["n: step 1"], {"n": 4}, {"n": 400}, memory=first.memory, now=61)
    assert other.held == {2}, "another value does not confirm it"


def test_a_score_that_continues_from_an_unlikely_one_confirms_it() -> None:
    memory = judged(["n: step 3, up"], {"n": 4}, {"n": 40}).memory
    memory = judged(["n: step 3, up"], {"n": 4}, {"n": 42}, memory=memory, now=40).memory
    found = judged(["n: step 3, up"], {"n": 4}, {"n": 43}, memory=memory, now=80)
    assert found.held == set()


def test_what_is_impossible_waits_for_a_correction_or_a_person_however_long() -> None:
    memory = GuardMemory()
    for now in (0, 60, 600, 6000):
        found = judged(["n: 0 to 20"], {"n": 1}, {"n": 400}, memory=memory, now=now)
        memory = found.memory
        assert found.held == {2}
        assert found.verdicts[2].until is None
    assert judged(["n: 0 to 20"], {"n": 1}, {"n": 4}, memory=memory, now=6001).held == set()
    released = judged(["n: 0 to 20"], {"n": 1}, {"n": 400}, memory=memory.release(), now=6002)
    assert released.held == set()
    assert released.verdicts == {}, "a person confirmed it: no warning"


def test_a_person_releases_one_field_or_all() -> None:
    guards = ["w: ask", "n: 0 to 20"]
    memory = judged(guards, {"n": 1}, {"n": 99, "w": "A"}).memory
    one = judged(guards, {"n": 1}, {"n": 99, "w": "A"}, memory=memory.release("w"), now=1)
    assert [each.path for each in one.verdicts[2].held] == ["n"]
    assert judged(guards, {"n": 1}, {"n": 99, "w": "A"}, memory=memory.release(), now=1).held == set()


def test_every_change_is_held_until_a_yes_and_the_yes_is_for_this_change() -> None:
    feed: list[State] = [{"n": 1}, {"w": "A"}]
    memory = judged(["w: ask"], *feed).memory.release()
    found = judged(["w: ask"], *feed, {"w": "B"}, memory=memory, now=60)
    assert found.held == {3}
    assert found.verdicts[3].reason == "w: changes from 'A' to 'B', which waits for a yes"
    assert judged(["w: ask"], *feed, {"w": "B"}, memory=found.memory.release(), now=61).held == set()


@pytest.mark.parametrize("between", [{"w": "B"}, {"w": None}, {}], ids=["another", "empty", "none"])
def test_a_yes_releases_one_change_and_the_same_change_later_is_held_again(between: State) -> None:
    feed: list[State] = [between, {"w": "A"}]
    memory = judged(["w: ask"], *feed).memory.release()
    assert judged(["w: ask"], *feed, memory=memory).held == set()
    feed.append(between)
    memory = judged(["w: ask"], *feed, memory=memory, now=60).memory.release()
    feed.append({"w": "A"})
    found = judged(["w: ask"], *feed, memory=memory, now=120)
    assert found.held == {4}
    found = judged(["w: ask"], *feed, memory=found.memory.release(), now=121)
    assert found.held == set()
    again = judged(["w: ask"], *feed, memory=found.memory, now=122)
    assert again.held == set()
    assert again.memory == found.memory


def test_a_mistake_that_was_corrected_is_held_when_it_comes_again() -> None:
    memory = judged(["n: step 1"], {"n": 4}, {"n": 40}).memory
    memory = judged(["n: step 1"], {"n": 4}, {"n": 40}, memory=memory, now=60).memory
    memory = judged(["n: step 1"], {"n": 4}, {"n": 5}, memory=memory, now=90).memory
    assert judged(["n: step 1"], {"n": 4}, {"n": 40}, memory=memory, now=120).held == {2}


def test_a_released_value_is_not_held_later() -> None:
    guard = ["s: Boarding | Departed"]
    feed: list[State] = [{"s": "Boarding"}, {"s": "Diverted"}]
    memory = judged(guard, *feed).memory.release()
    feed += [{"s": "Departed"}, {"s": "Diverted"}]
    assert judged(guard, *feed, memory=memory, now=60).held == set()


def test_a_feed_that_shows_only_its_newest_row_is_compared_with_what_rolled_off() -> None:
    guards = parse_guards(["n: step 1"])

    def reading(now: float, n: int, memory: GuardMemory) -> Judged:
        return judge(guards, [GuardedRow(1, at(now), {"n": n})], memory, at(now))

    found = reading(0, 1, GuardMemory())
    found = reading(30, 2, found.memory)
    assert found.held == set()
    for now in (60, 90):
        found = reading(now, 9, found.memory)
        assert found.held == {1}
    assert reading(120, 9, found.memory).held == set(), "read for a minute, with another time each time"
    assert reading(120, 3, found.memory).held == set(), "the last good value counts, not the held one"


def test_a_row_that_is_withdrawn_leaves_no_trace_in_what_is_compared() -> None:
    found = judged(["n: step 1"], {"n": 0}, {"n": 1}, {"n": 2})
    withdrawn = judged(["n: step 1"], {"n": 0}, memory=found.memory, now=60)
    assert withdrawn.held == set()
    assert judged(["n: step 1"], {"n": 0}, {"n": 2}, memory=withdrawn.memory, now=61).held == {2}


def test_future_rows_are_checked_early_and_remembered_only_when_they_are_due() -> None:
    guards = parse_guards(["n: step 1"])
    ahead = rows({"n": 0}, {"n": 9}, {"n": 1}, minutes=[0, 30, 60])
    first = judge(guards, ahead, GuardMemory(), at(1))
    assert first.held == {2}
    assert [dict(row.values) for row in first.memory.good] == [{"n": 0}]
    assert judge(guards, ahead, first.memory, at(61)).held == {3}, "9 is confirmed long before it is due"


def test_breaches_of_guards_by_content_sent_by_hand_are_found() -> None:
    memory = judged(["n: 0 to 20, step 1"], {"n": 4}).memory
    guards = parse_guards(["n: 0 to 20, step 1"])
    assert [each.kind for each in breaches_by_hand(guards, {"n": 7}, memory)] == ["unlikely"]
    assert [each.kind for each in breaches_by_hand(guards, {"n": 70}, memory)] == ["impossible"]
    assert breaches_by_hand(guards, {"n": 5}, memory) == ()
    assert breaches_by_hand(guards, {"n": 5}, GuardMemory()) == ()


def test_without_guards_nothing_is_held() -> None:
    assert judged([], {"n": 1}, {"n": 400}) == Judged({}, judged([], {"n": 1}, {"n": 400}).memory)


def test_each_activity_has_its_own_guard_memory() -> None:
    guards: tuple[Guard, ...] = parse_guards(["n: step 1"])
    one = judge(guards, rows({"n": 1}, {"n": 9}), GuardMemory(), at(0))
    other = judge(guards, rows({"n": 5}, {"n": 6}), GuardMemory(), at(0))
    assert one.held == {2}
    assert other.held == set()
