"""The artifact `live-activities`: one page of all campaigns, which every run keeps current."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from functools import partial

from prefect import get_client
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.actions import ArtifactCreate, ArtifactUpdate
from prefect.client.schemas.filters import (
    ArtifactCollectionFilter,
    ArtifactCollectionFilterKey,
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.settings import PREFECT_UI_URL

from live_activity.api.account import SANDBOX_ACCOUNT
from live_activity.ledger import Database, EditionRecord, all_editions
from live_activity.prefect_integration.artifacts import key_of
from live_activity.prefect_integration.links import ui_url
from live_activity.prefect_integration.run_context import EDITION_TAG, planned_start
from live_activity.prefect_integration.run_logger import run_logger
from live_activity.views.overview import ScheduledRun, overview_page

OVERVIEW_KEY = "live-activities"
FLOWS = ("campaign", "device_started")
MOST_SCHEDULED = 20


class Overview:
    """Updates the overview whenever the status of a campaign changes. Never raises."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._status: str | None = None
        self._warned = False

    async def keep(self, status: str) -> None:
        """Updates the overview if the status has changed since the last call."""
        if status == self._status:
            return
        try:
            await write_overview(self._database)
            self._status = status
        except Exception as problem:  # no failure to write the page stops the campaign
            if not self._warned:
                self._warned = True
                run_logger().warning("the overview could not be written: %s", type(problem).__name__)


async def write_overview(database: Database, *, ui: str | None = None) -> None:
    """Writes the page from what the ledger has now; an existing page is replaced.

    `ui` is the address of the UI, needed where neither a flow run nor Prefect's settings have it.
    """
    ui = ui or ui_url() or PREFECT_UI_URL.value()
    editions = await asyncio.to_thread(all_editions, database)
    async with get_client() as client:
        scheduled = await _scheduled_runs(client, ui)
        page = overview_page(editions, now=datetime.now(UTC), link=partial(_link, ui=ui), scheduled=scheduled)
        key = ArtifactCollectionFilter(key=ArtifactCollectionFilterKey(any_=[OVERVIEW_KEY]))
        there = await client.read_latest_artifacts(artifact_filter=key)
        if there and there[0].latest_id is not None:
            if there[0].data != page:
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


async def _scheduled_runs(client: PrefectClient, ui: str | None) -> list[ScheduledRun]:
    """The next runs of campaigns that have not begun, without those that continue an edition of the ledger."""
    runs = await client.read_flow_runs(
        flow_filter=FlowFilter(name=FlowFilterName(any_=list(FLOWS))),
        flow_run_filter=FlowRunFilter(
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED]))
        ),
        sort=FlowRunSort.EXPECTED_START_TIME_ASC,
        limit=MOST_SCHEDULED,
    )
    return [
        ScheduledRun(
            name=str(run.parameters.get("name") or run.name),
            mode=str(run.parameters.get("mode") or "rehearse"),
            account=str(run.parameters.get("account") or SANDBOX_ACCOUNT),
            starts_at=planned_start(run.parameters, run.expected_start_time),
            status=(run.state_name or "scheduled").lower(),
            url=f"{ui}/runs/flow-run/{run.id}" if ui else None,
            time_zone=str(run.parameters.get("time_zone") or "UTC"),
        )
        for run in runs
        if not any(tag.startswith(EDITION_TAG) for tag in run.tags)
    ]


def _link(edition: EditionRecord, what: str, *, ui: str | None) -> str | None:
    if ui is None:
        return None
    if what == "run":
        return f"{ui}/runs/flow-run/{edition.flow_run_id}" if edition.flow_run_id else None
    return f"{ui}/artifacts/key/{key_of(edition.name, edition.mode)}-{what}"
