"""Asking for approval in the Prefect UI: the run shows a form, and everything else goes on meanwhile."""

from __future__ import annotations

import asyncio
from typing import Literal

from prefect import get_client, get_run_logger
from prefect.context import FlowRunContext
from prefect.flow_runs import apause_flow_run
from prefect.input import RunInput
from pydantic import Field, ValidationError

from live_activity.engine.approval import ApprovalAnswer, AskApproval, Decision
from live_activity.engine.edition import Edition
from live_activity.prefect_integration.links import edition_artifact_url
from live_activity.prefect_integration.run_state import RunState
from live_activity.views.approval import approval_text
from live_activity.views.plan import HOW_TO_ANSWER

# How often it is looked whether somebody has answered.
ANSWER_SECONDS = 2
# A paused run goes on only with a filled-in form; by then the answer is known, and this one is not read.
_ANSWERED_ELSEWHERE = {"decision": "reject", "note": "answered elsewhere, or the time to answer is over"}
# Prefect's own limit of the form only has to be beyond ours, which moves when somebody shifts the start.
FORM_SECONDS = 8 * 24 * 3600


class Approval(RunInput):
    """The form that the run waits with."""

    decision: Literal["approve", "reject"] = Field(
        title="Decision",
        description="approve: it starts as planned. reject: nothing is sent, and the campaign is over.",
    )
    note: str = Field("", title="Note", description="For the record: who says so, and why.", max_length=1000)


def ask_in_prefect(run_state: RunState) -> AskApproval:
    """Asks with a form while the flow run is paused; the form is withdrawn once the approval was answered elsewhere."""

    async def ask(edition: Edition, decision: Decision) -> tuple[ApprovalAnswer, str]:
        run_state.waits_for_form = True
        get_run_logger().info(HOW_TO_ANSWER)
        try:
            form = await _wait_for_form(edition, decision)
        finally:
            await _resume_run()
            run_state.waits_for_form = False
        return "approved" if form.decision == "approve" else "rejected", form.note

    return ask


async def _wait_for_form(edition: Edition, decision: Decision) -> Approval:
    """What somebody says in the form. A resume without an answer, or a server that is away, is asked past."""
    while True:
        try:
            form = Approval.with_initial_data(
                description=approval_text(edition, decision, plan=edition_artifact_url(edition, "plan"))
            )
            answer: Approval = await apause_flow_run(
                wait_for_input=form, timeout=FORM_SECONDS, poll_interval=ANSWER_SECONDS
            )
            return answer
        except ValidationError:
            edition.emit("note", "the run was resumed without a decision: it is asked again")
        except (
            Exception
        ) as problem:  # whatever keeps the form from being shown, the campaign is asked about on
            get_run_logger().warning("the form for approval could not be shown: %s", type(problem).__name__)
            await asyncio.sleep(5)


async def _resume_run() -> None:
    """Takes the form away: the run is no longer paused. One that is being cancelled is left alone."""
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        return
    try:
        async with get_client() as client:
            run = await client.read_flow_run(context.flow_run.id)
            if run.state is not None and run.state.is_paused():
                await client.resume_flow_run(run.id, run_input=_ANSWERED_ELSEWHERE)
    except Exception as problem:  # only what the UI shows is wrong then
        get_run_logger().warning("the form for approval could not be taken away: %s", type(problem).__name__)
