"""A new flow run for an edition that a dead run left open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
    FlowRunFilterTags,
)
from prefect.client.schemas.objects import FlowRun, StateType, WorkerStatus
from prefect.deployments import arun_deployment
from prefect.exceptions import ObjectNotFound
from prefect.states import Scheduled

from live_activity.engine.recovery import UnfinishedEdition
from live_activity.ledger import Database, edition_of_run
from live_activity.prefect_integration.run_context import EDITION_TAG

CAMPAIGN_DEPLOYMENT = "campaign/campaign"
FLOWS = ("campaign", "device_started")
# How long a run may be pending before another run is made in its place. A worker starts the process of a pending run
# within seconds, and a second run would begin no earlier on a busy machine: this waits until the worker must be lost.
PENDING_PATIENCE = timedelta(minutes=2)
# How long the recovery service waits before it finishes an edition itself: phones wait meanwhile, and a run that begins
# later finds that the edition has an owner. A scheduled run has the first limit to be picked up by a worker. A pending
# run has the second one to begin (on a busy machine a process took 17 s from its start to its first step), and a
# running one has it again to read its inputs and take the lease.
PICKED_UP_WITHIN, BEGUN_WITHIN = timedelta(seconds=8), timedelta(seconds=25)


async def hand_over(found: UnfinishedEdition, *, create: bool = True, now: datetime | None = None) -> bool:
    """Whether a worker is about to continue the edition; with `create`, creates a run for it if a worker is alive.

    Call it again, without `create`, until the edition has an owner. False if no worker is alive, or none began the
    run in time: the caller then continues the edition itself.
    """
    now = now or datetime.now(UTC)
    async with get_client() as client:
        waiting = await _waiting(client, f"{EDITION_TAG}{found.record.id}", running=True)
        if any(_in_time(run, now) for run in waiting):
            return True
        # A run that has been running for longer is the dead run itself: its end was never reported.
        late = [run for run in waiting if run.state is not None and not run.state.is_running()]
        for run in late:
            if run.state is not None and run.state.is_scheduled():
                await client.delete_flow_run(run.id)
        if late or not create or not await _worker_alive(client):
            return False
    return await continue_on_worker(found)


def _in_time(run: FlowRun, now: datetime) -> bool:
    """Whether the run may still take the edition before the recovery service finishes it itself."""
    if run.state is None:
        return False
    scheduled = run.state.is_scheduled()
    return now - run.state.timestamp < (PICKED_UP_WITHIN if scheduled else BEGUN_WITHIN)


async def _worker_alive(client: PrefectClient) -> bool:
    """Whether a worker of the deployment `campaign` is online."""
    try:
        deployment = await client.read_deployment_by_name(CAMPAIGN_DEPLOYMENT)
    except ObjectNotFound:
        return False
    if deployment.work_pool_name is None:
        return False
    workers = await client.read_workers_for_work_pool(deployment.work_pool_name)
    return any(worker.status == WorkerStatus.ONLINE for worker in workers)


async def continue_on_worker(found: UnfinishedEdition, *, deployment: UUID | None = None) -> bool:
    """Creates a run of `deployment`, by default of `campaign`; False if there is no such deployment.

    No second run is created while an earlier one that continues the edition still waits for a worker.
    """
    tag = f"{EDITION_TAG}{found.record.id}"
    async with get_client() as client:
        if await _is_awaited(client, tag):
            return True
    # A deployment of the flow `device_started` may have been made with an older form.
    own = deployment if deployment is not None and not found.record.device_started else CAMPAIGN_DEPLOYMENT
    try:
        await arun_deployment(
            own,
            parameters={**found.record.parameters, "mode": found.record.mode},
            # Without this, the run would have a random name until it begins and names itself.
            flow_run_name=f"{found.record.name}, continued",
            tags=[tag],
            timeout=0,
            as_subflow=False,
        )
    except ObjectNotFound:
        return False
    return True


async def _is_awaited(client: PrefectClient, tag: str) -> bool:
    """Whether a run with the tag is scheduled, or pending for less than `PENDING_PATIENCE`."""
    now = datetime.now(UTC)
    return any(
        run.state is not None and (run.state.is_scheduled() or now - run.state.timestamp < PENDING_PATIENCE)
        for run in await _waiting(client, tag)
    )


async def _waiting(client: PrefectClient, tag: str, *, running: bool = False) -> list[FlowRun]:
    """The runs with the tag that no process plays yet; with `running` also those that a process plays."""
    types = [StateType.SCHEDULED, StateType.PENDING, *([StateType.RUNNING] if running else [])]
    waiting = FlowRunFilter(
        tags=FlowRunFilterTags(all_=[tag]),
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=types)),
    )
    return await client.read_flow_runs(flow_run_filter=waiting)


async def begin_lost_runs_again(database: Database, *, now: datetime | None = None) -> list[FlowRun]:
    """Schedules the runs again whose worker took them and died before they began. Returns these runs.

    They have no edition yet, so recovery would not find them. If the first process is alive after all, the ledger
    lets only one of the two play.
    """
    now = now or datetime.now(UTC)
    pending = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.PENDING])))
    flows = FlowFilter(name=FlowFilterName(any_=list(FLOWS)))
    async with get_client() as client:
        lost = [
            run
            for run in await client.read_flow_runs(flow_filter=flows, flow_run_filter=pending)
            if run.deployment_id is not None
            and run.state is not None
            and now - run.state.timestamp >= PENDING_PATIENCE
            # A run that continues an edition is left to the recovery that created it.
            and not any(tag.startswith(EDITION_TAG) for tag in run.tags)
            and edition_of_run(database, str(run.id)) is None
        ]
        for run in lost:
            await client.set_flow_run_state(run.id, Scheduled(), force=True)
    return lost
