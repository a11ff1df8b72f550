from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_activity.api import RateLimited, ServerFault, delay


def longest_of(attempt: int) -> float:
    return max(delay(attempt, error=None, random=Random(seed)) for seed in range(300))


@pytest.mark.parametrize(
    ("attempt", "most"), [(1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (50, 60), (100_000, 60)]
)
def test_the_wait_doubles_up_to_a_minute(attempt: int, most: float) -> None:
    assert 0.9 * most < longest_of(attempt) <= most


def test_waits_are_spread_over_the_whole_interval() -> None:
    waits = sorted(delay(5, error=None, random=Random(seed)) for seed in range(300))
    assert waits[0] < 1
    assert waits[75] < 8 < waits[225]


@given(
    attempt=st.integers(1, 50), asked=st.floats(min_value=0.001, max_value=300), seed=st.integers(0, 2**32)
)
def test_the_wait_is_at_least_what_the_server_asks_for(attempt: int, asked: float, seed: int) -> None:
    error = RateLimited(endpoint="update", status=429, retry_after=asked)
    assert asked <= delay(attempt, error=error, random=Random(seed)) <= asked + 1


def test_a_retry_after_of_zero_still_backs_off() -> None:
    error = RateLimited(endpoint="update", status=429, retry_after=0.0)
    assert max(delay(7, error=error, random=Random(seed)) for seed in range(100)) > 30


def test_an_error_without_a_wait_backs_off() -> None:
    error = ServerFault(endpoint="end", status=500)
    assert delay(3, error=error, random=Random(1)) == delay(3, error=None, random=Random(1))


def test_the_same_random_numbers_give_the_same_wait() -> None:
    assert delay(4, error=None, random=Random(7)) == delay(4, error=None, random=Random(7))
