"""A campaign's feed according to the ledger: its readings, and how its values differ from what phones show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from live_activity.core.content import Absent, same_json
from live_activity.decision.overrides import value_at
from live_activity.desk.card_view import flatten, value_text

_MOST_FIELDS = 12


@dataclass(frozen=True, slots=True)
class Readings:
    """When the timeline was last read well, when the next poll is, and the problems of the newest poll."""

    polled_at: datetime | None = None
    next_poll_at: datetime | None = None
    problems: tuple[str, ...] = ()

    @classmethod
    def from_progress(cls, progress: Mapping[str, Any] | None) -> Readings:
        """Reads them from an edition's progress in the ledger; older versions did not record them."""
        found = progress or {}
        polled, coming = (
            datetime.fromisoformat(found[name]) if found.get(name) else None
            for name in ("polled_at", "next_poll_at")
        )
        return cls(polled, coming, tuple(map(str, found.get("problems") or ())))


@dataclass(frozen=True, slots=True)
class FeedField:
    """One field with the feed's value; `shown` is what phones show if that is another value."""

    name: str
    value: str
    shown: str | None


def feed_fields(feed: Mapping[str, Any], shown: Mapping[str, Any]) -> tuple[tuple[FeedField, ...], int]:
    """The fields of the feed, first those that differ from what phones show, and how many more there are."""
    found = sorted(_fields(feed, shown), key=lambda each: each.shown is None)
    return tuple(found[:_MOST_FIELDS]), max(0, len(found) - _MOST_FIELDS)


def _fields(feed: Mapping[str, Any], shown: Mapping[str, Any]) -> Iterator[FeedField]:
    for path, value in flatten(feed):
        now = value_at(shown, tuple(path.split(".")))
        differs = isinstance(now, Absent) or not same_json(now, value)
        other = "nothing" if isinstance(now, Absent) else value_text(now)
        yield FeedField(path, value_text(value), other if differs else None)
