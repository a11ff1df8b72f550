import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live_activity.core.times import LONGEST, in_utc, parse_time

ISTANBUL = ZoneInfo("Europe/Istanbul")
BERLIN = ZoneInfo("Europe/Berlin")
ZONES = st.sampled_from(
    [
        "UTC", "Europe/Istanbul", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe",
        "Asia/Kathmandu", "Africa/Casablanca", "Pacific/Apia", "America/St_Johns",
    ]
).map(ZoneInfo)  # fmt: skip
NEARBY = st.datetimes(datetime(2010, 1, 1), datetime(2035, 12, 31))  # noqa: DTZ001  # local times, on purpose


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-07-19T20:00:00Z", datetime(2026, 7, 19, 20, tzinfo=UTC)),
        ("2026-07-19t20:00:00z", datetime(2026, 7, 19, 20, tzinfo=UTC)),
        ("2026-07-19T20:00:00+02:00", datetime(2026, 7, 19, 18, tzinfo=UTC)),
        ("2026-07-19 20:00:00-05:30", datetime(2026, 7, 20, 1, 30, tzinfo=UTC)),
        ("2026-07-19T20:00:00.25Z", datetime(2026, 7, 19, 20, 0, 0, 250_000, tzinfo=UTC)),
        ("2026-07-19T20:00:00.123456789Z", datetime(2026, 7, 19, 20, 0, 0, 123_456, tzinfo=UTC)),
        ("2026-07-19T20:00Z", datetime(2026, 7, 19, 20, tzinfo=UTC)),
        ("2026-12-19 9:00", datetime(2026, 12, 19, 6, tzinfo=UTC)),
        ("2026-12-19T9:05:30", datetime(2026, 12, 19, 6, 5, 30, tzinfo=UTC)),
        ("2026-12-19 9:00Z", datetime(2026, 12, 19, 9, tzinfo=UTC)),
        ("2026-07-19 20:00:00+02", datetime(2026, 7, 19, 18, tzinfo=UTC)),
        ("2026-07-19 20:00", datetime(2026, 7, 19, 17, tzinfo=UTC)),
        ("2026-07-19 20:00 UTC", datetime(2026, 7, 19, 20, tzinfo=UTC)),
        ("2026-07-19 20:00:00 GMT", datetime(2026, 7, 19, 20, tzinfo=UTC)),
        ("2026/07/19 20:00", datetime(2026, 7, 19, 17, tzinfo=UTC)),
        ("2026-07-19T20:00", datetime(2026, 7, 19, 17, tzinfo=UTC)),
        ("2026-07-19T20:00:30", datetime(2026, 7, 19, 17, 0, 30, tzinfo=UTC)),
        ("2026-07-19 8:00 PM", datetime(2026, 7, 19, 17, tzinfo=UTC)),
        ("2026-07-19 12:05:30 a.m. +03:00", datetime(2026, 7, 18, 21, 5, 30, tzinfo=UTC)),
        ("2026-07-19 12:00pm Z", datetime(2026, 7, 19, 12, tzinfo=UTC)),
        ("\ufeff2026-07-19\u00a020:00", datetime(2026, 7, 19, 17, tzinfo=UTC)),
        ("2026-07-19 8:00\u202fPM\u200b", datetime(2026, 7, 19, 17, tzinfo=UTC)),
        ("  2026-07-19 20:00:30.5 ", datetime(2026, 7, 19, 17, 0, 30, 500_000, tzinfo=UTC)),
    ],
)
def test_a_date_and_time_is_read_in_its_own_zone_or_the_given_one(written: str, moment: datetime) -> None:
    read = parse_time(written, zone=ISTANBUL)
    assert read == moment
    assert isinstance(read, datetime)
    assert read.tzinfo is UTC


@pytest.mark.parametrize(
    ("written", "length"),
    [
        ("23m", timedelta(minutes=23)),
        ("0m", timedelta(0)),
        ("+23m", timedelta(minutes=23)),
        ("90s", timedelta(seconds=90)),
        ("1.5s", timedelta(seconds=1, milliseconds=500)),
        ("1h", timedelta(hours=1)),
        ("1h05m", timedelta(hours=1, minutes=5)),
        ("1H 5M 3S", timedelta(hours=1, minutes=5, seconds=3)),
        ("1d2h", timedelta(days=1, hours=2)),
        ("120m", timedelta(hours=2)),
        ("+00:23:00", timedelta(minutes=23)),
        ("+1:05:00", timedelta(hours=1, minutes=5)),
        ("+100:00:00", timedelta(hours=100)),
        ("+00:00:00.5", timedelta(milliseconds=500)),
        ("PT23M", timedelta(minutes=23)),
        ("PT1H5M", timedelta(hours=1, minutes=5)),
        ("P1DT2H", timedelta(days=1, hours=2)),
        ("P1D", timedelta(days=1)),
        ("PT0.5S", timedelta(milliseconds=500)),
        ("PT0,5S", timedelta(milliseconds=500)),
        ("pt23m", timedelta(minutes=23)),
        ("7d", LONGEST),
    ],
)
def test_a_time_since_the_start_is_read_in_every_spelling(written: str, length: timedelta) -> None:
    assert parse_time(written, zone=ISTANBUL) == length


