from typing import Any

import pytest

from live_activity.contract import Contract
from live_activity.core.content import NO_OPINION
from tests.contract.payloads import BESIDE
from tests.contract.spelling import contract_of, contract_with

CELLS: list[tuple[str, str, Any]] = [
    ("Int", "3", 3),
    ("Int", " 3 ", 3),
    ("Int", "-3", -3),
    ("Int", "3.0", 3),
    ("Int", "3.00", 3),
    ("Int", "0.000", 0),
    ("Int", "1.000", "1.000"),
    ("Int?", "12.500", "12.500"),
    ("Int", "1.000.000", "1.000.000"),
    ("Double", "1.000", 1),
    ("Int", "05", 5),
    ("Int", "3.5", 3.5),
    ("Int", "3.00000000000000000001", "3.00000000000000000001"),
    ("Int", "three", "three"),
    ("Int", "1,5", "1,5"),
    ("Int", "1e400", "1e400"),
    ("Int", "9" * 30, int("9" * 30)),
    ("Int?", "3", 3),
    ("Int?", "null", None),
    ("Double", "3", 3),
    ("Double", "0.5", 0.5),
    ("Double", ".5", ".5"),
    ("Double", "NaN", "NaN"),
    ("Bool", "true", True),
    ("Bool", "FALSE", False),
    ("Bool", "1", "1"),
    ("Bool", "yes", "yes"),
    ("String", "05", "05"),
    ("String", "3.0", "3.0"),
    ("String", "true", "true"),
    ("String", "{x}", "{x}"),
    ("String", " a ", " a "),
    ("String?", "null", "null"),
    ("Date", "806180400", 806180400),
    ("Date", "2026-07-19T19:00:00Z", "2026-07-19T19:00:00Z"),
    ("UUID", " E621E1F8-C36C-495A-93FC-0C247A3E6E5F", "E621E1F8-C36C-495A-93FC-0C247A3E6E5F"),
    ("Period", "first", "first"),
    ("Period", "half_time ", "half_time"),
    ("Period", "third", "third"),
    ("Level", "2", 2),
    ("Level", "mid", "mid"),
    ("Phase", "arrived", {"arrived": {}}),
    ("Phase", '{"arrived": {}}', {"arrived": {}}),
    ("[Int]", "[1, 2]", [1, 2]),
    ("[Int]", '["1"]', ["1"]),
    ("[Int]", "[1,", "[1,"),
    ("[Int]", "1;2", "1;2"),
    ("Score", '{"home": 1}', {"home": 1}),
    ("[String: Int]", '{"a": 1}', {"a": 1}),
    ("Unknown", "3", NO_OPINION),
    ("Unknown?", "3", NO_OPINION),
]


@pytest.mark.parametrize(("swift", "text", "expected"), CELLS)
def test_a_cell_takes_the_type_of_its_field(swift: str, text: str, expected: Any) -> None:
    value = contract_with(f"var v: {swift}", BESIDE).cell(("state", "v"), text)
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(("swift", "text", "expected"), CELLS)
def test_a_check_from_text_converts_the_same(swift: str, text: str, expected: Any) -> None:
    if expected is NO_OPINION or swift == "Date":
        return
    checked = contract_with(f"var v: {swift}", BESIDE).check_state({"v": text}, from_text=True)
    assert checked.value == {"v": expected}


def test_a_cell_that_does_not_spell_its_type_is_an_error_of_the_check() -> None:
    contract = contract_with("var v: Int")
    checked = contract.check_state({"v": contract.cell(("state", "v"), "3.5")}, from_text=True)
    assert [(one.code, one.column) for one in checked.findings] == [("mistyped", "state.v")]
    assert "round it" in checked.findings[0].message


def test_text_inside_json_keeps_its_type() -> None:
    contract = contract_with("var v: [Int]")
    assert not contract.check_state({"v": '["1"]'}, from_text=True).is_accepted
    assert contract.check_state({"v": "[1]"}, from_text=True).is_accepted


@pytest.fixture(scope="module")
def nested() -> Contract:
    return contract_of(
        """struct Match: ActivityAttributes {
          struct ContentState: Codable, Hashable { var score: Score; var names: [String: Int]; var tree: Tree? }
          struct Score: Codable, Hashable { var home: Int }
          struct Tree: Codable, Hashable { var size: Int; var more: [String: Tree] }
          let number: String
        }"""
    )


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("state", "score", "home"), 3),
        (("state", "names", "anybody"), 3),
        (("state", "tree", "more", "x", "size"), 3),
        (("attributes", "number"), "3"),
        (("state", "score", "guest"), NO_OPINION),
        (("state", "nothing"), NO_OPINION),
        (("state", "score", "home", "deeper"), NO_OPINION),
        (("other", "score"), NO_OPINION),
        ((), NO_OPINION),
    ],
)
def test_dots_lead_into_structs_and_dictionaries(
    nested: Contract, path: tuple[str, ...], expected: Any
) -> None:
    assert nested.cell(path, "3") == expected


def test_dotted_columns_are_converted_by_a_check(nested: Contract) -> None:
    checked = nested.check_state({"score": {"home": "2"}, "names": {"a": "1"}}, from_text=True)
    assert checked.value == {"score": {"home": 2}, "names": {"a": 1}}
    assert checked.findings == ()
