"""What happened in an edition so far, as a report."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from live_activity.campaign.forecast import budget_finding
from live_activity.core.report import Report, SegmentReport
from live_activity.engine.activity import LiveActivity
from live_activity.ledger import LedgerUnwritable
from live_activity.segment.roster import Roster

if TYPE_CHECKING:
    from live_activity.engine.edition import Edition


def report_of(edition: Edition, status: str | None = None) -> Report:
    """The report; `status` is how it finished, where that is more than its activities say."""
    for activity in edition.activities:
        if (finding := budget_finding(activity.state.busiest_hour, _whose(activity))) is not None:
            edition.found(finding)
    ids = [activity.activity_id for activity in edition.activities if activity.activity_id is not None]
    return Report(
        campaign=edition.campaign.name,
        edition=edition.times.starts_at,
        mode=edition.mode,
        status=status or _status(edition.activities),
        segment=segment_report(edition.roster),
        activities=[activity.report() for activity in edition.activities],
        calls=_calls(edition),
        findings=edition.findings,
        phones=edition.rehearsal.phones(ids) if edition.rehearsal is not None else None,
    )


def _whose(activity: LiveActivity) -> str:
    return str(activity) if activity.key else "the activity"


def segment_report(roster: Roster | None) -> SegmentReport:
    """The segment's numbers; all 0 before it is staged."""
    if roster is None:
        return SegmentReport()
    people = roster.staged
    return SegmentReport(
        rows=people.rows,
        accepted=people.accepted,
        rejected=people.rejected,
        reasons=dict(people.reasons),
        rejects_file=people.rejects_file if people.rejected else None,
    )


def _calls(edition: Edition) -> dict[str, int]:
    try:
        return edition.ledger.calls()
    except LedgerUnwritable as unwritable:
        edition.finds("error", "ledger_unwritable", f"{unwritable}; what was called is not counted")
        return {}


def _status(activities: Iterable[LiveActivity]) -> str:
    """How the campaign stands, by what phones got: `ended` only where an activity was started and ended."""
    states = [activity.state for activity in activities]
    over = {state.over for state in states}
    if None in over:
        return "running"
    for status in ("cancelled", "rejected"):
        if status in over:
            return status
    if any(state.over == "ended" for state in states):
        return "ended"
    if "failed" in over or over == {"nobody_eligible"} or any(state.started for state in states):
        return "failed"
    stopped = any(state.stop_request is not None and state.stop_request.why == "ended" for state in states)
    return "cancelled" if stopped else "missed"
