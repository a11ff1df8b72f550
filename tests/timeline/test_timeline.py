import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live_activity.core.content import NO_OPINION, Content, Json, NoOpinion
from live_activity.core.findings import Finding
from live_activity.tables import DamagedRow
from live_activity.timeline import Convert, FirstSeen, Row, Timeline, read_timeline

NOW = datetime(2026, 7, 19, 12, tzinfo=UTC)
START = datetime(2026, 7, 19, 19, tzinfo=UTC)


@dataclass(frozen=True)
class Cells:
    number: int
    line: int
    cells: Mapping[str, object]


@dataclass(frozen=True)
class Inline:
    columns: tuple[str, ...]
    lines: tuple[Cells | DamagedRow, ...]
    typed: bool = False
    nests: bool = False

    def rows(self) -> Iterator[Cells | DamagedRow]:
        return iter(self.lines)


def written(header: str, *lines: str | DamagedRow) -> Inline:
    """Returns a text table whose cells are separated by a bar."""
    columns = tuple(name.strip() for name in header.split("|"))
    rows: list[Cells | DamagedRow] = []
    for number, line in enumerate(lines, 1):
        if isinstance(line, DamagedRow):
            rows.append(line)
            continue
        cells = [cell.strip() for cell in line.split("|")]
        rows.append(Cells(number, number + 1, dict(zip(columns, cells, strict=True))))
    return Inline(columns, tuple(rows))


def typed(*rows: Mapping[str, object]) -> Inline:
    """Returns a table whose cells have the types of JSON."""
    columns = tuple(dict.fromkeys(name for row in rows for name in row))
    return Inline(columns, tuple(Cells(n, n, row) for n, row in enumerate(rows, 1)), typed=True, nests=True)


def read(
    table: Inline,
    *,
    zone: str = "UTC",
    split_by: Sequence[str] = (),
    now: datetime = NOW,
    first_seen_times: FirstSeen | None = None,
    convert: Convert | None = None,
) -> Timeline:
    return read_timeline(
        table,
        where="derby.csv",
        zone=ZoneInfo(zone),
        split_by=split_by,
        now=now,
        first_seen_times=first_seen_times if first_seen_times is not None else FirstSeen(),
        convert=convert,
    )


def states(timeline: Timeline) -> list[dict[str, Any]]:
    return [row.content.body()["content_state"] for row in timeline.rows]


def codes(timeline: Timeline) -> list[tuple[str, str, int | None, str | None]]:
    return [(each.severity, each.code, each.row, each.column) for each in timeline.findings]


def the_only(timeline: Timeline) -> Finding:
    (finding,) = timeline.findings
    return finding


def test_a_whole_match_is_read_as_it_was_written() -> None:
    timeline = read(
        written(
            "at | event | title | message | attributes.homeTeam | homeScore | period",
            "2026-07-19T19:00:00Z | start | Kick-off | It begins | Ayr | 0 | first_half",
            "23m | | Goal! | | | 1 | first_half",
            "+01:50:00 | END | Over | Ayr wins | | 1 | full_time",
        )
    )
    assert timeline.findings == ()
    assert [(row.number, row.event, row.due(START)) for row in timeline.rows] == [
        (1, "start", START),
        (2, "update", START + timedelta(minutes=23)),
        (3, "end", START + timedelta(minutes=110)),
    ]
    assert timeline.rows[0].attributes == {"homeTeam": "Ayr"}
    assert timeline.rows[1].content == Content("Goal!", None, {"homeScore": 1, "period": "first_half"})
    assert timeline.relative
    assert not timeline.live
    assert timeline.readable


def test_an_empty_cell_is_left_out_and_never_carried_forward() -> None:
    timeline = read(written("at | score | period", "1m | 1 | first", "2m | | second", "3m | 2 |"))
    assert states(timeline) == [{"score": 1, "period": "first"}, {"period": "second"}, {"score": 2}]


def test_dots_nest_with_and_without_the_prefix() -> None:
    plain = read(written("at | score.home | score.away | minute", "1m | 1 | 0 | 3"))
    prefixed = read(written("at | state.score.home | state.score.away | state.minute", "1m | 1 | 0 | 3"))
    assert states(plain) == states(prefixed) == [{"score": {"home": 1, "away": 0}, "minute": 3}]


