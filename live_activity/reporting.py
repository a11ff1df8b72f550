"""What happened in an edition so far, as a report (DESIGN, The report)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from live_activity.crowd import Crowd
from live_activity.ledger import LedgerUnwritable
from live_activity.live import LiveActivity
from live_activity.report import Report, SegmentReport

if TYPE_CHECKING:
    from live_activity.edition import Edition


def report_of(edition: Edition, status: str | None = None) -> Report:
    """The report; `status` is how it finished, where that is more than its activities say."""
    ids = [activity.activity_id for activity in edition.activities if activity.activity_id is not None]
    return Report(
        campaign=edition.campaign.name,
        edition=edition.times.starts_at,
        mode=edition.mode,
        status=status or _status(edition.activities),
        segment=segment_report(edition.crowd),
        activities=[activity.report() for activity in edition.activities],
        calls=_calls(edition),
        findings=edition.findings,
        phones=edition.rehearsal.phones(ids) if edition.rehearsal is not None else None,
    )


def segment_report(crowd: Crowd | None) -> SegmentReport:
    """The segment's numbers; all 0 before it is staged."""
    if crowd is None:
        return SegmentReport()
    people = crowd.staged
    return SegmentReport(
        rows=people.rows,
        accepted=people.accepted,
        rejected=people.rejected,
        reasons=dict(people.reasons),
        rejects_file=people.rejects_file if people.rejected else None,
    )


def _calls(edition: Edition) -> dict[str, int]:
    try:
        return edition.book.calls()
    except LedgerUnwritable as unwritable:
        edition.finds("error", "ledger_unwritable", f"{unwritable}; what was called is not counted")
        return {}


def _status(activities: Iterable[LiveActivity]) -> str:
    over = {activity.recorded.over for activity in activities}
    if None in over:
        return "running"
    for status in ("cancelled", "rejected"):
        if status in over:
            return status
    return "failed" if over == {"failed"} else "ended"
