from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_activity.campaign.model import Campaign, read_campaign
from live_activity.campaign.validation import in_zone
from live_activity.core.findings import Finding, InvalidInput
from live_activity.core.times import parse_time
from live_activity.core.yaml_file import read_yaml
from tests.examples import many_examples

NEEDED = {"name": "derby", "activity_type": "Match", "segment": "fans.csv", "timeline": "derby.csv"}


def campaign(**values: Any) -> Campaign:
    return read_campaign({**NEEDED, **values}, where="derby.yaml")


def findings(values: dict[str, Any]) -> tuple[Finding, ...]:
    with pytest.raises(InvalidInput) as refused:
        read_campaign(values, where="derby.yaml")
    assert all(str(finding).isprintable() for finding in refused.value.findings), "each is one line"
    return refused.value.findings


def problem(**values: Any) -> str:
    (finding,) = findings({**NEEDED, **values})
    assert finding.where == "derby.yaml"
    return str(finding)


def assert_reported_in_lines(reads: Callable[[], object]) -> None:
    """Asserts that reading gives a campaign, or raises `InvalidInput` with a line for each problem."""
    reported: tuple[Finding, ...] | None = None
    try:
        reads()
    except InvalidInput as invalid:
        reported = invalid.findings
    assert reported is None or (reported and all(str(finding).isprintable() for finding in reported))


def test_four_keys_are_a_campaign_and_the_rest_has_defaults() -> None:
    asked = campaign()
    assert (asked.account, asked.time_zone, asked.id_column) == ("sandbox", "UTC", "insider_id")
    assert (asked.register_ahead_minutes, asked.poll_seconds, asked.keep_days) == (30, 30, 30)
    assert (asked.starts_at, asked.ends_at, asked.split_by) == (None, None, [])


def test_every_parameter_has_a_title_and_a_description() -> None:
    for name, field in Campaign.model_fields.items():
        assert field.title, name
        assert field.description, name


def test_every_problem_is_reported_not_only_the_first() -> None:
    reported = findings({"name": "derby", "segement": "a.csv", "poll_seconds": 0, "time_zone": "Istanbul"})
    assert {(finding.code, finding.column) for finding in reported} == {
        ("unknown_key", "segement"),
        ("missing_key", "activity_type"),
        ("missing_key", "segment"),
        ("missing_key", "timeline"),
        ("wrong_value", "poll_seconds"),
        ("wrong_value", "time_zone"),
    }


def test_an_unknown_key_is_answered_with_the_nearest() -> None:
    assert "segement: there is no such key; did you mean segment" in problem(segement="a.csv")
    assert "no such key; remove it" in problem(qqqqqqqq=1)


def test_times_without_a_zone_are_of_the_campaigns_and_stand_in_utc() -> None:
    asked = campaign(
        starts_at="2026-07-19 20:00", ends_at="2026-07-19T23:30:00Z", time_zone="Europe/Istanbul"
    )
    assert asked.starts_at == datetime(2026, 7, 19, 17, tzinfo=UTC)
    assert asked.ends_at == datetime(2026, 7, 19, 23, 30, tzinfo=UTC)
    assert asked.starts_at.tzinfo is UTC


def test_a_campaign_is_read_back_from_its_stored_form() -> None:
    asked = campaign(starts_at="2026-07-19 20:00", time_zone="Europe/Istanbul", split_by=["flight"])
    assert Campaign.model_validate(asked.model_dump(mode="json")) == asked


@pytest.mark.parametrize("written", ["2026-03-29 02:30", "2026-10-25 02:30"], ids=["skipped", "doubled"])
def test_a_time_that_the_clocks_skip_or_double_is_an_error(written: str) -> None:
    reported = problem(starts_at=written, time_zone="Europe/Berlin")
    assert "derby.yaml, starts_at: 2026-" in reported
    assert "the clocks change" in reported


