"""What a worker does after the run of a campaign was cancelled."""

from __future__ import annotations

import logging
from pathlib import Path
from uuid import UUID

import pytest
from prefect import flow
from prefect.client.schemas.objects import FlowRun
from prefect.settings import PREFECT_API_URL, PREFECT_UI_URL, temporary_settings
from prefect.states import Cancelling

from live_activity.core.settings import settings
from live_activity.ledger import Database, find_edition
from live_activity.prefect_integration.hooks import finish_cancelled
from tests.ledger.edition_requests import opened

FIRST, SECOND = UUID(int=1), UUID(int=2)


@flow
def campaign() -> None:
    return


def cancelled(run: UUID) -> FlowRun:
    return FlowRun(id=run, flow_id=UUID(int=3), deployment_id=UUID(int=4), state=Cancelling())


async def test_a_cancel_of_a_superseded_run_stops_nothing_and_links_the_run_that_plays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("LIVE_ACTIVITY_DATABASE_URL", f"sqlite:///{tmp_path / 'ledger.db'}")
    settings.cache_clear()
    database = Database(settings().database_url)
    edition = opened(database, flow_run_id=str(FIRST))
    opened(database, flow_run_id=str(SECOND))
    ui = {PREFECT_UI_URL: "http://ui.test", PREFECT_API_URL: "http://127.0.0.1:9/api"}
    monkeypatch.setattr(logging.getLogger("prefect"), "propagate", True)
    monkeypatch.setattr(logging.getLogger("prefect.flow_runs"), "propagate", True)
    with temporary_settings(ui), caplog.at_level(logging.WARNING):
        await finish_cancelled(campaign, cancelled(FIRST), Cancelling())
    assert f"http://ui.test/runs/flow-run/{SECOND}" in caplog.text
    assert find_edition(database, edition.id).stop_request is None
    database.close()
    settings.cache_clear()
