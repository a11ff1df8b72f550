"""Whether the people and the rows of a split campaign name the same activities."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from live_activity.campaign.model import Campaign
from live_activity.core.findings import Finding
from live_activity.core.formatting import count_of
from live_activity.tables.file import name_of
from live_activity.timeline import Row, Timeline

Key = Mapping[str, str]


def split_findings(campaign: Campaign, timeline: Timeline, keys: Sequence[Key]) -> Iterator[Finding]:
    """Values without rows, values without people, and activities with rows of two different things.

    `keys` are the split values that people have; an empty segment has findings of its own. Each problem is reported
    once, for the first value or activity that has it.
    """
    if not keys:
        return
    table = name_of(campaign.timeline)
    opened = campaign.device_started
    yield from _without_rows(
        timeline, keys, segment=name_of(campaign.who), whose="activities" if opened else "people"
    )
    if not opened:  # phones may still open activities for them
        yield from _without_people(timeline, keys, table=table)
    yield from _of_two_things(timeline, keys, table=table)


def _without_rows(timeline: Timeline, keys: Sequence[Key], *, segment: str, whose: str) -> Iterator[Finding]:
    # A live timeline may have rows for them later; an empty one has findings of its own.
    if timeline.live or not timeline.rows:
        return
    lost = [key for key in keys if not timeline.for_key(key)]
    if lost:
        yield Finding.warning(
            "no_rows_for_value",
            f"{_named(lost[0])}: {whose} have this value, and no row of the timeline does, so nothing is sent to "
            f"them; write rows for it, or correct its spelling{_more(len(lost), 'more value')}",
            where=segment,
            column=", ".join(lost[0]),
        )


def _without_people(timeline: Timeline, keys: Sequence[Key], *, table: str) -> Iterator[Finding]:
    lost: dict[tuple[tuple[str, str], ...], Row] = {}
    known: dict[tuple[str, ...], set[tuple[str, ...]]] = {}
    for row in timeline.rows:
        columns = tuple(sorted(row.key))
        if columns not in known:
            known[columns] = {tuple(key.get(name, "") for name in columns) for key in keys}
        if tuple(row.key[name] for name in columns) not in known[columns]:
            lost.setdefault(tuple(sorted(row.key.items())), row)
    if lost:
        first = next(iter(lost.values()))
        yield Finding.warning(
            "nobody_for_value",
            f"{_named(first.key)}: nobody in the segment has this value, so its rows reach nobody; add the people, "
            f"or correct its spelling{_more(len(lost), 'more value')}",
            where=table,
            row=first.number,
            column=", ".join(first.key),
        )


def _of_two_things(timeline: Timeline, keys: Sequence[Key], *, table: str) -> Iterator[Finding]:
    if timeline.live:  # rows without times of their own share the moment in which they were first seen
        return
    crossed: list[tuple[Key, Row, Row]] = []
    for key in keys:
        at: dict[object, Row] = {}
        for row in timeline.for_key(key):
            other = at.setdefault(row.at, row)
            if other.content != row.content:
                crossed.append((key, other, row))
                break
    if crossed:
        key, one, other = crossed[0]
        yield Finding.warning(
            "two_things_at_once",
            f"{f'{_named(key)}: ' if key else ''}{_both(one, other)} are due at the same time "
            "with different content, so they may be of two different things; the later row wins; split by "
            f"{'one more' if key else 'a'} column, or move one"
            f"{_more(len(crossed), 'more activity', 'more activities')}",
            where=table,
            row=other.number,
            column="at",
        )


def _both(one: Row, other: Row) -> str:
    if one.origin is None or other.origin is None:
        return f"rows {one.number} and {other.number}"
    return f"{one.named} and {other.named}"


def _named(key: Key) -> str:
    return " ".join(key.values())


def _more(number: int, noun: str, plural: str | None = None) -> str:
    return f" (and so for {count_of(number - 1, noun, plural)})" if number > 1 else ""
