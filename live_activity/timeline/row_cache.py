"""What rows became at the last reading, by their cells: a row that stands in a table again is not parsed again."""

from __future__ import annotations

import marshal
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from live_activity.core.rows import Row
from live_activity.timeline.row_parser import ParsedRow

_Result = TypeVar("_Result")
# Of marshal's formats the last one that writes equal values alike, and not by how often an object is in use.
_FORMAT = 2


@dataclass(slots=True)
class _Entry:
    parsed: ParsedRow
    row: Row | None = None


class RowCache:
    """The memory of one source. A reading calls `begin`, asks for its rows, and calls `finish` when all were read.

    Only what the last finished reading used is kept. Rows with problems are parsed at every reading.
    """

    def __init__(self) -> None:
        self._setting: Hashable = None
        self._entries: dict[bytes, _Entry] = {}
        self._next: dict[bytes, _Entry] = {}
        # The entries of this reading by their parsed rows, which the reading hands back.
        self._by_parsed: dict[int, _Entry] = {}
        self._checked: dict[Hashable, tuple[tuple[object, ...], Any]] = {}
        self._next_checked: dict[Hashable, tuple[tuple[object, ...], Any]] = {}
        self._seen_at: datetime | None = None
        self._is_first = True
        self._is_outdated = False

    def begin(self, setting: Hashable, *, seen_at: datetime) -> None:
        """Begins a reading; `setting` is everything that the meaning of a row depends on beside its cells.

        Rows that are new get `seen_at` as the time when they were first seen in the feed. Those of the first reading
        get none: nobody knows how long they had been there.
        """
        self._is_outdated = setting != self._setting
        self._setting = setting
        self._seen_at = None if self._is_first else seen_at
        self._next, self._by_parsed, self._next_checked = {}, {}, {}

    def finish(self) -> None:
        """Ends a reading that came to its end: the next one is compared with it."""
        self._entries, self._checked = self._next, self._next_checked
        self._next, self._by_parsed, self._next_checked = {}, {}, {}
        self._is_first = False

    def known(self, number: int, cells: Mapping[str, object]) -> ParsedRow | None:
        """What a row with these cells became at the last reading; None where there was none without problems."""
        if self._is_outdated or not self._entries:
            return None
        key = _key(cells)
        entry = self._entries.get(key)
        if entry is None:
            return None
        parsed = entry.parsed
        if parsed.number != number:
            # As many rows as are alike, or all where rows were put in above: the content stays the same object.
            parsed = replace(parsed, number=number)
            entry = _Entry(parsed, entry.row)
        self._next[key] = self._by_parsed[id(parsed)] = entry
        return parsed

    def add(self, cells: Mapping[str, object], parsed: ParsedRow) -> None:
        """Remembers what a row with these cells became."""
        key = _key(cells)
        before = self._entries.get(key)
        self._next[key] = self._by_parsed[id(parsed)] = _Entry(
            parsed, before.row if before is not None else None
        )

    def row(self, parsed: ParsedRow, at: datetime | timedelta) -> Row:
        """The row that a parsed one is, at this time."""
        entry = self._by_parsed[id(parsed)]
        known = entry.row
        if (
            known is not None
            and known.number == parsed.number
            and known.content is parsed.content
            and known.at == at
        ):
            return known
        seen_at = known.seen_at if known is not None else self._seen_at
        entry.row = Row(
            parsed.number,
            parsed.event,
            parsed.content,
            parsed.attributes,
            parsed.key,
            at,
            seen_at=seen_at,
            origin=parsed.origin,
        )
        return entry.row

    def checked(self, subject: tuple[object, ...], check: Callable[[], _Result]) -> _Result:
        """What `check` finds in these objects, or found in the same ones at the last reading."""
        key = tuple(map(id, subject))
        entry = self._checked.get(key)
        if entry is None:
            # The objects are kept, so that no other one gets their ids.
            entry = (subject, check())
        self._next_checked[key] = entry
        result: _Result = entry[1]
        return result


def _key(cells: Mapping[str, object]) -> bytes:
    """Bytes that are the same for the same cells: types count, so that 1, 1.0 and true are three values."""
    plain = cells if type(cells) is dict else dict(cells)
    try:
        return marshal.dumps(plain, _FORMAT)
    except ValueError:  # a type that marshal does not know, such as a date
        return repr(plain).encode("utf-8", "surrogatepass")
