"""The text of the approval form says in plain words what is approved."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from live_activity.core.findings import Finding
from live_activity.engine.approval import Decision, reasons_to_ask
from live_activity.views.approval import account_line, approval_text
from tests.campaign_harness import CampaignHarness, campaign_harness


@pytest.fixture
def harness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CampaignHarness]:
    with campaign_harness(tmp_path, monkeypatch) as made:
        yield made


async def test_the_text_names_account_people_start_cards_reasons_findings_and_the_plan(
    harness: CampaignHarness,
) -> None:
    start = datetime(2099, 7, 19, 17, 0, tzinfo=UTC)
    async with harness.opened_only(approval=True, starts_at=start, time_zone="Europe/Istanbul") as edition:
        edition.add_finding(Finding.warning("odd", "row 3 looks odd", where="rows.csv"))
        reasons = reasons_to_ask(edition)
        text = approval_text(edition, Decision(tuple(reasons), harness.clock.now()), plan="http://ui/plan")
    assert "- Account: **sandbox (the sandbox: no real phone receives anything)**" in text
    assert "- Goes to: **25 people**" in text
    assert "- Starts: **2099-07-19 20:00:00 Europe/Istanbul**" in text
    assert "- First card: Derby - kick-off (score 0)" in text
    assert "- Last card: Derby - over (score 3)" in text
    assert text.count("](data:image/svg+xml;base64,") == 2
    assert "- a person has to approve every start of this campaign" in text
    assert "- this content was never rehearsed or tested" in text
    assert "row 3 looks odd" in text
    assert "[Open the plan](http://ui/plan)" in text


def test_an_account_of_real_phones_is_named_as_such() -> None:
    assert account_line("club") == "club (real phones receive it)"
