"""A new flow run for an edition that a dead run left open."""

from __future__ import annotations

from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.deployments import arun_deployment
from prefect.exceptions import ObjectNotFound

from live_activity.engine.recovery import UnfinishedEdition, record_cancellation
from live_activity.ledger import Database
from live_activity.prefect_integration.run_context import EDITION_TAG

CAMPAIGN_DEPLOYMENT = "campaign/campaign"


async def resume_on_worker(found: UnfinishedEdition, *, deployment: UUID | None = None) -> bool:
    """Creates a run of the deployment (else of the campaign's own); False where there is no such deployment."""
    # The form of device-started activities has other fields; a run of the flow `campaign` continues them as well.
    own = deployment if deployment is not None and not found.record.device_started else CAMPAIGN_DEPLOYMENT
    try:
        await arun_deployment(
            own,
            parameters={**found.record.parameters, "mode": found.record.mode},
            tags=[f"{EDITION_TAG}{found.record.id}"],
            timeout=0,
            as_subflow=False,
        )
    except ObjectNotFound:
        return False
    return True


async def record_cancelled_runs(database: Database, flow_run_ids: list[str]) -> None:
    """Records the stop request of runs that somebody cancelled while no worker was alive to notice."""
    async with get_client() as client:
        for each in flow_run_ids:
            try:
                run = await client.read_flow_run(UUID(each))
            except (ObjectNotFound, ValueError):
                continue
            if run.state is not None and (run.state.is_cancelling() or run.state.is_cancelled()):
                record_cancellation(database, each)
