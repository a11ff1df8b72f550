"""A feed that shrinks: rows that go at once, rows that wait for a second reading, rows that stay, readings refused."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from live_activity.core.content import Content
from live_activity.decision.activity_change import ActivityView, Phase
from live_activity.decision.feed_changes import Judgement, judge
from live_activity.decision.feed_state import FeedState
from live_activity.timeline import Row, Timeline

KICK_OFF = datetime(2026, 7, 19, 19, tzinfo=UTC)


def at(minutes: float, seconds: float = 0) -> datetime:
    return KICK_OFF + timedelta(minutes=minutes, seconds=seconds)


class Feed:
    """A feed that is read, and the rows that are used."""

    def __init__(
        self,
        *keys: Mapping[str, str],
        ends_at: datetime | None = KICK_OFF + timedelta(hours=4),
        phase: Phase = "running",
    ) -> None:
        self.keys = keys or ({},)
        self.ends_at = ends_at
        self.phases = {str(key): phase for key in self.keys}
        self.state = FeedState()
        self.used: dict[str, tuple[Row, ...]] = {}
        self.timeline = Timeline(())
        self.last: Judgement

    def reads(
        self,
        rows: Sequence[tuple[float, str, object] | tuple[float, str, object, str]] | None,
        now: datetime,
        **more: object,
    ) -> Judgement:
        """Reads these rows (minute, event, value; the flight in `key`); None repeats the last reading."""
        if rows is not None:
            self.timeline = Timeline(
                tuple(row_of(number, *row) for number, row in enumerate(rows, 1)), live=bool(more.get("live"))
            )
        views = [
            ActivityView(key, self.phases[str(key)], lambda row: row.due(KICK_OFF), self.ends_at)
            for key in self.keys
        ]
        bad = more.get("bad", ())
        assert isinstance(bad, tuple)
        self.last = judge(self.state, self.timeline, views, now, where="feed.csv", bad_rows=bad)
        self.state = self.last.state
        for key in self.keys:
            found = self.last.rows_for(key)
            if found is not None:
                self.used[str(key)] = found
        return self.last

    def taken_over(self) -> None:
        """Continues as another process does, with the state in the ledger."""
        self.state = FeedState.from_json(json.loads(json.dumps(self.state.as_json())))

    def shows(self, now: datetime, key: Mapping[str, str] | None = None) -> object:
        rows = [row for row in self.used[str(key or self.keys[0])] if row.due(KICK_OFF) <= now]
        newest = max(rows, key=lambda row: (row.due(KICK_OFF), row.number), default=None)
        return newest.content.state["value"] if newest is not None else None

    def ends(self, key: Mapping[str, str] | None = None) -> datetime | None:
        used = self.used[str(key or self.keys[0])]
        end = next((row for row in used if row.event == "end"), None)
        return end.due(KICK_OFF) if end is not None else None

    def events(self) -> list[str]:
        return [event.kind for event in self.last.events]


def row_of(number: int, minute: float, event: str, value: object, flight: str | None = None) -> Row:
    content = Content("T", "M", {"value": value})  # type: ignore[dict-item]  # the value of a test is JSON
    key = {"flight": flight} if flight else {}
    assert event in ("start", "update", "end")
    return Row(number, event, content, {}, key, timedelta(minutes=minute))  # type: ignore[arg-type]  # the tests name the events


START = (0, "start", "0-0")


def test_a_goal_that_is_taken_out_is_withdrawn_by_a_second_reading_five_seconds_later() -> None:
    feed = Feed()
    feed.reads([START, (20, "update", "1-0")], at(21))
    feed.reads([START], at(22))
    assert feed.shows(at(22)) == "1-0"
    assert feed.events() == ["withdrawal_waits"]
    assert feed.last.look_again_at == at(22, 5)
    feed.reads(None, at(22, 4))
    assert feed.shows(at(22, 4)) == "1-0"
    # A 304 or an unchanged file confirms as well.
    feed.reads(None, at(22, 5))
    assert feed.events() == ["withdrawn"]
    assert feed.shows(at(22, 5)) == "0-0"
    assert feed.last.look_again_at is None
    feed.reads([START, (20, "update", "1-0")], at(24))
    assert feed.shows(at(24)) == "1-0"


def test_a_row_that_comes_back_in_time_is_not_withdrawn() -> None:
    feed = Feed()
    both = [START, (20, "update", "1-0")]
    feed.reads(both, at(21))
    feed.reads([START], at(22))
    feed.reads(both, at(22, 3))
    feed.reads([START], at(22, 6))
    assert feed.shows(at(22, 6)) == "1-0"
    feed.reads(None, at(22, 11))
    assert feed.shows(at(22, 11)) == "0-0"


def test_the_next_run_confirms_a_withdrawal_that_the_last_one_saw() -> None:
    feed = Feed()
    feed.reads([START, (10, "update", "0-1"), (20, "update", "1-1")], at(21))
    feed.reads([START, (10, "update", "0-1")], at(22))
    feed.taken_over()
    feed.reads(None, at(22, 3))
    assert feed.shows(at(22, 3)) == "1-1"
    feed.reads(None, at(22, 8))
    assert feed.shows(at(22, 8)) == "0-1"


def test_a_row_that_cannot_be_read_does_not_count_as_withdrawn() -> None:
    feed = Feed()
    feed.reads([START, (20, "update", "1-0")], at(21))
    for now in (at(22), at(23), at(24)):
        feed.reads([START], now, bad=(2,))
        assert feed.shows(now) == "1-0"
    feed.reads([START], at(25))
    assert feed.shows(at(25)) == "1-0"


def test_a_corrected_row_is_the_same_row_at_any_place() -> None:
    feed = Feed()
    feed.reads([START, (20, "update", "1-0")], at(21))
    feed.reads([(20, "update", "0-1"), START], at(22))
    assert feed.events() == []
    assert feed.shows(at(22)) == "0-1"


def test_one_of_two_rows_of_the_same_time_is_withdrawn_by_its_rank() -> None:
    feed = Feed()
    feed.reads([START, (20, "update", "1-0"), (20, "update", "2-0")], at(21))
    feed.reads([START, (20, "update", "1-0")], at(22))
    assert feed.shows(at(22)) == "2-0"
    feed.reads(None, at(22, 5))
    assert feed.shows(at(22, 5)) == "1-0"


def test_in_a_quiet_match_the_row_that_left_a_window_of_15_minutes_stays() -> None:
    feed = Feed()
    end = (100, "end", "over")
    feed.reads([START, end], at(1))
    feed.reads([end], at(16))
    assert feed.events() == ["rolled_off"]
    feed.reads(None, at(40))
    feed.taken_over()
    feed.reads(None, at(41))
    assert feed.shows(at(41)) == "0-0"
    feed.reads([(50, "update", "1-0"), end], at(51))
    assert feed.shows(at(51)) == "1-0"
    feed.reads([end], at(66))
    assert feed.shows(at(66)) == "1-0"


def test_only_a_feed_with_a_moving_window_may_become_empty() -> None:
    feed = Feed()
    feed.reads([START, (2, "update", "1-0"), (12, "update", "2-0")], at(13))
    feed.reads([(2, "update", "1-0"), (12, "update", "2-0")], at(15, 1))
    assert feed.reads([], at(20)).refused is not None
    feed.reads([(12, "update", "2-0")], at(20))
    assert feed.reads([], at(27, 1)).refused is None
    assert feed.shows(at(40)) == "2-0"


def test_overtaken_and_future_rows_may_go() -> None:
    feed = Feed()
    feed.reads([START, (10, "update", "1-0"), (20, "update", "2-0"), (60, "update", "half-time")], at(21))
    feed.reads([START, (20, "update", "2-0")], at(22))
    assert feed.events() == []
    assert feed.shows(at(61)) == "2-0"


@pytest.mark.parametrize("skew", [0, 3])
def test_a_row_whose_time_is_its_time_of_update_replaces_the_one_before(skew: float) -> None:
    feed = Feed()
    feed.reads([(0, "update", "a")], at(1))
    for minute, value in ((5, "b"), (9, "c")):
        feed.reads([(minute + skew / 60, "update", value)], at(minute))
        feed.reads(None, at(minute, 5))
        assert feed.shows(at(minute, 5)) == value
    assert feed.last.refused is None


def flights(*landed: int) -> list[tuple[float, str, object, str]]:
    return [(number, "update", "flying", f"F{number}") for number in range(10) if number not in landed]


def test_a_landed_flight_may_leave_a_status_feed_and_the_others_go_on() -> None:
    feed = Feed(*({"flight": f"F{number}"} for number in range(10)))
    feed.reads(flights(), at(20))
    landed, other = {"flight": "F3"}, {"flight": "F4"}
    feed.phases[str(landed)] = "over"
    assert feed.reads(flights(3), at(21)).refused is None
    assert feed.events() == []
    # An activity that is not over keeps its content.
    feed.reads(flights(3, 5), at(22))
    assert feed.shows(at(22), {"flight": "F5"}) == "flying"
    changed = [(25.0, "update", "landed", "F4") if row[3] == "F4" else row for row in flights(3, 5)]
    feed.reads(changed, at(26))
    assert feed.shows(at(26), other) == "landed"


def test_most_running_activities_without_a_row_are_refused_and_the_last_rows_stay() -> None:
    feed = Feed(*({"flight": f"F{number}"} for number in range(10)))
    feed.reads(flights(), at(20))
    used = dict(feed.used)
    for now in (at(21), at(25)):
        refused = feed.reads(flights(0, 1, 2, 3, 4, 5), now).refused
        assert refused is not None
        assert refused.code == "rows_lost"
    assert feed.used == used
    feed.taken_over()
    assert feed.reads(flights(0, 1, 2, 3, 4, 5), at(26)).refused is not None
    assert feed.reads(flights(0, 1), at(27)).refused is None


@pytest.mark.parametrize("minutes", [-1440, 1440], ids=["of yesterday", "of tomorrow"])
@pytest.mark.parametrize("taken_over", [False, True])
def test_another_table_with_the_same_headings_is_refused(minutes: float, taken_over: bool) -> None:
    feed = Feed()
    feed.reads([START, (20, "update", "1-0"), (31, "update", "1-1"), (100, "end", "over")], at(32))
    other = [(minutes, "start", "x"), (minutes + 15, "update", "y"), (minutes + 99, "end", "z")]
    if taken_over:
        feed.taken_over()
    assert feed.reads(other, at(33)).refused is not None
    assert feed.reads(None, at(35)).refused is not None


def test_one_row_leaves_and_another_comes() -> None:
    feed = Feed()
    feed.reads([START, (10, "update", "1-0"), (20, "update", "2-0")], at(21))
    # As many rows as before: the goal of the 20th minute was one of the 15th.
    feed.reads([START, (10, "update", "1-0"), (15, "update", "1-1")], at(22))
    assert feed.shows(at(22)) == "2-0"
    feed.reads(None, at(22, 5))
    assert feed.shows(at(22, 5)) == "1-1"


def test_content_that_returns_to_an_earlier_value_is_not_another_table_without_times() -> None:
    feed = Feed()
    feed.reads([(5, "update", "a"), (5, "update", "b")], at(5), live=True)
    feed.reads([(8, "update", "c"), (8, "update", "d")], at(8), live=True)
    assert feed.reads([(5, "update", "a"), (5, "update", "b")], at(9), live=True).refused is None
    feed.reads(None, at(9, 5), live=True)
    assert feed.shows(at(9, 5)) == "b"


def test_an_end_that_vanished_stays_and_shows_what_the_feed_said_since() -> None:
    feed = Feed()
    feed.reads([START, (100, "end", "0-0, over")], at(10))
    feed.reads([START], at(20))
    assert feed.ends() == at(100)
    assert feed.events() == ["end_kept"]
    assert feed.shows(at(100)) == "0-0, over"
    feed.taken_over()
    feed.reads([START, (60, "update", "1-0")], at(61))
    assert feed.ends() == at(100)
    assert feed.shows(at(100)) == "1-0"
    feed.reads([START, (60, "update", "1-0"), (110, "end", "1-0, over")], at(62))
    assert feed.ends() == at(110)


def test_a_nearer_end_needs_two_good_readings_a_minute_apart() -> None:
    feed = Feed()
    feed.reads([START, (100, "end", "over")], at(10))
    nearer = [START, (40, "end", "abandoned")]
    feed.reads(nearer, at(41))
    assert feed.events() == ["nearer_end_waits"]
    assert feed.ends() == at(100)
    # The row is shown; only the end waits.
    assert feed.shows(at(41)) == "abandoned"
    assert feed.last.look_again_at == at(42)
    feed.reads(None, at(41, 59))
    assert feed.ends() == at(100)
    feed.taken_over()
    feed.reads(None, at(42))
    assert feed.ends() == at(40)


def test_a_nearer_end_that_was_a_mistake_changes_nothing() -> None:
    feed = Feed()
    right = [START, (100, "end", "over")]
    feed.reads(right, at(10))
    feed.reads([START, (11, "end", "over")], at(12))
    feed.reads(right, at(12, 30))
    feed.reads([START, (11, "end", "over")], at(13, 10))
    assert feed.ends() == at(100)
    feed.reads(right, at(13, 30))
    assert feed.shows(at(13, 30)) == "over"
    feed.reads(None, at(13, 35))
    assert feed.shows(at(13, 35)) == "0-0"


def test_a_file_that_loses_its_last_rows_ends_when_planned() -> None:
    feed = Feed(ends_at=None)
    whole = [START, (20, "update", "1-0"), (90, "update", "over")]
    feed.reads(whole, at(21))
    for now in (at(30), at(32), at(60)):
        feed.reads(whole[:2], now)
        assert max(row.due(KICK_OFF) for row in feed.used["{}"]) == at(90)
    feed.reads([*whole[:2], (80, "update", "over early")], at(61))
    assert max(row.due(KICK_OFF) for row in feed.used["{}"]) == at(90)
    feed.reads(None, at(62))
    assert max(row.due(KICK_OFF) for row in feed.used["{}"]) == at(80)


def test_an_activity_that_is_not_registered_takes_every_reading_as_it_is() -> None:
    feed = Feed(phase="waiting")
    feed.reads([START, (20, "update", "1-0"), (100, "end", "over")], at(-30))
    feed.reads([(5, "start", "x"), (50, "end", "y")], at(-20))
    assert feed.last.refused is None
    assert feed.ends() == at(50)


def test_the_state_is_the_same_after_it_was_stored() -> None:
    feed = Feed()
    feed.reads([START, (20, "update", "1-0"), (100, "end", "over")], at(21))
    feed.reads([START, (40, "end", "x")], at(22))
    kept = json.loads(json.dumps(feed.state.as_json()))
    again = FeedState.from_json(kept)
    assert again.as_json() == kept
    (one,), (other,) = feed.state.activities.values(), again.activities.values()
    assert replace(other, sample=frozenset()) == one
    assert FeedState.from_json(None) == FeedState()
