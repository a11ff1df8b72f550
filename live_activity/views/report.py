"""The report as a page: how it ended, who was reached, what was found, and the picture of the pushes."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from live_activity.api.account import reaches_nobody
from live_activity.core.report import Report
from live_activity.core.settings import settings
from live_activity.views.handoff import LABEL, handoff_line
from live_activity.views.markdown import phones, plain, short_moment, table, words
from live_activity.views.plan import findings_list

MOST_ACTIVITIES = 50
_KINDS = {"rehearse": "Rehearsal", "test": "Test", "run": "Live"}


def report_page(
    report: Report,
    people: str,
    *,
    zone: ZoneInfo,
    account: str,
    image: str | None = None,
    kept: str | None = None,
) -> str:
    """The page, with times in `zone`; `people` is the plan's table of people, `image` the address of the picture.

    `kept` is the address of the report's HTML page, as markdown.
    """
    activities = report.activities
    updates = [each.updates for each in activities]
    facts = [
        ("activities", _statuses(report)),
        ("updates sent", f"{sum(each.sent for each in updates):,}"),
        ("repeated for phones left behind", f"{sum(each.repeated for each in updates):,}"),
        ("final content sent before the end", f"{sum(each.settled for each in updates):,}"),
        ("phone alerts", f"{max((each.alerts for each in activities), default=0):,}"),
        ("rows overtaken unsent", f"{sum(each.superseded for each in updates):,}"),
        ("rows that changed nothing", f"{sum(each.unchanged for each in updates):,}"),
        ("updates that failed", f"{sum(each.failed for each in updates):,}"),
        ("unsynced at the end", phones(sum(each.unsynced_at_end for each in activities))),
    ]
    calls = ", ".join(f"{number:,} {words(name)}" for name, number in report.calls.items() if number)
    # A table does not break long lines, in the older UI at least.
    long = [f"calls: {calls or 'none'}."]
    if report.handoff.rows:
        long.append(f"{LABEL}: {handoff_line(report.handoff)}.")
    if report.phones is not None:
        shown = f"{report.phones.reached:,} reached, {report.phones.showing_final:,} show the final state"
        facts.append(("phones of the rehearsal", f"{shown}, {report.phones.stuck:,} stuck"))
    parts = [
        f"# {_kind(report, account)}: {plain(report.campaign)}, {plain(report.status)}",
        f"![The pushes over time, with the phones handed to Apple]({image})" if image else "",
        f"The report with its cards, as a page: {kept}" if kept else "",
        people,
        table(("what happened", ""), facts),
        *long,
        _each(report, zone),
        "## Findings",
        findings_list(report.findings),
        "**This was a rehearsal: nobody received anything.**" if report.mode == "rehearse" else "",
    ]
    return "\n\n".join(part for part in parts if part)


def _kind(report: Report, account: str) -> str:
    kind = _KINDS.get(report.mode, report.mode)
    return (
        f"{kind} (in the sandbox)" if report.mode == "run" and reaches_nobody(account, settings()) else kind
    )


def _statuses(report: Report) -> str:
    counted: dict[str, int] = {}
    for each in report.activities:
        counted[each.status] = counted.get(each.status, 0) + 1
    return ", ".join(f"{number:,} {status}" for status, number in counted.items()) or "none"


def _each(report: Report, zone: ZoneInfo) -> str:
    rows = [
        (
            plain(" ".join(each.key.values()) or "activity"),
            each.status,
            *(() if report.device_started else (f"{each.people:,}", f"{each.matched:,}")),
            short_moment(each.started_at, zone=zone),
            short_moment(each.ended_at, zone=zone),
        )
        for each in report.activities[:MOST_ACTIVITIES]
    ]
    # Nobody was registered where phones opened the activities themselves.
    reached = () if report.device_started else ("people", "phones")
    head = ("activity", "status", *reached, f"started, {zone.key}", "ended")
    more = len(report.activities) - MOST_ACTIVITIES
    return table(head, rows) + (f"\n\nand {more:,} more activities" if more > 0 else "")
