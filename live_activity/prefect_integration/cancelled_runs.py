"""Handles the Cancel of a campaign's run in the UI where no worker is alive to notice it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterId,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.logging.loggers import flow_run_logger
from prefect.states import Cancelled
from prefect.utilities.urls import url_for

from live_activity.engine.recovery import record_cancellation
from live_activity.ledger import Database, runs_of_unfinished

# How long a Cancel is left to a worker: one that is alive handles it within seconds.
WORKER_PATIENCE = timedelta(minutes=1)


async def record_cancelled_runs(database: Database, *, now: datetime | None = None) -> None:
    """Records a stop request for runs that somebody cancelled, also while the recovering process plays their edition.

    If another run has taken over the edition, the Cancel is refused with a link to that run.
    """
    now = now or datetime.now(UTC)
    runs = [UUID(run) for run in runs_of_unfinished(database) if _is_uuid(run)]
    if not runs:
        return
    cancelled = FlowRunFilter(
        id=FlowRunFilterId(any_=runs),
        state=FlowRunFilterState(
            type=FlowRunFilterStateType(any_=[StateType.CANCELLING, StateType.CANCELLED])
        ),
    )
    async with get_client() as client:
        for run in await client.read_flow_runs(flow_run_filter=cancelled):
            plays = record_cancellation(database, str(run.id))
            if plays is not None:
                await _refuse(client, run, plays, now=now)


def cancel_refused(plays: str) -> str:
    """The answer to a Cancel of a run whose campaign the run `plays` has taken over, with a link to that run."""
    link = url_for("flow-run", obj_id=plays) or f"flow run {plays}"
    return (
        f"This Cancel stops nothing: another run plays the campaign now. To stop it, cancel that one: {link}"
    )


async def _refuse(client: PrefectClient, run: FlowRun, plays: str, *, now: datetime) -> None:
    """Answers in the run's log and state; a run that is cancelled already had its answer."""
    if run.state is None or not run.state.is_cancelling() or now - run.state.timestamp < WORKER_PATIENCE:
        return
    flow_run_logger(run).warning(cancel_refused(plays))
    await client.set_flow_run_state(run.id, Cancelled(message=cancel_refused(plays)))


def _is_uuid(run: str) -> bool:
    try:
        UUID(run)
    except ValueError:
        return False
    return True
