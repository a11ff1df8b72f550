import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live_activity.core.content import ABSENT, Content, Json, cell_value

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
JSON: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
STATES = st.dictionaries(TEXT, JSON, max_size=4)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("3", 3),
        ("-3", -3),
        ("0", 0),
        ("-0", 0),
        (" 3 ", 3),
        ("3.5", 3.5),
        ("1.50", 1.5),
        ("-0.25", -0.25),
        ("1e5", 100000.0),
        ("2E-2", 0.02),
        ("9223372036854775808", 2**63),
        ("123456789012345678901234567890", 123456789012345678901234567890),
        ("true", True),
        ("false", False),
        (" true\t", True),
        ('{"home": 1, "away": [2, null]}', {"home": 1, "away": [2, None]}),
        (" [1, 2.5] ", [1, 2.5]),
        ("[]", []),
        ("{}", {}),
    ],
)
def test_a_cell_in_the_spelling_of_json_becomes_that_value(written: str, value: Json) -> None:
    read = cell_value(written)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    "written",
    [
        "05", "-05", "00", "1_000", "1,000", "1.000,5", "+3", ".5", "5.", "-", "1e", "e5", "0x1F", "NaN",
        "nan", "Infinity", "inf", "NA", "null", "None", "True", "FALSE", "yes", "no", "15:00", "90+4", "1 2",
        "٣", "1e999", "9" * 5000, "  half time ", '"quoted"', "2026-07-19",
    ],
)  # fmt: skip
def test_everything_else_is_text_as_it_is_written(written: str) -> None:
    assert cell_value(written) == written


@pytest.mark.parametrize("written", ["", " ", "\t", "\u00a0", "\r\n"])
def test_an_empty_cell_is_nothing_which_is_not_null(written: str) -> None:
    assert cell_value(written) is ABSENT


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("{", "character 2"),
        ('  {"a": 1,, "b": 2}', "character 11"),
        ("[1, 2", "expecting ',' delimiter"),
        ("[Live] Goal!", "begins with ["),
        ('{"a": 1, "b": 2, "a": 3}', "'a' is given twice"),
        ("[NaN]", "JSON has no NaN"),
        ("[-Infinity]", "JSON has no -Infinity"),
        ("[1e999]", "'1e999' is beyond"),
        ('{"a": "\\ud83d"}', "invalid Unicode"),
        ("[" * 100_000, "nested too deeply"),
        ("[" + "9" * 5000 + "]", "is not valid JSON"),
    ],
)
def test_broken_json_is_reported_with_its_place_in_one_short_line(written: str, expected: str) -> None:
    with pytest.raises(ValueError, match="is not valid JSON") as failure:
        cell_value(written)
    message = str(failure.value)
    assert expected in message
    assert "\n" not in message
    assert len(message) < 300


@given(JSON)
@settings(max_examples=60)
def test_a_cell_written_as_json_is_read_as_it_was_meant(value: Json) -> None:
    written = json.dumps({"value": value})
    assert cell_value(written) == {"value": value}


@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.booleans())
@settings(max_examples=60)
def test_numbers_are_unchanged_by_a_cell(value: float) -> None:
    assert cell_value(json.dumps(value)) == value


@given(TEXT)
@settings(max_examples=100)
def test_reading_a_cell_fails_only_with_a_message(written: str) -> None:
    try:
        read = cell_value(written)
    except ValueError as error:
        expected = str(error)
    else:
        assert (read is ABSENT) == (not written.strip())
        return
    assert "is not valid JSON" in expected
    assert written.strip()[0] in "{["


def test_content_with_equal_numbers_in_other_spellings_is_the_same() -> None:
    one = Content("Goal", None, {"home": 3, "away": {"goals": [1.0, -0.0]}})
    other = Content("Goal", None, {"away": {"goals": [1, 0]}, "home": 3.0})
    assert one == other
    assert one.fingerprint == other.fingerprint
    assert len({one, other}) == 1


@pytest.mark.parametrize(
    "other",
    [
        Content(None, "m", {"a": 1}),
        Content("t", None, {"a": 1}),
        Content("t", "m", {"a": "1"}),
        Content("t", "m", {"a": True}),
        Content("t", "m", {"a": None}),
        Content("t", "m", {"a": [1]}),
        Content("t", "m", {"a": 1, "b": None}),
        Content("t", "m", {"a": 1.0000001}),
        Content("t", "m", {"A": 1}),
        Content("m", "t", {"a": 1}),
        Content("", "m", {"a": 1}),
    ],
)
def test_content_differs_in_title_message_or_any_part_of_the_state(other: Content) -> None:
    content = Content("t", "m", {"a": 1})
    assert content != other
    assert content.fingerprint != other.fingerprint
    assert content != "t"


def test_large_whole_numbers_that_a_float_cannot_hold_stay_apart() -> None:
    assert Content(None, None, {"id": 2**53}) != Content(None, None, {"id": 2**53 + 1})
    assert Content(None, None, {"id": 2**53}) == Content(None, None, {"id": float(2**53)})


def test_the_fingerprint_is_sha256_in_hex() -> None:
    fingerprint = Content("t", "m", {"a": 1}).fingerprint
    assert len(fingerprint) == 64
    assert int(fingerprint, 16) > 0


def test_the_body_leaves_out_missing_fields() -> None:
    assert Content(None, None, {"a": 1}).body() == {"content_state": {"a": 1}}
    assert Content("t", "m", {"a": None}).body({"team": "Ayr"}) == {
        "title": "t",
        "message": "m",
        "content_state": {"a": None},
        "attributes": {"team": "Ayr"},
    }


def test_changing_what_went_in_or_came_out_changes_no_content() -> None:
    state: dict[str, Any] = {"goals": [1]}
    content = Content(None, None, state)
    state["goals"].append(2)
    content.body()["content_state"]["goals"].append(3)
    assert content.body() == {"content_state": {"goals": [1]}}
    assert content == Content(None, None, {"goals": [1]})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud83d", b"x", {1: 2}, {1, 2}, object()])
def test_a_state_that_is_no_json_is_refused_at_once(value: Any) -> None:
    with pytest.raises(ValueError, match=r"JSON|invalid Unicode"):
        Content(None, None, {"a": {"b": [value]}})


@given(st.none() | TEXT, st.none() | TEXT, STATES)
@settings(max_examples=60)
def test_content_comes_back_from_a_ledger_as_it_was(
    title: str | None, message: str | None, state: dict[str, Json]
) -> None:
    content = Content(title, message, state)
    kept = json.dumps(content.as_json())
    again = Content.from_body(json.loads(kept))
    assert again == content
    assert again.fingerprint == content.fingerprint
    assert again.body() == content.body()


@given(STATES)
@settings(max_examples=60)
def test_the_order_of_keys_makes_no_difference(state: dict[str, Json]) -> None:
    backwards = dict(reversed(state.items()))
    assert Content(None, None, state) == Content(None, None, backwards)


@given(STATES, STATES)
@settings(max_examples=60)
def test_equal_content_has_equal_states(one: dict[str, Json], other: dict[str, Json]) -> None:
    same = Content(None, None, one) == Content(None, None, other)
    assert not same or one == other
