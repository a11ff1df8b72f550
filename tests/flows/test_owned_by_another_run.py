"""A campaign that another run plays: a second run reports which run has it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest
from prefect import flow, get_client
from prefect.client.schemas.objects import State
from prefect.exceptions import Abort
from prefect.settings import PREFECT_API_URL, temporary_settings

from live_activity.campaign.model import Campaign
from live_activity.ledger import LostLease, Owned
from live_activity.prefect_integration.final_states import OWNED_ELSEWHERE
from live_activity.prefect_integration.form_check import parameters
from live_activity.prefect_integration.form_parameters import takes_form_of
from live_activity.prefect_integration.run_state import NO_PAUSE, current_run_id


async def read(values: dict[str, Any], _own: Mapping[str, Any]) -> Campaign:
    return parameters(values)


OWNER = {"pid": 7, "host": "here", "run": "http://ui/runs/flow-run/one"}


@pytest.mark.parametrize("why", [Owned(OWNER), LostLease("another run took this campaign over")])
async def test_a_run_of_a_campaign_that_another_run_has_reports_it_in_one_line_and_its_state_is_taken(
    prefect_url: str, monkeypatch: pytest.MonkeyPatch, why: Exception
) -> None:
    @flow(persist_result=False)
    @takes_form_of(Campaign, read)
    async def second(asked: Campaign) -> str:
        raise why

    monkeypatch.setenv("PREFECT__RUNTIME__DEPLOYMENT__ID", "a deployment")
    asked = {"name": "derby", "activity_type": "Match", "segment": "a.csv", "timeline": "b.csv"}
    with temporary_settings({PREFECT_API_URL: prefect_url}):
        state = await second(**asked, return_state=True)
    assert isinstance(state, State)
    assert (state.name, state.is_failed()) == (OWNED_ELSEWHERE, True)
    assert state.message == str(why)


def test_the_owner_is_reported_with_a_link_to_its_run() -> None:
    assert "http://ui/runs/flow-run/one" in str(Owned(OWNER))


async def test_a_second_process_of_the_same_run_leaves_its_state_alone_and_says_who_plays(
    prefect_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(logging.getLogger("prefect"), "propagate", True)
    monkeypatch.setattr(logging.getLogger("prefect.flow_runs"), "propagate", True)
    runs: list[UUID] = []

    @flow(persist_result=False)
    @takes_form_of(Campaign, read)
    async def resumed(asked: Campaign) -> str:
        run = current_run_id()
        assert run is not None
        runs.append(run)
        raise Owned({**OWNER, "run": f"http://ui/runs/flow-run/{run}"})

    monkeypatch.setenv("PREFECT__RUNTIME__DEPLOYMENT__ID", "a deployment")
    asked = {"name": "derby", "activity_type": "Match", "segment": "a.csv", "timeline": "b.csv"}
    with temporary_settings({PREFECT_API_URL: prefect_url}):
        with pytest.raises(Abort, match=r"process 7 on here, run http://ui/.* plays this flow run"):
            await resumed(**asked)
        async with get_client() as client:
            state = (await client.read_flow_run(runs[0])).state
    assert state is not None
    assert state.is_running()
    # Resume came before the run had answered Suspend: its log says why nothing was suspended.
    assert f"this process leaves it alone. {NO_PAUSE}" in caplog.text