def test_beside_state_columns_the_plain_ones_are_not_sent_and_each_is_reported_once() -> None:
    timeline = read(written("at | state.minute | note | owner", "1m | 1 | a | b", "2m | 2 | c | d"))
    assert states(timeline) == [{"minute": 1}, {"minute": 2}]
    assert codes(timeline) == [
        ("info", "column_not_sent", None, "note"),
        ("info", "column_not_sent", None, "owner"),
    ]
    assert "state.note" in timeline.findings[0].message


@pytest.mark.parametrize(
    ("column", "meant"),
    [
        ("At", "at"),
        ("Title", "title"),
        ("READY", "ready"),
        ("mesage", "message"),
        ("Language", "language"),
        ("State.minute", "state.minute"),
        ("content_state.minute", "state.minute"),
        ("attribute.team", "attributes.team"),
        ("Attributes.team", "attributes.team"),
    ],
)
def test_a_misspelt_column_is_a_field_and_reported(column: str, meant: str) -> None:
    timeline = read(written(f"at | minute | {column}", "1m | 1 | x"), split_by=["language"])
    (finding,) = timeline.findings
    assert (finding.severity, finding.column) == ("warning", column)
    assert f"did you mean {meant}?" in finding.message
    assert len(timeline.rows) == 1


@pytest.mark.parametrize("column", ["evnt", "Event", "EVENT", "events"])
@pytest.mark.parametrize("field", ["minute", "state.minute"])
def test_a_misspelt_event_column_is_no_field_if_every_row_is_an_update(column: str, field: str) -> None:
    timeline = read(written(f"at | {field} | {column}", "1m | 1 | start"))
    assert codes(timeline) == [("error", "column_misspelt", None, column)]
    assert f"did you mean event? Write event, or state.{column}" in timeline.findings[0].message
    assert not timeline.readable


def test_a_column_with_a_name_like_event_is_a_field_beside_event() -> None:
    timeline = read(written("at | event | events", "1m | update | 3"))
    assert states(timeline) == [{"events": 3}]
    assert timeline.findings == ()


@pytest.mark.parametrize(
    "names",
    [
        ("0m", "start", "Derby", "0"),
        ("2026-07-19 20:00", "", "Derby", "0"),
        ("", "end", "Derby", "level"),
        ("at|event|score",),
    ],
)
def test_a_first_line_that_is_no_header_is_reported_as_that(names: tuple[str, ...]) -> None:
    timeline = read(Inline(names, ()))
    assert ("error", "no_header", None, None) in codes(timeline)
    assert not timeline.readable


def test_a_misspelt_column_that_is_not_sent_is_a_warning_too() -> None:
    finding = the_only(read(written("at | state.minute | Title", "1m | 1 | x")))
    assert (finding.severity, finding.code) == ("warning", "column_not_sent")
    assert "did you mean title?" in finding.message


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("at | score | score.home", "score.home"),
        ("at | score.home | score", "score.home"),
        ("at | state.a.b | state.a.b.c | state.x", "state.a.b.c"),
        ("at | attributes.a | attributes.a.b | x", "attributes.a.b"),
    ],
)
def test_a_field_that_would_contain_another_field_makes_the_table_unreadable(
    header: str, column: str
) -> None:
    timeline = read(
        written(header, " | ".join("1m" if name == "at" else "1" for name in header.split(" | ")))
    )
    assert [each for each in codes(timeline) if each[0] == "error"] == [
        ("error", "columns_collide", None, column)
    ]
    assert timeline.rows == ()
    assert not timeline.readable


def test_two_columns_for_one_field_make_the_table_unreadable() -> None:
    timeline = read(Inline(("at", "state.a", "state.a"), (Cells(1, 2, {"at": "1m", "state.a": "1"}),)))
    assert codes(timeline) == [("error", "columns_collide", None, "state.a")]


@pytest.mark.parametrize("column", ["state.", "score.", ".score", "a..b", "attributes. .b"])
def test_a_column_name_with_an_empty_part_is_reported(column: str) -> None:
    timeline = read(Inline(("at", "x", column), (Cells(1, 2, {"at": "1m", "x": "1", column: "1"}),)))
    errors = [code for code in codes(timeline) if code[0] == "error"]
    assert errors == [("error", "column_without_name", None, column)]
    assert timeline.rows == ()


def test_a_table_without_any_state_is_reported_once_and_not_for_each_row() -> None:
    timeline = read(written("at | title | attributes.team", "1m | a |", "2m | b |"))
    assert codes(timeline) == [("error", "no_state_columns", None, None)]
    assert timeline.rows == ()


