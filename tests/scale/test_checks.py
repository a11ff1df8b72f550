"""The checks of `make scale` fail for a log or a phone that is not right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.scale.checks import Arrival, most_in_a_window, order, phones, rate_limit
from tests.scale.inputs import LAST_SCORE, Expected, expectations
from tests.scale.variant import VARIANTS

EXPECTED = [Expected("c00", 1, 2, 2, 2)]


def activity(**changes: Any) -> Mapping[str, Any]:
    shown = {"phones": 2, "final": True, "shows": {"content_state": {"score": LAST_SCORE}}}
    return {
        "activity_type": "Type_c00",
        "started_at": "2026-07-19T19:00:00Z",
        "pushes": {"start": {"calls": 1}},
        "counts": {"registered": 2},
        "screens": [shown],
        **changes,
    }


@pytest.mark.parametrize(
    ("moments", "most"),
    [([], 0), ([0.0, 60.0], 2), ([0.0, 60.1], 1), ([0.0, 30.0, 59.0, 61.0, 119.0], 3)],
)
def test_a_window_holds_both_of_its_ends(moments: list[float], most: int) -> None:
    assert most_in_a_window(moments) == most


def test_calls_are_counted_for_each_endpoint_and_key_and_a_refusal_is_wrong() -> None:
    fine = [Arrival(at, endpoint, key, "200") for at in (0, 1) for endpoint in "ab" for key in "kl"]
    assert all(check.right for check in rate_limit(fine, limit=2))
    assert not all(check.right for check in rate_limit(fine, limit=1))
    assert not all(check.right for check in rate_limit([Arrival(0, "start", "k", "429")], limit=2))


@pytest.mark.parametrize(
    "found",
    [
        [],
        [activity(), activity()],
        [activity(counts={"registered": 1})],
        [
            activity(
                screens=[{"phones": 2, "final": False, "shows": {"content_state": {"score": LAST_SCORE}}}]
            )
        ],
        [activity(screens=[{"phones": 2, "final": True, "shows": {"content_state": {"score": 1}}}])],
    ],
    ids=["none started", "started twice", "somebody lost", "not ended", "older content"],
)
def test_phones_that_are_not_right_are_noticed(found: list[Mapping[str, Any]]) -> None:
    assert all(check.right for check in phones([activity()], EXPECTED))
    assert not all(check.right for check in phones(found, EXPECTED))


def test_older_content_after_newer_is_noticed() -> None:
    def pushed(*scores: int) -> list[Mapping[str, Any]]:
        return [{"pushes": [{"content": {"content_state": {"score": score}}} for score in scores]}]

    assert order(pushed(0, 1, 1, 2)).right
    assert not order(pushed(0, 2, 1)).right


def test_the_full_variant_is_twelve_campaigns_and_one_of_two_thousand_activities() -> None:
    found = expectations(VARIANTS["full"])
    assert [each.activities for each in found] == [1] * 12 + [2000]
    assert VARIANTS["full"].machines == 3
