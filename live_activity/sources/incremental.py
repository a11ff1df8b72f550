"""Reading again only what is new: a table of text whose lines changed in one place is not read as a whole.

Only tables that were read without a finding, a row a line, are known so well; whatever is not as simple as that is
read from its beginning, which comes to the same.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from live_activity.timeline import Row, Timeline
from live_activity.timeline.order import check_order

_BLOCK = 1 << 16


@dataclass(frozen=True, slots=True)
class Known:
    """A table as it was read: its bytes, how many rows it has, and the timeline that came of them."""

    content: bytes = field(repr=False)
    count: int
    timeline: Timeline = field(repr=False)


# Reads a smaller table with the same header: how many rows it has, a line each, and what came of them.
Read = Callable[[bytes], "tuple[int, Timeline] | None"]


def known_so_well(content: bytes, count: int, timeline: Timeline) -> Known | None:
    """What can be read again in part; None where a finding, a row without a time or a row of many lines forbids it."""
    simple = (
        not timeline.findings and not timeline.live and _lines(content) == count + 1 and _is_utf8(content)
    )
    return Known(content, count, timeline) if simple else None


def grown(known: Known, content: bytes, read: Read, *, where: str) -> Known | None:
    """The table as it is now, of which only the lines that differ are read; None where all of it must be."""
    old = known.content
    header = old.find(b"\n") + 1
    begin = _same_begin(old, content)
    begin = old.rfind(b"\n", 0, begin) + 1
    end = _same_end(old, content, most=min(len(old), len(content)) - begin)
    # The last lines that are the same begin after a line's end.
    end -= old.find(b"\n", len(old) - end) + 1 - (len(old) - end) if end else 0
    before = old[begin : len(old) - end].splitlines(keepends=True)
    after = content[begin : len(content) - end].splitlines(keepends=True)
    # What is open at the end of a line would reach beyond it.
    if not header or begin < header or not after or any(line.count(b'"') % 2 for line in after):
        return None
    first = old.count(b"\n", 0, begin)
    places = {line.rstrip(b"\r\n"): first + place for place, line in enumerate(before)}
    wanted = [places.get(line.rstrip(b"\r\n")) for line in after]
    lines = [line for line, place in zip(after, wanted, strict=True) if place is None]
    part = _part(old[:header], lines, read)
    if part is None:
        return None
    behind = first + len(before)
    rows = _merged(known.timeline.rows, part.rows, wanted=wanted, first=first, behind=behind)
    touched = _of_touched_activities(rows, _changed(known.timeline.rows, part.rows, wanted, first, behind))
    _, told = check_order(touched, untimed=frozenset(), where=where)
    if told:
        return None
    timeline = Timeline(rows, relative=known.timeline.relative or part.relative)
    return Known(content, known.count - len(before) + len(after), timeline)


def _part(header: bytes, lines: Sequence[bytes], read: Read) -> Timeline | None:
    """What the new lines say, by their places; None where they are no rows of a line each."""
    if not lines:
        return Timeline(())
    text = b"".join(line if line.endswith(b"\n") else line + b"\n" for line in lines)
    part = read(header + text) if _is_utf8(text) else None
    return part[1] if part is not None and part[0] == len(lines) else None


def _merged(
    old: Sequence[Row], new: Sequence[Row], *, wanted: Sequence[int | None], first: int, behind: int
) -> tuple[Row, ...]:
    """The rows before the lines that differ, those of these lines (`wanted` are their old places), and the others."""
    merged = [*old[: bisect_left(old, first, key=_number)]]
    unread = 0
    for number, place in enumerate(wanted, first):
        if place is None:
            unread += 1
        found = _of(old, place) if place is not None else _of(new, unread)
        merged += [row if row.number == number else replace(row, number=number) for row in found]
    moved = first + len(wanted) - behind
    rest = old[bisect_left(old, behind, key=_number) :]
    merged += [replace(row, number=row.number + moved) for row in rest] if moved else rest
    return tuple(merged)


def _changed(
    old: Sequence[Row], new: Sequence[Row], wanted: Sequence[int | None], first: int, behind: int
) -> Iterator[Row]:
    """The rows that came, and those that went."""
    kept = {place for place in wanted if place is not None}
    yield from new
    for place in range(first, behind):
        if place not in kept:
            yield from _of(old, place)


def _of(rows: Sequence[Row], number: int) -> Sequence[Row]:
    begin = bisect_left(rows, number, key=_number)
    end = begin
    while end < len(rows) and rows[end].number == number:
        end += 1
    return rows[begin:end]


def _of_touched_activities(rows: Sequence[Row], changed: Iterable[Row]) -> Sequence[Row]:
    """The rows that stand beside changed ones: of the same activities, where every row names its activity in full."""
    columns = {tuple(row.key) for row in rows}
    if len(columns) != 1:
        return rows
    (names,) = columns
    touched = {tuple(row.key.get(name) for name in names) for row in changed}
    return [row for row in rows if tuple(row.key.values()) in touched]


def _number(row: Row) -> int:
    return row.number


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _lines(content: bytes) -> int:
    return content.count(b"\n") + (not content.endswith(b"\n") and bool(content))


def _same_begin(one: bytes, other: bytes) -> int:
    least = min(len(one), len(other))
    at = 0
    while at < least and one[at : at + _BLOCK] == other[at : at + _BLOCK] and at + _BLOCK <= least:
        at += _BLOCK
    while at < least and one[at] == other[at]:
        at += 1
    return at


def _same_end(one: bytes, other: bytes, *, most: int) -> int:
    at = 0
    while (
        at + _BLOCK <= most
        and one[len(one) - at - _BLOCK : len(one) - at] == (other[len(other) - at - _BLOCK : len(other) - at])
    ):
        at += _BLOCK
    while at < most and one[len(one) - at - 1] == other[len(other) - at - 1]:
        at += 1
    return at
