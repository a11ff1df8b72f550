"""The report's heading says whether it was a rehearsal, a test or a run."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from live_activity.core.report import Report
from live_activity.views.report import report_page


@pytest.mark.parametrize(
    ("mode", "account", "heading"),
    [
        ("rehearse", "club", "# Rehearsal: derby, ended"),
        ("test", "club", "# Test: derby, ended"),
        ("run", "club", "# Live: derby, ended"),
    ],
)
def test_the_heading_names_the_mode(mode: str, account: str, heading: str) -> None:
    report = Report(campaign="derby", edition=None, mode=mode, status="ended")
    page = report_page(report, "", zone=ZoneInfo("UTC"), account=account)
    assert page.splitlines()[0] == heading


def test_the_page_says_where_its_html_page_is_kept() -> None:
    report = Report(campaign="derby", edition=None, mode="run", status="ended")
    page = report_page(report, "", zone=ZoneInfo("UTC"), account="live", kept="`s3://team/derby.html`")
    assert "as a page: `s3://team/derby.html`" in page
