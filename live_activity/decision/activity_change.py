"""What one reading of a feed means for one activity: rows that are used, withdrawn, or wait to be confirmed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from live_activity.core.rows import Row, Timeline
from live_activity.decision.feed_state import ActivityFeed, Suspicion, digest, identities

WITHDRAWN_AFTER = timedelta(seconds=5)
NEARER_END_AFTER = timedelta(seconds=60)
# The window is measured at polls, so it may be too long by up to one poll: slightly younger rows may have left it, too.
_WINDOW_TOLERANCE = 0.9

Phase = Literal["waiting", "running", "over"]
FeedEventKind = Literal[
    "withdrawal_waits", "withdrawn", "rolled_off", "end_kept", "nearer_end_waits", "end_moved"
]


@dataclass(frozen=True, slots=True)
class ActivityView:
    """What has to be known of an activity to judge its feed.

    `due` gives the time of a row in it. `ends_at` is the end that the campaign names: without it and without an end
    row, the last row is the end. Before its start an activity is `waiting`: its rows are taken as they are. `shown` is
    what was sent last, with the time when that row was due, for the first judgement after a takeover.
    """

    key: Mapping[str, str]
    phase: Phase
    due: Callable[[Row], datetime]
    ends_at: datetime | None = None
    shown: Row | None = None

    @property
    def name(self) -> str:
        """Its split values, for messages."""
        return " ".join(self.key.values())


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """Something unusual in a feed, which is reported."""

    kind: FeedEventKind
    key: Mapping[str, str]
    message: str


class ActivityChange:
    """What one reading means for one activity."""

    def __init__(
        self, view: ActivityView, before: ActivityFeed | None, timeline: Timeline, now: datetime
    ) -> None:
        self.view = view
        self.events: list[FeedEvent] = []
        self._before = before
        self._now = now
        self._live = timeline.live
        self._rows = timeline.for_key(view.key)
        self._same = before is not None and before.rows == self._rows
        self._lost: list[Row] = []
        self._lost_count = 0
        self._new: set[int] = set()
        self._changed = False
        self._due_rows = [] if self._same else [row for row in self._rows if view.due(row) <= now]
        if before is not None and not self._same:
            self._compare(before)

    def _compare(self, before: ActivityFeed) -> None:
        if before.rows is None:
            ids = [digest(identity) for identity in identities(self._rows)]
            self._lost_count = len(before.sample - set(ids))
            if before.count <= len(before.sample):
                self._new = {
                    row.number for row, each in zip(self._rows, ids, strict=True) if each not in before.sample
                }
                self._changed = bool(self._new)
            return
        old, new = _differing(before.rows, self._rows)
        known = dict(zip(identities(old), old, strict=True))
        for identity, row in zip(identities(new), new, strict=True):
            same = known.pop(identity, None)
            if same is None:
                self._new.add(row.number)
            if same is None or same.content != row.content:
                self._changed = True
        self._lost = list(known.values())
        self._lost_count = len(self._lost)

    @property
    def had_rows(self) -> bool:
        return self.view.phase == "running" and self._before is not None and self._before.count > 0

    def is_replaced(self, window: timedelta | None) -> bool:
        """Whether none of the activity's rows is left, or most were replaced by other rows."""
        before = self._before
        if before is None or self._same or not self._lost_count:
            return False
        total = before.count if before.rows is not None else len(before.sample)
        if self._lost_count >= total and not self._due_rows:
            return not self._left_window(window)
        if self._live or total < 2 or self._lost_count * 2 <= total:
            return False
        showing = before.showing
        if showing is None or self._has(showing):
            return False
        due = self.view.due(showing)
        newest = self._newest()
        if newest is not None and self.view.due(newest) > due:
            return False  # a newer row has overtaken what was there
        return any(row.number in self._new and self.view.due(row) <= due for row in self._due_rows)

    def _left_window(self, window: timedelta | None) -> bool:
        if window is None or not self._lost:
            return False
        oldest = self._now - window * _WINDOW_TOLERANCE
        return all(self.view.due(row) <= oldest for row in self._lost)

    def window(self) -> timedelta | None:
        """The age at which rows left from the oldest end while no other row came; None where none did."""
        if self.view.phase != "running" or not self._lost or self._new:
            return None
        if any(self.view.due(row) > self._now for row in self._lost):
            return None
        latest = max(self.view.due(row) for row in self._lost)
        if any(self.view.due(row) <= latest for row in self._rows):
            return None
        return self._now - latest

    def accepted(self, *, trusted: bool) -> tuple[ActivityFeed, tuple[Row, ...]]:
        """The state to remember, and the rows to use. `trusted`: no row of the reading was unreadable."""
        before = self._before
        if before is not None and self._same and before.withdrawal is None and before.nearer_end is None:
            return before, before.used
        feed = ActivityFeed(len(self._rows), self._rows, end=_end_row(self._rows))
        if self.view.phase == "waiting" or before is None:
            # The end of a table without an end row is its last row.
            end = feed.end or self._implicit_end(self._rows)
            showing = self._newest_of(self._rows)
            return replace(feed, used=self._rows, end=end, showing=showing), self._rows
        feed, kept = self._with_showing(feed, before, trusted=trusted)
        showing = self._newest_of([*self._rows, *kept])
        feed, rows = self._with_end(feed, before)
        used = tuple(sorted((*rows, *kept), key=lambda row: row.number))
        return replace(feed, used=used, showing=showing), used

    def _with_showing(
        self, feed: ActivityFeed, before: ActivityFeed, *, trusted: bool
    ) -> tuple[ActivityFeed, list[Row]]:
        showing = self._showing(before)
        # An end row that waits for a second reading is shown as an update; otherwise `_with_end` judges it.
        is_the_end = showing is not None and showing.event == "end" and before.nearer_end is None
        if showing is None or is_the_end or self._has(showing):
            return feed, []
        kept = [replace(showing, event="update") if showing.event == "end" else showing]
        newest, due = self._newest(), self._due(showing)
        if newest is not None and self.view.due(newest) > due:
            return feed, []
        if newest is None or before.rolled_off:
            if not before.rolled_off:
                self._report(
                    "rolled_off",
                    "the row that is showing has left the feed; it stays until a newer one is due",
                )
            return replace(feed, rolled_off=True), kept
        if not trusted:
            return replace(feed, withdrawal=before.withdrawal), kept
        about = digest((showing.at, kept[0].event, 0))
        waits = before.withdrawal
        if waits is None or waits.about != about:
            waits = Suspicion(about, self._now)
            what = (
                "the row that is showing is missing in the feed; it is withdrawn if the next readings agree"
            )
            self._report("withdrawal_waits", what)
        if self._now - waits.since < WITHDRAWN_AFTER:
            return replace(feed, withdrawal=waits), kept
        self._report(
            "withdrawn", "the row that was showing was taken out of the feed; the one before it is sent again"
        )
        return feed, []

    def _with_end(self, feed: ActivityFeed, before: ActivityFeed) -> tuple[ActivityFeed, list[Row]]:
        rows = list(self._rows)
        old = before.end
        if old is None:
            return replace(feed, end=feed.end or self._implicit_end(rows)), rows
        new = feed.end
        if new is None and old.event != "end":
            if self.view.ends_at is not None:
                return feed, rows
            last = self._implicit_end(rows)
            if last is not None and (self._due(last) >= self._due(old) or self._came(last, before)):
                new = last
        if new is None:
            return self._with_kept_end(feed, before, old, rows)
        if self._due(new) >= self._due(old):
            if before.end_kept or self._due(new) != self._due(old):
                self._report("end_moved", f"the end is at {self._due(new):%Y-%m-%d %H:%M:%S} UTC")
            return replace(feed, end=new), rows
        about = digest((new.at, "end", 0))
        waits = before.nearer_end
        if waits is None or waits.about != about:
            waits = Suspicion(about, self._now)
            what = (
                f"the end has moved from {self._due(old):%Y-%m-%d %H:%M:%S} to {self._due(new):%H:%M:%S} UTC; it is "
                f"used if the feed still says so in {NEARER_END_AFTER.total_seconds():.0f} s"
            )
            self._report("nearer_end_waits", what)
        if self._now - waits.since >= NEARER_END_AFTER:
            self._report("end_moved", f"the end is at {self._due(new):%Y-%m-%d %H:%M:%S} UTC")
            return replace(feed, end=new), rows
        # Its content is shown when it is due; only the end itself waits.
        shown = [replace(row, event="update") if row is new and row.event == "end" else row for row in rows]
        if not any(row is old for row in rows):
            shown.append(replace(old, content=new.content))
        return replace(feed, end=old, nearer_end=waits), shown

    def _came(self, last: Row, before: ActivityFeed) -> bool:
        """Whether the last row was not there before, so that the end was moved and not lost."""
        waits = before.nearer_end
        return last.number in self._new or (waits is not None and waits.about == digest((last.at, "end", 0)))

    def _with_kept_end(
        self, feed: ActivityFeed, before: ActivityFeed, old: Row, rows: list[Row]
    ) -> tuple[ActivityFeed, list[Row]]:
        if not before.end_kept:
            self._report(
                "end_kept",
                f"the end is missing in the feed; it stays at {self._due(old):%Y-%m-%d %H:%M:%S} UTC",
            )
        overtaken = before.end_overtaken or self._changed
        feed = replace(feed, end=old, end_kept=True, end_overtaken=overtaken)
        latest = max((row for row in rows if self._due(row) <= self._due(old)), key=self._place, default=None)
        # Rows that changed since the feed lost its end row are newer than the content of that row.
        shown = replace(old, content=latest.content) if overtaken and latest is not None else old
        return feed, [*rows, shown]

    def _implicit_end(self, rows: Sequence[Row]) -> Row | None:
        """The last row, where neither an end row nor the campaign says when the activity ends."""
        if self.view.ends_at is not None or _end_row(rows) is not None:
            return None
        return max(rows, key=self._place, default=None)

    def _showing(self, before: ActivityFeed) -> Row | None:
        """The row that shows now, by the rows that were in use before this reading."""
        sent = self.view.shown if before.rows is None else None
        candidates = (before.showing, sent, self._newest_of(before.rows or ()))
        return max((row for row in candidates if row is not None), key=self._place, default=None)

    def _has(self, row: Row) -> bool:
        """Whether the reading has this row, as it was or corrected."""
        before = self._before
        if before is not None and before.rows is not None and any(row is each for each in before.rows):
            return self._same or not any(row is each for each in self._lost)
        if row is self.view.shown:
            return any(self._due(each) == row.at for each in self._rows)
        return any(each.at == row.at and each.event == row.event for each in self._rows)

    def _newest(self) -> Row | None:
        return self._newest_of(self._rows)

    def _newest_of(self, rows: Sequence[Row]) -> Row | None:
        """The newest row whose time has come."""
        return max((row for row in rows if self._due(row) <= self._now), key=self._place, default=None)

    def _due(self, row: Row) -> datetime:
        if row is self.view.shown and isinstance(row.at, datetime):
            return row.at
        return self.view.due(row)

    def _place(self, row: Row) -> tuple[datetime, int]:
        return self._due(row), row.number

    def _report(self, kind: FeedEventKind, message: str) -> None:
        name = self.view.name
        self.events.append(FeedEvent(kind, self.view.key, f"{name}: {message}" if name else message))


def _differing(old: Sequence[Row], new: Sequence[Row]) -> tuple[Sequence[Row], Sequence[Row]]:
    """Both lists without the rows that they have in common at the beginning and at the end."""
    least = min(len(old), len(new))
    begin = 0
    while begin < least and old[begin] is new[begin]:
        begin += 1
    end = 0
    while end < least - begin and old[-1 - end] is new[-1 - end]:
        end += 1
    return old[begin : len(old) - end], new[begin : len(new) - end]


def _end_row(rows: Iterable[Row]) -> Row | None:
    return next((row for row in rows if row.event == "end"), None)
