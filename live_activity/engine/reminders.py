"""Notifies people of an end that is held and of content set by hand, each time once, also over a takeover."""

from __future__ import annotations

import contextlib
from datetime import datetime

from live_activity.core.findings import Finding
from live_activity.engine.activity import LiveActivity
from live_activity.engine.edition import Edition
from live_activity.ledger import LedgerUnwritable


def remind(edition: Edition, activity: LiveActivity) -> datetime | None:
    """Emits the reminders that are due, and records that; returns when the next one is due."""
    rows, state, now = activity.schedule, activity.state, edition.clock.now()
    due = activity.reminders.due(rows, state, now)
    records = activity.reminders.as_records(rows, state, now)
    if records != activity.recorded_reminders:
        # People are notified even if the ledger cannot be written.
        with contextlib.suppress(LedgerUnwritable):
            edition.ledger.note_activity(activity.number, **records)
            activity.recorded_reminders = records
    for each in due:
        edition.emit(each.type, each.message, activity)
        if each.type == "end_held":
            # Without the activity's name: one finding is enough for many activities whose ends are held alike.
            edition.add_finding(Finding.warning("end_waits", each.message, where=edition.feed.source.where))
    return activity.reminders.next_at(rows, state, now)
