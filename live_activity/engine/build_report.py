"""The report of an edition so far."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from live_activity.campaign.forecast import budget_finding
from live_activity.core.findings import Finding
from live_activity.core.formatting import count_of
from live_activity.core.report import HandoffReport, Report, SlowRowReport
from live_activity.core.statuses import CampaignStatus
from live_activity.engine.activity import LiveActivity
from live_activity.engine.edition import Edition
from live_activity.engine.opened_findings import refresh_opened_findings
from live_activity.engine.people_feed import segment_report
from live_activity.ledger import LedgerUnreadable, LedgerUnwritable
from live_activity.ledger.handoff import handoff_times


def report_of(edition: Edition, status: CampaignStatus | None = None) -> Report:
    """The report; `status` is how the edition finished, if its activities do not say that."""
    refresh_opened_findings(edition)
    if status is None and edition.opened is not None and not edition.opened.closed:
        status = "running"
    ids = [activity.activity_id for activity in edition.activities if activity.activity_id is not None]
    return Report(
        campaign=edition.campaign.name,
        edition=edition.times.starts_at,
        mode=edition.mode,
        status=status or _status(edition.activities),
        device_started=edition.campaign.device_started,
        segment=segment_report(edition.roster),
        activities=[activity.report() for activity in edition.activities],
        calls=_calls(edition),
        findings=[*edition.findings, *_budget_findings(edition.activities)],
        phones=edition.rehearsal.phones(ids) if edition.rehearsal is not None else None,
        handoff=handoff_of(edition),
    )


def _budget_findings(activities: Sequence[LiveActivity]) -> Iterator[Finding]:
    """One finding for all activities near Apple's budget, and one for all beyond it."""
    groups: dict[str, list[LiveActivity]] = defaultdict(list)
    for activity in activities:
        if (found := budget_finding(activity.state.busiest_hour, "")) is not None:
            groups[found.code].append(activity)
    for some in groups.values():
        most = max(some, key=lambda each: each.state.busiest_hour)
        name = str(most) if most.key else "the activity"
        if len(some) == 1:
            sent = f"{name} was sent"
        else:
            of_all = f"{len(some):,} of {count_of(len(activities), 'activity', 'activities')}"
            sent = f"{of_all} ({name} most) were sent up to"
        if (found := budget_finding(most.state.busiest_hour, sent)) is not None:
            yield found


def handoff_of(edition: Edition, *, newest: int | None = None) -> HandoffReport:
    """How long rows took from feed to handoff: all of them, or those of the newest pushes.

    No figures where the ledger cannot be read.
    """
    try:
        times = handoff_times(edition.ledger.database, edition.ledger.edition_id, newest=newest)
    except LedgerUnreadable:
        return HandoffReport()
    keys = {activity.number: activity.key for activity in edition.activities}
    return HandoffReport(
        rows=times.rows,
        p50=times.p50,
        p99=times.p99,
        slowest=[
            SlowRowReport(
                key=keys.get(each.number, {}),
                row=each.row,
                ready_at=each.ready_at,
                answered_at=each.answered_at,
                seconds=each.seconds,
            )
            for each in times.slowest
        ],
    )


def _calls(edition: Edition) -> dict[str, int]:
    try:
        return edition.ledger.calls()
    except LedgerUnwritable as unwritable:
        edition.add_finding(
            Finding.error(
                "ledger_unwritable", f"{unwritable}; the calls are not counted", where=edition.campaign.name
            )
        )
        return {}


def _status(activities: Iterable[LiveActivity]) -> CampaignStatus:
    """The status of the campaign, by what phones got: `ended` only where an activity was started and ended."""
    states = [activity.state for activity in activities]
    over = {state.over for state in states}
    if None in over:
        return "running"
    if "cancelled" in over:
        return "cancelled"
    if "rejected" in over:
        return "rejected"
    if "ended" in over:
        return "ended"
    if (
        "failed" in over
        or (over and over <= {"nobody_eligible", "not_found"})
        or any(state.started for state in states)
    ):
        return "failed"
    stopped = any(state.stop_request is not None and state.stop_request.why == "ended" for state in states)
    return "cancelled" if stopped else "missed"
