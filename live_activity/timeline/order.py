"""The order of rows: one start and one end for each activity, and everything else between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from live_activity.core.findings import Finding
from live_activity.core.rows import ByKey, Row

_AT_THE_START = timedelta(0)


def check_order(
    rows: Sequence[Row], *, untimed: frozenset[int], where: str
) -> tuple[frozenset[int], tuple[Finding, ...]]:
    """The numbers of rows that contradict others, and the findings about them.

    `untimed` are the numbers of rows without a time of their own: content written before the start is usual.
    A moment and a time since the start are compared only where a start row says when that is.
    """
    findings: list[Finding] = []
    refused: set[int] = set()
    outer = [row for row in rows if row.event != "update"]
    if not outer:
        return frozenset(), ()
    for check, those in ((_doubled, outer), (_crossed, outer), (_outside, rows)):
        found = list(check([row for row in those if row.number not in refused], untimed))
        findings += [finding.model_copy(update={"where": where}) for finding in found]
        refused |= {
            finding.row for finding in found if finding.severity == "error" and finding.row is not None
        }
    return frozenset(refused), tuple(findings)


def _doubled(rows: Sequence[Row], untimed: frozenset[int]) -> Iterator[Finding]:
    firsts = {"start": ByKey(), "end": ByKey()}
    for row in rows:
        if row.event == "update":
            continue
        if row.event == "start" and isinstance(row.at, timedelta) and row.at > _AT_THE_START:
            message = "a start cannot be timed since the start; write 0m, or a date and time"
            yield row.explained(Finding.error("start_after_itself", message, row=row.number, column="at"))
            continue
        first = next(firsts[row.event].meeting(row.key), None)
        if first is None:
            firsts[row.event].add(row)
            continue
        message = f"{first.named} is already the {row.event} of this activity; keep one of them"
        yield row.explained(Finding.error(f"second_{row.event}", message, row=row.number, column="event"))


def _crossed(rows: Sequence[Row], untimed: frozenset[int]) -> Iterator[Finding]:
    starts = ByKey(row for row in rows if row.event == "start" and row.number not in untimed)
    late: dict[int, Finding] = {}
    for end in rows:
        if end.event != "end" or end.number in untimed:
            continue
        if end.at == _AT_THE_START:
            message = "the end is at the start itself; make it later"
            yield end.explained(Finding.error("end_before_start", message, row=end.number, column="at"))
            continue
        crossed = [start for start in starts.meeting(end.key) if _order(_at(end, start), start.at) in (-1, 0)]
        first = next((start for start in crossed if start.key.items() <= end.key.items()), None)
        if first is not None:
            message = (
                f"the end is not after the start ({first.named}), so nothing would be shown; make it later"
            )
            yield end.explained(Finding.error("end_before_start", message, row=end.number, column="at"))
            continue
        # One activity of many that starts too late must not take the end from all the others.
        for start in crossed:
            if end.key.items() <= start.key.items():
                message = (
                    f"the start is not before the end ({end.named}), so nothing would be shown; move one"
                )
                late[start.number] = start.explained(
                    Finding.error("start_after_end", message, row=start.number, column="at")
                )
    yield from late.values()


def _outside(rows: Sequence[Row], untimed: frozenset[int]) -> Iterator[Finding]:
    starts = ByKey(row for row in rows if row.event == "start")
    ends = ByKey(row for row in rows if row.event == "end")
    around: dict[tuple[tuple[str, str], ...], tuple[Row | None, Row | None]] = {}
    for row in rows:
        if row.event != "update":
            continue
        key = tuple(row.key.items())
        if key not in around:
            around[key] = next(starts.reaching(row.key), None), next(ends.reaching(row.key), None)
        start, end = around[key]
        if start is None and end is None:
            continue
        at = _at(row, start)
        after = _order(at, _at(end, start)) if end is not None else None
        if end is not None and (after == 1 or (after == 0 and row.number > end.number)):
            message = f"comes after the end ({end.named}) and is never sent; move it before, or remove it"
            yield row.explained(Finding.warning("after_the_end", message, row=row.number, column="at"))
        elif start is not None and not untimed & {row.number, start.number} and _order(at, start.at) == -1:
            message = f"comes before the start ({start.named}) and is never sent; move it, or remove it"
            yield row.explained(Finding.warning("before_the_start", message, row=row.number, column="at"))


def _at(row: Row, start: Row | None) -> datetime | timedelta:
    return row.due(start.at) if start is not None and isinstance(start.at, datetime) else row.at


def _order(one: datetime | timedelta, other: datetime | timedelta) -> int | None:
    if isinstance(one, datetime) and isinstance(other, datetime):
        return (one > other) - (one < other)
    if isinstance(one, timedelta) and isinstance(other, timedelta):
        return (one > other) - (one < other)
    return None
