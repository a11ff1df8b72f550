"""Recovery with a Prefect server: accounts are blocks there, and workers finish what they can."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import pytest
from prefect import get_client, tags
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterKey,
    FlowRunFilter,
    FlowRunFilterTags,
)
from prefect.client.schemas.objects import FlowRun
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.states import Cancelling, Pending, Running
from pydantic import SecretStr

from flows.campaign import campaign
from flows.recover import recover as recover_flow
from live_activity.campaign.model import Campaign
from live_activity.core.settings import settings
from live_activity.engine.approval import agreement
from live_activity.engine.direct_calls import direct_calls
from live_activity.engine.recovery import UnfinishedEdition, recover
from live_activity.engine.run_request import RunRequest
from live_activity.engine.session import open_run
from live_activity.ledger import Database, EditionRequest, find_edition, open_edition, take, this_process
from live_activity.prefect_integration import run_context
from live_activity.prefect_integration.account_block import LiveActivityAccount, account_named
from live_activity.prefect_integration.cancelled_runs import WORKER_PATIENCE, record_cancelled_runs
from live_activity.prefect_integration.continue_run import (
    BEGUN_WITHIN,
    PENDING_PATIENCE,
    PICKED_UP_WITHIN,
    begin_lost_runs_again,
    hand_over,
)
from live_activity.prefect_integration.recovery import look_at_runs, taking_over_with_prefect
from live_activity.prefect_integration.run_context import EDITION_TAG
from live_activity.sandbox import SandboxServer
from live_activity.tables.python_function import access_to_functions


@pytest.fixture
def server(prefect_url: str) -> Iterator[str]:
    with temporary_settings({PREFECT_API_URL: prefect_url}):
        yield prefect_url


@pytest.fixture
def own_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Has the campaigns of a test use a ledger and a storage of their own, and no account of the environment."""
    monkeypatch.delenv("LIVE_ACTIVITY_BASE_URL", raising=False)
    monkeypatch.setenv("LIVE_ACTIVITY_DATABASE_URL", f"sqlite:///{tmp_path / 'ledger.db'}")
    monkeypatch.setenv("LIVE_ACTIVITY_STORAGE", str(tmp_path / "segments"))
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.fixture
def left_open(tmp_path: Path, own_ledger: None) -> Iterator[UnfinishedEdition]:
    """An approved campaign of the account block `club`, whose run has died."""
    (tmp_path / "people.csv").write_text("insider_id\nu001\nu002\n")
    (tmp_path / "rows.csv").write_text(
        "at,event,title,message,score\n0s,start,Derby,on,0\n1s,end,Derby,over,1\n"
    )
    asked = Campaign.model_validate(
        {
            "name": "derby",
            "activity_type": "Match",
            "account": "club",
            "segment": str(tmp_path / "people.csv"),
            "timeline": str(tmp_path / "rows.csv"),
        }
    )
    now = datetime.now(UTC)
    database = Database(settings().database_url)
    record, _ = open_edition(
        database,
        EditionRequest(
            "club", "run", "derby", None, asked.model_dump(mode="json"), decision=agreement("ann", now=now)
        ),
        now=now,
    )
    yield UnfinishedEdition(record, "continue")
    database.close()


async def test_a_campaign_of_an_account_block_is_finished_by_the_recovering_process(
    server: str, left_open: UnfinishedEdition, sandbox: SandboxServer
) -> None:
    block = LiveActivityAccount(base_url=sandbox.base_url, api_key=SecretStr("secret-key"))
    await cast(Any, block).asave("club", overwrite=True)
    lines: list[str] = []
    take_over = taking_over_with_prefect(workers=True)
    assert await recover(log=lines.append, take_over=take_over, look_first=look_at_runs) == 1
    database = Database(settings().database_url)
    record = find_edition(database, left_open.record.id)
    database.close()
    assert record is not None
    assert record.status == "ended", lines
    assert sandbox.sandbox.call_log.requests()["end"] == 1
    async with get_client() as client:
        for what, words in (("now", "## What phones"), ("report", "derby, ended")):
            keyed = ArtifactFilter(key=ArtifactFilterKey(any_=[f"derby-{what}"]))
            (artifact,) = await client.read_artifacts(artifact_filter=keyed)
            assert words in str(artifact.data)


