"""Detects a feed that goes back and forth between two values, such as one behind two servers of which one is stale.

Each value is still sent: only the feed knows which one is right.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from live_activity.core.content import Content
from live_activity.core.findings import Finding
from live_activity.decision.alternation import Alternation
from live_activity.decision.schedule import DueRow
from live_activity.engine.activity import LiveActivity
from live_activity.engine.edition import Edition

# Three flips are reported if they come within this many polls.
WITHIN_POLLS = 10


def watch_alternation(edition: Edition) -> None:
    """Looks at the newest values after a good reading, and reports once where two of them alternate."""
    within = WITHIN_POLLS * timedelta(seconds=edition.campaign.poll_seconds)
    for activity in edition.activities:
        newest = _newest(activity, edition.clock.now())
        if newest is None or not activity.state.started or activity.state.over is not None:
            continue
        known = edition.feed.alternations.setdefault(activity.number, Alternation())
        before = known.values[-1][1] if known.values else None
        row_now = activity.schedule.row_at(before.place) if before is not None else None
        keeps = before is not None and row_now is not None and row_now.content == before.row.content
        known.take(newest, edition.clock.now(), keeps_the_one_before=keeps)
        if known.flips(within=within) and not edition.feed.alternates:
            edition.feed.alternates = True
            _report(edition, activity, newest, known.values[0][1].row.content)


def _newest(activity: LiveActivity, now: datetime) -> DueRow | None:
    due = activity.schedule.due_by(now)
    return activity.schedule.rows[due - 1] if due else None


def _report(edition: Edition, activity: LiveActivity, newest: DueRow, other: Content) -> None:
    row = newest.row
    parts = ("title", "message") if row.content.state == other.state else ()
    columns = [name for name in parts if getattr(row.content, name) != getattr(other, name)]
    state, others = row.content.state, other.state
    columns += [f"state.{name}" for name in (*state, *others) if state.get(name) != others.get(name)]
    whose = f" of {activity}" if activity.key else ""
    what = (
        f"the content{whose} went back and forth between two values three times within {WITHIN_POLLS} polls, as "
        "happens when two servers answer in turn and one of them is stale; each change is sent to every phone and "
        "uses up its budget: correct the feed, or raise min_seconds_between_updates"
    )
    where, column = edition.feed.source.where, columns[0] if columns else None
    edition.add_finding(Finding.warning("feed_alternates", what, where=where, row=row.number, column=column))
    edition.emit("stale", f"the timeline may be stale: {what}")