@pytest.mark.parametrize("written", ["0001-01-01 00:00", "9999-12-31T23:59:59-08:00", "1215-06-15 12:00"])
def test_a_time_out_of_range_is_an_error_and_no_crash(written: str) -> None:
    assert "correct the year" in problem(ends_at=written, time_zone="Europe/Istanbul")


@pytest.mark.parametrize(
    "written", ["20:00", "tomorrow", "2026-07-19", 1784480400, True, "2026-13-45 20:00", ""]
)
def test_what_is_no_time_is_an_error(written: object) -> None:
    assert "starts_at: " in problem(starts_at=written)


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-07-19 9:00", datetime(2026, 7, 19, 6, tzinfo=UTC)),
        ("2026-07-19T09:00:30", datetime(2026, 7, 19, 6, 0, 30, tzinfo=UTC)),
        ("2026-07-19 09:00+02", datetime(2026, 7, 19, 7, tzinfo=UTC)),
        (" 2026-07-19t09:00z ", datetime(2026, 7, 19, 9, tzinfo=UTC)),
    ],
)
def test_times_are_read_by_the_grammar_of_the_timeline(written: str, moment: datetime) -> None:
    asked = campaign(starts_at=written, time_zone="Europe/Istanbul")
    assert asked.starts_at == moment == parse_time(written, zone=asked.zone)


@pytest.mark.parametrize(
    "written", ["2026-07-19", "20:00", "2026-W29-7", "2026-02-30 20:00", "19.07.2026 20:00"]
)
def test_one_mistake_in_a_time_is_described_alike_everywhere(written: str) -> None:
    with pytest.raises(ValueError, match="20") as in_a_cell:
        parse_time(written, zone=ZoneInfo("UTC"))
    same = str(in_a_cell.value).partition(";")[0].replace("as a time", "as a date and time")
    assert f"starts_at: {same}" in problem(starts_at=written)


@pytest.mark.parametrize("written", ["23m", "PT2H", "+01:00:00", "-5m", "+5:30"])
def test_a_duration_is_refused_where_a_moment_is_wanted(written: str) -> None:
    assert "counts from the start, and here a date and time is needed" in problem(ends_at=written)


def test_what_cannot_be_printed_is_escaped_in_messages() -> None:
    assert "\\U00018d09" in problem(**{chr(0x18D09): "x"})
    assert "\\U00018d09" in problem(time_zone=chr(0x18D09))


def test_two_times_that_the_clocks_skip_are_both_reported() -> None:
    reported = findings(
        {
            **NEEDED,
            "starts_at": "2026-03-29 02:30",
            "ends_at": "2026-10-25 02:30",
            "time_zone": "Europe/Berlin",
        }
    )
    assert [finding.column for finding in reported] == ["starts_at", "ends_at"]


@pytest.mark.parametrize(
    ("key", "written", "reported"),
    [
        ("name", "", "is empty; fill it in"),
        ("name", "x" * 101, "is longer than 100 characters; shorten it"),
        ("name", None, "must be text"),
        ("segment", ["a"], "must be text"),
        ("poll_seconds", "soon", "must be a whole number, such as 30"),
        ("poll_seconds", 1.5, "must be a whole number, such as 30"),
        ("poll_seconds", 0, "is too small; write 1 or more"),
        ("keep_days", 10**30, "is too large; write 3650 or less"),
        ("min_seconds_between_updates", "x", "must be a number, such as 5"),
        ("stale_minutes", 0, "is too small; write more than 0"),
        ("approval", "maybe", "must be true or false"),
        ("split_by", "flight", "must be a list, such as [flight, language]"),
        ("defaults", ["a"], "must be a mapping, such as {language: en}"),
        ("defaults", {"language": "en"}, "'language' is not in split_by; add it there"),
        ("on_bad_row", "stop", "must be 'skip' or 'end_campaign'"),
        ("starts_at", "2026-13-45 99:99", "'2026-13-45 99:99' is not in the calendar"),
    ],
)
def test_a_wrong_value_is_reported_with_its_fix_and_not_in_a_librarys_words(
    key: str, written: object, reported: str
) -> None:
    assert f"derby.yaml, {key}: {reported}" in problem(**{key: written})


