from typing import Any

import pytest

from live_activity.contract import decode_failure
from tests.contract.payloads import BESIDE, NOTHING, PAYLOADS
from tests.contract.spelling import contract_of, contract_with


@pytest.mark.parametrize(
    ("swift", "value", "decodes"),
    [row[:3] for row in PAYLOADS],
    ids=[f"{row[0]}-{row[3]}" for row in PAYLOADS],
)
def test_a_payload_decodes_exactly_where_swift_decodes_it(swift: str, value: Any, decodes: bool) -> None:
    contract = contract_with(f"var v: {swift}", BESIDE)
    state = {} if value is NOTHING else {"v": value}
    failure = decode_failure(contract, "state", state)
    assert (failure is None) is decodes, failure
    if failure is not None:
        assert failure.startswith("state.v")


@pytest.mark.parametrize(
    ("swift", "value", "decodes"),
    [row[:3] for row in PAYLOADS],
    ids=[f"{row[0]}-{row[3]}" for row in PAYLOADS],
)
def test_a_check_refuses_what_no_phone_decodes_and_accepts_the_rest(
    swift: str, value: Any, decodes: bool
) -> None:
    contract = contract_with(f"var v: {swift}", BESIDE)
    checked = contract.check_state({} if value is NOTHING else {"v": value}, from_text=False)
    # A date written as text is the only value that is converted.
    assert checked.is_accepted is (decodes or (swift, value) == ("Date", "2026-07-19T19:00:00Z"))
    assert decode_failure(contract, "state", checked.value) is None or not checked.is_accepted


@pytest.mark.parametrize("content", [[], "text", None, 3])
def test_content_that_is_no_object_never_decodes(content: object) -> None:
    contract = contract_with("var v: Int?")
    assert decode_failure(contract, "state", content) is not None


def test_a_wrapped_property_is_left_to_its_wrapper() -> None:
    contract = contract_with("@Clamped var v: Int = 3\nvar w: Int")
    assert decode_failure(contract, "state", {"w": 1}) is None
    assert decode_failure(contract, "state", {"v": "x", "w": 1}) is None


def test_attributes_are_checked_against_their_own_type() -> None:
    contract = contract_of(
        "struct Match: ActivityAttributes { struct ContentState: Codable, Hashable {}\nlet homeTeam: String }"
    )
    assert decode_failure(contract, "attributes", {"homeTeam": "GAL"}) is None
    failure = decode_failure(contract, "attributes", {"homeTeam": 7})
    assert failure == (
        'attributes.homeTeam: 7 is a number, and the app takes text (String); write "7" in quotes'
    )
