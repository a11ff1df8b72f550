import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from live_activity.contract import Contract, decode_failure, list_types, read_contract
from live_activity.contract.types import (
    SCALARS,
    ArrayType,
    BareEnumType,
    DictionaryType,
    EnumCase,
    EnumType,
    Field,
    RangeType,
    Scalar,
    StructType,
    SwiftType,
    Unchecked,
    optional,
)
from live_activity.core.findings import InvalidInput
from tests.contract.payloads import BESIDE, NOTHING, PAYLOADS
from tests.contract.spelling import contract_with, fields_of
from tests.examples import many_examples

NAMES = st.from_regex(r"[a-z][A-Za-z_0-9]{0,6}", fullmatch=True)
CASES = st.lists(st.builds(EnumCase, NAMES, NAMES), min_size=1, max_size=3, unique_by=lambda case: case.value)
LEAVES: st.SearchStrategy[SwiftType] = (
    st.sampled_from(sorted(SCALARS)).map(Scalar)
    | st.builds(
        EnumType,
        NAMES,
        st.just("String"),
        CASES.map(tuple),
    )
    | st.builds(
        EnumType,
        NAMES,
        st.sampled_from(["Int", "UInt8"]),
        st.lists(st.integers(0, 200), min_size=1, max_size=3, unique=True).map(
            lambda values: tuple(EnumCase(f"case{value}", value) for value in values)
        ),
    )
    | st.builds(BareEnumType, NAMES, st.just((EnumCase("a", "a"), EnumCase("b", "B"))))
    | st.builds(Unchecked, NAMES, NAMES)
)  # fmt: skip
KEYS: st.SearchStrategy[SwiftType] = st.sampled_from([Scalar("String"), Scalar("Int")])


def _struct(inner: st.SearchStrategy[SwiftType]) -> st.SearchStrategy[SwiftType]:
    fields = st.lists(
        st.builds(Field, NAMES, inner, st.booleans()), max_size=4, unique_by=lambda field: field.key
    )
    return st.builds(StructType, NAMES, fields.map(tuple), st.booleans())


TYPES: st.SearchStrategy[SwiftType] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        inner.map(optional),
        st.builds(ArrayType, inner, st.booleans()),
        st.builds(RangeType, inner, st.booleans()),
        st.builds(DictionaryType, KEYS, inner),
        st.builds(DictionaryType, inner, inner, st.just(True)),
        _struct(inner),
    ),
    max_leaves=6,
)


def read_back(schema: object, folder: Path) -> Contract:
    file = folder / "match.json"
    file.write_text(json.dumps(schema), "utf-8")
    return read_contract(file, "Match")


@given(state=_struct(TYPES), attributes=_struct(TYPES))
@many_examples(150)
def test_a_contract_is_read_back_from_its_own_schema(
    tmp_path_factory: pytest.TempPathFactory, state: SwiftType, attributes: SwiftType
) -> None:
    contract = Contract("Match", attributes, state)
    schema = contract.json_schema()
    Draft202012Validator.check_schema(schema)
    again = read_back(schema, tmp_path_factory.mktemp("schema"))
    assert (again.state, again.attributes) == (contract.state, contract.attributes)
    assert again.json_schema() == schema


def test_recursive_types_are_read_back(tmp_path: Path) -> None:
    contract = contract_with("var tree: Tree", BESIDE)
    again = read_back(contract.json_schema(), tmp_path)
    assert again.state == contract.state
    assert again.json_schema() == contract.json_schema()
    assert decode_failure(again, "state", {"tree": {"name": "a", "branches": [{"name": 1}]}}) is not None


@pytest.mark.parametrize(("swift", "value", "decodes", "rule"), PAYLOADS)
def test_the_contract_read_back_decides_the_same(
    tmp_path: Path, swift: str, value: Any, decodes: bool, rule: str
) -> None:
    again = read_back(contract_with(f"var v: {swift}", BESIDE).json_schema(), tmp_path)
    assert (decode_failure(again, "state", {} if value is NOTHING else {"v": value}) is None) is decodes, rule