@pytest.mark.parametrize("written", ["", "  ", None])
def test_an_empty_time_means_when_the_row_was_first_seen(written: str | None) -> None:
    assert parse_time(written, zone=ISTANBUL) is None


@pytest.mark.parametrize(
    ("written", "fix"),
    [
        ("15:00", "write the date too"),
        ("9:30", "write the date too"),
        ("15:00:30", "write the date too"),
        ("8:00 pm", "write the date too"),
        ("00:23:00", "or +00:15:00"),
        ("23", "write 23m"),
        ("1.5", "without a unit"),
        ("1784491200", "seems to be Unix seconds (UTC); write it as a date and time: 2026-07-19 20:00"),
        (
            "1784491200000",
            "seems to be Unix milliseconds (UTC); write it as a date and time: 2026-07-19 20:00",
        ),
        (
            "46222.8333333333",
            "a spreadsheet's number of a date; write it as a date and time: 2026-07-19 20:00",
        ),
        ("2026/07-19 20:00", "cannot be read as a time without guessing"),
        ("+23", "write 23m"),
        ("+00:23", "write +00:23:00 or +00:00:23"),
        ("+5:30", "write +05:30:00 or +00:05:30"),
        ("-5m", "before the start"),
        ("-00:05:00", "before the start"),
        ("-PT5M", "before the start"),
        ("PT-5M", "before the start"),
        ("2026-07-19", "write both, such as 2026-07-19 20:00"),
        ("19.07.2026 20:00", "2026-07-19 20:00"),
        ("07/19/2026 8:00 pm", "2026-07-19 20:00"),
        ("2026-7-19 20:00", "2026-07-19 20:00"),
        ("20260719T200000Z", "2026-07-19 20:00"),
        ("2026-07-19 20", "2026-07-19 20:00"),
        ("2026-07-19 20:00 Europe/Istanbul", "2026-07-19T20:00:00+03:00"),
        ("2026-W29-7", "is a week of the year"),
        ("2026W297T2000", "is a week of the year"),
        ("2026-12-19 009:00", "without guessing"),
        ("2026-02-30 20:00", "not in the calendar"),
        ("2026-07-19 24:00", "not in the calendar"),
        ("2026-07-19 24:00", "for midnight write 2026-07-20 00:00"),
        ("2026-07-19 20:00 PM", "hour must be in 1..12 with AM and PM"),
        ("2026-07-19 0:30 am", "hour must be in 1..12 with AM and PM"),
        ("9999-12-31 24:00", "not in the calendar"),
        ("2026-07-19 20:60", "not in the calendar"),
        ("2026-07-19T20:00:00+25:00", "an offset is 23:59 at most"),
        ("2026-07-19T20:00:00+02:75", "an offset is 23:59 at most"),
        ("0226-07-19 20:00", "correct the year"),
        ("0001-01-01 00:00", "correct the year"),
        ("9999-12-31T23:59:00-05:00", "correct the year"),
        ("8d", "7 days"),
        ("9999999999999999999h", "7 days"),
        ("9" * 5000 + "m", "7 days"),
        ("1h5", "1h05m"),
        ("1.5h", "1h05m"),
        ("5m1h", "1h05m"),
        ("23 min", "23m"),
        ("m", "23m"),
        ("+", "23m"),
        ("P", "PT23M"),
        ("PT", "PT23M"),
        ("PT23", "PT23M"),
        ("P1M", "PT23M"),
        ("+00:75:00", "+00:23:00"),
        ("kick-off", "without guessing"),
        ("now", "without guessing"),
        ("٢٣m", "without guessing"),
        ("x" * 500, "without guessing"),
    ],
)
def test_unclear_times_are_not_guessed_and_the_error_says_the_fix_in_one_line(written: str, fix: str) -> None:
    with pytest.raises(ValueError, match=re.escape(fix)) as failure:
        parse_time(written, zone=ISTANBUL)
    message = str(failure.value)
    assert "\n" not in message
    assert len(message) < 260


def test_a_time_that_the_clocks_skip_is_reported_with_the_time_it_may_mean() -> None:
    with pytest.raises(ValueError, match="never comes in Europe/Berlin") as failure:
        parse_time("2026-03-29 02:30", zone=BERLIN)
    assert "2026-03-29T03:30:00+02:00" in str(failure.value)


def test_a_time_that_comes_twice_is_reported_with_both_spellings() -> None:
    with pytest.raises(ValueError, match="comes twice in Europe/Berlin") as failure:
        parse_time("2026-10-25 02:30", zone=BERLIN)
    assert "2026-10-25T02:30:00+02:00 for the first" in str(failure.value)
    assert "2026-10-25T02:30:00+01:00 for the second" in str(failure.value)
    first = parse_time("2026-10-25T02:30:00+02:00", zone=BERLIN)
    second = parse_time("2026-10-25T02:30:00+01:00", zone=BERLIN)
    assert isinstance(first, datetime)
    assert isinstance(second, datetime)
    assert second - first == timedelta(hours=1)


