"""What a new reading of a feed changes: which rows are used, withdrawn, wait to be confirmed, or are refused.

Feeds lose rows: a window moves on, a landed flight leaves, an overruled goal is taken out, a file is cut off. Rows are
compared per activity by due time, event and rank among equals, never by row number or count.

    overtaken and future rows, rows of activities that are over    may go at once
    the row that is showing, while an older row remains            withdrawn after a second good reading, 5 s later
    the row that is showing, with no older row left                rolled off: it stays until a newer row is due
    the end row                                                    the end stays where it was
    an end row with an earlier time than before                    used after two good readings 60 s apart
    most running activities with no row left, or other rows        the reading is refused

Everything here is pure: the state goes in and comes out, and can be kept as JSON, so that a run that takes over an
edition judges the next reading as the run before would have.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from live_activity.core.findings import Finding
from live_activity.core.rows import Row, Timeline
from live_activity.decision.activity_change import (
    NEARER_END_AFTER,
    WITHDRAWN_AFTER,
    ActivityChange,
    ActivityView,
    FeedEvent,
)
from live_activity.decision.feed_state import ActivityFeed, FeedState, activity_id


@dataclass(frozen=True, slots=True)
class Judgement:
    """The result of judging a reading.

    `rows` has the rows to use for every activity that is not over; where the reading is `refused`, it is empty and the
    rows in use stay. At `look_again_at` the feed must be read again for what waits for a confirming reading.
    """

    state: FeedState
    rows: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)
    refused: Finding | None = None
    events: tuple[FeedEvent, ...] = ()
    look_again_at: datetime | None = None

    def rows_for(self, key: Mapping[str, str]) -> tuple[Row, ...] | None:
        """The rows to use for an activity; None where they stay as they are."""
        return self.rows.get(activity_id(key))


def judge(
    state: FeedState,
    timeline: Timeline,
    activities: Iterable[ActivityView],
    now: datetime,
    *,
    where: str,
    bad_rows: Collection[int] = (),
) -> Judgement:
    """Judges a good reading, or again the last one where the feed is unchanged (a 304 or an unchanged file).

    `bad_rows` are rows of the reading that could not be read: they may be the ones that seem to be missing, so
    nothing is withdrawn by such a reading.
    """
    changes = [
        ActivityChange(view, state.activities.get(activity_id(view.key)), timeline, now)
        for view in activities
        if view.phase != "over"
    ]
    refused = _refusal(state, timeline, changes, where=where)
    if refused is not None:
        return Judgement(state, refused=refused)
    window = state.window
    feeds, rows, events, again = {}, {}, [], []
    for change in changes:
        key = activity_id(change.view.key)
        feeds[key], rows[key] = change.accepted(trusted=not bad_rows)
        events += change.events
        again.append(_due_of(feeds[key]))
        window = min((each for each in (window, change.window()) if each is not None), default=None)
    return Judgement(FeedState(feeds, window), rows, None, tuple(events), _earliest(again))


def _refusal(
    state: FeedState, timeline: Timeline, changes: Sequence[ActivityChange], *, where: str
) -> Finding | None:
    had = [change for change in changes if change.had_rows]
    replaced = [change for change in had if change.is_replaced(state.window)]
    if len(replaced) * 2 <= len(had):
        return None
    fix = "the last good rows stay in use; put the table back, or steer the campaign to the right one"
    if not timeline.rows:
        return Finding.error("rows_lost", f"has lost rows that were there: all of them; {fix}", where=where)
    # The message does not count them: they may come back one by one, and each new count would be reported.
    whose = "most of its running activities" if len(had) > 1 else "the running activity"
    what = f"has lost rows that were there: none, or only other ones, are left for {whose}; {fix}"
    return Finding.error("rows_lost", what, where=where)


def _due_of(feed: ActivityFeed) -> datetime | None:
    withdrawal = feed.withdrawal.since + WITHDRAWN_AFTER if feed.withdrawal is not None else None
    end = feed.nearer_end.since + NEARER_END_AFTER if feed.nearer_end is not None else None
    return _earliest([withdrawal, end])


def _earliest(moments: Iterable[datetime | None]) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)
