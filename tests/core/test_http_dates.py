from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_activity.core.http_dates import http_date, retry_after

NOW = datetime(2026, 7, 19, 18, 0, tzinfo=UTC)
LONGEST = 300.0
HEADERS = st.text(max_size=40) | st.from_regex(
    r"\A\w{3}, \d{1,3} (Jan|Jul|\w{3}) \d{1,25} \d\d:\d\d:\d{1,25}( ([A-Z]{1,5}|[+-]\d{1,25}))?\Z"
)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        ("7", 7.0),
        (" 12 ", 12.0),
        ("1.5", 1.5),
        ("-3", 0.0),
        ("99999", LONGEST),
        ("9" * 5000, LONGEST),
        ("Sun, 19 Jul 2026 18:00:45 GMT", 45.0),
        ("Sun, 19 Jul 2026 18:00:45 -0000", 45.0),
        ("Sun, 19 Jul 2026 18:00:45", 45.0),
        ("Sun, 19 Jul 2026 17:59:00 GMT", 0.0),
        ("Mon, 19 Jul 2027 18:00:00 GMT", LONGEST),
        (None, None),
        ("", None),
        ("soon", None),
        ("1e3", None),
        ("inf", None),
        ("nan", None),
        ("٣", None),
        ("Sun, 39 Jul 2026 18:00:45 GMT", None),
        ("Sun, 19 Jul 99999 18:00:45 GMT", None),
        ("Sun, 19 Jul 99999999999999999999 18:00:45 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 -2359", None),
    ],
)
def test_seconds_and_dates_are_understood_and_nonsense_is_not(
    header: str | None, seconds: float | None
) -> None:
    assert retry_after(header, now=NOW, longest=LONGEST) == seconds


@given(header=HEADERS, longest=st.floats(0, 3600))
def test_any_header_gives_a_bounded_wait_or_none(header: str, longest: float) -> None:
    seconds = retry_after(header, now=NOW, longest=longest)
    assert seconds is None or (math.isfinite(seconds) and 0 <= seconds <= longest)


@given(header=HEADERS)
def test_any_header_gives_a_date_in_utc_or_none(header: str) -> None:
    date = http_date(header)
    assert date is None or date.utcoffset() == timedelta(0)
