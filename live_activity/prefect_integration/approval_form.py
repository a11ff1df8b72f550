"""Asking for approval in the Prefect UI: the run shows a form, and everything else goes on meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Literal

from prefect import get_client, get_run_logger
from prefect.context import FlowRunContext
from prefect.exceptions import PrefectHTTPStatusError
from prefect.flow_runs import apause_flow_run
from prefect.input import RunInput
from pydantic import Field, ValidationError

from live_activity.core.background import in_background
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
            text = _text(edition, decision)
            form = Approval.with_initial_data(description=text)
            async with in_background(_keep_text_current(edition, decision, text)):
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


def _text(edition: Edition, decision: Decision) -> str:
    return approval_text(edition, decision, plan=edition_artifact_url(edition, "plan"))


async def _keep_text_current(edition: Edition, decision: Decision, said: str) -> None:
    """Writes the form's text anew when it says something else: commands change people, times and content."""
    while True:
        await asyncio.sleep(ANSWER_SECONDS)
        try:
            if (text := _text(edition, decision)) != said and await _rewrite(text):
                said = text
        except Exception as problem:  # it is tried again; the question stands
            get_run_logger().debug("the form's text could not be written anew: %s", type(problem).__name__)


async def _rewrite(text: str) -> bool:
    """Replaces the text of the form that the run is paused for; False where it is not paused yet, or no more."""
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        return False
    run_id = context.flow_run.id
    async with get_client() as client:
        state = (await client.read_flow_run(run_id)).state
        keys = state.state_details.run_input_keyset if state is not None and state.is_paused() else None
        if not keys:
            return False
        # Prefect refuses an input whose key is there.
        with contextlib.suppress(PrefectHTTPStatusError):
            await client.delete_flow_run_input(run_id, keys["description"])
        await client.create_flow_run_input(run_id, keys["description"], json.dumps(text))
    return True


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
