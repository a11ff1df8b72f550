"""Corrections by hand: a field set by hand holds in every row until the feed's value of it changes."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from live_activity.core.content import ABSENT, Content, Json
from live_activity.decision.after_push import after_push
from live_activity.decision.next_step import End, Start, Update, Wait, next_step
from live_activity.decision.overrides import (
    Override,
    apply,
    overrides_of,
    released,
    reminder_times,
    with_overrides,
)
from live_activity.decision.schedule import Schedule
from live_activity.decision.state import ActivityState, Kind, Outcome, Push
from live_activity.decision.wanted import feed_content
from live_activity.decision.words import WordsByHand
from live_activity.timeline import Row
from tests.simulator import Answer, at, enrolled, open_run, row, rows_of

AT = at(25)


def scored(number: int, minutes: float, home: int, away: int = 0, **row_values: object) -> Row:
    made = row(number, minutes, 0, **row_values)  # type: ignore[arg-type]  # values of several types
    return replace(made, content=replace(made.content, state={"home": home, "away": away}))


MATCH = rows_of(
    scored(1, 0, 0, event="start"),
    scored(2, 20, 2),
    scored(3, 40, 2, 1),
    scored(4, 60, 3, 1),
    scored(5, 90, 3, 2, event="end"),
)


def by_hand(rows: Schedule, given: dict[str, Json], *, minutes: float = 25) -> tuple[Override, ...]:
    feed = feed_content(rows, enrolled(), at(minutes))
    assert feed is not None
    return overrides_of(given, feed.state, author="anna", at=at(minutes))


def live(rows: Schedule, due: int, **values: object) -> ActivityState:
    """Returns the state after that many rows were sent to all phones."""
    state = enrolled()
    for each in rows.rows[:due]:
        kind = Kind.START if each.row.event == "start" else Kind.UPDATE
        sent = Push(kind, each.row.content, each.due, Outcome.DONE, each.place, unsynced=0, words=True)
        state = after_push(state, sent)
    return replace(state, **values)  # type: ignore[arg-type]  # names are checked by replace


def shown(rows: Schedule, state: ActivityState, minutes: float) -> list[Json]:
    return [push.content.state for push in open_run(rows, state, now=at(minutes)).pushes]


def test_only_the_field_set_by_hand_changes_in_the_showing_row_and_in_later_rows() -> None:
    state = live(MATCH, 2, overrides=by_hand(MATCH, {"home": 1}))
    assert shown(MATCH, state, 25) == [
        {"home": 1, "away": 0},
        {"home": 1, "away": 1},
        {"home": 3, "away": 1},  # the feed's value changed
        {"home": 3, "away": 2},
    ]


def test_an_override_without_words_alerts_nobody() -> None:
    state = live(MATCH, 2, overrides=by_hand(MATCH, {"home": 1}))
    step = next_step(MATCH, state, at(25))
    assert isinstance(step, Update)
    assert not step.words


def test_an_override_holds_in_the_end_too() -> None:
    quiet = rows_of(*(each.row for each in MATCH.rows[:2]), scored(9, 90, 2, 5, event="end"))
    step = next_step(quiet, live(quiet, 2, overrides=by_hand(quiet, {"home": 1}), clean=True), at(90))
    assert isinstance(step, End)
    assert step.content.state == {"home": 1, "away": 5}


def test_an_override_that_was_set_before_the_start_holds_in_the_start() -> None:
    overrides = by_hand(MATCH, {"home": 7}, minutes=-5)
    step = next_step(MATCH, enrolled(overrides=overrides), at(0))
    assert isinstance(step, Start)
    assert step.content.state == {"home": 7, "away": 0}


def test_a_change_of_the_feeds_value_ends_an_override() -> None:
    overrides = by_hand(MATCH, {"home": 1})
    corrected = rows_of(MATCH.rows[0].row, scored(2, 20, 1), *(each.row for each in MATCH.rows[2:]))
    applied = apply(corrected.rows[1].row.content, overrides, corrected.rows[1].row.content.state)
    assert applied.lapsed == overrides
    back_to_two = rows_of(*(each.row for each in MATCH.rows[:4]), scored(6, 70, 2, 1), MATCH.rows[-1].row)
    late = open_run(back_to_two, live(back_to_two, 2, overrides=overrides), now=at(25))
    assert {"home": 2, "away": 1} in [push.content.state for push in late.pushes], (
        "a lapsed override stays lapsed"
    )


def test_a_field_that_the_feed_does_not_have_holds_until_it_has() -> None:
    overrides = by_hand(MATCH, {"note": "VAR"})
    assert overrides[0].feed is ABSENT
    state = live(MATCH, 2, overrides=overrides)
    assert all(isinstance(each, dict) and each["note"] == "VAR" for each in shown(MATCH, state, 25))


def test_words_by_hand_go_with_one_push_only_and_the_rows_own_words_are_not_sent_after_them() -> None:
    state = live(
        MATCH, 2, overrides=by_hand(MATCH, {"home": 1}), words_by_hand=WordsByHand("Hold on", "VAR", AT)
    )
    played = open_run(MATCH, state, now=AT)
    first = played.pushes[0]
    assert (first.content.title, first.content.message, first.words) == ("Hold on", "VAR", True)
    assert [push.content.title for push in played.pushes[1:]] == ["Derby"] * 3
    assert played.pushes[1].at == at(40), "nothing is sent between the correction and the next row"


def test_words_by_hand_while_it_settles_go_with_one_settling_push() -> None:
    state = live(MATCH, 4, clean=False, unsynced=40)
    settled = Push(
        Kind.SETTLE,
        MATCH.rows[-1].row.content,
        at(90),
        Outcome.DONE,
        MATCH.rows[-1].place,
        unsynced=40,
        words=True,
    )
    corrected = replace(
        after_push(state, settled),
        overrides=by_hand(MATCH, {"home": 9}, minutes=90.1),
        words_by_hand=WordsByHand("Sorry", None, at(90.1)),
    )
    played = open_run(MATCH, corrected, now=at(90.1), answers=[Answer(unsynced=40)] * 9)
    assert [(push.kind, push.content.title if push.words else None) for push in played.pushes] == [
        (Kind.SETTLE, "Sorry"),
        (Kind.END, None),
    ]
    assert {push.content.state["home"] for push in played.pushes} == {9}


def test_words_by_hand_that_were_not_sent_are_dropped_when_a_later_row_is_due() -> None:
    state = live(MATCH, 2, frozen=True, words_by_hand=WordsByHand("Hold on", None, AT))
    assert next_step(MATCH, state, at(30)) == Wait(at(90))
    step = next_step(MATCH, replace(state, frozen=False), at(41))
    assert isinstance(step, Update)
    assert step.content.title == "Derby"


def test_the_same_words_given_twice_by_hand_alert_twice() -> None:
    state = live(MATCH, 2, words_by_hand=WordsByHand("Goal", None, AT))
    again = replace(after_push(state, _sent(state)), words_by_hand=WordsByHand("Goal", None, at(30)))
    step = next_step(MATCH, again, at(30))
    assert isinstance(step, Update)
    assert step.words


def test_words_that_the_api_refuses_do_not_hold_the_feed_up() -> None:
    state = live(MATCH, 2, words_by_hand=WordsByHand("Hold on", None, AT))
    played = open_run(MATCH, state, now=AT, answers=[Answer(Outcome.REFUSED, None)])
    assert [push.content.title for push in played.pushes] == ["Hold on", "Derby", "Derby", "Derby"]


def test_a_released_field_shows_the_feeds_value_again() -> None:
    overrides = by_hand(MATCH, {"home": 1, "away": 9})
    state = live(MATCH, 2, overrides=released(overrides, "home"))
    step = next_step(MATCH, state, AT)
    assert isinstance(step, Update)
    assert step.content.state == {"home": 2, "away": 9}
    assert released(overrides, None) == ()
    assert released(overrides, "hom") == overrides


def test_where_the_feed_cannot_be_read_a_correction_is_made_to_what_was_sent_last() -> None:
    state = live(MATCH, 2, overrides=by_hand(MATCH, {"home": 1}))
    step = next_step(Schedule(), state, AT)
    assert isinstance(step, Update)
    assert step.content.state == {"home": 1, "away": 0}


FEED: dict[str, Json] = {"home": {"score": 2, "red": 0}, "phase": {"live": {"minute": 5}}, "winner": None}


@pytest.mark.parametrize(
    ("given", "after"),
    [
        ({"home": {"score": 1}}, {**FEED, "home": {"score": 1, "red": 0}}),
        ({"home.score": 1}, {**FEED, "home": {"score": 1, "red": 0}}),
        ({"phase": {"over": {}}}, {**FEED, "phase": {"over": {}}}),
        ({"phase": {"live": {"minute": 9}}}, {**FEED, "phase": {"live": {"minute": 9}}}),
        ({"home": 3}, {**FEED, "home": 3}),
        ({"winner": "A"}, {**FEED, "winner": "A"}),
        ({"new.field": [1, 2]}, {**FEED, "new": {"field": [1, 2]}}),
        ({}, FEED),
    ],
    ids=json.dumps,
)
def test_an_object_changes_only_the_fields_that_it_names(
    given: dict[str, Json], after: dict[str, Json]
) -> None:
    overrides = overrides_of(given, FEED, author=None, at=AT)
    content = Content("T", "M", FEED)
    assert apply(content, overrides, FEED).content == Content("T", "M", after)
    assert content.state == FEED, "the feed's own content stays as it was"


@pytest.mark.parametrize(
    ("feed", "now", "lapsed"), [(3, 3.0, False), (1, True, True), (None, ABSENT, True), (0, "0", True)]
)
def test_values_are_compared_as_json(feed: Json, now: Json, lapsed: bool) -> None:
    assert Override(("home",), 9, feed, None, AT).lapsed(now) is lapsed


def test_a_later_correction_replaces_the_fields_that_it_names() -> None:
    score = overrides_of({"home": {"score": 1}}, FEED, author="anna", at=AT)
    whole = overrides_of({"home": 5}, FEED, author="ben", at=at(26))
    assert with_overrides(score, whole) == whole
    assert apply(Content("T", "M", FEED), with_overrides(whole, score), FEED).content.state["home"] == {
        "score": 1
    }


def test_an_override_is_read_back_from_json_as_it_was() -> None:
    for override in (*overrides_of({"home.score": 1, "winner": "A"}, FEED, author="anna", at=AT), *_absent()):
        assert Override.from_json(json.loads(json.dumps(override.as_json()))) == override


def test_an_override_is_described_with_author_and_age() -> None:
    (override,) = overrides_of({"home.score": 1}, FEED, author="anna", at=AT)
    assert override.describe(at(30)) == "home.score = 1 (by anna, 5 minutes ago; the feed said 2)"
    (unknown,) = _absent()
    assert unknown.describe(AT) == 'note = "VAR" (by hand, just now; the feed said nothing)'


def test_the_author_of_an_override_is_reminded_after_5_15_and_60_minutes_and_before_the_end() -> None:
    (override,) = _absent()
    five, quarter, hour = (AT + timedelta(minutes=each) for each in (5, 15, 60))
    assert [*reminder_times(override, None).values()] == [five, quarter, hour]
    assert [*reminder_times(override, at(60)).values()] == [five, quarter, at(55)]
    assert reminder_times(override, at(27)) == {}


def _absent() -> tuple[Override, ...]:
    return overrides_of({"note": "VAR"}, FEED, author=None, at=AT)


def _sent(state: ActivityState) -> Push:
    step = next_step(MATCH, state, AT)
    assert isinstance(step, Update)
    return Push(Kind.UPDATE, step.content, AT, Outcome.DONE, step.place, unsynced=0, words=step.words)
