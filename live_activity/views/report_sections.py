"""The sections of a report's page that are tables: pushes, activities, Apple's throttling."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from markupsafe import Markup

from live_activity.core.formatting import count_of
from live_activity.core.report import Report
from live_activity.ledger.push_log import LoggedPush
from live_activity.views.markdown import age
from live_activity.views.push_chart import NAMES, push_chart
from live_activity.views.report_data import ReportData
from live_activity.views.throttling import BUDGETS, Throttled, throttled
from live_activity.views.who_was_reached import Reached, who_was_reached

MOST_ROWS, MOST_LOST_NAMED = 60, 5
_SENT = ("done", "unknown", "locked")


def html_table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Markup:
    """A table that scrolls if it is too wide; whole numbers are aligned to the right and have separators."""
    body = [[_cell(value) for value in row] for row in rows]
    numeric = [bool(body) and all(row[place][0] for row in body) for place in range(len(head))]
    return Markup(
        '<div class="scroll"><table><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>'
    ).format(
        Markup("").join(
            Markup('<th scope="col"{}>{}</th>').format(_class(is_number), name)
            for is_number, name in zip(numeric, head, strict=True)
        ),
        Markup("").join(
            Markup("<tr>{}</tr>").format(
                Markup("").join(
                    Markup('<td{} dir="auto">{}</td>').format(_class(is_number), text)
                    for is_number, (_, text) in zip(numeric, row, strict=True)
                )
            )
            for row in body
        ),
    )


def reach_section(report: Report) -> Markup:
    """From the rows of the segment to the phones that matched, with the reasons why the others were left out."""
    reach = who_was_reached(report.segment, Reached.of(report), device_started=report.device_started)
    rows = [(line.label, *(line.numbers.get(unit) for unit in reach.units)) for line in reach.lines]
    which = "which" if report.device_started else "who"
    heading = (
        "Who was reached"
        if "phones" in reach.units
        else "The table"
        if report.device_started
        else "The segment"
    )
    return Markup("<section><h2>{}</h2>{}</section>").format(heading, html_table((which, *reach.units), rows))


def pushes_section(data: ReportData) -> Markup:
    """The chart of all pushes, and the last of them as a table."""
    if data.pushes_unread is not None:
        return Markup(
            "<section><h2>Pushes and reach</h2><p>The ledger cannot be read: {}.</p></section>"
        ).format(data.pushes_unread)
    if not data.pushes:
        return Markup("")
    verb = "reached" if data.report.mode == "rehearse" else "handed to Apple"
    shown = data.pushes[-MOST_ROWS:]
    note = Markup("")
    if len(shown) < len(data.pushes):
        note = Markup('<p class="soft">The last {} of {} pushes.</p>').format(
            len(shown), f"{len(data.pushes):,}"
        )
    split = any(push.key for push in data.pushes)
    head = ["sent", *(["activity"] if split else []), "push", "row", verb, "left behind", "title", "outcome"]
    return Markup("<section><h2>Pushes and reach over time</h2>{}{}{}</section>").format(
        push_chart(data.pushes, zone=data.zone, verb=verb),
        note,
        html_table(head, [_push_row(push, data, split=split) for push in shown]),
    )


def throttling_section(data: ReportData) -> Markup:
    """What phones would not have shown if Apple had limited the pushes per hour."""
    pushes = [push for push in data.pushes if push.number == data.activity and push.outcome in _SENT]
    if not pushes:
        return Markup("")
    results = [throttled(pushes, budget) for budget in BUDGETS]
    first = next((result for result in results if result.lost), None)
    if first is None:
        most = count_of(BUDGETS[0], "push", "pushes")
        said = f"Nothing would have been different: every push fits into {most} an hour."
    else:
        said = _lost(first, data)
    rows = [
        (
            result.budget,
            result.shown,
            len(result.lost),
            age(result.older_for / timedelta(seconds=1)) if result.older_for else "never",
            "shown" if result.final_shown else "not shown",
        )
        for result in results
    ]
    head = ("pushes an hour", "shown", "not shown", "older content for", "final content")
    whose = f" ({data.activity_name})" if data.activity_name else ""
    return Markup(
        '<section><h2>With Apple\'s throttling{whose}</h2><p dir="auto">{said}</p>{table}<p class="soft">Apple '
        "publishes no budget; a few pushes an hour are ideal. This plays the pushes to a phone that takes no more than "
        "so many in any hour and never shows the others.</p></section>"
    ).format(whose=whose, said=said, table=html_table(head, rows))


def activities_section(data: ReportData) -> Markup:
    """A table of the activities, if there are several."""
    activities = data.report.activities
    if len(activities) < 2:
        return Markup("")
    rows = [
        (
            " ".join(each.key.values()) or "activity",
            each.status.replace("_", " "),
            *(() if data.report.device_started else (each.people, each.matched)),
            each.unsynced_at_end,
            _short(each.started_at, data) if each.started_at is not None else "",
            _short(each.ended_at, data) if each.ended_at is not None else "",
        )
        for each in activities[:MOST_ROWS]
    ]
    note = Markup("")
    if len(activities) > MOST_ROWS:
        note = Markup('<p class="soft">and {} more, in the JSON report</p>').format(
            count_of(len(activities) - MOST_ROWS, "activity", "activities")
        )
    reached = () if data.report.device_started else ("people", "phones")
    head = ("activity", "status", *reached, "left behind", "started", "ended")
    return Markup("<section><h2>{} activities</h2>{}{}</section>").format(
        f"{len(activities):,}", html_table(head, rows), note
    )


def _cell(value: object) -> tuple[bool, str]:
    """Whether a value counts as a number, and its text; None counts as a number."""
    if isinstance(value, int) and not isinstance(value, bool):
        return True, f"{value:,}"
    return value is None, "" if value is None else str(value)


def _class(is_number: bool) -> Markup:
    return Markup(' class="number"' if is_number else "")


def _push_row(push: LoggedPush, data: ReportData, *, split: bool) -> list[object]:
    outcome = push.outcome.replace("_", " ") + (f": {push.error}" if push.error else "")
    activity = [" ".join(push.key.values())] if split else []
    sent = _short(push.sent, data)
    return [
        sent,
        *activity,
        NAMES.get(push.kind, push.kind),
        push.row,
        push.reached,
        push.left_behind,
        push.title or "",
        outcome,
    ]


def _lost(result: Throttled, data: ReportData) -> str:
    named = "; ".join(
        f"{push.sent.astimezone(data.zone):%H:%M} {push.kind}{f' ({push.title})' if push.title else ''}"
        for push in result.lost[:MOST_LOST_NAMED]
    )
    more = len(result.lost) - MOST_LOST_NAMED
    rest = f"; and {more:,} more" if more > 0 else ""
    return f"With {result.budget} pushes an hour, these would not have been shown: {named}{rest}."


def _short(at: datetime, data: ReportData) -> str:
    there = at.astimezone(data.zone)
    return f"{there.day} {there:%b %H:%M:%S}"