@pytest.mark.parametrize(
    ("zone", "written"),
    [
        ("Australia/Lord_Howe", "2026-10-04 02:15"),  # the clocks move by half an hour there
        ("Pacific/Apia", "2011-12-30 12:00"),  # the whole day was left out
    ],
)
def test_unusual_clock_changes_are_recognized_too(zone: str, written: str) -> None:
    with pytest.raises(ValueError, match="never comes"):
        parse_time(written, zone=ZoneInfo(zone))


def test_times_next_to_a_clock_change_are_ordinary_times() -> None:
    assert parse_time("2026-03-29 01:59:59", zone=BERLIN) == datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC)
    assert parse_time("2026-03-29 03:00", zone=BERLIN) == datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert parse_time("2026-10-25 01:59:59", zone=BERLIN) == datetime(2026, 10, 24, 23, 59, 59, tzinfo=UTC)
    assert parse_time("2026-10-25 03:00", zone=BERLIN) == datetime(2026, 10, 25, 2, tzinfo=UTC)


def test_typed_values_are_read_by_their_type() -> None:
    naive = datetime(2026, 7, 19, 20)  # noqa: DTZ001  # a spreadsheet's times have no zone
    assert parse_time(naive, zone=ISTANBUL) == datetime(2026, 7, 19, 17, tzinfo=UTC)
    aware = datetime(2026, 7, 19, 20, tzinfo=timezone(timedelta(hours=2)))
    assert parse_time(aware, zone=ISTANBUL) == datetime(2026, 7, 19, 18, tzinfo=UTC)
    assert parse_time(timedelta(minutes=23), zone=ISTANBUL) == timedelta(minutes=23)


@pytest.mark.parametrize(
    ("value", "fix"),
    [
        (time(15), "write the date too"),
        (date(2026, 7, 19), "such as 2026-07-19 20:00"),
        (23, "write 23m"),
        (0.5, "without a unit"),
        (True, "is not a time"),
        ({"at": 1}, "is not a time"),
        (timedelta(minutes=-5), "before the start"),
        (timedelta(days=8), "7 days"),
        (datetime(2026, 3, 29, 2, 30), "never comes"),  # noqa: DTZ001  # skipped in Berlin
    ],
)
def test_typed_values_that_say_no_moment_are_reported_with_the_fix(value: object, fix: str) -> None:
    with pytest.raises(ValueError, match=re.escape(fix)):
        parse_time(value, zone=BERLIN)


@given(NEARBY, ZONES)
@settings(max_examples=150)
def test_a_local_time_is_the_one_moment_it_names_or_an_error(local: datetime, zone: ZoneInfo) -> None:
    moments = {
        moment
        for hours in range(-15, 16)
        for minutes in (0, 15, 30, 45)
        if (moment := local.replace(tzinfo=UTC) - timedelta(hours=hours, minutes=minutes))
        and moment.astimezone(zone).replace(tzinfo=None) == local
    }
    try:
        read = parse_time(local.isoformat(sep=" "), zone=zone)
    except ValueError:
        assert len(moments) != 1
    else:
        assert {read} == moments


@given(st.datetimes(datetime(2026, 10, 24, 22), datetime(2026, 10, 25, 4)))  # noqa: DTZ001  # around the change
@settings(max_examples=60)
def test_every_time_of_the_doubled_hour_is_an_error_and_no_other(local: datetime) -> None:
    if local.day == 25 and local.hour == 2:
        with pytest.raises(ValueError, match="comes twice"):
            in_utc(local, zone=BERLIN)
    else:
        assert in_utc(local, zone=BERLIN).astimezone(BERLIN).replace(tzinfo=None) == local


@given(st.datetimes(datetime(1971, 1, 1), datetime(2199, 1, 1), timezones=ZONES))  # noqa: DTZ001  # bounds
@settings(max_examples=60)
def test_a_moment_with_its_offset_comes_back_as_it_was(moment: datetime) -> None:
    moment = moment.astimezone(UTC)
    assert parse_time(moment.isoformat(), zone=BERLIN) == moment
    assert parse_time(moment.isoformat().replace("+00:00", "Z"), zone=BERLIN) == moment


@given(st.timedeltas(timedelta(0), LONGEST))
@settings(max_examples=60)
def test_a_time_since_the_start_comes_back_as_it_was(length: timedelta) -> None:
    seconds = length.days * 86_400 + length.seconds
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, f"{seconds % 60:02}.{length.microseconds:06}"
    for written in (
        f"{hours}h{minutes}m{rest}s",
        f"+{hours:02}:{minutes:02}:{rest}",
        f"PT{hours}H{minutes}M{rest}S",
    ):
        assert parse_time(written, zone=BERLIN) == length


@given(st.text(max_size=20))
@settings(max_examples=150)
def test_any_text_is_a_time_or_a_value_error(written: str) -> None:
    try:
        read = parse_time(written, zone=BERLIN)
    except ValueError:
        assert written.strip()
    else:
        assert (read is None) == (not written.strip())
