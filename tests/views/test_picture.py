"""The picture of the pushes."""

from __future__ import annotations

import struct
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from live_activity.ledger.push_log import LoggedPush
from live_activity.views.picture import as_data, lines_of_commands, picture

ZONE = ZoneInfo("Europe/Istanbul")
START = datetime(2026, 7, 19, 19, tzinfo=UTC)
PUSH = LoggedPush({}, "start", START, START, "done", 100, 2, 1, "Derby $ $", None)


def test_it_is_a_png_with_a_transparent_background() -> None:
    later = [
        replace(PUSH, kind=kind, sent=START + timedelta(minutes=minutes))
        for minutes, kind in ((5, "update"), (6, "repeat"), (7, "settle"), (90, "end"))
    ]
    png = picture([PUSH, *later], title="derby: $1 pushes", zone=ZONE)
    assert png is not None
    width, height = struct.unpack(">II", png[16:24])
    assert width > height > 200
    assert png[25] == 6  # RGBA
    assert as_data(png).startswith("data:image/png;base64,iVBOR")


def test_a_single_push_at_one_moment_is_drawn_as_well() -> None:
    assert picture([PUSH], title="one", zone=ZONE) is not None


def test_commands_and_polls_are_marked_below_the_pushes() -> None:
    end = replace(PUSH, kind="end", sent=START + timedelta(minutes=90))
    at = START + timedelta(minutes=10)
    without = picture([PUSH, end], title="derby", zone=ZONE)
    marked = picture([PUSH, end], title="derby", zone=ZONE, commands=[(at, "freeze")], polls=[(at, False)])
    assert without is not None
    assert marked is not None
    assert struct.unpack(">II", marked[16:24])[1] > struct.unpack(">II", without[16:24])[1]


def test_nothing_is_drawn_without_pushes() -> None:
    assert picture([], title="none", zone=ZONE) is None
    assert picture([replace(PUSH, outcome="not_synced")], title="none", zone=ZONE) is None


def test_names_of_commands_that_were_sent_close_together_stand_on_lines_of_their_own() -> None:
    at = PUSH.sent
    close = [(at + timedelta(seconds=second), "change_timeline") for second in range(5)]
    later = (at + timedelta(minutes=30), "freeze")
    lines = lines_of_commands([*close, later], timedelta(hours=1))
    assert lines == [0, 1, 2, None, None, 0]
