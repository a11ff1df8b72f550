"""What happened in an edition so far, as a report (DESIGN, The report)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from live_activity.core.report import Report, SegmentReport
from live_activity.engine.activity import LiveActivity
from live_activity.ledger import LedgerUnwritable
from live_activity.segment.roster import Roster

if TYPE_CHECKING:
    from live_activity.engine.edition import Edition


def report_of(edition: Edition, status: str | None = None) -> Report:
    """The report; `status` is how it finished, where that is more than its activities say."""
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


def segment_report(roster: Roster | None) -> SegmentReport:
    """The segment's numbers; all 0 before it is staged."""
    if roster is None:
        return SegmentReport()
    return SegmentReport.of(roster.staged, rejects_file=roster.staged.rejects_file)


def _calls(edition: Edition) -> dict[str, int]:
    try:
        return edition.ledger.calls()
    except LedgerUnwritable as unwritable:
        edition.finds("error", "ledger_unwritable", f"{unwritable}; what was called is not counted")
        return {}


def _status(activities: Iterable[LiveActivity]) -> str:
    over = {activity.state.over for activity in activities}
    if None in over:
        return "running"
    for status in ("cancelled", "rejected"):
        if status in over:
            return status
    return "failed" if over == {"failed"} else "ended"
