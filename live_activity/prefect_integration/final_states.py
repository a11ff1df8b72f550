"""How a run's end reads in the list of runs: not approved is not simply Completed, nor another's to play Failed."""

from __future__ import annotations

from typing import Any, cast

from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from live_activity.engine.approval import NOT_APPROVED
from live_activity.ledger import LostLease, Owned

REJECTED = "Rejected"
TAKEN = "Taken"


def owned_elsewhere(others: Owned | LostLease) -> State[Any]:
    """The state of a run that has nothing to play, as another one plays it: one line that says so, and no alert."""
    return Failed(name=TAKEN, message=str(others))


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
