"""The attributes that a row's activities were started with: attributes and state together have a limit of Apple's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from live_activity.core.apple_limits import json_bytes
from live_activity.core.content import Json
from live_activity.core.rows import ByKey, Row

Attributes = Mapping[str, Json]


def by_start_attributes(rows: Sequence[Row]) -> Iterator[tuple[Attributes | None, Sequence[int]]]:
    """Groups rows by the attributes of the start row of their activities; yields each group's places in `rows`.

    Where a row reaches activities with different start rows, the largest attributes count. They are None where no
    start row meets the row.
    """
    starts = [row for row in rows if row.event == "start"]
    if len(starts) <= 1 and not any(row.key for row in starts):
        yield starts[0].attributes if starts else None, range(len(rows))
        return
    by_key = ByKey(starts)
    sizes = {id(row): json_bytes(row.attributes) for row in starts}
    largest: dict[tuple[tuple[str, str], ...], Attributes | None] = {}
    groups: dict[int, tuple[Attributes | None, list[int]]] = {}
    for place, row in enumerate(rows):
        key = tuple(row.key.items())
        if key not in largest:
            meeting = max(by_key.meeting(row.key), key=lambda start: sizes[id(start)], default=None)
            largest[key] = meeting.attributes if meeting is not None else None
        attributes = largest[key]
        groups.setdefault(id(attributes), (attributes, []))[1].append(place)
    yield from groups.values()
