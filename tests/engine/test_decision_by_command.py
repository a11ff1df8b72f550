"""The steering actions `approve` and `reject` answer a start that waits for approval, and record their author."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from live_activity.engine.approval import approval, decision_of, open_decision
from live_activity.engine.edition import Edition
from live_activity.engine.steering.actions import carry_out
from live_activity.engine.steering.effects import apply_effect, reapply_effects
from live_activity.engine.steering.send import ask
from tests.campaign_harness import CampaignHarness, campaign_harness


@pytest.fixture
def harness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CampaignHarness]:
    with campaign_harness(tmp_path, monkeypatch) as made:
        yield made


async def answer_start(edition: Edition, action: str, author: str | None = "ada", **arguments: Any) -> str:
    key = arguments.pop("key", None)
    await ask(edition.ledger.database, "derby", action, arguments, key=key, author=author, wait_seconds=0)
    (command,) = edition.ledger.commands(waiting=True)
    return carry_out(edition, command)


async def asked(edition: Edition) -> None:
    for activity in edition.activities:
        activity.change(undecided=True, enrolled=True)
    open_decision(edition, ["a person has to approve every start of this campaign"])


async def test_approve_releases_the_start_and_the_answer_and_the_record_say_who_approved(
    harness: CampaignHarness,
) -> None:
    async with harness.opened_only(approval=True) as edition:
        await asked(edition)
        answer = await answer_start(edition, "approve", note="as agreed")
        assert answer == "approved by ada: the activity starts now, for 25 people"
        assert not any(each.state.undecided for each in edition.activities)
        decision = decision_of(edition)
        assert decision is not None
        assert (decision.answer, decision.author, decision.note) == ("approved", "ada", "as agreed")
        # A second answer changes nothing, whoever gives it.
        late = await answer_start(edition, "reject", "bob")
        assert (
            "not done: reject: nothing waits for approval: the start was answered already (approved by ada"
            in late
        )
        assert decision_of(edition) == decision


async def test_reject_ends_the_campaign_before_anything_is_sent(harness: CampaignHarness) -> None:
    async with harness.opened_only(approval=True) as edition:
        await asked(edition)
        answer = await answer_start(edition, "reject", note="wrong people")
        assert answer.startswith("rejected by ada: nothing is sent to phones")
        assert all(each.state.stop_request is not None for each in edition.activities)
        (finding,) = [each for each in edition.findings if each.code == "not_approved"]
        assert finding.message == "not started: it was rejected by ada (wrong people)"


@pytest.mark.parametrize("action", ["approve", "reject"])
async def test_an_answer_is_refused_in_one_line_where_nothing_waits(
    harness: CampaignHarness, action: str
) -> None:
    async with harness.opened_only() as edition:
        answer = await answer_start(edition, action)
        assert answer == f"not done: {action}: nothing waits for approval"
        assert decision_of(edition) is None
        await asked(edition)
        answer = await answer_start(edition, action, key={"language": "en"})
        assert answer.startswith("not done: ")
        assert decision_of(edition) is not None


async def test_an_answer_that_was_recorded_before_the_run_died_counts_in_the_run_that_continues(
    harness: CampaignHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with harness.opened_only(approval=True) as edition:
        await asked(edition)
        # It dies between the record of the command and its effect.
        monkeypatch.setattr("live_activity.engine.steering.actions.apply_effect", lambda *_: None)
        await answer_start(edition, "approve")
        assert [each.state.undecided for each in edition.activities] == [True]
        await reapply_effects(edition)
        decision = decision_of(edition)
        assert decision is not None
        assert (decision.answer, decision.author) == ("approved", "ada")
        # Applying the same effect again, as a further run does, leaves the record unchanged.
        effect = next(each.effect for each in edition.ledger.commands() if each.effect is not None)
        apply_effect(edition, effect)
        assert decision_of(edition) == decision
        async with asyncio.timeout(5), approval(edition):
            assert not any(each.state.undecided for each in edition.activities)
