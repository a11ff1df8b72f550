"""A table with as many findings as rows: each is reported once, and reading them again is fast."""

from __future__ import annotations

from pathlib import Path

import pytest

from live_activity.core.findings import Finding
from live_activity.engine.edition import Edition
from tests.campaign_harness import campaign_harness

MANY = 30_000


@pytest.mark.timeout(60)
async def test_each_of_many_findings_is_kept_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [
        Finding(severity="warning", code="after_the_end", message="comes late", where="rows.csv", row=row)
        for row in range(MANY)
    ]

    async def polls(edition: Edition) -> None:
        before = len(edition.findings)
        for finding in (*found, *found):
            edition.add_finding(finding.model_copy())
        assert len(edition.findings) == before + MANY

    with campaign_harness(tmp_path, monkeypatch) as harness:
        await harness.play(polls)
