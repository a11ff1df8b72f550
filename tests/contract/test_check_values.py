from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live_activity.contract import Contract
from live_activity.contract.dates import UNIX_OFFSET, reference_seconds
from tests.contract.payloads import BESIDE
from tests.contract.spelling import contract_of, contract_with

NOW = datetime(2026, 7, 19, 12, tzinfo=UTC)
DELIVERY = """
struct Match: ActivityAttributes {
  struct ContentState: Codable, Hashable {
    enum Status: String, Codable { case pickup, onTheWay, delivered = "done" }
    var status: Status
    var etaMinutes: Int
    var courier: String?
    var late: Bool?
    var arrival: Date?
    var stops: [Stop]?
  }
  struct Stop: Codable, Hashable { var at: Date; var window: ClosedRange<Date>? }
  let orderNumber: String
}
"""


@pytest.fixture(scope="module")
def delivery() -> Contract:
    return contract_of(DELIVERY)


def findings_of(contract: Contract, state: object, *, from_text: bool = False) -> list[str]:
    """Returns the findings in one line each: severity, code, column, message."""
    found = contract.check_state(state, from_text=from_text, now=NOW).findings
    return [f"{one.severity} {one.code} {one.column}: {one.message}" for one in found]


def test_right_content_is_returned_unchanged_without_findings(delivery: Contract) -> None:
    state = {"status": "pickup", "etaMinutes": 4, "courier": None}
    checked = delivery.check_state(state, from_text=False, now=NOW)
    assert checked.findings == ()
    assert checked.value is state


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (
            {"status": "on_the_way", "etaMinutes": 4},
            "error unknown_case state.status: 'on_the_way' is not a case of Status; did you mean onTheWay?",
        ),
        (
            {"status": "Pickup", "etaMinutes": 4},
            "error unknown_case state.status: 'Pickup' is not a case of Status; did you mean pickup?",
        ),
        (
            {"status": "delivered", "etaMinutes": 4},
            "error unknown_case state.status: 'delivered' is not a case of Status; "
            "its case delivered is written done in JSON",
        ),
        (
            {"status": "lost at sea", "etaMinutes": 4},
            "error unknown_case state.status: 'lost at sea' is not a case of Status; it takes pickup, onTheWay, done",
        ),
        (
            {"status": "pickup"},
            "error missing state.etaMinutes: etaMinutes is missing, and phones drop content without it; "
            "give it a value",
        ),
        (
            {"status": "pickup", "etaMinutes": "4"},
            "error mistyped state.etaMinutes: '4' is text, and the app takes a whole number (Int); "
            "write 4 without the quotes",
        ),
        (
            {"status": "pickup", "etaMinutes": 3.5},
            "error mistyped state.etaMinutes: 3.5 has a fraction, and the app takes a whole number (Int); round it",
        ),
        (
            {"status": "pickup", "etaMinutes": 4, "late": 0},
            "error mistyped state.late: 0 is a number, and the app takes true or false (Bool); write false",
        ),
        (
            {"status": "pickup", "etaMinutes": 4, "late": "true"},
            "error mistyped state.late: 'true' is text, and the app takes true or false (Bool); "
            "write true without the quotes",
        ),
        (
            {"status": "pickup", "etaMinutes": 4, "late": "SÍ"},
            "error mistyped state.late: 'SÍ' is text, and the app takes true or false (Bool); write true",
        ),
        (
            {"status": "pickup", "etaMinutes": None},
            "error null state.etaMinutes: is null, and the app's type is not Optional; give a whole number (Int)",
        ),
        (
            {"status": "pickup", "etaMinutes": 4, "currier": "Ada"},
            "warning unknown_field state.currier: 'currier' is not a field of the app, and phones ignore it; "
            "did you mean courier?",
        ),
        (
            {"status": "pickup", "etaMinutes": 4, "weather": "sun"},
            "warning unknown_field state.weather: 'weather' is not a field of the app, and phones ignore it; "
            "leave it out",
        ),
        (
            {"status": "pickup", "etaMinutes": 4, "stops": [{"at": 1}, {"at": True}]},
            "error mistyped state.stops[1].at: true is a Bool, and the app takes "
            "a number of seconds since 2001-01-01T00:00:00Z (Date)",
        ),
    ],
)
def test_problems_are_reported_with_place_and_fix(delivery: Contract, state: object, expected: str) -> None:
    assert expected in findings_of(delivery, state)