def test_problems_of_rows_are_reported_even_where_the_columns_are_wrong() -> None:
    timeline = read(written("at | event | a | a.b", "15:00 | | 1 | 1", "1m | updat | 1 | 1"))
    assert {finding.code for finding in timeline.findings} >= {
        "columns_collide",
        "unreadable_time",
        "unknown_event",
    }


def test_a_column_of_the_timeline_itself_cannot_be_split_by() -> None:
    timeline = read(written("at | title | minute", "1m | a | 1"), split_by=["title"])
    assert codes(timeline) == [("error", "split_by_own", None, "title")]


def test_every_problem_of_every_row_is_reported_with_value_and_fix_and_only_these_rows_are_left_out() -> None:
    timeline = read(
        written(
            "at | event | minute | extra",
            "15:00 | goal | {broken | 1",
            "2m | | 2 | 1",
            "-3m | Ende | 3 | [",
        )
    )
    assert codes(timeline) == [
        ("error", "unknown_event", 1, "event"),
        ("error", "unreadable_time", 1, "at"),
        ("error", "unreadable_value", 1, "minute"),
        ("error", "unknown_event", 3, "event"),
        ("error", "unreadable_time", 3, "at"),
        ("error", "unreadable_value", 3, "extra"),
    ]
    assert [row.number for row in timeline.rows] == [2]
    messages = [finding.message for finding in timeline.findings]
    assert "'goal' is not an event; write start, update or end" in messages[0]
    assert "'15:00'" in messages[1]
    assert "'{broken'" in messages[2]
    assert "did you mean end?" in messages[3]
    assert {finding.where for finding in timeline.findings} == {"derby.csv"}
    assert timeline.readable


@pytest.mark.parametrize(
    ("word", "event"),
    [("", "update"), ("update", "update"), ("UPDATE", "update"), ("End", "end"), ("  eNd  ", "end")],
)
def test_the_event_is_read_in_any_case_and_an_empty_one_is_an_update(word: str, event: str) -> None:
    (row,) = read(Inline(("at", "event", "x"), (Cells(1, 2, {"at": "1m", "event": word, "x": "1"}),))).rows
    assert row.event == event


def test_a_damaged_row_is_reported_with_its_line_and_never_becomes_data() -> None:
    timeline = read(
        written(
            "at | minute",
            "1m | 1",
            DamagedRow(2, 7, "stray_quote"),
            DamagedRow(3, 8, "something new"),
            "4m | 4",
        )
    )
    assert codes(timeline) == [("error", "damaged_row", 2, None), ("error", "damaged_row", 3, None)]
    assert "line 7" in timeline.findings[0].message
    assert "something new" in timeline.findings[1].message
    assert [row.number for row in timeline.rows] == [1, 4]


def test_empty_rows_are_passed_over_and_reported_once_and_keep_their_numbers() -> None:
    timeline = read(written("at | minute", " | ", "1m | 1", " | ", "2m | 2"))
    assert codes(timeline) == [("info", "empty_row", 1, None)]
    assert "1 more" in the_only(timeline).message
    assert [row.number for row in timeline.rows] == [2, 4]


@pytest.mark.parametrize("event", ["start", "update", "end"])
def test_a_row_without_any_state_is_an_error_for_every_event(event: str) -> None:
    timeline = read(
        written("at | event | title | message | minute", f"2026-07-19 20:00 | {event} | t | m | ")
    )
    assert codes(timeline) == [("error", "no_state", 1, None)]
    assert timeline.rows == ()


def test_a_start_wants_a_title_and_a_message() -> None:
    timeline = read(written("at | event | title | message | minute", "0m | start | | | 1"))
    assert codes(timeline) == [
        ("error", "start_without_text", 1, "title"),
        ("error", "start_without_text", 1, "message"),
    ]


def test_a_start_with_several_problems_has_all_of_them_reported() -> None:
    timeline = read(
        written("at | event | title | message | minute", "0m | start | t | | [", "0m | start | | m |")
    )
    assert codes(timeline) == [
        ("error", "start_without_text", 1, "message"),
        ("error", "unreadable_value", 1, "minute"),
        ("error", "start_without_text", 2, "title"),
        ("error", "no_state", 2, None),
    ]


def test_a_title_is_text_even_where_it_looks_like_something_else() -> None:
    rows = read(written("at | title | message | minute", "1m | 3 | [2 | 1", "2m | true | {x | 1")).rows
    assert [(row.content.title, row.content.message) for row in rows] == [("3", "[2"), ("true", "{x")]


