"""An activity as the desk shows it: what its phones should show, and how many phones that reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from live_activity.core.content import Content
from live_activity.core.formatting import count_of
from live_activity.core.statuses import is_over
from live_activity.decision.guard_memory import GuardMemory, Held
from live_activity.decision.overrides import Override
from live_activity.desk.feed_view import FeedField, feed_fields
from live_activity.desk.push_rows import PushRow
from live_activity.desk.reading import ActivityRow
from live_activity.desk.steering_state import Steered, content_of, feed_state

_PROBLEMS = frozenset({"refused", "denied", "not_sent", "unknown", "gone"})


def name_of(key: Mapping[str, str]) -> str:
    """An activity's split value; if there are several, each with its column."""
    if len(key) == 1:
        return next(iter(key.values()))
    return ", ".join(f"{name} {value}" for name, value in key.items())


@dataclass(frozen=True)
class ActivityView:
    """One activity: what its phones should show, how many that reached, what is set by hand, and what guards hold."""

    row: ActivityRow
    steered: Steered
    guards: GuardMemory
    newest_row: PushRow | None
    last: PushRow | None

    @property
    def number(self) -> int:
        """Its number in the edition, from 0."""
        return self.row.number

    @property
    def name(self) -> str:
        """Its split values; "the activity" if the campaign is not split."""
        return name_of(self.row.key) or "the activity"

    @property
    def status(self) -> str:
        """Its status; `running` once content was sent, for which the ledger has `registered` or `started`."""
        return (
            "running" if self.row.status in ("registered", "started") and self.row.shown else self.row.status
        )

    @property
    def is_over(self) -> bool:
        """Whether nothing more is sent to it."""
        return is_over(self.row.status)

    @cached_property
    def content(self) -> Content | None:
        """What phones should show."""
        return content_of(self.row.shown)

    @property
    def at(self) -> datetime | None:
        """When the content was sent."""
        return (self.row.shown.sent_at or self.row.shown.at) if self.row.shown is not None else None

    @property
    def handed(self) -> int:
        """The number of phones that the content was handed to Apple for."""
        return self.row.shown.triggered if self.row.shown is not None else 0

    @property
    def behind(self) -> int:
        """The number of phones that the content could not reach."""
        return (self.row.shown.unsynced or 0) if self.row.shown is not None else 0

    @property
    def phones(self) -> int:
        """The number of phones that the next push goes to, judging by the last one."""
        return self.handed + self.behind

    @property
    def overrides(self) -> tuple[Override, ...]:
        """The fields that are set by hand."""
        return self.steered.overrides

    @property
    def held(self) -> tuple[Held, ...]:
        """The rows that guards hold back."""
        return self.guards.held

    @cached_property
    def feed(self) -> Content | None:
        """The content of the feed: the newest row that was sent, without corrections by hand."""
        if self.content is None:
            return None
        return Content(self.content.title, self.content.message, feed_state(self.content, self.overrides))

    @cached_property
    def feed_fields(self) -> tuple[tuple[FeedField, ...], int]:
        """The fields with the feed's values, and how many more there are."""
        if self.content is None or self.feed is None:
            return (), 0
        return feed_fields(self.feed.state, self.content.state)

    @cached_property
    def troubles(self) -> tuple[str, ...]:
        """The problems of the activity, one line each."""
        found = []
        if self.is_over:
            return (self.row.why or "it failed",) if self.row.status == "failed" else ()
        if self.steered.frozen:
            found.append("frozen by hand: nothing is sent before it is resumed")
        if self.last is not None and self.last.outcome in _PROBLEMS:
            found.append(f"the last push was not delivered ({self.last.outcome.replace('_', ' ')})")
        if self.held:
            found.append(f"{count_of(len(self.held), 'row')} held by a guard: {self.held[0].breach.reason}")
        return tuple(found)