FINITE = [row for row in PAYLOADS if row[1] is NOTHING or row[1] != float("inf")]
# What JSON Schema cannot express: the value itself decides (a URL, Base64, a number's precision, the order of two
# bounds, alternating keys and values), or JSON Schema counts numbers differently.
BEYOND_SCHEMA = ("URL", "Data", "Float", "Double", "ClosedRange<Date>", "[Period: Int]", "[UInt8: Int]",
                 "Int", "Int64", "Phase")  # fmt: skip


@pytest.mark.parametrize(("swift", "value", "decodes", "rule"), FINITE)
def test_a_plain_json_schema_validator_never_refuses_what_swift_decodes(
    swift: str, value: Any, decodes: bool, rule: str
) -> None:
    schema = contract_with(f"var v: {swift}", BESIDE).json_schema()
    content = {"content_state": {} if value is NOTHING else {"v": value}}
    is_valid = Draft202012Validator(schema).is_valid(content)
    assert is_valid or not decodes, rule
    if swift not in BEYOND_SCHEMA:
        assert is_valid is decodes, rule


HAND_WRITTEN: list[tuple[str, dict[str, Any], str]] = [
    ("plain types", {"a": {"type": "string"}, "b": {"type": "integer"}, "c": {"type": "number"},
                     "d": {"type": "boolean"}}, "a?: String, b?: Int, c?: Double, d?: Bool"),
    ("null among the types", {"a": {"type": ["integer", "null"]}}, "a: Int?"),
    ("anyOf with null", {"a": {"anyOf": [{"type": "string"}, {"type": "null"}]}}, "a: String?"),
    ("nullable", {"a": {"type": "integer", "nullable": True}}, "a: Int?"),
    ("enum", {"a": {"title": "P", "enum": ["x", "y"]}}, "a?: P(x|y)"),
    ("enum of numbers", {"a": {"title": "L", "type": "integer", "enum": [1, 2]}}, "a?: L(1|2)"),
    ("enum with null", {"a": {"title": "P", "enum": ["x", None]}}, "a: P(x)?"),
    ("const", {"a": {"title": "P", "const": "x"}}, "a?: P(x)"),
    ("oneOf constants", {"a": {"title": "P", "oneOf": [{"const": "x"}, {"const": "y"}]}}, "a?: P(x|y)"),
    ("array", {"a": {"type": "array", "items": {"type": "integer"}}}, "a?: [Int]"),
    ("array of anything", {"a": {"type": "array"}}, "a?: [unchecked any value]"),
    ("unique items", {"a": {"type": "array", "items": {"type": "string"}, "uniqueItems": True}}, "a?: Set<String>"),
    ("dictionary", {"a": {"type": "object", "additionalProperties": {"type": "integer"}}}, "a?: [String: Int]"),
    ("object", {"a": {"type": "object", "properties": {"b": {"type": "string"}}, "required": ["b"]}},
     "a?: (b: String)"),
    ("$ref to $defs", {"a": {"$ref": "#/$defs/Team"}}, "a?: Team(name: String)"),
    ("$ref in an array", {"a": {"type": "array", "items": {"$ref": "#/$defs/Team"}}}, "a?: [Team(name: String)]"),
    ("$ref to itself", {"a": {"$ref": "#/$defs/Node"}}, "a?: Node(next?: ->Node)"),
    ("formats", {"a": {"type": "string", "format": "uuid"}, "b": {"type": "string", "format": "uri"},
                 "c": {"type": "number", "format": "date-time"}, "d": {"type": "integer", "format": "int32"}},
     "a?: UUID, b?: URL, c?: Date, d?: Int32"),
    ("Base64", {"a": {"type": "string", "contentEncoding": "base64"}}, "a?: Data"),
    ("several types", {"a": {"type": ["string", "integer"]}}, "a?: unchecked any value"),
    ("true", {"a": True}, "a?: unchecked any value"),
]  # fmt: skip
DEFS = {
    "Team": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]},
    "Node": {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}}},
}


@pytest.mark.parametrize(
    ("properties", "expected"), [case[1:] for case in HAND_WRITTEN], ids=[case[0] for case in HAND_WRITTEN]
)
def test_a_schema_as_people_write_it_is_read(
    tmp_path: Path, properties: dict[str, Any], expected: str
) -> None:
    contract = read_back({"type": "object", "properties": properties, "$defs": DEFS}, tmp_path)
    assert fields_of(contract.state) == expected
    once = contract.json_schema()
    assert read_back(once, tmp_path).json_schema() == once


