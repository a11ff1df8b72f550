"""A run that took a campaign over and the run that it continues name each other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from prefect import flow, get_client
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.states import Running

from live_activity.engine.run_request import RunRequest
from live_activity.engine.session import open_run
from live_activity.prefect_integration.run_state import current_run_id
from live_activity.prefect_integration.takeover import link_runs
from tests.campaign_harness import CampaignHarness, campaign_harness
from tests.flow_process import Prefect, wait_for


@pytest.fixture
def harness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CampaignHarness]:
    with campaign_harness(tmp_path, monkeypatch) as made:
        yield made


async def test_a_takeover_links_both_runs_and_shows_the_dead_one_as_vanished(
    prefect_url: str, harness: CampaignHarness
) -> None:
    @flow(persist_result=False)
    async def campaign() -> str:
        own = str(current_run_id())
        async with (
            open_run(RunRequest(harness.campaign(), "run", flow_run_id=own)) as edition,
            link_runs(edition),
        ):
            pass
        return own

    prefect = Prefect(prefect_url)
    with temporary_settings({PREFECT_API_URL: prefect_url}):
        async with get_client() as client:
            dead = await client.create_flow_run(campaign, name="LIVE · derby", state=Running())
        async with open_run(RunRequest(harness.campaign(), "run", flow_run_id=str(dead.id))):
            pass
        own = await campaign()
        async with get_client() as client:
            state = (await client.read_flow_run(dead.id)).state

    def lines(run: str) -> list[str] | None:
        found = prefect.post("logs/filter", logs={"flow_run_id": {"any_": [run]}})
        texts = [each["message"] for each in found if "continues" in each["message"]]
        return texts or None

    assert state is not None
    assert state.name == "Vanished"
    assert own in (state.message or "")
    assert any(str(dead.id) in line and "LIVE · derby" in line for line in wait_for(lambda: lines(own)))
    assert any(own in line for line in wait_for(lambda: lines(str(dead.id))))
