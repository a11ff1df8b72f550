import pytest

from live_activity.contract import check_push, decode_failure
from tests.contract.spelling import contract_with

LONE = "\ud83d"


@pytest.mark.parametrize(
    ("state", "column"),
    [
        ({"v": LONE}, "state.v"),
        ({"v": "a", "extra": LONE}, "state.extra"),
        ({"v": "a", "extra": {"deep": ["a", {"x": f"b{LONE}"}]}}, "state.extra.deep[1].x"),
        ({"v": "a", LONE: 1}, "state"),
    ],
)
def test_an_unpaired_surrogate_anywhere_is_an_error(state: dict[str, object], column: str) -> None:
    contract = contract_with("var v: String")
    (error,) = [
        one for one in contract.check_state(state, from_text=False).findings if one.severity == "error"
    ]
    assert (error.code, error.column) == ("invalid_unicode", column)
    assert "unpaired surrogate" in error.message
    assert error.message.isascii()
    assert decode_failure(contract, "state", state) is not None


def test_a_surrogate_pair_is_an_ordinary_character() -> None:
    contract = contract_with("var v: String")
    assert contract.check_state({"v": "\U0001f600"}, from_text=False).findings == ()


@pytest.mark.parametrize("part", ["title", "message", "state", "attributes"])
def test_it_is_an_error_without_a_contract_too(part: str) -> None:
    push = {"title": "t", "message": "m", "state": {"a": "ü😀"}, "attributes": {"b": "c"}}
    fixed = {"event": "start", "activity_type": "Match"}
    assert check_push(**fixed, **push) == ()  # type: ignore[arg-type]  # keywords of several types
    push[part] = {"a": LONE} if isinstance(push[part], dict) else LONE
    (error,) = check_push(**fixed, **push)  # type: ignore[arg-type]  # keywords of several types
    assert error.code == "invalid_unicode"
    assert (error.column or "").startswith(part)