@pytest.mark.parametrize("by", ["the flow recover", "a worker's run"])
async def test_the_functions_of_a_dead_run_are_called_by_the_run_that_continues_it(
    server: str,
    sandbox: SandboxServer,
    own_ledger: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    by: str,
) -> None:
    module = f"feed_{uuid4().hex}"
    (tmp_path / f"{module}.py").write_text(
        "def rows():\n"
        "    for at, event in (('0s', 'start'), ('1s', 'end')):\n"
        "        yield {'at': at, 'event': event, 'title': 'Derby', 'message': 'on', 'score': 7}\n"
    )
    (tmp_path / "people.csv").write_text("insider_id\nu001\nu002\n")
    monkeypatch.setattr("sys.path", list(sys.path))
    block = LiveActivityAccount(base_url=sandbox.base_url, api_key=SecretStr("secret-key"))
    await cast(Any, block).asave("club", overwrite=True)
    asked = Campaign.model_validate(
        {
            "name": "derby",
            "activity_type": "Match",
            "account": "club",
            "segment": str(tmp_path / "people.csv"),
            "timeline": f"python:{module}:rows",
            "ends_at": (datetime.now(UTC) + timedelta(seconds=20)).isoformat(),
        }
    )
    access = access_to_functions([asked.timeline], folder=str(tmp_path))
    request = RunRequest(asked, "run", account=await account_named("club"), agreed="ann", access=access)
    async with open_run(request) as edition, direct_calls(edition) as calls:
        await calls.stage(edition)
        dead = edition.ledger.edition()
    if by == "the flow recover":
        assert await recover_flow() == 1
    else:
        with tags(f"{EDITION_TAG}{dead.id}"):
            await cast(Any, campaign)(**dead.parameters, mode="run")
    with contextlib.closing(Database(settings().database_url)) as database:
        assert find_edition(database, dead.id).status == "ended"
    assert sandbox.sandbox.call_log.requests()["start"] == 1


async def test_a_campaign_that_the_flow_recover_continues_does_not_get_the_schedule_of_that_flow(
    server: str, left_open: UnfinishedEdition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_context, "BY_HAND", timedelta(hours=-1))  # each run counts as scheduled
    asked: list[RunRequest] = []

    async def play(request: RunRequest) -> None:
        asked.append(request)

    monkeypatch.setattr("flows.recover.play", play)
    block = LiveActivityAccount(base_url="http://127.0.0.1:9", api_key=SecretStr("secret-key"))
    await cast(Any, block).asave("club", overwrite=True)
    assert await recover_flow() == 1
    assert [(each.edition_id, each.scheduled) for each in asked] == [(left_open.record.id, None)]


async def test_a_live_worker_gets_the_campaign_and_loses_it_if_it_does_not_begin(
    server: str, left_open: UnfinishedEdition
) -> None:
    pool = f"pool-{uuid4()}"
    now = datetime.now(UTC)
    async with get_client() as client:
        await client.create_work_pool(WorkPoolCreate(name=pool, type="process"))
        flow_id = await client.create_flow(campaign)
        deployment = await client.create_deployment(flow_id, "campaign", work_pool_name=pool)
        try:
            assert not await hand_over(left_open)
            await client.send_worker_heartbeat(pool, "worker", heartbeat_interval_seconds=30)
            assert await hand_over(left_open)
            (waiting,) = await _runs(client, left_open)
            assert waiting.parameters["name"] == "derby"
            assert await hand_over(left_open)
            assert len(await _runs(client, left_open)) == 1, "a second run beside the one that waits"
            assert not await hand_over(left_open, now=now + PICKED_UP_WITHIN + timedelta(seconds=30))
            assert await _runs(client, left_open) == [], "the run that was never begun still exists"

            assert await hand_over(left_open)
            (waiting,) = await _runs(client, left_open)
            await client.set_flow_run_state(waiting.id, Pending(), force=True)
            assert await hand_over(left_open, now=datetime.now(UTC) + PICKED_UP_WITHIN)
            assert not await hand_over(left_open, now=datetime.now(UTC) + BEGUN_WITHIN)
            await client.delete_flow_run(waiting.id)
            assert not await hand_over(left_open, create=False), (
                "a run that failed is followed by another one"
            )
        finally:
            await client.delete_deployment(deployment)
            await client.delete_work_pool(pool)