def test_a_misspelt_field_is_reported_from_both_sides(delivery: Contract) -> None:
    assert findings_of(delivery, {"status": "pickup", "eta_minutes": 4}) == [
        "error missing state.etaMinutes: etaMinutes is missing, and phones drop content without it; "
        "is eta_minutes meant for it? rename it",
        "warning unknown_field state.eta_minutes: 'eta_minutes' is not a field of the app, and phones ignore it; "
        "did you mean etaMinutes?",
    ]


def test_a_long_value_is_cut_in_what_is_reported(delivery: Contract) -> None:
    (line,) = findings_of(delivery, {"status": "x" * 200, "etaMinutes": 4})
    assert "x" * 38 in line
    assert "x" * 40 not in line


def test_every_problem_is_reported_not_only_the_first(delivery: Contract) -> None:
    assert len(findings_of(delivery, {"status": "x", "etaMinutes": "y", "currier": 1})) == 3


def test_iso_text_becomes_the_number_that_swift_reads(delivery: Contract) -> None:
    state = {"status": "pickup", "etaMinutes": 4, "arrival": "2026-07-19T22:00:00+03:00"}
    checked = delivery.check_state(state, from_text=False, now=NOW)
    assert checked.value == {**state, "arrival": 806180400}
    assert [(one.severity, one.code, one.column) for one in checked.findings] == [
        ("info", "date_converted", "state.arrival")
    ]
    assert state["arrival"] == "2026-07-19T22:00:00+03:00"


def test_dates_are_converted_wherever_they_stand(delivery: Contract) -> None:
    window = ["2026-07-19T19:00:00Z", "2026-07-19T20:00:00.5Z"]
    state = {"status": "pickup", "etaMinutes": 4, "stops": [{"at": 806180400, "window": window}]}
    checked = delivery.check_state(state, from_text=False, now=NOW)
    assert checked.value["stops"] == [{"at": 806180400, "window": [806180400, 806184000.5]}]
    assert [one.column for one in checked.findings] == [
        "state.stops[0].window[0]",
        "state.stops[0].window[1]",
    ]


@pytest.mark.parametrize(
    ("written", "word"),
    [
        ("2026-07-19T19:00:00", "zone"),
        ("tomorrow", "not a date and time"),
        ("2026-02-30T19:00:00Z", "not a date and time"),
        ("", "not a date and time"),
    ],
)
def test_a_text_that_names_no_moment_is_an_error(delivery: Contract, written: str, word: str) -> None:
    (line,) = findings_of(delivery, {"status": "pickup", "etaMinutes": 4, "arrival": written})
    assert line.startswith("error mistyped state.arrival")
    assert word in line


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1784487600, ["would show 2057-07-19", "Unix time,", "806180400", "2026-07-19T19:00:00Z"]),
        (1784487600000, ["Unix time in milliseconds", "806180400"]),
        (0, ["would show 2001-01-01", "Unix time"]),
        (10**17, ["out of the calendar", "Unix time"]),
    ],
)
def test_a_number_that_shows_a_date_decades_off_is_a_warning(
    delivery: Contract, number: int, words: list[str]
) -> None:
    (line,) = findings_of(delivery, {"status": "pickup", "etaMinutes": 4, "arrival": number})
    assert line.startswith("warning date_far_off state.arrival")
    for word in words:
        assert word in line


@pytest.mark.parametrize("years", [-19, 19])
def test_a_number_that_shows_a_date_of_this_time_is_no_warning(delivery: Contract, years: int) -> None:
    seconds = 806180400 + years * 365.25 * 86400
    assert findings_of(delivery, {"status": "pickup", "etaMinutes": 4, "arrival": seconds}) == []


@given(st.integers(min_value=10**9, max_value=3 * 10**9))
@settings(max_examples=50)
def test_reference_seconds_are_unix_seconds_less_the_offset(unix: int) -> None:
    assert reference_seconds(datetime.fromtimestamp(unix, UTC).isoformat()) == unix - UNIX_OFFSET


def test_an_enum_without_raw_values_says_how_it_is_written() -> None:
    contract = contract_with("var phase: Phase", "enum Phase: Codable { case onTheWay, arrived }")
    assert findings_of(contract, {"phase": "on_the_way"}) == [
        "error mistyped state.phase: 'on_the_way' is text; Phase has no raw values, so write {\"onTheWay\": {}}"
    ]
    assert findings_of(contract, {"phase": {"arived": {}}}) == [
        'error unknown_case state.phase: {"arived": {}} names no case of Phase; did you mean arrived?'
    ]


def test_a_wrong_attribute_is_reported_with_the_prefix_attributes(delivery: Contract) -> None:
    checked = delivery.check_attributes({"order_number": "7"}, from_text=False)
    assert [one.column for one in checked.findings] == ["attributes.orderNumber", "attributes.order_number"]


