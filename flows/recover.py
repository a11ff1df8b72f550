"""The flow that finds what dead runs left open, and finishes it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from prefect import flow, get_run_logger
from prefect.runtime import deployment

from flows.campaign import play
from live_activity.core.settings import settings
from live_activity.engine.recovery import UnfinishedEdition, find_unfinished, why_unfinished
from live_activity.ledger import Database
from live_activity.prefect_integration.cancelled_runs import record_cancelled_runs
from live_activity.prefect_integration.continue_run import begin_lost_runs_again, continue_on_worker
from live_activity.prefect_integration.links import run_url
from live_activity.prefect_integration.recovery import continuing_with_blocks
from live_activity.prefect_integration.signals import stop_on_signals


@flow(name="recover", flow_run_name="recover", persist_result=False)
@stop_on_signals
async def recover() -> int:
    """Continues or closes what dead runs left open, and deletes staged people whose `keep_days` are over."""
    logger = get_run_logger()
    database = Database(settings().database_url)
    try:
        await record_cancelled_runs(database)
        for run in await begin_lost_runs_again(database):
            logger.warning("%s was never begun by the worker that took it; it is scheduled again", run.name)
        found = find_unfinished(database, log=logger.warning)
    finally:
        database.close()
    # An edition that cannot be finished must not stop the others from being finished.
    done = await asyncio.gather(*(take_over(each) for each in found), return_exceptions=True)
    for each, error in zip(found, done, strict=True):
        if isinstance(error, BaseException):
            logger.error("%s: %s", each.record.name, why_unfinished(error))
    return len(found)


async def take_over(found: UnfinishedEdition) -> Any:
    """Continues or closes an edition: in a new run where a worker plays this one, else in this run.

    The new run keeps this one short, so that the next scheduled recovery can begin.
    """
    if deployment.id is not None and await continue_on_worker(found):
        return None
    request = await continuing_with_blocks(found)
    return await play(replace(request, run=run_url(), base=settings().inputs))
