"""What rows became at the last reading, by their cells: a row that stands in a table again is not parsed again."""

from __future__ import annotations

import marshal
from collections.abc import Callable, Hashable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from live_activity.core.findings import Finding
from live_activity.timeline.row_parser import ParsedRow
from live_activity.timeline.rows import Row

_Result = TypeVar("_Result")
# Of marshal's formats the last one that writes equal values alike, and not by how often an object is in use.
_FORMAT = 2


class RowCache:
    """The memory of one source. A reading calls `begin`, asks for its rows, and calls `finish` when all were read.

    Only what the last finished reading used is kept. Rows with problems are parsed at every reading.
    """

    def __init__(self) -> None:
        self._setting: Hashable = None
        self._parsed: dict[bytes, ParsedRow] = {}
        self._rows: dict[bytes, Row] = {}
        self._checked: dict[Hashable, tuple[tuple[object, ...], Any]] = {}
        self._next: tuple[dict[bytes, ParsedRow], dict[bytes, Row], dict[Hashable, Any]] = ({}, {}, {})
        self._keys: dict[int, bytes] = {}
        self._seen_at: datetime | None = None
        self._is_first = True

    def begin(self, setting: Hashable, *, seen_at: datetime) -> None:
        """Begins a reading; `setting` is everything that the meaning of a row depends on beside its cells.

        Rows that are new get `seen_at` as the time when they were first seen in the feed. Those of the first reading
        get none: nobody knows how long they had been there.
        """
        if setting != self._setting:
            self._setting, self._parsed, self._checked = setting, {}, {}
        self._seen_at = None if self._is_first else seen_at
        self._next, self._keys = ({}, {}, {}), {}

    def finish(self) -> None:
        """Ends a reading that came to its end: the next one is compared with it."""
        self._parsed, self._rows, self._checked = self._next
        self._next, self._keys = ({}, {}, {}), {}
        self._is_first = False

    def parsed(
        self,
        number: int,
        cells: Mapping[str, object],
        parse: Callable[[int, Mapping[str, object]], ParsedRow | list[Finding]],
    ) -> ParsedRow | list[Finding]:
        """What `parse` makes of a row, or made of one with the same cells at the last reading."""
        key = _key(cells)
        known = self._next[0].get(key) or self._parsed.get(key)
        if known is None:
            found = parse(number, cells)
            if isinstance(found, list):
                return found
            known = found
        elif known.number != number:
            known = ParsedRow(number, known.event, known.content, known.attributes, known.key, known.at)
        self._next[0][key] = known
        self._keys[id(known)] = key
        return known

    def row(self, parsed: ParsedRow, at: datetime | timedelta) -> Row:
        """The row that a parsed one is, at this time."""
        key = self._keys[id(parsed)]
        known = self._rows.get(key)
        if (
            known is not None
            and known.content is parsed.content
            and known.number == parsed.number
            and known.at == at
        ):
            self._next[1][key] = known
            return known
        seen_at = known.seen_at if known is not None else self._seen_at
        row = Row(
            parsed.number, parsed.event, parsed.content, parsed.attributes, parsed.key, at, seen_at=seen_at
        )
        self._next[1][key] = row
        return row

    def checked(self, subject: tuple[object, ...], check: Callable[[], _Result]) -> _Result:
        """What `check` finds in these objects, or found in the same ones at the last reading."""
        key = tuple(id(each) for each in subject)
        # The objects are kept, so that no other one gets their ids.
        known = self._next[2].get(key) or self._checked.get(key)
        entry = known if known is not None else (subject, check())
        self._next[2][key] = entry
        result: _Result = entry[1]
        return result


def _key(cells: Mapping[str, object]) -> bytes:
    """Bytes that are the same for the same cells: types count, so that 1, 1.0 and true are three values."""
    plain = cells if type(cells) is dict else dict(cells)
    try:
        return marshal.dumps(plain, _FORMAT)
    except ValueError:  # a type that marshal does not know, such as a date
        return repr(plain).encode("utf-8", "surrogatepass")
