import json
from typing import Any, Literal

import pytest

from live_activity.contract import check_push, check_size, payload_size
from live_activity.core.apple_limits import ACTIVITY_BYTES, PUSH_BYTES, activity_bytes

STATE = {"period": "first_half", "minute": 3}


def size_of(event: Literal["start", "update", "end"], **changed: Any) -> int:
    given: dict[str, Any] = {"title": "Goal", "message": "1:0", "state": STATE, "attributes": None, **changed}
    return payload_size(event=event, activity_type="Match", **given).bytes


def bytes_of(aps: dict[str, Any]) -> int:
    return len(json.dumps({"aps": aps}, ensure_ascii=False, separators=(",", ":")).encode())


def test_an_update_is_counted_as_apple_gets_it() -> None:
    alert = {"title": "Goal", "body": "1:0"}
    whole = {"timestamp": 1784487600, "event": "update", "content-state": STATE, "alert": alert}
    assert size_of("update") == bytes_of(whole)


def test_a_start_carries_its_type_and_its_attributes() -> None:
    whole = {"timestamp": 1784487600, "event": "start", "content-state": STATE, "attributes-type": "Match"}
    attributes = {"homeTeam": "GAL"}
    assert size_of("start", attributes=attributes, title=None, message=None) == bytes_of(
        {**whole, "attributes": attributes}
    )
    assert size_of("start", title=None, message=None) == bytes_of({**whole, "attributes": {}})


def test_letters_are_counted_in_utf_8() -> None:
    assert size_of("update", title="Gö👍") - size_of("update", title="G") == 2 + 4


def test_the_largest_field_is_named() -> None:
    state = {"a": "x" * 20, "b": 1}
    size = payload_size(
        event="start", activity_type="M", title="t", message="m" * 9, state=state, attributes={"c": [1]}
    )
    assert (size.largest_field, size.largest_bytes) == ("state.a", 22)


@pytest.mark.parametrize("over", [-1, 0, 1, 500])
def test_a_push_over_the_limit_is_an_error_that_names_what_to_shorten(over: int) -> None:
    given: dict[str, Any] = {"activity_type": "M", "title": "t", "message": "m", "attributes": None}
    empty = payload_size(event="update", state={"story": ""}, **given).bytes
    state = {"story": "x" * (PUSH_BYTES - empty + over)}
    findings = check_size(event="update", state=state, **given)
    # Far over the limit, the state alone is too large as well.
    assert len(findings) == (over > 0) + (over == 500)
    if over == 1:
        assert findings[0].column == "state.story"
        assert findings[0].message.startswith("the update push has 4,097 bytes, 1 over Apple's 4,096")


@pytest.mark.parametrize("over", [0, 1])
def test_attributes_and_state_together_have_a_limit_of_their_own(over: int) -> None:
    state, attributes = {"story": "x" * 3000}, {"crest": ""}
    room = ACTIVITY_BYTES - activity_bytes(state=state, attributes=attributes)
    given: dict[str, Any] = {"activity_type": "M", "title": None, "message": None, "attributes": None}
    push = {**given, "event": "update", "state": state}
    kept = {"crest": "y" * (room + over)}
    assert check_size(**push) == ()
    findings = check_size(**push, static_attributes=kept)
    assert check_push(**push, static_attributes=kept) == findings
    assert len(findings) == over
    if over:
        text = "attributes and state together have 4,097 bytes, 1 over Apple's 4,096"
        assert findings[0].message.startswith(text)
