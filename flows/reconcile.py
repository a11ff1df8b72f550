"""The reconciler: finds what a dead run left open, and finishes it. Made to be scheduled every minute."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from prefect import flow, get_run_logger
from prefect.runtime import deployment

from flows.playing_on import note_cancelled_runs, played_on_by_a_worker, played_on_here
from flows.stopping import stopped_by_signals
from live_activity.ledger import Store
from live_activity.reconciling import (
    Abandoned,
    abandoned,
    close_what_cannot_be_resumed,
    discard_old_people,
    give_up_hopeless,
    runs_left_open,
)
from live_activity.settings import settings


@flow(name="reconcile", flow_run_name="reconcile", persist_result=False)
@stopped_by_signals
async def reconcile() -> int:
    """Resumes what nobody asked to stop, closes the rest, and deletes people who are past their days."""
    logger = get_run_logger()
    store = Store(settings().database_url)
    try:
        await note_cancelled_runs(store, runs_left_open(store))
        for doubtful in close_what_cannot_be_resumed(store, now=datetime.now(UTC)):
            logger.warning("%s: could not be played on, so it is closed", doubtful.name)
        for hopeless in give_up_hopeless(store, now=datetime.now(UTC)):
            logger.error("%s: given up after %d tries", hopeless.name, hopeless.tries)
        found = list(abandoned(store))
        for each in found:
            logger.info("%s: its run is gone, %s", each.record.name, each.told)
        if deleted := discard_old_people(store, now=datetime.now(UTC)):
            logger.info("the people of %d editions were deleted, as their days are over", deleted)
    finally:
        store.close()
    # One that cannot be finished must not keep the others from it.
    done = await asyncio.gather(*(take_up(each) for each in found), return_exceptions=True)
    for each, what in zip(found, done, strict=True):
        if isinstance(what, BaseException):
            logger.error("%s: %s", each.record.name, what)
    return len(found)


async def take_up(found: Abandoned) -> None:
    """A worker plays the edition on where this is a worker's run, so that the next minute's is free to begin."""
    if deployment.id is None or not await played_on_by_a_worker(found):
        await played_on_here(found)
