from live_activity.contract import as_text, decode_failure
from live_activity.contract.examples import example
from tests.contract.payloads import BESIDE, PAYLOADS
from tests.contract.spelling import contract_of, contract_with


def test_a_table_says_in_words_what_each_field_takes() -> None:
    contract = contract_with(
        "var period: Period\nvar minute: UInt8?\nvar at: Date\nvar score: Score\nvar players: [Player]\n"
        "@Wrapped var w: Int",
        BESIDE + "struct Player: Codable { var name: String }",
    )
    rows = [(row.field, row.type, row.allowed, row.may_be_missing) for row in contract.table()]
    assert rows == [
        ("state.period", "one of these texts", "first, half_time, second", False),
        ("state.minute", "whole number", "0 to 255", True),
        ("state.at", "date and time", "2026-07-19T19:00:00Z, or seconds since 2001", False),
        ("state.score", "object", "", False),
        ("state.score.home", "whole number", "", False),
        ("state.score.away", "whole number", "", True),
        ("state.players", "list of object", "", False),
        ("state.players[].name", "text", "", False),
        ("state.w", "cannot be checked (@Wrapped)", "@Wrapped decides how it is decoded", True),
    ]


def test_the_table_is_aligned_in_columns() -> None:
    contract = contract_of(
        "struct Match: ActivityAttributes { struct ContentState: Codable, Hashable { var minute: Int? }\n"
        "let homeTeam: String }"
    )
    assert as_text(contract.table()).splitlines() == [
        "field                type          allowed values  may be missing",
        "state.minute         whole number                  yes",
        "attributes.homeTeam  text                          no",
    ]


def test_a_state_that_cannot_be_read_says_why() -> None:
    contract = contract_with("var a: Int\ninit(from decoder: Decoder) throws { a = 1 }")
    (row,) = contract.table()
    assert row.field == "state"
    assert "by hand" in row.allowed


def test_a_state_that_is_no_struct_has_a_row_of_its_own() -> None:
    contract = contract_of("struct Match: ActivityAttributes { typealias ContentState = [String: Int] }")
    (row,) = contract.table()
    assert (row.field, row.type) == ("state", "object of whole number by name")


def test_a_value_that_is_more_than_a_word_or_a_number_has_an_example() -> None:
    contract = contract_with(
        "var at: Date\nvar result: Outcome\nvar scores: [Score]?\nvar extras: [String: Bool]\nvar by: [Period: Int]\n"
        "var window: ClosedRange<Date>\nvar crest: URL\nvar length: Duration\nvar team: String\nvar live: Bool\n"
        "var period: Period\nvar zone: TimeZone\nvar phase: Phase",
        BESIDE.replace("enum Result", "enum Outcome"),
    )
    examples = {row.field: row.example for row in contract.table()}
    assert {field: example for field, example in examples.items() if example} == {
        "state.at": "806180400 (2026-07-19T19:00:00Z)",
        "state.result": '{"won": {"by": 1}}',
        "state.scores": '[{"home": 1, "away": 1}]',
        "state.extras": '{"name": true}',
        "state.by": '["first", 1]',
        "state.window": "[806180400, 806184000]",
        "state.crest": "https://example.com/a",
        "state.length": "[1, 1]",
        "state.zone": '{"identifier": "Europe/Istanbul"}',
        "state.zone.identifier": "Europe/Istanbul",
        "state.phase": '{"onTheWay": {}}',
    }


def test_every_example_is_a_value_that_phones_decode() -> None:
    kinds = [row[0] for row in PAYLOADS]
    for swift in dict.fromkeys(kind for kind in kinds if "Unknown" not in kind):
        contract = contract_with(f"var v: {swift}", BESIDE)
        value = example(contract.state)
        if value.get("v") is not None or "?" in swift:
            assert decode_failure(contract, "state", value) is None, swift


def test_the_examples_stand_in_a_column_of_their_own() -> None:
    heading, row = as_text(contract_with("var at: Date").table()).splitlines()
    assert heading.endswith("may be missing  example")
    assert row.endswith("no              806180400 (2026-07-19T19:00:00Z)")
