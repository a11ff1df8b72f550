"""Corrections by hand: a state field that somebody set replaces the feed's value of it in every row.

An override holds, the end included, until the feed's value of the field changes or somebody releases it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from live_activity.core.content import ABSENT, Absent, Content, Json, plain_json, same_json
from live_activity.core.formatting import count_of

# How long after a correction its author is reminded that it still holds, and how long before the end.
REMINDED_AFTER = (timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=60))
REMINDED_BEFORE_END = timedelta(minutes=5)

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Override:
    """One state field that was set by hand. `feed` is what the feed said of it then, `ABSENT` where it said nothing."""

    path: Path
    value: Json
    feed: Json | Absent
    author: str | None
    at: datetime

    @property
    def field(self) -> str:
        """The field as a timeline's heading names it: dots nest."""
        return ".".join(self.path)

    def lapsed(self, feed: Json | Absent) -> bool:
        """Whether the feed's value is another one than when the override was set."""
        return not _same(feed, self.feed)

    def describe(self, now: datetime) -> str:
        """The override for a person, with author and age."""
        value = json.dumps(self.value, ensure_ascii=False)
        feed = "nothing" if isinstance(self.feed, Absent) else json.dumps(self.feed, ensure_ascii=False)
        return f"{self.field} = {value} (by {self.author or 'hand'}, {_age(now - self.at)}; the feed said {feed})"

    def as_json(self) -> dict[str, Any]:
        """The override as the ledger keeps it; `from_json` reads it back."""
        values: dict[str, Any] = {
            "path": list(self.path),
            "value": self.value,
            "author": self.author,
            "at": self.at.isoformat(),
        }
        return values if isinstance(self.feed, Absent) else {**values, "feed": self.feed}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Override:
        """The override that `as_json` returned."""
        return cls(
            path=tuple(values["path"]),
            value=values["value"],
            feed=values.get("feed", ABSENT),
            author=values.get("author"),
            at=datetime.fromisoformat(values["at"]),
        )


@dataclass(frozen=True, slots=True)
class Applied:
    """Content with the overrides that hold in it, and those that have lapsed."""

    content: Content
    in_force: tuple[Override, ...]
    lapsed: tuple[Override, ...]


def overrides_of(
    given: Mapping[str, Json], feed: Mapping[str, Json], *, author: str | None, at: datetime
) -> tuple[Override, ...]:
    """The overrides that a partial state means, given the feed's state.

    A key with dots names a nested field, as in a timeline's heading. An object changes only the fields that it names.
    Where the feed has no object there, or one with none of those fields (another case of an enum), it replaces all.
    """
    return tuple(
        Override(path, value, value_at(feed, path), author, at) for path, value in _fields(given, feed, ())
    )


def with_overrides(earlier: Iterable[Override], later: Sequence[Override]) -> tuple[Override, ...]:
    """All of them in the order in which they were set; a later one replaces what it covers."""
    covered = {override.path for override in later}
    kept = (
        each
        for each in earlier
        if not any(each.path[:length] in covered for length in range(1, len(each.path) + 1))
    )
    return (*kept, *later)


def released(overrides: Iterable[Override], field: str | None) -> tuple[Override, ...]:
    """The overrides that remain once a field (None: every field) is released, with the fields inside it."""
    if field is None:
        return ()
    return tuple(each for each in overrides if not f"{each.field}.".startswith(f"{field}."))


def apply(content: Content, overrides: Sequence[Override], feed: Mapping[str, Json] | None) -> Applied:
    """Applies every override whose field still has the value in `feed` that it had when the override was set.

    Without a feed (None), every override holds.
    """
    lapsed = tuple(each for each in overrides if feed is not None and each.lapsed(value_at(feed, each.path)))
    in_force = tuple(each for each in overrides if each not in lapsed)
    if not in_force:
        return Applied(content, in_force, lapsed)
    state: dict[str, Any] = plain_json(content.state)
    for override in in_force:
        _put(state, override.path, override.value)
    return Applied(replace(content, state=state), in_force, lapsed)


def value_at(state: Mapping[str, Json], path: Path) -> Json | Absent:
    """The value of a field in a state; `ABSENT` where the state does not have the field."""
    found: Any = state
    for name in path:
        if not isinstance(found, Mapping) or name not in found:
            return ABSENT
        found = found[name]
    value: Json = found
    return value


def reminder_times(override: Override, ends_at: datetime | None) -> dict[str, datetime]:
    """The times of the reminders that an override is still in force, in order, each with a stable name."""
    times = {f"after {after // timedelta(minutes=1)} min": override.at + after for after in REMINDED_AFTER}
    if ends_at is not None:
        times = {name: at for name, at in times.items() if at < ends_at}
        if ends_at - REMINDED_BEFORE_END > override.at:
            times["before the end"] = ends_at - REMINDED_BEFORE_END
    return dict(sorted(times.items(), key=lambda each: each[1]))


def _fields(
    given: Mapping[str, Json], feed: Mapping[str, Json] | None, above: Path
) -> Iterator[tuple[Path, Json]]:
    for name, value in given.items():
        known = feed is not None and name in feed
        path = (*above, name) if known or above else tuple(name.split("."))
        there = value_at(feed, path[len(above) :]) if feed is not None else ABSENT
        if isinstance(value, Mapping) and isinstance(there, Mapping) and value.keys() & there.keys():
            yield from _fields(value, there, path)
        else:
            yield path, value


def _put(state: dict[str, Any], path: Path, value: Json) -> None:
    for name in path[:-1]:
        if not isinstance(state.get(name), dict):
            state[name] = {}
        state = state[name]
    state[path[-1]] = plain_json(value)


def _same(one: Json | Absent, other: Json | Absent) -> bool:
    if isinstance(one, Absent) or isinstance(other, Absent):
        return one is other
    return same_json(one, other)


def _age(age: timedelta) -> str:
    minutes = int(age / timedelta(minutes=1))
    if minutes < 1:
        return "just now"
    if minutes < 120:
        return f"{count_of(minutes, 'minute')} ago"
    return f"{count_of(minutes // 60, 'hour')} ago"
