"""The report as a page: how it ended, who was reached, what was found, and the picture of the pushes."""

from __future__ import annotations

from live_activity.pages.markdown import moment, plain, table, words
from live_activity.pages.plan import findings_list
from live_activity.report import Report

MOST_ACTIVITIES = 50


def report_page(report: Report, people: str, *, image: str | None = None) -> str:
    """The page; `people` is the plan's table of people, `image` the address of the picture."""
    activities = report.activities
    updates = [each.updates for each in activities]
    facts = [
        ("activities", _statuses(report)),
        ("updates sent", f"{sum(each.sent for each in updates):,}"),
        ("repeated for phones left behind", f"{sum(each.repeated for each in updates):,}"),
        ("rows overtaken unsent", f"{sum(each.superseded for each in updates):,}"),
        ("rows that changed nothing", f"{sum(each.unchanged for each in updates):,}"),
        ("updates that failed", f"{sum(each.failed for each in updates):,}"),
        ("unsynced at the end", f"{sum(each.unsynced_at_end for each in activities):,} phones"),
        ("calls", ", ".join(f"{number:,} {words(name)}" for name, number in report.calls.items() if number)),
    ]
    if report.phones is not None:
        shown = f"{report.phones.reached:,} reached, {report.phones.showing_final:,} show the final state"
        facts.append(("phones of the rehearsal", f"{shown}, {report.phones.stuck:,} stuck"))
    parts = [
        f"# {plain(report.campaign)}: {plain(report.status)}",
        f"![The pushes over time, with the phones handed to Apple]({image})" if image else "",
        people,
        table(("what happened", ""), facts),
        _each(report),
        findings_list(report.findings),
        "**This was a rehearsal: nobody received anything.**" if report.mode == "rehearse" else "",
    ]
    return "\n\n".join(part for part in parts if part)


def _statuses(report: Report) -> str:
    counted: dict[str, int] = {}
    for each in report.activities:
        counted[each.status] = counted.get(each.status, 0) + 1
    return ", ".join(f"{number:,} {status}" for status, number in counted.items()) or "none"


def _each(report: Report) -> str:
    rows = [
        (
            plain(" ".join(each.key.values()) or "activity"),
            each.status,
            f"{each.people:,}",
            f"{each.matched:,}",
            moment(each.started_at, ""),
            moment(each.ended_at, ""),
        )
        for each in report.activities[:MOST_ACTIVITIES]
    ]
    head = ("activity", "status", "people", "phones matched", "started", "ended")
    more = len(report.activities) - MOST_ACTIVITIES
    return table(head, rows) + (f"\n\nand {more:,} more activities" if more > 0 else "")
