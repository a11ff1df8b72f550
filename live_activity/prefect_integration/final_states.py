"""The final state of a flow run: it says how the campaign ended, not that code finished."""

from __future__ import annotations

from typing import Any, cast

from prefect.client.schemas.objects import State
from prefect.states import Cancelled, Completed, Failed

from live_activity.core.report import NO_ANSWER, NOT_APPROVED, Report
from live_activity.ledger import LostLease, Owned

REJECTED = "Rejected"
# Nobody answered the request for approval, so a planned campaign did not take place.
UNANSWERED = "Unanswered"
OWNED_ELSEWHERE = "Taken"
# The process of a run is gone.
VANISHED = "Vanished"


def owned_elsewhere(error: Owned | LostLease) -> State[Any]:
    """The state of a run that plays nothing because another process holds the edition: one line, and no alert."""
    without_run = error.owner is not None and not error.owner.get("run")
    whose = "; that process has no flow run: it is the recovery service, or a shell" if without_run else ""
    return Failed(name=OWNED_ELSEWHERE, message=f"{error}{whose}")


def final_state(report: Report) -> dict[str, Any]:
    """Returns the flow's result: the report, in a state that says how the campaign ended.

    Prefect makes this the state of the run, and gives the report to the caller of the flow.
    """
    return cast(dict[str, Any], state_of(report))


def state_of(report: Report) -> State[Any]:
    """The final state of a campaign's run.

    Completed if people were reached, or if a person rejected the start: that run did what it was asked to do, is not
    retried, and its alert comes from the event `live-activity.rejected`. If nobody answered, the alert comes from the
    same event: the state has a name of its own, so that the alert for failed runs does not fire as well.
    """
    values = report.as_json()
    if report.status == "rejected":
        reasons = (finding.message for finding in report.findings if finding.code == NOT_APPROVED)
        reason = next(reasons, "not started")
        message = f"{reason}; nobody was sent anything"
        if reason == NO_ANSWER:
            return Failed(name=UNANSWERED, message=message, data=values)
        return Completed(name=REJECTED, message=message, data=values)
    if report.status == "cancelled":
        return Cancelled(message=report.summary, data=values)
    if report.failed:
        return Failed(message=report.summary, data=values)
    return Completed(message=report.summary, data=values)
