"""The worker of an installation carries out steering commands itself."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner
from prefect import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.settings import PREFECT_API_URL, temporary_settings

from deployments.worker import CampaignWorker, main
from flows.steer import steer
from live_activity.core.settings import settings

POOL = "commands"


async def test_a_command_is_carried_out_in_the_workers_own_process(
    prefect_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIVE_ACTIVITY_DATABASE_URL", f"sqlite:///{tmp_path / 'ledger.db'}")
    settings.cache_clear()
    with temporary_settings({PREFECT_API_URL: prefect_url}):
        async with get_client() as client:
            await client.create_work_pool(WorkPoolCreate(name=POOL, type="process"))
            flow_id = await client.create_flow(steer)
            deployment = await client.create_deployment(flow_id, name="steer", work_pool_name=POOL)
            run = await client.create_flow_run_from_deployment(
                deployment, parameters={"name": "derby", "action": "freeze"}
            )
            await CampaignWorker(work_pool_name=POOL).start(run_once=True)
            done = await client.read_flow_run(run.id)
            await client.delete_deployment(deployment)
    assert done.state is not None
    assert done.state.is_failed()
    assert done.state.message is not None
    assert "no campaign 'derby'" in done.state.message
    assert done.infrastructure_pid == str(os.getpid())
    settings.cache_clear()


def test_a_worker_names_misspelt_settings_as_it_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    async def start(*_: object, **_options: object) -> None:
        pass

    monkeypatch.setattr(CampaignWorker, "start", start)
    monkeypatch.setenv("LIVE_ACTIVITY_INPUT", "/data")
    said = CliRunner().invoke(main, [])
    assert "did you mean LIVE_ACTIVITY_INPUTS?" in said.output
    assert "/data" not in said.output
