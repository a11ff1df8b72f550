"""The flow that plays a Live Activity campaign."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from prefect import Flow, flow, get_run_logger

from live_activity.campaign.model import Campaign
from live_activity.core.events import EventHandler
from live_activity.core.report import Report
from live_activity.core.source_access import PUBLIC_ACCESS, SourceAccess
from live_activity.engine.check import check
from live_activity.engine.notifications import NotPlayed, notify_if_not_played
from live_activity.engine.play_campaign import Companion, Host, play_campaign
from live_activity.engine.run_request import RunRequest
from live_activity.ledger import AlreadyPlayed
from live_activity.prefect_integration.approval_form import ask_in_prefect
from live_activity.prefect_integration.artifact_publisher import publish_artifacts
from live_activity.prefect_integration.final_states import final_state, state_of
from live_activity.prefect_integration.form_check import checked_parameters
from live_activity.prefect_integration.form_parameters import takes_form_of
from live_activity.prefect_integration.hooks import finish_cancelled, finish_crashed
from live_activity.prefect_integration.run_context import ModeParameter, name_from_parameters, run_request
from live_activity.prefect_integration.run_log import RunLog, log_where_to_look, one_line_per_call
from live_activity.prefect_integration.run_state import RunState
from live_activity.prefect_integration.signals import stop_on_signals
from live_activity.prefect_integration.takeover import link_runs
from tasks.campaign_tasks import campaign_tasks


@dataclass(frozen=True, slots=True)
class RunOptions:
    """Options of a command that the form does not have.

    `RunRequest` describes them; `Host` describes `event_handlers` and `companions`.
    """

    again: bool = False
    base: str | None = None
    speed: float | None = None
    agreed: str | None = None
    access: SourceAccess = PUBLIC_ACCESS
    event_handlers: tuple[EventHandler, ...] = ()
    companions: tuple[Companion, ...] = ()


def campaign_flow(options: RunOptions | None = None) -> Flow[..., Any]:
    """Makes the flow `campaign`; `options` are those of the command that runs it, if one does."""
    chosen = options or RunOptions()

    @flow(
        name="campaign",
        flow_run_name=name_from_parameters,
        persist_result=False,
        on_crashed=[finish_crashed],
        on_cancellation=[finish_cancelled],
    )
    @takes_form_of(Campaign, checked_parameters)
    @stop_on_signals
    async def campaign(asked: Campaign, mode: ModeParameter = "rehearse") -> dict[str, Any]:
        """Keeps a Live Activity on the Lock Screens of a segment of people, from its start to its end.

        Stages the segment; registers the activity with the first batch of people and adds all others; waits for
        approval where that is needed; starts on the minute; polls the timeline and sends each update when it is due;
        sends the final content to phones that were left behind, ends, and reports. Staging, polls and API calls are
        tasks. With a table of activities that phones opened themselves, nothing is registered or started.
        """
        async with notify_if_not_played(NotPlayed(asked.name, mode, asked.account)):
            request = await run_request(asked, mode, access=chosen.access)
        request = replace(request, again=chosen.again, speed=chosen.speed, agreed=chosen.agreed)
        if chosen.base is not None:
            request = replace(request, base=chosen.base)
        if mode == "check":
            return check(request, event_handlers=(RunLog(), *chosen.event_handlers)).as_json()
        return await play(request, event_handlers=chosen.event_handlers, companions=chosen.companions)

    return campaign


async def play(
    request: RunRequest,
    *,
    event_handlers: tuple[EventHandler, ...] = (),
    companions: tuple[Companion, ...] = (),
) -> dict[str, Any]:
    """Plays a campaign in this flow run: its calls are tasks, its events are logged, its artifacts are kept current."""
    log, run_state = RunLog(), RunState()
    log_where_to_look(request)
    host = Host(
        event_handlers=(log, *event_handlers),
        companions=(one_line_per_call, publish_artifacts, link_runs, run_state.watch, *companions),
        calls=campaign_tasks(log, run_state),
        ask_approval=ask_in_prefect(run_state),
    )
    try:
        report = await play_campaign(request, host)
    except AlreadyPlayed as before:
        # Resume or Retry started another process for a run whose campaign is over.
        get_run_logger().warning(str(before))
        report = Report.model_validate(before.report)
    await run_state.set_final(state_of(report))
    return final_state(report)


campaign = campaign_flow()