def test_no_attributes_at_all_lack_what_the_app_needs(delivery: Contract) -> None:
    checked = delivery.check_attributes(None, from_text=False)
    assert [(one.code, one.column) for one in checked.findings] == [("missing", "attributes.orderNumber")]
    assert contract_with("var a: Int").check_attributes(None, from_text=False).is_accepted


def test_values_stay_out_of_the_repr_of_what_was_checked(delivery: Contract) -> None:
    checked = delivery.check_state({"status": "pickup", "etaMinutes": 4, "courier": "Ada"}, from_text=False)
    assert "Ada" not in repr(checked)


@pytest.mark.parametrize(
    ("swift", "value", "words"),
    [
        ("Int", float("nan"), "NaN is not a number"),
        ("Int", float("inf"), "Infinity is out of range: Int holds"),
        ("Int", 10**30, "is out of range: Int holds"),
        ("Int", 10**4000, "a number of about 4,001 digits is out of range"),
        ("Int", 1e300, "1e+300 is out of range"),
        ("Double", float("nan"), "NaN is not a number"),
        ("Double", 10**400, "is out of range: Double holds"),
        ("Date", float("nan"), "NaN is not a number"),
        ("Level", float("nan"), "NaN is not a case of Level"),
        ("Bool", "NaN", "'NaN' is not a number"),
    ],
)
def test_values_that_are_not_finite_or_too_large_are_named_as_such(
    swift: str, value: object, words: str
) -> None:
    (error,) = contract_with(f"var v: {swift}", BESIDE).check_state({"v": value}, from_text=False).findings
    assert words in error.message
    assert "text" not in error.message


@pytest.mark.parametrize("swift", ["Int", "Double", "UInt8", "Level"])
@pytest.mark.parametrize("cell", ["NaN", "nan", "-inf", "1e999", "9" * 500])
def test_cells_that_are_no_number_are_not_called_text(swift: str, cell: str) -> None:
    checked = contract_with(f"var v: {swift}", BESIDE).check_state({"v": cell}, from_text=True)
    (error,) = checked.findings
    assert "text" not in error.message
    assert any(words in error.message for words in ("not a number", "out of range", "a number beyond"))


@pytest.mark.parametrize("url", ["", "https://a.b/c d", "https://a.b/ü"])
def test_a_url_that_only_later_phones_read_is_a_warning(url: str) -> None:
    (note,) = contract_with("var v: URL").check_state({"v": url}, from_text=False).findings
    assert (note.severity, note.code) == ("warning", "url")


@pytest.mark.parametrize(
    ("declared", "value", "example"),
    [
        ("var x: Phase", "won", '{"won": {"by": 1, "at": 806180400}}'),
        ("var x: Phase", {"won": 3}, '{"won": {"by": 1, "at": 806180400}}'),
        ("var x: Phase", "lost", '{"lost": {}}'),
        ("var x: ClosedRange<Date>", "20:00", "[806180400, 806184000]"),
        ("var x: [Int]", "1, 2", "[1]"),
        ("var x: [String: Bool]", "a", '{"name": true}'),
        ("var x: Team", "Ayr", '{"name": "text", "goals": 1}'),
    ],
)
def test_a_value_of_the_wrong_shape_is_answered_with_one_of_the_right_shape(
    declared: str, value: object, example: str
) -> None:
    types = (
        "enum Phase: Codable { case lost, won(by: Int, at: Date) }\n"
        "struct Team: Codable { var name: String; var goals: Int }\n"
    )
    checked = contract_with(declared, types).check_state({"x": value}, from_text=False)
    assert checked.findings[0].message.endswith(example)


@pytest.mark.parametrize("text", ["1.000", "1,000", "1'000", "1\u202f000", "+1 000"])
def test_a_number_with_a_thousands_separator_is_not_guessed(text: str) -> None:
    checked = contract_with("var x: Int").check_state({"x": text}, from_text=True)
    digits = "+1000" if text.startswith("+") else "1000"
    assert checked.findings[0].message.endswith(f"write {digits}, without a separator, if that is meant")


@pytest.mark.parametrize(
    ("kind", "text", "fix"),
    [
        ("Double", "12%", "write 12, or 0.12 where the app counts to 1"),
        ("Double", "12,5 %", "write 12.5, or 0.125 where the app counts to 1"),
        ("Int", "12 %", "write 12"),
        ("Double", "%", "write a number (Double)"),
    ],
)
def test_a_percentage_is_answered_with_its_number(kind: str, text: str, fix: str) -> None:
    checked = contract_with(f"var x: {kind}").check_state({"x": text}, from_text=True)
    assert checked.findings[0].message.endswith(fix)
