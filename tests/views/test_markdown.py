"""Markdown pages show the cells of a table unchanged."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from live_activity.core.content import Content
from live_activity.views.markdown import card, clauses, moment, people, phones, plain, table


@given(st.text(max_size=60))
def test_no_cell_breaks_its_row_or_opens_markup(text: str) -> None:
    (*_, row) = table(("a", "b"), [(plain(text), "1")]).split("\n")
    unescaped = row.replace("\\\\", "").replace("\\|", "")
    assert unescaped.count("|") == 3


def test_a_card_cannot_be_broken_out_of() -> None:
    shown = card("first", Content("a\n# b", "**c**", {"text": "`x`"}))
    assert shown.split("\n") == ["first: **a \\# b**, \\*\\*c\\*\\*", "", '`{"text": "\'x\'"}`']


def test_times_name_their_zone_and_counts_of_one_are_singular() -> None:
    at = datetime(2026, 7, 19, 17, tzinfo=UTC)
    assert moment(at, zone=ZoneInfo("Europe/Istanbul")) == "2026-07-19 20:00:00 Europe/Istanbul"
    assert moment(at) == "2026-07-19 17:00:00 UTC"
    assert (people(1), people(1200), phones(1)) == ("1 person", "1,200 people", "1 phone")


def test_a_long_answer_becomes_a_list_of_its_clauses() -> None:
    text = 'goes out: title "a; b"; after: state {"x": "c; d"}; set by hand (by ann; the feed said 1)'
    assert clauses(text).splitlines() == [
        '- goes out: title "a; b"',
        '- after: state {"x": "c; d"}',
        "- set by hand (by ann; the feed said 1)",
    ]
    assert clauses("rejected by ann") == "rejected by ann"
