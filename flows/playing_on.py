"""A new run for an edition that was left open: of a deployment, which a worker begins, or right here."""

from __future__ import annotations

from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.deployments import arun_deployment
from prefect.exceptions import ObjectNotFound

from flows.campaign import campaign
from flows.options import OPTIONS, Options
from flows.running import EDITION_TAG
from live_activity.campaign import Campaign
from live_activity.ledger import Store
from live_activity.reconciling import Abandoned, somebody_cancelled

CAMPAIGN_DEPLOYMENT = "campaign/campaign"


async def played_on_by_a_worker(found: Abandoned, *, deployment: UUID | None = None) -> bool:
    """Asks for a run of the deployment (else of the campaign's own); False where there is no such deployment."""
    # The form of activities that phones opened asks other things; a campaign's run continues them just as well.
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


async def played_on_here(found: Abandoned) -> None:
    """Plays the edition on within this very run."""
    chosen = OPTIONS.set(Options(keep_run=False, edition_id=found.record.id))
    try:
        values = {name: getattr(found.campaign, name) for name in Campaign.model_fields}
        await campaign(mode=found.record.mode, **values)
    finally:
        OPTIONS.reset(chosen)


async def note_cancelled_runs(store: Store, flow_run_ids: list[str]) -> None:
    """A run that somebody cancelled while no worker lived told nobody: its wish is put into the ledger."""
    async with get_client() as client:
        for each in flow_run_ids:
            try:
                run = await client.read_flow_run(UUID(each))
            except (ObjectNotFound, ValueError):
                continue
            if run.state is not None and (run.state.is_cancelling() or run.state.is_cancelled()):
                somebody_cancelled(store, each)
