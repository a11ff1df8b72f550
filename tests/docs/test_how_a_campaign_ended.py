"""docs/operations.md says which exit code and which state in Prefect each status of a campaign has."""

from __future__ import annotations

import re

from live_activity.cli.exit_codes import FAILED, WRONG_INPUT, exit_code_of
from live_activity.core.findings import Finding
from live_activity.core.report import NO_ANSWER, NOT_APPROVED, ActivityReport, Report
from live_activity.ledger import Owned
from live_activity.prefect_integration.final_states import owned_elsewhere, state_of
from tests.docs.finding_codes import ROOT

PAGE = (ROOT / "docs" / "operations.md").read_text("utf-8")


def report_of(status: str, *activities: str, reason: str | None = None) -> Report:
    return Report(
        campaign="derby",
        edition=None,
        mode="check" if status == "checked" else "run",
        status=status,
        activities=[ActivityReport(status=each) for each in activities],
        findings=[Finding.error(NOT_APPROVED, reason, where="derby")] if reason else [],
    )


# The rows of the table, in their order.
REPORTS = [
    report_of("checked"),
    report_of("ended", "ended", "nobody_eligible"),
    report_of("ended", "ended", "failed"),
    report_of("missed", "expired"),
    report_of("failed", "nobody_eligible", "not_found"),
    report_of("cancelled", "cancelled"),
    report_of("rejected", reason="not started: it was rejected by ada"),
    report_of("rejected", reason=NO_ANSWER),
]


def test_the_page_says_the_exit_code_and_the_state_of_every_status() -> None:
    section = PAGE.split("## How a campaign ended")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (?:`(\w+)`|not played) \| .+ \| (\d) \| (\w+) \|$", section, re.MULTILINE)
    assert rows == [
        *((each.status, str(exit_code_of(each)), state_of(each).name) for each in REPORTS),
        ("", str(FAILED), owned_elsewhere(Owned({})).name),
        ("", str(FAILED), "Failed"),
        ("", str(WRONG_INPUT), "Failed"),
    ]


def test_the_page_says_which_states_with_a_name_of_their_own_are_green() -> None:
    states = [*map(state_of, REPORTS), owned_elsewhere(Owned({}))]
    own = {
        state.name: state.type.value.capitalize()
        for state in states
        if state.name != state.type.value.capitalize()
    }
    assert own == {"Rejected": "Completed", "Unanswered": "Failed", "Taken": "Failed"}
    assert "*Rejected* is of the type Completed" in PAGE
