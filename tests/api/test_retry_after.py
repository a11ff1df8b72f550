from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_activity.api.retry_after import LONGEST_WAIT, retry_after
from tests.api.client_calls import NOW


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        ("7", 7.0),
        (" 12 ", 12.0),
        ("1.5", 1.5),
        ("-3", 0.0),
        ("99999", LONGEST_WAIT),
        ("9" * 500, LONGEST_WAIT),
        ("Sun, 19 Jul 2026 18:00:45 GMT", 45.0),
        ("Sun, 19 Jul 2026 18:00:45 -0000", 45.0),
        ("Sun, 19 Jul 2026 17:59:00 GMT", 0.0),
        ("Mon, 19 Jul 2027 18:00:00 GMT", LONGEST_WAIT),
        (None, None),
        ("", None),
        ("soon", None),
        ("1e3", None),
        ("inf", None),
        ("nan", None),
        ("٣", None),
        ("Sun, 39 Jul 2026 18:00:45 GMT", None),
        ("Sun, 19 Jul 99999999999 18:00:45 GMT", None),
    ],
)
def test_seconds_and_dates_are_understood_and_nonsense_is_not(
    header: str | None, seconds: float | None
) -> None:
    assert retry_after(header, now=NOW) == seconds


@given(
    header=st.text(max_size=40) | st.from_regex(r"\A\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d [A-Z+0-9-]{3,5}\Z")
)
def test_any_header_gives_a_bounded_wait_or_none(header: str) -> None:
    seconds = retry_after(header, now=NOW)
    assert seconds is None or (math.isfinite(seconds) and 0 <= seconds <= LONGEST_WAIT)
