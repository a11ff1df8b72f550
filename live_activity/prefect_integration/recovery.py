"""Recovery with a Prefect server: a worker finishes what a dead run left open; without one this process does."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from dataclasses import replace

import httpx
from prefect.exceptions import PrefectException

from live_activity.core.events import EventHandler
from live_activity.core.settings import settings
from live_activity.engine.play_campaign import Host, play_campaign
from live_activity.engine.recovery import TakeOver, UnfinishedEdition, continuing
from live_activity.engine.run_request import RunRequest
from live_activity.ledger import Database, find_edition
from live_activity.prefect_integration.account_block import account_named
from live_activity.prefect_integration.artifact_publisher import publish_artifacts
from live_activity.prefect_integration.cancelled_runs import record_cancelled_runs
from live_activity.prefect_integration.continue_run import begin_lost_runs_again, hand_over
from live_activity.prefect_integration.overview import write_overview
from live_activity.prefect_integration.source_block import access_by_blocks

# The interval between two checks whether a worker's run has taken the edition.
LOOK_SECONDS = 1.0

_AWAY = (httpx.HTTPError, PrefectException, OSError)

_log = logging.getLogger(__name__)


async def look_at_runs(database: Database) -> None:
    """Records stop requests for runs that were cancelled while no worker was alive, and schedules lost runs again.

    It also updates the overview of all campaigns. If the server does not answer, the next call tries again.
    """
    try:
        await record_cancelled_runs(database)
        for run in await begin_lost_runs_again(database):
            _log.warning("%s was never begun by the worker that took it; it is scheduled again", run.name)
        await write_overview(database)
    except _AWAY as error:
        _log.warning("Prefect's runs cannot be looked at: %s", error)


def taking_over_with_prefect(*, workers: bool, event_handlers: Sequence[EventHandler] = ()) -> TakeOver:
    """Finishes editions with the account and source blocks that they name; with `workers`, by a worker if one is alive.

    An edition that this process finishes has its artifacts and events in Prefect, too.
    """

    async def take_over(found: UnfinishedEdition) -> object:
        if workers and await _handed_over(found):
            return None
        request = await continuing_with_blocks(found)
        host = Host(event_handlers=event_handlers, companions=(publish_artifacts,))
        return await play_campaign(request, host)

    return take_over


async def continuing_with_blocks(found: UnfinishedEdition) -> RunRequest:
    """The request that continues an edition, or closes it, with the account and source blocks that it names.

    Raises `InvalidInput` if there is no such block.
    """
    request = continuing(found)
    access = await access_by_blocks(request.campaign)
    account = await account_named(request.campaign.account) if found.mode != "rehearse" else None
    return replace(request, account=account, access=access)


async def _handed_over(found: UnfinishedEdition) -> bool:
    """Waits until a worker's run has the edition; False if none takes it in time."""
    try:
        waits = await hand_over(found)
        while waits and not await asyncio.to_thread(_taken, found):
            await asyncio.sleep(LOOK_SECONDS)
            waits = await hand_over(found, create=False)
    except _AWAY as error:
        _log.warning("%s is finished here, as Prefect cannot be asked: %s", found.record.name, error)
    return await asyncio.to_thread(_taken, found)


def _taken(found: UnfinishedEdition) -> bool:
    """Whether another run took the lease since the edition was found without an owner."""
    with contextlib.closing(Database(settings().database_url)) as database:
        record = find_edition(database, found.record.id)
    return record.finished or record.lease_token > found.record.lease_token