def test_attributes_beside_another_event_are_ignored_and_reported_once() -> None:
    timeline = read(
        written(
            "at | event | title | message | minute | attributes.team",
            "0m | start | t | m | 1 | Ayr",
            "1m | | | | 1 | Ayr",
            "2m | | | | 1 | [broken",
            "3m | | | | 1 | ",
        )
    )
    assert codes(timeline) == [("warning", "attributes_ignored", 2, None)]
    assert [row.attributes for row in timeline.rows] == [{"team": "Ayr"}, {}, {}, {}]


@pytest.mark.parametrize("word", ["true", "TRUE", "yes", "Y", "1", "x", " X "])
def test_a_row_that_is_ready_is_read(word: str) -> None:
    assert read(Inline(("ready", "x"), (Cells(1, 2, {"ready": word, "x": "1"}),))).rows


@pytest.mark.parametrize("word", ["", "false", "no", "0", "soon", "2"])
def test_a_row_that_is_not_ready_waits_even_if_it_is_broken(word: str) -> None:
    timeline = read(
        written("ready | at | event | x", f"{word} | 15: | sta | {{", "yes | 1m | | 1", f"{word} | 2m | | 1")
    )
    assert timeline.findings == ()
    assert [row.number for row in timeline.rows] == [2]


def test_a_table_where_nothing_is_ready_yet_is_a_warning() -> None:
    timeline = read(written("ready | at | x", " | 1m | 1"))
    assert codes(timeline) == [("warning", "nothing_ready", None, "ready")]
    assert timeline.readable


@pytest.mark.parametrize("lines", [(), (" | ",)])
def test_a_table_without_rows_is_an_error(lines: tuple[str, ...]) -> None:
    timeline = read(written("at | minute", *lines))
    assert ("error", "timeline_empty", None, None) in codes(timeline)
    assert not timeline.readable


def test_a_json_table_without_rows_is_only_empty() -> None:
    assert codes(read(typed())) == [("error", "timeline_empty", None, None)]


def test_times_without_a_zone_are_in_the_zone_of_the_campaign() -> None:
    (row,) = read(written("at | x", "2026-07-19 20:00 | 1"), zone="Europe/Istanbul").rows
    assert row.due(START) == datetime(2026, 7, 19, 17, tzinfo=UTC)


def test_rows_reach_the_activities_whose_values_they_name() -> None:
    timeline = read(
        written(
            "at | flight | language | x",
            "1m | | | 1",
            "2m | 007 | | 2",
            "3m | | en | 3",
            "4m | 007 | en | 4",
            "5m | 7 | en | 5",
        ),
        split_by=["flight", "language"],
    )

    def numbers(**key: str) -> list[int]:
        return [row.number for row in timeline.for_key(key)]

    assert numbers(flight="007", language="en") == [1, 2, 3, 4]
    assert numbers(flight="007", language="tr") == [1, 2]
    assert numbers(flight="7", language="en") == [1, 3, 5]
    assert numbers(flight="8", language="tr") == [1]
    assert timeline.rows[2].key == {"language": "en"}
    assert states(timeline) == [{"x": number} for number in range(1, 6)]


def test_a_second_start_or_end_of_one_activity_is_an_error_and_of_another_is_not() -> None:
    header = "at | event | title | message | team | x"
    both = read(
        written(
            header,
            "0m | start | t | m | a | 1",
            "0m | start | t | m | b | 1",
            "9m | end | | | a | 1",
            "8m | end | | | a | 2",
            "0m | start | t | m | | 1",
        ),
        split_by=["team"],
    )
    assert codes(both) == [("error", "second_end", 4, "event"), ("error", "second_start", 5, "event")]
    assert "row 3" in both.findings[0].message
    assert [row.number for row in both.rows] == [1, 2, 3]


def test_an_identical_second_start_or_end_is_skipped_and_reported_once() -> None:
    lines = (
        "0m | start | t | m | 1 | LH",
        "9m | end | | | 2 |",
        "0m | start | t | m | 1 | LH",
        "9m | end | | | 2 |",
        "0m | start | t | m | 1 | UA",
    )
    timeline = read(written("at | event | title | message | x | attributes.carrier", *lines))
    assert codes(timeline) == [("warning", "same_row_twice", 3, None), ("error", "second_start", 5, "event")]
    assert "1 more row" in timeline.findings[0].message
    assert [row.number for row in timeline.rows] == [1, 2]