def test_an_end_that_is_not_after_the_start_is_an_error() -> None:
    reported = problem(starts_at="2026-07-19 20:00", ends_at="2026-07-19 20:00")
    assert reported == "derby.yaml, ends_at: is not after starts_at; move one of them"


def test_an_unknown_zone_is_answered_with_the_nearest() -> None:
    assert "did you mean Europe/Istanbul" in problem(time_zone="Europe/Istanbull")


def test_defaults_are_only_for_columns_that_split() -> None:
    reported = problem(split_by=["language"], defaults={"langage": "en"})
    assert "defaults: 'langage' is not in split_by; did you mean language?" in reported


@pytest.mark.parametrize("value", [7, 7.5, True])
def test_a_number_in_place_of_text_is_to_be_put_in_quotes(value: object) -> None:
    assert "put it in quotes" in problem(id_column=value)


@pytest.mark.parametrize("name", ["", "  ", "a/b", "a\\b", "a\nb", "x" * 101, None, ["derby"]])
def test_a_name_is_plain_words(name: object) -> None:
    assert "derby.yaml, name: " in problem(name=name)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("register_ahead_minutes", -1),
        ("register_ahead_minutes", 1441),
        ("poll_seconds", 0),
        ("poll_seconds", math.inf),
        ("poll_seconds", math.nan),
        ("keep_days", 0),
        ("keep_days", 1.5),
        ("poll_seconds", "soon"),
        ("split_by", "flight"),
        ("defaults", ["en"]),
    ],
)
def test_a_value_out_of_its_bounds_is_reported_with_its_key(key: str, value: object) -> None:
    assert f"derby.yaml, {key}: " in problem(**{key: value})


def test_a_key_with_a_line_break_is_still_reported_in_one_line() -> None:
    assert "'na\\nme'" in problem(**{"na\nme": "derby"})


def test_a_campaign_does_not_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        campaign().name = "cup"  # type: ignore[misc]  # it is frozen, which is what is tested


KEYS = st.one_of(st.sampled_from(sorted(Campaign.model_fields)), st.text(max_size=8))
VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=20),
        st.datetimes().map(str),
        st.datetimes(timezones=st.timezones()).map(str),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=4,
)


@many_examples(150)
@given(st.dictionaries(KEYS, VALUES, max_size=6), st.booleans())
def test_any_values_are_a_campaign_or_invalid_input_with_a_line_each(
    values: dict[str, Any], whole: bool
) -> None:
    asked = {**NEEDED, **values} if whole else values
    assert_reported_in_lines(lambda: read_campaign(asked, where="derby.yaml"))


FILE = """\
name: derby            # what it is called
activity_type: MatchActivityAttributes
segment: fans.csv
timeline: "derby.csv"
split_by: [flight, language]
defaults: {language: en}
starts_at: 2026-07-19T19:00:00Z
ends_at: 2026-07-19 23:30
time_zone: Europe/Istanbul
cancel_message: |
  It is called off.
poll_seconds: 30
"""
DAMAGE = st.tuples(
    st.integers(0, len(FILE)),
    st.integers(0, 12),
    st.one_of(
        st.text(max_size=4),
        st.sampled_from([":", "- ", "\t", "&a ", "*a", "!!", "{", "]", "'", "\n", "---\n"]),
    ),
)


@many_examples(200)
@given(st.lists(DAMAGE, min_size=1, max_size=3))
def test_a_damaged_file_is_a_campaign_or_invalid_input_with_a_line_each(
    damage: list[tuple[int, int, str]],
) -> None:
    text = FILE
    for place, cut, put in damage:
        text = text[:place] + put + text[place + cut :]
    with TemporaryDirectory() as made:
        file = Path(made) / "derby.yaml"
        file.write_bytes(text.encode("utf-8", "surrogatepass"))
        assert_reported_in_lines(
            lambda: read_campaign(read_yaml(file, what="campaign file"), where=file.name)
        )


