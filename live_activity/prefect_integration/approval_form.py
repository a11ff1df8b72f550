"""Asking for approval in the Prefect UI: the run shows a form, and everything else goes on meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

from prefect import get_client, get_run_logger
from prefect.context import FlowRunContext
from prefect.flow_runs import apause_flow_run
from prefect.input import RunInput
from prefect.states import Running
from pydantic import Field, ValidationError

from live_activity.engine.approval import (
    Decision,
    answer_by,
    ask,
    awaited,
    decide,
    decision_of,
    everybody_added,
    hold,
    reasons_to_ask,
)
from live_activity.engine.edition import Edition
from live_activity.ledger import LedgerUnwritable, LostLease
from live_activity.views.markdown import moment, people, phones, plain

# How often it is looked whether the time to answer is over, and whether somebody has answered.
LOOK_SECONDS = 0.5
ANSWER_SECONDS = 2
# Prefect's own limit of the form only has to be beyond ours, which moves when somebody shifts the start.
FORM_SECONDS = 8 * 24 * 3600


class Approval(RunInput):
    """The form that the run waits with."""

    decision: Literal["approve", "reject"] = Field(
        title="Decision",
        description="approve: it starts as planned. reject: nothing is sent, and the campaign is over.",
    )
    note: str = Field("", title="Note", description="For the record: who says so, and why.", max_length=1000)


@asynccontextmanager
async def approval(edition: Edition, *, agreed: str | None = None) -> AsyncIterator[None]:
    """Holds the start back until it is approved, where it has to be; `agreed` says who agreed to it beforehand."""
    before = decision_of(edition)
    # One that was agreed to beforehand is told once, with what would have been asked.
    untold = agreed is not None and before is not None and not before.reasons
    reasons = reasons_to_ask(edition) if before is None or before.answer is None or untold else []
    if not reasons or not hold(edition):
        yield
        return
    if agreed is not None:
        decide(edition, ask(edition, reasons), "approved", agreed)
        yield
        return
    asking = asyncio.create_task(_asked_until_decided(edition, reasons))
    try:
        yield
    finally:
        asking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asking


async def _asked_until_decided(edition: Edition, reasons: list[str]) -> None:
    # An activity has no event that says it is enrolled, and half a second matters to nobody who reads a plan.
    while not everybody_added(edition):  # noqa: ASYNC110  # see above
        await asyncio.sleep(LOOK_SECONDS)
    while awaited(edition):
        try:
            await _ask(edition, reasons)
        except LedgerUnwritable as unwritable:
            edition.tell("failed", f"{unwritable}; approval is asked for again")
            await asyncio.sleep(LOOK_SECONDS)
        except LostLease:
            # Whoever has it now asks. The next call of this run finds that out and sends nothing.
            for activity in edition.activities:
                activity.change(undecided=False)


async def _ask(edition: Edition, reasons: list[str]) -> None:
    asked = ask(edition, reasons)
    form = asyncio.create_task(_answer(edition, asked))
    try:
        until = moment(answer_by(edition, asked.asked_at), zone=edition.campaign.zone)
        edition.tell("awaiting_approval", f"waits for approval until {until}: {'; '.join(reasons)}")
        while (
            awaited(edition) and not form.done() and edition.clock.now() < answer_by(edition, asked.asked_at)
        ):
            await asyncio.wait({form}, timeout=LOOK_SECONDS)
        if awaited(edition):
            # What was answered in the last moment is heard with the next look at the form.
            await asyncio.wait({form}, timeout=ANSWER_SECONDS + 1)
    finally:
        form.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait({form})
    if not awaited(edition):
        await _runs_again()
        return
    if form.cancelled():
        await _runs_again()
        decide(edition, asked, "no answer")
        return
    said = form.result()
    decide(edition, asked, "approved" if said.decision == "approve" else "rejected", said.note)


async def _answer(edition: Edition, asked: Decision) -> Approval:
    """What somebody says in the form. A resume without an answer, or a server that is away, is asked past."""
    while True:
        try:
            form = Approval.with_initial_data(description=_told(edition, asked))
            answer: Approval = await apause_flow_run(
                wait_for_input=form, timeout=FORM_SECONDS, poll_interval=ANSWER_SECONDS
            )
            return answer
        except ValidationError:
            edition.tell("note", "the run was resumed without a decision: it is asked again")
        except (
            Exception
        ) as problem:  # whatever keeps the form from being shown, the campaign is asked about on
            get_run_logger().warning("the form for approval could not be shown: %s", type(problem).__name__)
            await asyncio.sleep(5)


async def _runs_again() -> None:
    """Takes the form away: the run is no longer paused. One that is being cancelled is left alone."""
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        return
    try:
        async with get_client() as client:
            run = await client.read_flow_run(context.flow_run.id)
            if run.state is not None and run.state.is_paused():
                await client.set_flow_run_state(run.id, Running(), force=True)
    except Exception as problem:  # only what the UI shows is wrong then
        get_run_logger().warning("the form for approval could not be taken away: %s", type(problem).__name__)


def _told(edition: Edition, asked: Decision) -> str:
    everybody = sum(each.people.count for each in edition.activities)
    matched = sum(each.people.totals().matched for each in edition.activities)
    warnings = [f"- {each.severity}: {each}" for each in edition.findings if each.severity != "info"][:10]
    until = moment(answer_by(edition, asked.asked_at), zone=edition.campaign.zone)
    lines = [
        f"**{plain(edition.campaign.name)}** goes to **{people(everybody)}** ({phones(matched)} matched). "
        f"Answer before {until}; without an answer nothing starts.",
        "",
        *(f"- {reason}" for reason in asked.reasons),
        *warnings,
    ]
    return "\n".join(lines)
