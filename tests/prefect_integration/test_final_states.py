"""The Prefect state of a campaign's run says in plain words how the campaign ended."""

from __future__ import annotations

import pytest
from prefect.client.schemas.objects import StateType

from live_activity.core.findings import Finding
from live_activity.core.report import NO_ANSWER, NOT_APPROVED, ActivityReport, Report
from live_activity.ledger import Owned
from live_activity.prefect_integration.final_states import owned_elsewhere, state_of

LATE = "never registered: nobody was sent anything"


def report_of(status: str, *activities: ActivityReport, findings: list[Finding] | None = None) -> Report:
    return Report(
        campaign="derby",
        edition=None,
        mode="run",
        status=status,
        activities=list(activities),
        findings=findings or [],
    )


@pytest.mark.parametrize(
    ("report", "state", "message"),
    [
        (
            report_of("ended", ActivityReport(status="ended", people=3, matched=2)),
            StateType.COMPLETED,
            "ended: 3 people, 2 phones",
        ),
        (
            report_of(
                "ended",
                ActivityReport(status="ended", people=3, matched=2),
                ActivityReport(status="nobody_eligible", why="nobody was eligible"),
            ),
            StateType.COMPLETED,
            "ended: 3 people, 2 phones",
        ),
        (
            report_of(
                "ended",
                ActivityReport(status="ended"),
                ActivityReport(status="failed", why="team=red: no"),
                findings=[Finding.error("activity_failed", "team=red: the key is refused", where="derby")],
            ),
            StateType.FAILED,
            "1 of 2 activities failed: team=red: the key is refused",
        ),
        (
            report_of("missed", ActivityReport(status="expired", why=LATE)),
            StateType.FAILED,
            f"missed: {LATE}",
        ),
        (
            report_of("failed", ActivityReport(status="nobody_eligible", why="nobody was eligible")),
            StateType.FAILED,
            "failed: nobody was eligible",
        ),
        (
            report_of(
                "failed",
                *(ActivityReport(status="not_found", why=f"the API did not know it ({n})") for n in (1, 2)),
            ),
            StateType.FAILED,
            "failed: the API did not know it (1) (and 1 more)",
        ),
        (
            report_of("cancelled", ActivityReport(status="cancelled", people=3, matched=2)),
            StateType.CANCELLED,
            "cancelled: 3 people, 2 phones",
        ),
        (
            report_of("rejected", findings=[Finding.error(NOT_APPROVED, "Ann said no", where="derby")]),
            StateType.COMPLETED,
            "Ann said no; nobody was sent anything",
        ),
        (
            report_of("rejected", findings=[Finding.error(NOT_APPROVED, NO_ANSWER, where="derby")]),
            StateType.FAILED,
            "not started: nobody approved it in time; nobody was sent anything",
        ),
    ],
    ids=lambda value: value.status if isinstance(value, Report) else "",
)
def test_a_run_is_completed_only_where_people_were_reached_or_a_person_rejected_it(
    report: Report, state: StateType, message: str
) -> None:
    made = state_of(report)
    assert (made.type, made.message) == (state, message)
    # The exit code agrees, except for a rejection: it is no success for the caller of the command.
    assert report.failed == (state is not StateType.COMPLETED or report.status == "rejected")


@pytest.mark.parametrize(("run", "said"), [(None, True), ("http://ui/runs/flow-run/1", False)])
def test_a_run_whose_campaign_is_owned_by_a_process_without_a_flow_run_says_what_that_may_be(
    run: str | None, said: bool
) -> None:
    state = owned_elsewhere(Owned({"pid": 7, "host": "here", "run": run}))
    assert state.name == "Taken"
    assert ("recovery service" in (state.message or "")) is said
