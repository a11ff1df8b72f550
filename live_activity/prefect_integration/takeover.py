"""Links a run that took over a campaign with the run that it continues, in both directions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from prefect import get_client, get_run_logger
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import FlowRun, State
from prefect.context import FlowRunContext
from prefect.logging.loggers import flow_run_logger
from prefect.states import Crashed

from live_activity.engine.edition import Edition
from live_activity.ledger.edition_record import previous_run
from live_activity.prefect_integration.final_states import VANISHED
from live_activity.prefect_integration.links import ui_url

# How long links that are still being written are waited for when the campaign is over.
LAST_SECONDS = 2.0


@asynccontextmanager
async def link_runs(edition: Edition) -> AsyncIterator[None]:
    """Writes the links while the block runs, without delaying it."""
    linking = asyncio.create_task(_link_runs(edition))
    try:
        yield
    finally:
        await asyncio.wait({linking}, timeout=LAST_SECONDS)
        linking.cancel()


async def _link_runs(edition: Edition) -> None:
    context = FlowRunContext.get()
    run = context.flow_run if context is not None else None
    if run is None:
        return
    try:
        ledger = edition.ledger
        earlier = await asyncio.to_thread(previous_run, ledger.database, ledger.edition_id, but=str(run.id))
        if earlier is None:
            return
        async with get_client() as client:
            await _link(client, run, await client.read_flow_run(UUID(earlier)))
    except Exception as problem:  # no failure to link the runs stops the campaign
        get_run_logger().warning("the earlier run could not be linked: %s", type(problem).__name__)


async def _link(client: PrefectClient, run: FlowRun, earlier: FlowRun) -> None:
    get_run_logger().info(f"this run continues the campaign of the run {_named(earlier)}")
    line = f"The run {_named(run)} continues this campaign."
    flow_run_logger(earlier).info(line)
    if earlier.state is None or not earlier.state.is_final():
        gone: State[Any] = Crashed(name=VANISHED, message=f"Its process is gone. {line}")
        await client.set_flow_run_state(earlier.id, gone)


def _named(run: FlowRun) -> str:
    """The run's name and address."""
    base = ui_url()
    return f"{run.name}: {base}/runs/flow-run/{run.id}" if base else run.name
