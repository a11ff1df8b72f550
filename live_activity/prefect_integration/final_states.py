"""How a flow run ends: its state says what became of the campaign, not that code finished."""

from __future__ import annotations

from typing import Any, cast

from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from live_activity.core.report import Report
from live_activity.engine.approval import NOT_APPROVED
from live_activity.ledger import LostLease, Owned

REJECTED = "Rejected"
OWNED_ELSEWHERE = "Taken"


def owned_elsewhere(error: Owned | LostLease) -> State[Any]:
    """The state of a run that plays nothing because another run has the edition: one line, and no alert."""
    return Failed(name=OWNED_ELSEWHERE, message=str(error))


def final_state(report: Report) -> dict[str, Any]:
    """The report, as the result of the flow; in a state named Rejected where the start was not approved.

    A rejected run did what it was asked to, so its state is no failure: it is not retried, and alerts come from its
    event `live-activity.rejected`.
    """
    values = report.as_json()
    if report.status != "rejected":
        return values
    reasons = (finding.message for finding in report.findings if finding.code == NOT_APPROVED)
    message = f"{next(reasons, 'not started')}; nobody was sent anything"
    # Prefect takes the state as the run's own, and hands the report to whoever called the flow.
    return cast(dict[str, Any], Completed(name=REJECTED, message=message, data=values))
