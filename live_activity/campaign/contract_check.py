"""Content checked against the contract and Apple's limit: a row that phones would drop is reported, and never sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TypeVar

from live_activity.campaign.start_attributes import by_start_attributes
from live_activity.contract import Contract, check_push, check_size
from live_activity.core.content import Content, Json
from live_activity.core.findings import Finding
from live_activity.core.formatting import count_of
from live_activity.timeline import Row, RowEvent, Timeline
from live_activity.timeline.row_cache import RowCache

START_BLOCKED = "start_blocked"

_Result = TypeVar("_Result")

_BLOCKING = frozenset({START_BLOCKED, "start_without_text"})


def held_against(
    timeline: Timeline,
    contract: Contract,
    *,
    where: str,
    typed: bool,
    now: datetime,
    cache: RowCache | None = None,
) -> Timeline:
    """The timeline with its values as the app decodes them, and without the rows that no phone would decode.

    `typed` says whether the table's cells keep types of their own; the cells of a text table take the contract's.
    `cache` remembers what was found in the rows of the last reading.
    """
    check = partial(_checked, contract=contract, typed=typed, now=now)
    results = _results(timeline.rows, contract, check, cache or RowCache())
    return _with_results(timeline, results, where=where, blocked="phones would drop the start row")


def checked_for_size(
    timeline: Timeline, activity_type: str, *, where: str, cache: RowCache | None = None
) -> Timeline:
    """The timeline of a campaign without a contract, without the rows that no phone can show: over Apple's size, or
    with invalid Unicode.

    `cache` remembers what was found in the rows of the last reading.
    """
    check = partial(_errors, activity_type=activity_type)
    errors = _results(timeline.rows, activity_type, check, cache or RowCache())
    if not any(errors):
        return timeline
    results = [(None if wrong else row, wrong) for row, wrong in zip(timeline.rows, errors, strict=True)]
    return _with_results(timeline, results, where=where, blocked="the start row cannot be sent")


def _results(
    rows: Sequence[Row], about: object, check: Callable[..., _Result], cache: RowCache
) -> Sequence[_Result]:
    """What `check` finds in each row, given the attributes that its activities are started with (`static`)."""

    def found_in(some: Sequence[Row], static: Mapping[str, Json] | None) -> Sequence[_Result]:
        # Row, contract and attributes are the same objects at the next reading where nothing has changed.
        return cache.results((about, static), some, partial(check, static=static))

    groups = list(by_start_attributes(rows))
    if len(groups) == 1:
        return found_in(rows, groups[0][0])
    results: dict[int, _Result] = {}
    for static, places in groups:
        results.update(zip(places, found_in([rows[place] for place in places], static), strict=True))
    return [results[place] for place in range(len(rows))]


def _with_results(
    timeline: Timeline,
    results: Iterable[tuple[Row | None, tuple[Finding, ...]]],
    *,
    where: str,
    blocked: str,
) -> Timeline:
    """The timeline with the result of each row (None: the row is left out), and with the findings about the rows."""
    rows: list[Row] = []
    found: list[Finding] = []
    for row, (checked, findings) in zip(timeline.rows, results, strict=True):
        if findings:
            found += _placed(findings, row, where=where)
        if checked is not None:
            rows.append(checked)
        elif row.event == "start":
            message = f"{blocked}: nothing starts before it is corrected"
            found.append(Finding.error(START_BLOCKED, message, where=where, row=row.number))
    return replace(timeline, rows=tuple(rows), findings=(*timeline.findings, *_once(found)))


def _errors(row: Row, *, activity_type: str, static: Mapping[str, Json] | None) -> tuple[Finding, ...]:
    return check_push(
        event=row.event,
        activity_type=activity_type,
        title=row.content.title,
        message=row.content.message,
        state=row.content.state,
        attributes=row.attributes if row.event == "start" else None,
        static_attributes=static,
    )


def content_findings(
    content: Content,
    contract: Contract | None,
    *,
    event: RowEvent,
    activity_type: str = "",
    attributes: Mapping[str, Json] | None = None,
    static_attributes: Mapping[str, Json] | None = None,
    now: datetime,
) -> tuple[Content, tuple[Finding, ...]]:
    """One content as the app decodes it, and what was found in it; errors mean that phones would drop it.

    Without a contract only the rules of every app are checked: Apple's size limit, and valid Unicode.
    """
    if contract is None:
        return content, check_push(
            event=event,
            activity_type=activity_type,
            title=content.title,
            message=content.message,
            state=content.state,
            attributes=attributes,
            static_attributes=static_attributes,
        )
    checked = contract.check_state(content.state, from_text=False, now=now)
    state = checked.value if checked.is_accepted else content.state
    return replace(content, state=state), (
        *checked.findings,
        *check_size(
            event=event,
            activity_type=contract.name,
            title=content.title,
            message=content.message,
            state=state,
            attributes=attributes,
            static_attributes=static_attributes,
        ),
    )


def drop_bad_rows(timeline: Timeline, before: Timeline) -> Timeline:
    """The timeline, in which a row that is bad now but was good before stays as it was.

    Without it, a wrong correction would take the phones back to the row before: the last good content stays wanted.
    """
    bad = bad_rows(timeline)
    if not bad:
        return timeline
    kept = [row for row in before.rows if row.number in bad]
    # All rows that a template makes of one source row are kept together, or replaced together.
    numbers = {row.number for row in kept}
    new = [row for row in timeline.rows if row.number not in numbers]
    rows = sorted((*new, *kept), key=lambda row: row.number)
    return replace(timeline, rows=tuple(rows))


def bad_rows(timeline: Timeline) -> set[int]:
    """The numbers of rows that cannot be sent."""
    good = {row.number for row in timeline.rows}
    return {number for number in timeline.bad_rows if number not in good} | {
        finding.row
        for finding in timeline.findings
        if finding.severity == "error" and finding.row is not None and finding.row not in good
    }


def bad_starts(timeline: Timeline) -> set[int]:
    """The numbers of start rows that phones would drop, or that lack what a start needs."""
    return {
        finding.row
        for finding in timeline.findings
        if finding.severity == "error" and finding.row is not None and finding.code in _BLOCKING
    }


def start_is_blocked(bad: set[int], rows: Iterable[Row]) -> bool:
    """Whether an activity with these rows must not start, given the bad start rows of the timeline.

    A start row that cannot be read names no activity, so it blocks every activity that has no start row of its own.
    """
    if not bad:
        return False
    starts = [row.number for row in rows if row.event == "start"]
    return not starts or not bad.isdisjoint(starts)


def _checked(
    row: Row, *, contract: Contract, static: Mapping[str, Json] | None, typed: bool, now: datetime
) -> tuple[Row | None, tuple[Finding, ...]]:
    state = contract.check_state(row.content.state, from_text=not typed, now=now)
    findings = state.findings
    attributes = row.attributes
    accepted = state.is_accepted
    if row.event == "start":
        held = contract.check_attributes(row.attributes, from_text=not typed, now=now)
        findings, accepted = (*findings, *held.findings), accepted and held.is_accepted
        attributes = held.value if held.is_accepted else attributes
    if not accepted:
        return None, findings
    size = check_size(
        event=row.event,
        activity_type=contract.name,
        title=row.content.title,
        message=row.content.message,
        state=state.value,
        attributes=attributes if row.event == "start" else None,
        static_attributes=static,
    )
    if size:
        return None, (*findings, *size)
    return replace(row, content=replace(row.content, state=state.value), attributes=attributes), findings


def _placed(findings: Iterable[Finding], row: Row, *, where: str) -> list[Finding]:
    """The findings of a row with its place in the table, and in the template that made it."""
    explained = findings if row.origin is None else map(row.origin.explained, findings)
    return [each.model_copy(update={"where": where, "row": row.number}) for each in explained]


def _once(findings: Iterable[Finding]) -> list[Finding]:
    """Every error, and each warning about a column once, with the number of rows that it is about."""
    # A template makes several rows of one, such as one for each language, with the same findings.
    findings = list(dict.fromkeys(findings))
    rows = Counter((each.code, each.column) for each in findings if each.severity != "error")
    seen: set[tuple[str, str | None]] = set()
    kept = []
    for each in findings:
        kind = (each.code, each.column)
        if each.severity == "error":
            kept.append(each)
        elif kind not in seen:
            seen.add(kind)
            more = rows[kind] - 1
            also = f" (and in {count_of(more, 'more row')})" if more else ""
            kept.append(each.model_copy(update={"message": f"{each.message}{also}"}))
    return kept