def test_starts_of_different_activities_are_no_conflict() -> None:
    lines = ("0m | start | t | m | a | 1 | 1", "0m | start | t | m | b | | 1", "0m | start | t | m | | 1 | 1")
    timeline = read(
        written("at | event | title | message | team | seat | x", *lines), split_by=["team", "seat"]
    )
    assert codes(timeline) == [("error", "second_start", 3, "event")]


def test_an_end_and_a_start_that_name_different_columns_are_not_compared() -> None:
    timeline = read(
        written(
            "at | event | title | message | team | language | x",
            "2026-07-19T23:00:00Z | start | t | m | a | | 1",
            "2026-07-19T22:00:00Z | end | | | | en | 1",
        ),
        split_by=["team", "language"],
    )
    assert timeline.findings == ()


def test_a_start_cannot_be_timed_relative_to_the_start() -> None:
    timeline = read(written("at | event | title | message | x", "5m | start | t | m | 1"))
    assert codes(timeline) == [("error", "start_after_itself", 1, "at")]


@pytest.mark.parametrize("end", ["2026-07-19T18:00:00Z", "2026-07-19T19:00:00Z", "0m"])
def test_an_end_that_is_not_after_the_start_is_an_error(end: str) -> None:
    timeline = read(
        written(
            "at | event | title | message | x",
            "2026-07-19T19:00:00Z | start | t | m | 1",
            f"{end} | end | | | 1",
        )
    )
    assert codes(timeline) == [("error", "end_before_start", 2, "at")]
    assert [row.number for row in timeline.rows] == [1]


def test_one_late_start_does_not_take_the_end_from_the_others() -> None:
    timeline = read(
        written(
            "at | event | title | message | team | x",
            "2026-07-19T19:00:00Z | start | t | m | a | 1",
            "2026-07-19T23:00:00Z | start | t | m | b | 1",
            "2026-07-19T22:00:00Z | end | | | | 1",
        ),
        split_by=["team"],
    )
    assert codes(timeline) == [("error", "start_after_end", 2, "at")]
    assert [row.number for row in timeline.rows] == [1, 3]


def test_rows_outside_start_and_end_are_kept_with_a_warning() -> None:
    timeline = read(
        written(
            "at | event | title | message | x",
            "2026-07-19T18:59:00Z | | | | 0",
            "2026-07-19T19:00:00Z | start | t | m | 1",
            "1h | | | | 2",
            "2h | end | | | 3",
            "2026-07-19T21:00:00Z | | | | 4",
            "2h1m | | | | 5",
        )
    )
    assert codes(timeline) == [
        ("warning", "before_the_start", 1, "at"),
        ("warning", "after_the_end", 5, "at"),
        ("warning", "after_the_end", 6, "at"),
    ]
    assert len(timeline.rows) == 6


def test_relative_and_absolute_times_are_not_compared_without_a_start() -> None:
    assert read(written("at | event | x", "2h | end | 1", "2026-07-19T23:00:00Z | | 2")).findings == ()


def test_rows_without_a_time_are_due_when_they_were_first_seen() -> None:
    first_seen_times = FirstSeen()
    first = read(written("x", "1", "2"), first_seen_times=first_seen_times, now=NOW)
    later = read(
        written("x", "1", "2", "3"), first_seen_times=first_seen_times, now=NOW + timedelta(minutes=5)
    )
    assert first.live
    assert [row.at for row in first.rows] == [NOW, NOW]
    assert [row.at for row in later.rows] == [NOW, NOW, NOW + timedelta(minutes=5)]


def test_an_inserted_row_changes_nothing_and_a_corrected_one_is_first_seen_again() -> None:
    first_seen_times, later = FirstSeen(), NOW + timedelta(minutes=5)
    read(written("at | title | x", " | a | 1", " | b | 2"), first_seen_times=first_seen_times)
    timeline = read(
        written("at | title | x", " | new | 9", " | a | 1", " | b! | 2"),
        first_seen_times=first_seen_times,
        now=later,
    )
    assert [(row.content.title, row.at) for row in timeline.rows] == [
        ("new", later),
        ("a", NOW),
        ("b!", later),
    ]


def test_the_same_content_again_is_another_row() -> None:
    first_seen_times, later = FirstSeen(), NOW + timedelta(minutes=5)
    read(written("x", "1", "2"), first_seen_times=first_seen_times)
    timeline = read(written("x", "1", "2", "1"), first_seen_times=first_seen_times, now=later)
    assert [row.at for row in timeline.rows] == [NOW, NOW, later]


