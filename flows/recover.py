"""The reconciler: finds what a dead run left open, and finishes it. Made to be scheduled every minute."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from prefect import flow, get_run_logger
from prefect.runtime import deployment

from live_activity.core.settings import settings
from live_activity.engine.recovery import (
    UnfinishedEdition,
    close_what_cannot_be_resumed,
    discard_old_people,
    give_up_hopeless,
    runs_left_open,
    unfinished_editions,
)
from live_activity.ledger import Database
from live_activity.prefect_integration.resume import record_cancelled_runs, resume_here, resume_on_worker
from live_activity.prefect_integration.signals import stop_on_signals


@flow(name="reconcile", flow_run_name="reconcile", persist_result=False)
@stop_on_signals
async def reconcile() -> int:
    """Resumes what nobody asked to stop, closes the rest, and deletes people who are past their days."""
    logger = get_run_logger()
    database = Database(settings().database_url)
    try:
        await record_cancelled_runs(database, runs_left_open(database))
        for doubtful in close_what_cannot_be_resumed(database, now=datetime.now(UTC)):
            logger.warning("%s: could not be played on, so it is closed", doubtful.name)
        for hopeless in give_up_hopeless(database, now=datetime.now(UTC)):
            logger.error("%s: given up after %d tries", hopeless.name, hopeless.tries)
        found = list(unfinished_editions(database))
        for each in found:
            logger.info("%s: its run is gone, %s", each.record.name, each.told)
        if deleted := discard_old_people(database, now=datetime.now(UTC)):
            logger.info("the people of %d editions were deleted, as their days are over", deleted)
    finally:
        database.close()
    # One that cannot be finished must not keep the others from it.
    done = await asyncio.gather(*(take_up(each) for each in found), return_exceptions=True)
    for each, what in zip(found, done, strict=True):
        if isinstance(what, BaseException):
            logger.error("%s: %s", each.record.name, what)
    return len(found)


async def take_up(found: UnfinishedEdition) -> None:
    """A worker plays the edition on where this is a worker's run, so that the next minute's is free to begin."""
    if deployment.id is None or not await resume_on_worker(found):
        await resume_here(found)
