"""Hooks of the campaign flow: when a run crashed or was cancelled, a worker has a new run finish its edition at once.

Prefect calls these when the run's process may be gone. If it is not (it closes its edition within its 30 s), or if
nothing is left open, they do nothing; if no worker is running to call them, recovery follows within a minute.
"""

from __future__ import annotations

from typing import Any

from prefect import Flow
from prefect.client.schemas.objects import FlowRun, State
from prefect.logging.loggers import flow_run_logger

from live_activity.core.settings import settings
from live_activity.engine.recovery import record_cancellation, unfinished_editions
from live_activity.ledger import Database
from live_activity.prefect_integration.cancelled_runs import cancel_refused
from live_activity.prefect_integration.continue_run import continue_on_worker


async def finish_crashed(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:
    """Has a crashed run's edition continued, or closed if a stop was requested."""
    await _finish(flow_run)


async def finish_cancelled(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:
    """Has a cancelled run's edition closed, also if its process died before it could record the stop request."""
    await _finish(flow_run, cancelled=True)


async def _finish(flow_run: FlowRun, *, cancelled: bool = False) -> None:
    if flow_run.deployment_id is None:
        return
    database = Database(settings().database_url)
    try:
        if cancelled and (plays := record_cancellation(database, str(flow_run.id))) is not None:
            flow_run_logger(flow_run).warning(cancel_refused(plays))
        found = list(unfinished_editions(database, only=str(flow_run.id), at_once=True))
    finally:
        database.close()
    for each in found:
        flow_run_logger(flow_run).info("%s is left open, %s", each.record.name, each.outlook)
        await continue_on_worker(each, deployment=flow_run.deployment_id)
