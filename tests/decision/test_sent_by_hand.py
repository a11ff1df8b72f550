"""Content sent by hand is checked against the contract like a row."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from live_activity.campaign.contract_check import content_findings
from live_activity.contract import read_contract
from live_activity.core.content import Content
from tests.campaign.test_contract_check import SWIFT

NOW = datetime(2026, 7, 19, 18, tzinfo=UTC)


def test_a_state_that_phones_would_drop_is_an_error_that_says_how_to_fix_it(tmp_path: Path) -> None:
    (tmp_path / "Match.swift").write_text(SWIFT)
    contract = read_contract(tmp_path / "Match.swift", "MatchAttributes")
    bad = Content(title="Pause", message="rain", state={"score": 1, "period": "half_time"})
    _, findings = content_findings(bad, contract, event="update", now=NOW)
    (error,) = [finding for finding in findings if finding.severity == "error"]
    assert error.column == "state.period"
    assert "halfTime" in error.message


def test_a_state_that_phones_decode_goes_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "Match.swift").write_text(SWIFT)
    contract = read_contract(tmp_path / "Match.swift", "MatchAttributes")
    good = Content(title="Pause", message="rain", state={"score": 1, "period": "halfTime"})
    content, findings = content_findings(good, contract, event="update", now=NOW)
    assert findings == ()
    assert content == good