def test_the_same_content_for_another_activity_or_event_is_another_row() -> None:
    first_seen_times, later = FirstSeen(), NOW + timedelta(minutes=5)
    read(written("team | event | x", "a | | 1"), split_by=["team"], first_seen_times=first_seen_times)
    timeline = read(
        written("team | event | x", "a | end | 1", "b | | 1", "a | | 1"),
        split_by=["team"],
        first_seen_times=first_seen_times,
        now=later,
    )
    assert [row.at for row in timeline.rows] == [later, later, NOW]


def test_a_row_is_first_seen_when_it_is_ready() -> None:
    first_seen_times, later = FirstSeen(), NOW + timedelta(minutes=5)
    read(written("ready | x", "no | 1"), first_seen_times=first_seen_times)
    (row,) = read(written("ready | x", "yes | 1"), first_seen_times=first_seen_times, now=later).rows
    assert row.at == later


def test_first_seen_times_survive_storage_and_a_reading_without_the_row() -> None:
    first_seen_times = FirstSeen()
    read(written("x", "1"), first_seen_times=first_seen_times)
    again = FirstSeen.from_json(json.loads(json.dumps(first_seen_times.as_json())))
    read(written("x", "7"), first_seen_times=again, now=NOW + timedelta(minutes=1))
    (row,) = read(written("x", "1"), first_seen_times=again, now=NOW + timedelta(minutes=2)).rows
    assert row.at == NOW


def test_an_unreadable_table_is_not_remembered() -> None:
    first_seen_times = FirstSeen()
    read(written("a | a.b", "1 | 1"), first_seen_times=first_seen_times)
    assert first_seen_times.as_json() == {}


def test_a_live_timeline_may_have_times_too_and_content_typed_ahead_of_the_start() -> None:
    timeline = read(
        written("at | event | title | message | x", "2026-07-19 19:00 | start | t | m | 1", " | | | | 2")
    )
    assert timeline.live
    assert not timeline.relative
    assert timeline.findings == ()


def test_a_timeline_is_live_even_where_its_only_untimed_row_is_broken() -> None:
    assert read(written("at | x", "1m | 1", " | {", "2m | 1")).live


def test_json_keeps_its_types_and_may_nest() -> None:
    timeline = read(
        typed(
            {
                "at": "2026-07-19T19:00:00Z",
                "event": "start",
                "title": "t",
                "message": "m",
                "content_state": {
                    "minute": "3",
                    "on": True,
                    "score": {"home": 1},
                    "note": None,
                    "text": "[x",
                },
                "attributes": {"team": "Ayr"},
                "state.score.away": 2,
                "attributes.city": "Ayr",
            }
        )
    )
    assert timeline.findings == ()
    assert states(timeline) == [
        {"minute": "3", "on": True, "score": {"home": 1, "away": 2}, "note": None, "text": "[x"}
    ]
    assert timeline.rows[0].attributes == {"team": "Ayr", "city": "Ayr"}


def test_plain_keys_of_json_are_fields_unless_there_is_a_content_state() -> None:
    assert states(read(typed({"at": "1m", "minute": 3, "text": "05"}))) == [{"minute": 3, "text": "05"}]
    beside = read(typed({"at": "1m", "content_state": {"minute": 3}, "id": 7}))
    assert states(beside) == [{"minute": 3}]
    assert codes(beside) == [("info", "column_not_sent", None, "id")]


def test_one_field_from_two_places_in_a_row_is_an_error_and_nothing_is_overwritten() -> None:
    timeline = read(
        typed(
            {"at": "1m", "state.minute": 2, "content_state": {"minute": 1}},
            {"at": "2m", "content_state": {"minute": 1}},
            {"at": "3m", "state.minute": 2},
        )
    )
    assert codes(timeline) == [("error", "unreadable_value", 1, "state.minute")]
    assert states(timeline) == [{"minute": 1}, {"minute": 2}]


@pytest.mark.parametrize("value", ["x", 3, [1], True])
def test_a_content_state_that_is_no_object_is_an_error(value: object) -> None:
    assert ("error", "unreadable_value", 1, "content_state") in codes(
        read(typed({"at": "1m", "content_state": value}))
    )


def test_a_content_state_may_be_json_in_a_text_cell() -> None:
    assert states(read(written("at | content_state", '1m | {"minute": 3}'))) == [{"minute": 3}]


