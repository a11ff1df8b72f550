"""The table of pushes, as an analyst reads it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from live_activity.ledger.push_log import LoggedPush
from live_activity.views.tables import pushes_table

DUE = datetime(2026, 7, 19, 17, tzinfo=UTC)
PUSH = LoggedPush({}, "update", DUE, DUE + timedelta(seconds=2), "done", 285, 1, 2, "Derby", None)


def test_due_and_sent_are_in_the_campaigns_zone_and_an_empty_column_is_left_out() -> None:
    (row,) = pushes_table([PUSH], zone=ZoneInfo("Europe/Istanbul"))
    assert (row["due"], row["sent"]) == ("07-19 20:00:00", "07-19 20:00:02")
    assert (row["handed to Apple"], row["skipped"]) == (285, 1)
    assert "activity" not in row
