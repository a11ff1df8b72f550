"""What is remembered of a feed between its readings, and how a ledger keeps it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from live_activity.core.content import Content
from live_activity.core.rows import Row

# How many rows of an activity are remembered beyond a takeover, to recognise its feed.
_SAMPLE = 16
RowIdentity = tuple[datetime | timedelta, str, int]
"""A row's time, event and rank among equals."""


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A change that a later good reading must confirm: what it is about, and since when every good reading shows it."""

    about: str
    since: datetime


@dataclass(frozen=True, slots=True)
class ActivityFeed:
    """The recorded state of one activity's rows.

    `rows` are those of the last good reading, None after a takeover: then `sample` has the identities of some of
    them. `used` are the rows that the activity uses, with those that stay though the feed has lost them. `showing` is
    the row that was wanted, `rolled_off` whether it stays though the feed has lost it. `end` is the row that says when
    the activity ends; `end_kept`: it stays though the feed has lost it; `end_overtaken`: the feed has changed since,
    so that the end shows the newer content.
    """

    count: int
    rows: tuple[Row, ...] | None = field(default=None, compare=False, repr=False)
    used: tuple[Row, ...] = field(default=(), compare=False, repr=False)
    sample: frozenset[str] = frozenset()
    showing: Row | None = None
    rolled_off: bool = False
    end: Row | None = None
    end_kept: bool = False
    end_overtaken: bool = False
    withdrawal: Suspicion | None = None
    nearer_end: Suspicion | None = None


@dataclass(frozen=True, slots=True)
class FeedState:
    """The recorded state of a feed. `window` is the age at which rows were seen to leave it from its oldest end."""

    activities: Mapping[str, ActivityFeed] = field(default_factory=dict)
    window: timedelta | None = None

    def as_json(self) -> dict[str, Any]:
        """The state as the ledger keeps it; `from_json` reads it back."""
        return {
            "window": self.window.total_seconds() if self.window is not None else None,
            "activities": {key: _feed_as_json(feed) for key, feed in self.activities.items()},
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any] | None) -> FeedState:
        """The state that `as_json` returned."""
        if not kept:
            return cls()
        window = kept.get("window")
        feeds = {key: _feed_from_json(feed) for key, feed in kept["activities"].items()}
        return cls(feeds, timedelta(seconds=window) if window is not None else None)


def activity_id(key: Mapping[str, str]) -> str:
    """The name of an activity in the state."""
    return json.dumps(sorted(key.items()), ensure_ascii=False)


def identities(rows: Sequence[Row]) -> Iterator[RowIdentity]:
    """The identity of each row, in their order."""
    ranks: Counter[tuple[datetime | timedelta, str]] = Counter()
    for row in rows:
        alike = (row.at, row.event)
        yield row.at, row.event, ranks[alike]
        ranks[alike] += 1


def digest(identity: RowIdentity) -> str:
    """A short hash of an identity, for the ledger."""
    at, event, rank = identity
    spelt = at.isoformat() if isinstance(at, datetime) else str(at.total_seconds())
    return hashlib.sha256(f"{spelt} {event} {rank}".encode()).hexdigest()[:12]


def _feed_as_json(feed: ActivityFeed) -> dict[str, Any]:
    sample = feed.sample
    if feed.rows is not None:
        # The newest rows are the ones that a healthy feed still has.
        sample = frozenset(digest(each) for each in list(identities(feed.rows))[-_SAMPLE:])
    return {
        "count": feed.count,
        "sample": sorted(sample),
        "showing": _row_as_json(feed.showing),
        "rolled_off": feed.rolled_off,
        "end": _row_as_json(feed.end),
        "end_kept": feed.end_kept,
        "end_overtaken": feed.end_overtaken,
        "withdrawal": _suspicion_as_json(feed.withdrawal),
        "nearer_end": _suspicion_as_json(feed.nearer_end),
    }


def _feed_from_json(kept: Mapping[str, Any]) -> ActivityFeed:
    return ActivityFeed(
        count=kept["count"],
        sample=frozenset(kept["sample"]),
        showing=_row_from_json(kept["showing"]),
        rolled_off=kept["rolled_off"],
        end=_row_from_json(kept["end"]),
        end_kept=kept["end_kept"],
        end_overtaken=kept["end_overtaken"],
        withdrawal=_suspicion_from_json(kept["withdrawal"]),
        nearer_end=_suspicion_from_json(kept["nearer_end"]),
    )


def _row_as_json(row: Row | None) -> dict[str, Any] | None:
    if row is None:
        return None
    at = row.at.isoformat() if isinstance(row.at, datetime) else row.at.total_seconds()
    attributes, key = dict(row.attributes), dict(row.key)
    content = row.content.as_json()
    return {
        "number": row.number,
        "event": row.event,
        "content": content,
        "attributes": attributes,
        "key": key,
        "at": at,
    }


def _row_from_json(kept: Mapping[str, Any] | None) -> Row | None:
    if kept is None:
        return None
    at = kept["at"]
    when = datetime.fromisoformat(at) if isinstance(at, str) else timedelta(seconds=at)
    content = Content.from_body(kept["content"])
    return Row(kept["number"], kept["event"], content, kept["attributes"], kept["key"], when)


def _suspicion_as_json(suspicion: Suspicion | None) -> list[str] | None:
    return [suspicion.about, suspicion.since.isoformat()] if suspicion is not None else None


def _suspicion_from_json(kept: Sequence[str] | None) -> Suspicion | None:
    return Suspicion(kept[0], datetime.fromisoformat(kept[1])) if kept is not None else None
