"""The artifact of all campaigns, written by the recovery service."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prefect import get_client
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.states import Scheduled

from flows.campaign import campaign
from live_activity.core.settings import settings
from live_activity.engine.recovery import recover, taking_over
from live_activity.prefect_integration.overview import OVERVIEW_KEY
from live_activity.prefect_integration.recovery import look_at_runs
from tests.flow_process import Prefect


async def test_recovery_lists_a_scheduled_run_as_planned_with_its_start_and_link(
    prefect_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIVE_ACTIVITY_DATABASE_URL", f"sqlite:///{tmp_path / 'ledger.db'}")
    settings.cache_clear()
    soon = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    values = {"name": "saturday", "mode": "run", "account": "club", "register_ahead_minutes": 20}
    with temporary_settings({PREFECT_API_URL: prefect_url}):
        async with get_client() as client:
            run = await client.create_flow_run(
                campaign, parameters=values, state=Scheduled(scheduled_time=soon)
            )
            await recover(log=lambda _: None, take_over=taking_over(), look_first=look_at_runs)
            page = Prefect(prefect_url).artifact(OVERVIEW_KEY)["data"]
            await client.delete_flow_run(run.id)
    settings.cache_clear()
    planned = page.partition("## Planned")[2].partition("## Over")[0]
    (row,) = (line for line in planned.splitlines() if "saturday" in line)
    starts = f"{soon + timedelta(minutes=20):%Y-%m-%d %H:%M} UTC"
    assert re.fullmatch(
        rf"\| saturday \| \[run\]\(.*{run.id}\) \| scheduled \| {starts} \| live \| club \|", row
    )