def test_a_schema_may_hold_state_and_attributes(tmp_path: Path) -> None:
    state = {"type": "object", "properties": {"score": {"type": "integer"}}, "required": ["score"]}
    attributes = {"type": "object", "properties": {"team": {"type": "string"}}}
    for name in ("content_state", "contentState", "state"):
        contract = read_back({"properties": {name: state, "attributes": attributes}}, tmp_path)
        assert fields_of(contract.state) == "score: Int"
        assert fields_of(contract.attributes) == "team?: String"


def test_a_state_may_have_a_field_named_state(tmp_path: Path) -> None:
    inner = {"type": "object", "properties": {"a": {"type": "integer"}}}
    contract = read_back({"properties": {"state": inner, "minute": {"type": "integer"}}}, tmp_path)
    assert fields_of(contract.state) == "state?: (a?: Int), minute?: Int"


@pytest.mark.parametrize(
    ("schema", "right", "invalid"),
    [
        ({"type": "integer", "minimum": 0, "maximum": 120}, 120, 121),
        ({"type": "integer", "exclusiveMinimum": 0}, 1, 0),
        ({"type": "number", "multipleOf": 0.5}, 1.5, 1.25),
        ({"type": "string", "maxLength": 3}, "abc", "abcd"),
        ({"type": "string", "pattern": "^[A-Z]{3}$"}, "GAL", "gal"),
        ({"type": "array", "items": {"type": "integer"}, "maxItems": 1}, [1], [1, 2]),
    ],
)
def test_the_bounds_of_a_schema_are_kept_and_checked(
    tmp_path: Path, schema: dict[str, Any], right: object, invalid: object
) -> None:
    contract = read_back({"properties": {"v": schema}, "required": ["v"]}, tmp_path)
    assert contract.json_schema()["properties"]["content_state"]["properties"]["v"] == schema
    assert contract.check_state({"v": right}, from_text=False).findings == ()
    (finding,) = contract.check_state({"v": invalid}, from_text=False).findings
    assert (finding.severity, finding.code) == ("error", "out_of_range")


def test_a_date_that_a_schema_writes_as_text_stays_text_and_is_reported(tmp_path: Path) -> None:
    contract = read_back({"properties": {"at": {"type": "string", "format": "date-time"}}}, tmp_path)
    assert fields_of(contract.state) == "at?: String"
    assert "a Swift Date is a number and not text" in contract.notes[0].message
    assert contract.check_state({"at": "2026-07-19T19:00:00Z"}, from_text=False).findings == ()


def test_a_key_that_may_be_missing_takes_null_as_swift_does(tmp_path: Path) -> None:
    contract = read_back({"properties": {"a": {"type": "string"}}}, tmp_path)
    assert decode_failure(contract, "state", {"a": None}) is None


def test_keywords_that_are_not_checked_are_reported(tmp_path: Path) -> None:
    contract = read_back({"properties": {"a": {"type": "string", "not": {"const": "x"}}}}, tmp_path)
    assert [(note.column, note.message) for note in contract.notes] == [
        ("state.a", "the keyword not is not checked"),
        (
            "attributes",
            "attributes cannot be checked from the declaration: the schema does not describe them",
        ),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[]", "must be an object"),
        ("{}", 'no "properties"'),
        ('{"properties": ', "line 1 is not valid JSON"),
        ('{"x-swift-attributes": "Other", "properties": {"a": true}}', "is of Other, not of Match"),
    ],
)
def test_what_is_no_schema_of_the_type_is_an_error(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "match.json"
    file.write_text(text)
    with pytest.raises(InvalidInput, match=words):
        read_contract(file, "Match")


def test_a_schema_names_the_type_that_it_is_of(tmp_path: Path) -> None:
    file = tmp_path / "match.json"
    file.write_text(json.dumps(contract_with("var v: Int").json_schema()))
    assert [one.name for one in list_types(file)] == ["Match"]
    file.write_text('{"title": "Match", "properties": {"a": {"type": "string"}}}')
    assert [one.name for one in list_types(file)] == ["Match"]
    file.write_text('{"title": "State of a match", "properties": {"a": {"type": "string"}}}')
    with pytest.raises(InvalidInput, match="names no activity type; give it a"):
        list_types(file)
