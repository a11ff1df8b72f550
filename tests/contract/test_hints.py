"""Hints on types with their own `init(from:)`."""

from __future__ import annotations

from live_activity.contract import decode_failure
from tests.contract.spelling import contract_with

HAND = """
struct Hand: Codable {
    var score: Int
    var names: [String]
    var period: Period?
    enum CodingKeys: String, CodingKey { case score = "home_score", names, period }
    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        score = try container.decode(Int.self, forKey: .score)
        names = try container.decodeIfPresent([String].self, forKey: .names) ?? []
        period = (try? container.decode(Period.self, forKey: CodingKeys.period)) ?? nil
    }
}
enum Period: String, Codable { case first, second }
"""


def test_the_keys_of_a_plain_initializer_are_hints_and_not_checked() -> None:
    contract = contract_with("var hand: Hand", HAND)
    rows = {row.field: (row.type, row.may_be_missing) for row in contract.table()}
    assert rows == {
        "state.hand": ("cannot be checked (Hand)", False),
        "state.hand.home_score": ("whole number (hint, not checked)", False),
        "state.hand.names": ("list of text (hint, not checked)", True),
        "state.hand.period": ("one of these texts (hint, not checked)", True),
    }
    (note,) = contract.notes
    assert note.message.endswith("it seems to read home_score: Int, names: [String]?, period: Period?")
    assert decode_failure(contract, "state", {"hand": {"home_score": "anything"}}) is None


def test_a_single_value_container_is_a_hint_too() -> None:
    contract = contract_with(
        "var p: P",
        "enum P: String, Codable { case a, other\ninit(from decoder: Decoder) throws {\n"
        "let raw = try decoder.singleValueContainer().decode(String.self)\nself = P(rawValue: raw) ?? .other } }",
    )
    assert "it seems to read one value: String" in contract.notes[0].message


def test_a_type_that_tries_several_single_values_gives_no_hint_of_one() -> None:
    contract = contract_with(
        "var p: Any1",
        "struct Any1: Codable { init(from decoder: Decoder) throws {\nlet c = try decoder.singleValueContainer()\n"
        "if let b = try? c.decode(Bool.self) { _ = b } else if let i = try? c.decode(Int.self) { _ = i } } }",
    )
    assert "seems to read" not in contract.notes[0].message


def test_a_hint_inside_a_hint_says_once_that_it_is_one() -> None:
    outer = HAND.replace("Hand", "Outer").replace("Period?", "Hand?").replace("Period.", "Hand.")
    contract = contract_with("var outer: Outer", outer + HAND.replace("enum Period", "enum Period"))
    types = {row.field: row.type for row in contract.table()}
    assert types["state.outer.period.home_score"] == "whole number (hint, not checked)"


def test_an_initializer_that_computes_its_keys_gives_no_hint() -> None:
    contract = contract_with(
        "var p: P",
        "struct P: Codable { var a: Int\ninit(from decoder: Decoder) throws {\n"
        "let c = try decoder.container(keyedBy: K.self)\na = try c.decode(Int.self, forKey: key(3)) } }",
    )
    assert [row.field for row in contract.table()] == ["state.p"]


def test_the_type_of_a_raw_value_is_still_checked() -> None:
    contract = contract_with(
        "var p: P",
        'enum P: String, Codable { case a, other\ninit?(rawValue: String) { self = rawValue == "a" ? .a : .other } }',
    )
    assert "can only be checked in part" in contract.notes[0].message
    assert decode_failure(contract, "state", {"p": "anything"}) is None
    assert decode_failure(contract, "state", {"p": 3}) is not None


def test_the_reason_for_an_unchecked_type_is_named() -> None:
    contract = contract_with(
        "var a: Color\nvar b: Missing\nvar c: G<Int>.Inner\nvar d: (Int, Int)",
        "struct G<T: Codable>: Codable { struct Inner: Codable { var t: T } }",
    )
    assert {note.column: note.message.partition(": ")[2] for note in contract.notes} == {
        "state.a": "it is Apple's type, and its JSON form is not known here",
        "state.b": "it is not declared in the files at hand",
        "state.d": "it is not Decodable",
    }


def test_coding_keys_with_their_own_string_value_are_unknown() -> None:
    keys = 'enum CodingKeys: String, CodingKey { case a; var stringValue: String { "k_" + rawValue } }'
    contract = contract_with("var x: X", f"struct X: Codable {{ var a: Int; {keys} }}")
    assert "the stringValue of its CodingKeys is written by hand" in contract.notes[0].message
    assert decode_failure(contract, "state", {"x": {"k_a": 1}}) is None