def test_values_of_a_spreadsheet_become_json_values() -> None:
    timeline = read(
        typed(
            {
                "at": datetime(2026, 7, 19, 20),  # noqa: DTZ001  # a spreadsheet's times have no zone
                "kickoff": datetime(2026, 7, 19, 20),  # noqa: DTZ001  # likewise
                "day": date(2026, 7, 19),
                "price": Decimal("1.50"),
                "count": Decimal("3"),
                "gone": None,
            }
        ),
        zone="Europe/Istanbul",
    )
    assert timeline.rows[0].at == datetime(2026, 7, 19, 17, tzinfo=UTC)
    assert states(timeline) == [
        {"kickoff": "2026-07-19T17:00:00Z", "day": "2026-07-19", "price": 1.5, "count": 3}
    ]


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), b"x", timedelta(1), Decimal("NaN"), "\ud83d", {1: 2}]
)
def test_a_typed_value_that_is_no_json_is_an_error_of_its_cell(value: object) -> None:
    assert codes(read(typed({"at": "1m", "x": 1, "y": value}))) == [("error", "unreadable_value", 1, "y")]


def test_typed_cells_of_the_own_columns_are_read_by_type() -> None:
    timeline = read(
        typed(
            {"at": timedelta(minutes=1), "ready": True, "flight": 7, "x": 1},
            {"at": "2m", "ready": False, "flight": 7, "x": 1},
            {"at": "3m", "ready": 1, "flight": 8.0, "x": 1},
            {"at": 4, "ready": True, "flight": True, "x": 1, "title": 5, "event": 1},
        ),
        split_by=["flight"],
    )
    assert [(row.number, row.key) for row in timeline.rows] == [(1, {"flight": "7"}), (3, {"flight": "8"})]
    assert {(finding.row, finding.column) for finding in timeline.findings} == {
        (4, "at"),
        (4, "event"),
        (4, "title"),
        (4, "flight"),
    }


class Contract:
    """A contract in which `code` is text and `count` an integer."""

    def cell(self, path: tuple[str, ...], text: str) -> Json | NoOpinion:
        if path in (("state", "code"), ("attributes", "code")):
            return text
        if path == ("state", "count"):
            if not text.isdigit():
                raise ValueError(f"{text!r} is no whole number")
            return int(text)
        return NO_OPINION


def test_a_contract_types_text_cells_and_leaves_the_others_to_their_spelling() -> None:
    timeline = read(
        written(
            "at | event | title | message | code | count | other | attributes.code",
            "0m | start | t | m | 5 | 05 | 5 | 7",
            "1m | | | | [x | 3.5 | |",
            "2m | | | | | | 3 |",
        ),
        convert=Contract(),
    )
    assert states(timeline) == [{"code": "5", "count": 5, "other": 5}, {"other": 3}]
    assert timeline.rows[0].attributes == {"code": "7"}
    assert codes(timeline) == [("error", "unreadable_value", 2, "count")]


def test_a_contract_is_asked_of_fields_and_never_of_a_whole_state() -> None:
    class EditionRequest:
        paths: list[tuple[str, ...]] = []  # noqa: RUF012  # used in one test

        def cell(self, path: tuple[str, ...], text: str) -> Json | NoOpinion:
            self.paths.append(path)
            return NO_OPINION

    asked = EditionRequest()
    read(written("at | content_state | state.a.b", '1m | {"x": 1} | 2'), convert=asked)
    assert asked.paths == [("state", "a", "b")]


def test_a_contract_does_not_convert_values_that_have_types() -> None:
    assert states(read(typed({"at": "1m", "code": 5, "count": "x"}), convert=Contract())) == [
        {"code": 5, "count": "x"}
    ]


def test_text_in_a_workbook_is_the_object_that_it_spells_only_where_one_is_wanted() -> None:
    class Lists:
        def cell(self, path: tuple[str, ...], text: str) -> Json | NoOpinion:
            found: Json = json.loads(text) if path[-1] == "players" else text
            return found

    workbook = replace(typed({"at": "1m", "players": "[1]", "note": "[1]", "minute": 3}), nests=False)
    assert states(read(workbook, convert=Lists())) == [{"players": [1], "note": "[1]", "minute": 3}]
    assert states(read(workbook)) == [{"players": "[1]", "note": "[1]", "minute": 3}]
    whole = replace(typed({"at": "1m", "content_state": '{"minute": 3}'}), nests=False)
    assert states(read(whole)) == [{"minute": 3}]


def test_findings_come_in_the_order_of_the_rows() -> None:
    rows = [f"{'15:00' if number % 3 == 0 else '1m'} | {'[' if number % 2 else '1'}" for number in range(20)]
    found = [finding.row or 0 for finding in read(written("at | x", *rows)).findings]
    assert found == sorted(found)