@pytest.mark.parametrize("zone", ["UTC", "Europe/Istanbul", "America/New_York"])
def test_a_time_with_a_zone_keeps_its_moment_in_any_other(zone: str) -> None:
    moment = datetime(2026, 7, 19, 20, tzinfo=ZoneInfo("Asia/Kathmandu"))
    assert in_zone(moment, ZoneInfo(zone), "starts_at") == moment


GUARDS = ["homeScore: 0 to 20, step 1", "status: Boarding | Departed", "winner: ask"]


@pytest.mark.parametrize(
    "written",
    [
        GUARDS,
        [{"homeScore": "0 to 20, step 1"}, {"status": "Boarding | Departed"}, {"winner": "ask"}],
        {"homeScore": ["0 to 20", "step 1"], "status": "Boarding | Departed", "winner": "ask"},
        "state.homeScore: 0 to 20,step 1\n\nstatus: Boarding|Departed\nwinner: ask\n",
        [*GUARDS, "", None],
    ],
)
def test_guards_may_be_written_as_text_a_list_or_a_mapping(written: object) -> None:
    asked = campaign(guards=written)
    assert asked.guards == GUARDS
    assert [guard.path for guard in asked.parsed_guards] == ["homeScore", "status", "winner"]
    assert Campaign.model_validate(asked.model_dump(mode="json")) == asked


def test_guards_in_a_campaign_file_are_read(tmp_path: Path) -> None:
    file = tmp_path / "derby.yaml"
    lines = "".join(f"  - {line}\n" for line in GUARDS)
    file.write_text(FILE + f"guards:\n{lines}hold_end_minutes: 20\n")
    asked = read_campaign(read_yaml(file, what="campaign file"), where=file.name)
    assert (asked.guards, asked.hold_end_minutes) == (GUARDS, 20)


@pytest.mark.parametrize(
    ("written", "reported"),
    [
        (["homeScore: 0-20"], "guards.0: homeScore: '0-20' is not a rule; write 0 to 20"),
        ([{"homeScore": None}], "guards.0: homeScore has no rule"),
        (["a: up", "a: ask"], "guards: a has two lines"),
        (5, "guards: must be a list"),
        ([5], "guards.0: is read as 5; put it in quotes"),
    ],
)
def test_a_wrong_guard_is_described_with_its_place(written: object, reported: str) -> None:
    assert reported in problem(guards=written)


def test_without_guards_nothing_is_held() -> None:
    assert (campaign().guards, campaign().parsed_guards, campaign().hold_end_minutes) == ([], (), 60)


def test_text_that_cannot_be_sent_is_an_error() -> None:
    assert "contains invalid Unicode" in problem(cancel_title="half \ud83d")


def test_a_campaign_names_a_segment_or_activities_that_phones_opened() -> None:
    neither = {key: value for key, value in NEEDED.items() if key != "segment"}
    (missing,) = findings(neither)
    assert (missing.code, missing.column) == ("missing_key", "segment")
    assert "'activities: ...'" in missing.message
    (both,) = findings({**NEEDED, "activities": "orders.csv"})
    assert (both.code, both.column) == ("wrong_value", "segment")
    assert "remove segment" in both.message
    (wrong,) = findings({**neither, "activities": 7})
    assert wrong.column == "activities"
    opened = read_campaign({**neither, "activities": "orders.csv"}, where="derby.yaml")
    assert (opened.device_started, opened.who) == (True, "orders.csv")
    assert (campaign().device_started, campaign().who) == (False, "fans.csv")


def test_ids_of_activities_are_in_the_column_activity_id_unless_the_campaign_says_otherwise() -> None:
    values = {**NEEDED, "segment": None, "activities": "orders.csv"}
    assert campaign().id_column == "insider_id"
    assert read_campaign(values, where="f").id_column == "activity_id"
    # A form sends every field, also those with their default.
    assert read_campaign({**values, "id_column": "insider_id"}, where="f").id_column == "activity_id"
    assert read_campaign({**values, "id_column": "uuid"}, where="f").id_column == "uuid"
