"""Asks for approval in the Prefect UI: the run shows a form, and everything else goes on meanwhile."""

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

# The interval between two checks whether somebody has answered.
ANSWER_SECONDS = 2
# Prefect resumes a paused run only with a filled-in form. The answer is known by then, and nothing reads this one.
_ANSWERED_ELSEWHERE = {"decision": "reject", "note": "answered elsewhere, or the time to answer is over"}
# Prefect's own time limit for the form only has to be later than ours, which moves when somebody shifts the start.
FORM_SECONDS = 8 * 24 * 3600


class Approval(RunInput):
    """The form that the paused run shows."""

    decision: Literal["approve", "reject"] = Field(
        title="Decision",
        description="approve: the campaign starts as planned. reject: nothing is sent, and the campaign is over.",
    )
    note: str = Field("", title="Note", description="Who decided, and why, for the record.", max_length=1000)


def ask_in_prefect(run_state: RunState) -> AskApproval:
    """Asks with a form while the flow run is paused; an answer from elsewhere takes the form away."""

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
    """Returns the form that somebody filled in; it is shown again after a resume without an answer, or any error."""
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
            edition.emit("note", "the run was resumed without a decision: the form is shown again")
        except Exception as problem:  # any error: the campaign still waits for a decision
            get_run_logger().warning("the form for approval could not be shown: %s", type(problem).__name__)
            await asyncio.sleep(5)


def _text(edition: Edition, decision: Decision) -> str:
    return approval_text(edition, decision, plan=edition_artifact_url(edition, "plan"))


async def _keep_text_current(edition: Edition, decision: Decision, said: str) -> None:
    """Updates the form's text when commands have changed people, times or content; `said` is what it says now."""
    while True:
        await asyncio.sleep(ANSWER_SECONDS)
        try:
            if (text := _text(edition, decision)) != said and await _rewrite(text):
                said = text
        except Exception as problem:  # the form stays as it is until the next try
            get_run_logger().debug("the form's text could not be updated: %s", type(problem).__name__)


async def _rewrite(text: str) -> bool:
    """Replaces the text of the form that the run is paused for; False if it is not paused yet, or no longer."""
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        return False
    run_id = context.flow_run.id
    async with get_client() as client:
        state = (await client.read_flow_run(run_id)).state
        keys = state.state_details.run_input_keyset if state is not None and state.is_paused() else None
        if not keys:
            return False
        # Prefect refuses an input whose key already exists.
        with contextlib.suppress(PrefectHTTPStatusError):
            await client.delete_flow_run_input(run_id, keys["description"])
        await client.create_flow_run_input(run_id, keys["description"], json.dumps(text))
    return True


async def _resume_run() -> None:
    """Takes the form away by resuming the paused run. A run that is being cancelled is left as it is."""
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        return
    try:
        async with get_client() as client:
            run = await client.read_flow_run(context.flow_run.id)
            if run.state is not None and run.state.is_paused():
                await client.resume_flow_run(run.id, run_input=_ANSWERED_ELSEWHERE)
    except Exception as problem:  # then only the UI is wrong
        get_run_logger().warning("the form for approval could not be taken away: %s", type(problem).__name__)