FIELDS = ("a", "b", "c.d", "c.e")
CELL = st.sampled_from(["", "", "1", "2.5", "true", "text", '{"k": [1]}', "05"])
BAD_CELL = st.sampled_from(["{", "[1,"])


@given(st.lists(st.tuples(CELL, CELL, CELL, CELL), min_size=1, max_size=8))
@settings(max_examples=60)
def test_rows_are_read_independently_and_in_order(rows: list[tuple[str, ...]]) -> None:
    header = "at | " + " | ".join(FIELDS)
    lines = [f"{number}m | " + " | ".join(cells) for number, cells in enumerate(rows, 1)]
    together = read(written(header, *lines))
    alone = [row for line in lines for row in read(written(header, line)).rows]
    assert [row.content for row in together.rows] == [row.content for row in alone]
    assert [row.at for row in together.rows] == [row.at for row in alone]
    assert [row.number for row in together.rows] == sorted(row.number for row in together.rows)


@given(st.lists(st.tuples(CELL | BAD_CELL, CELL | BAD_CELL), min_size=1, max_size=8))
@settings(max_examples=60)
def test_every_row_is_read_or_reported_and_never_both(rows: list[tuple[str, str]]) -> None:
    timeline = read(written("at | a | b", *(f"1m | {a} | {b}" for a, b in rows)))
    reported = {finding.row for finding in timeline.findings if finding.severity == "error"}
    kept = {row.number for row in timeline.rows}
    assert reported | kept == set(range(1, len(rows) + 1))
    assert not reported & kept


ROWS = st.lists(
    st.tuples(st.sampled_from(["", "x", "y"]), st.sampled_from(["", "1", "2"])), min_size=1, max_size=12
)


@given(ROWS, st.sampled_from(["x", "y", "z"]), st.sampled_from(["1", "2", "3"]))
@settings(max_examples=60)
def test_an_activity_gets_exactly_the_rows_that_name_nothing_else(
    rows: list[tuple[str, str]], team: str, seat: str
) -> None:
    timeline = read(
        written("at | team | seat | n", *(f"1m | {t} | {s} | 1" for t, s in rows)), split_by=["team", "seat"]
    )
    reached = [row.number for row in timeline.for_key({"team": team, "seat": seat})]
    expected = [n for n, (t, s) in enumerate(rows, 1) if t in ("", team) and s in ("", seat)]
    assert reached == expected


@given(st.lists(st.integers(0, 3), min_size=1, max_size=6), st.data())
@settings(max_examples=60)
def test_inserted_rows_do_not_change_the_times_of_others(values: list[int], data: st.DataObject) -> None:
    first_seen_times = FirstSeen()
    before = read(written("x", *map(str, values)), first_seen_times=first_seen_times)
    new = data.draw(st.integers(0, len(values)))
    more = [*map(str, values[:new]), "new", *map(str, values[new:])]
    after = read(written("x", *more), first_seen_times=first_seen_times, now=NOW + timedelta(minutes=1))
    assert [row.at for row in after.rows if row.number != new + 1] == [row.at for row in before.rows]
    assert after.rows[new].at == NOW + timedelta(minutes=1)


def test_a_timeline_can_be_built_without_a_table() -> None:
    row = Row(1, "update", Content(None, None, {"x": 1}), {}, {"team": "a"}, timedelta(minutes=1))
    assert Timeline(rows=(row,)).for_key({"team": "a"}) == (row,)
    assert Timeline(rows=(row,)).for_key({"team": "b"}) == ()
    assert Timeline(rows=(row,)) == Timeline(rows=(row,))


@pytest.mark.parametrize(
    ("value", "kind"), [(5, "a number"), (True, "true or false"), (["x"], "a list"), ({"a": 1}, "an object")]
)
def test_a_title_of_another_type_is_reported_in_an_analysts_words(value: object, kind: str) -> None:
    finding = the_only(read(typed({"at": "1m", "title": value, "content_state": {"minute": 1}})))
    assert f" is {kind} and not text; write it as text" in finding.message


@pytest.mark.parametrize("reason", ["not_json", "not_an_object", "formula_error"])
def test_a_row_that_cannot_be_read_is_reported_with_its_fix_and_not_by_a_codes_name(reason: str) -> None:
    finding = the_only(read(written("at | minute", DamagedRow(1, 2, reason))))
    assert reason not in finding.message
    assert ";" in finding.message
