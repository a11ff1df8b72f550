"""The exit codes of every command; `docs/operations.md` lists them beside the states of flow runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from live_activity.core.report import Report

DONE = 0
"""Done, and somebody was reached; rejects and unreached phones are in the report."""
FAILED = 1
"""Failed (also where nobody was reached), cancelled, rejected, missed, owned by another run, or one activity failed."""
WRONG_INPUT = 2
"""Wrong input, an ended edition, or error findings in `check`."""


def exit_code_of(report: Report) -> int:
    """The exit code of a campaign that was played."""
    return FAILED if report.failed else DONE
