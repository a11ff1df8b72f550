"""The file of `--report`, if two runs of one campaign write to it."""

from __future__ import annotations

import json
from pathlib import Path

from live_activity.cli.report_file import ReportFiles
from live_activity.core.report import Report


def report(status: str) -> Report:
    return Report(campaign="derby", edition=None, mode="run", status=status)


def status_in(file: Path) -> str:
    status: str = json.loads(file.read_text("utf-8"))["status"]
    return status


def test_a_run_that_lost_its_campaign_leaves_the_report_of_the_one_that_took_over(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    halted, other = ReportFiles(file), ReportFiles(file)
    halted.expect()
    other.expect()
    other.write(report("ended"))
    halted.write_after_takeover(report("failed"))
    assert status_in(file) == "ended"


def test_a_run_that_lost_its_campaign_replaces_a_report_from_before_it(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    ReportFiles(file).write(report("ended"))
    halted = ReportFiles(file)
    halted.expect()
    halted.write_after_takeover(report("failed"))
    assert status_in(file) == "failed"
