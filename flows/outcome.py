"""How a run's end reads in the list of runs: one that was not approved is not simply Completed."""

from __future__ import annotations

from typing import Any, cast

from prefect.states import Completed

from live_activity.approval import NOT_APPROVED

REJECTED = "Rejected"


def outcome(report: dict[str, Any]) -> dict[str, Any]:
    """The report as it stands; where the start was not approved, in a state that is called Rejected.

    A rejected run has done what it was asked to, so its state is no failure: it is not retried, and alerts about it
    come from its event `live-activity.rejected`.
    """
    if report["status"] != "rejected":
        return report
    why = (each["message"] for each in report["findings"] if each["code"] == NOT_APPROVED)
    told = f"{next(why, 'not started')}; nobody was sent anything"
    # Prefect takes the state for the run's own and hands the report on to whoever called the flow.
    return cast(dict[str, Any], Completed(name=REJECTED, message=told, data=report))