async def test_a_run_that_died_while_it_played_does_not_keep_a_worker_from_the_edition(
    server: str, left_open: UnfinishedEdition
) -> None:
    pool = f"pool-{uuid4()}"
    async with get_client() as client:
        await client.create_work_pool(WorkPoolCreate(name=pool, type="process"))
        flow_id = await client.create_flow(campaign)
        deployment = await client.create_deployment(flow_id, "campaign", work_pool_name=pool)
        try:
            await client.send_worker_heartbeat(pool, "worker", heartbeat_interval_seconds=30)
            assert await hand_over(left_open)
            (dead,) = await _runs(client, left_open)
            await client.set_flow_run_state(dead.id, Running(), force=True)
            assert await hand_over(left_open)
            assert len(await _runs(client, left_open)) == 1, "a run that is just beginning has more time"
            assert await hand_over(left_open, now=datetime.now(UTC) + BEGUN_WITHIN)
            assert len(await _runs(client, left_open)) == 2
        finally:
            await client.delete_deployment(deployment)
            await client.delete_work_pool(pool)


@pytest.fixture
def open_database(left_open: UnfinishedEdition) -> Iterator[Database]:
    with contextlib.closing(Database(settings().database_url)) as database:
        yield database


async def _cancelling_run(database: Database, found: UnfinishedEdition, client: PrefectClient) -> FlowRun:
    """Creates a run that continued the edition and is being cancelled."""
    run = await client.create_flow_run(campaign, state=Cancelling())
    record = found.record
    request = EditionRequest(
        record.account, record.mode, record.name, None, record.parameters, flow_run_id=str(run.id)
    )
    open_edition(database, request, now=datetime.now(UTC))
    return run


async def test_a_cancel_is_recorded_while_the_recovering_process_plays_the_campaign(
    server: str, left_open: UnfinishedEdition, open_database: Database
) -> None:
    async with get_client() as client:
        await _cancelling_run(open_database, left_open, client)
    take(open_database, left_open.record.id, owner=this_process(None))
    await look_at_runs(open_database)
    stop_request = find_edition(open_database, left_open.record.id).stop_request
    assert stop_request is not None
    assert (stop_request["why"], stop_request["author"]) == ("cancelled", "Prefect")


async def test_a_cancel_of_a_superseded_run_that_no_worker_notices_is_refused_with_a_link(
    server: str, left_open: UnfinishedEdition, open_database: Database
) -> None:
    async with get_client() as client:
        first = await _cancelling_run(open_database, left_open, client)
        second = await client.create_flow_run(campaign, state=Running())
        request = EditionRequest(
            "club", "run", "derby", None, left_open.record.parameters, flow_run_id=str(second.id)
        )
        open_edition(open_database, request, now=datetime.now(UTC))
        await record_cancelled_runs(open_database)
        state = (await client.read_flow_run(first.id)).state
        assert state is not None
        assert state.is_cancelling(), "a worker has a minute to answer"
        await record_cancelled_runs(open_database, now=datetime.now(UTC) + WORKER_PATIENCE)
        state = (await client.read_flow_run(first.id)).state
    assert state is not None
    assert state.is_cancelled()
    assert str(second.id) in (state.message or "")
    assert find_edition(open_database, left_open.record.id).stop_request is None


async def test_a_run_that_its_worker_never_began_is_scheduled_again(
    server: str, left_open: UnfinishedEdition
) -> None:
    late = datetime.now(UTC) + PENDING_PATIENCE + timedelta(seconds=30)
    with contextlib.closing(Database(settings().database_url)) as database:
        async with get_client() as client:
            flow_id = await client.create_flow(campaign)
            deployment = await client.create_deployment(flow_id, f"lost-{uuid4()}")
            try:
                lost, played, continues = [
                    (await client.create_flow_run_from_deployment(deployment, state=Pending(), tags=tags)).id
                    for tags in ([], [], [f"{EDITION_TAG}{left_open.record.id}"])
                ]
                asked = dict(left_open.record.parameters)
                request = EditionRequest("club", "run", "cup", None, asked, flow_run_id=str(played))
                open_edition(database, request, now=datetime.now(UTC))
                assert await begin_lost_runs_again(database) == []
                assert [run.id for run in await begin_lost_runs_again(database, now=late)] == [lost]
                states = [(await client.read_flow_run(run)).state for run in (lost, played, continues)]
                assert [state is not None and state.is_scheduled() for state in states] == [
                    True,
                    False,
                    False,
                ]
            finally:
                await client.delete_deployment(deployment)


async def _runs(client: PrefectClient, found: UnfinishedEdition) -> list[FlowRun]:
    tags = FlowRunFilterTags(all_=[f"{EDITION_TAG}{found.record.id}"])
    return await client.read_flow_runs(flow_run_filter=FlowRunFilter(tags=tags))
