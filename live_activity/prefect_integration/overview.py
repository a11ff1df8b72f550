"""The artifact `live-activities`: one page of all campaigns, which every run keeps current."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from functools import partial

from prefect import get_client, get_run_logger
from prefect.client.schemas.actions import ArtifactCreate, ArtifactUpdate
from prefect.client.schemas.filters import ArtifactCollectionFilter, ArtifactCollectionFilterKey

from live_activity.ledger import Database, EditionRecord, all_editions
from live_activity.prefect_integration.artifacts import key_of
from live_activity.prefect_integration.links import ui_url
from live_activity.views.overview import overview_page

OVERVIEW_KEY = "live-activities"


class Overview:
    """Writes the overview anew whenever the status of a campaign changes. Never raises."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._status: str | None = None
        self._warned = False

    async def keep(self, status: str) -> None:
        """Writes it where the status is another one than last time."""
        if status == self._status:
            return
        try:
            await write_overview(self._database)
            self._status = status
        except Exception as problem:  # the campaign goes on, whatever keeps the page from being written
            if not self._warned:
                self._warned = True
                get_run_logger().warning("the overview could not be written: %s", type(problem).__name__)


async def write_overview(database: Database, *, ui: str | None = None) -> None:
    """Writes the page as the ledger has it now, in place of the one that is there.

    `ui` is the address of the UI, where no flow run knows it.
    """
    link = partial(_link, ui=ui or ui_url())
    editions = await asyncio.to_thread(all_editions, database)
    page = overview_page(editions, now=datetime.now(UTC), link=link)
    async with get_client() as client:
        key = ArtifactCollectionFilter(key=ArtifactCollectionFilterKey(any_=[OVERVIEW_KEY]))
        there = await client.read_latest_artifacts(artifact_filter=key)
        if there and there[0].latest_id is not None:
            await client.update_artifact(there[0].latest_id, ArtifactUpdate(data=page))
            return
        await client.create_artifact(
            ArtifactCreate(
                key=OVERVIEW_KEY,
                type="markdown",
                data=page,
                description="Every campaign that is running, planned or over",
            )
        )


def _link(edition: EditionRecord, what: str, *, ui: str | None) -> str | None:
    if ui is None:
        return None
    if what == "run":
        return f"{ui}/runs/flow-run/{edition.flow_run_id}" if edition.flow_run_id else None
    return f"{ui}/artifacts/key/{key_of(edition.name, edition.mode)}-{what}"
