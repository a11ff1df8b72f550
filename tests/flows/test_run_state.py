"""Suspend is answered and does not stop a campaign, even if Resume is pressed soon after it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest
from prefect import flow, get_client
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import State
from prefect.exceptions import Pause
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.states import Completed, Running, Scheduled, Suspended

from live_activity.engine.edition import Edition
from live_activity.prefect_integration import run_state
from live_activity.prefect_integration.run_log import RunLog
from live_activity.prefect_integration.run_state import NO_PAUSE, RESUMING, RunState, current_run_id
from tasks.campaign_tasks import campaign_tasks

NEVER = 3600.0


@pytest.fixture
def notes() -> list[str]:
    return []


@pytest.fixture
def edition(notes: list[str]) -> Edition:
    return cast(Edition, SimpleNamespace(emit=lambda _, note: notes.append(note), clock=None))


@pytest.fixture(autouse=True)
def logged(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(logging.getLogger("prefect.flow_runs"), "propagate", True)
    caplog.set_level(logging.WARNING)


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """An event that is set once the history of the run's states was read."""
    event = asyncio.Event()
    look = run_state._suspensions

    async def known(run_id: UUID) -> frozenset[UUID]:
        try:
            return await look(run_id)
        finally:
            event.set()

    monkeypatch.setattr(run_state, "_suspensions", known)
    return event


async def suspend(client: PrefectClient, *after: State[Any]) -> UUID:
    """Suspends the current run, as the button does, and sets further states directly after it."""
    run_id = current_run_id()
    assert run_id is not None
    for state in (Suspended(timeout_seconds=60), *after):
        await client.set_flow_run_state(run_id, state, force=True)
    return run_id


@pytest.mark.parametrize("after", [(), (Scheduled(name=RESUMING),)], ids=["suspended", "and resumed"])
async def test_a_suspend_is_answered_once_and_the_run_is_running_again(
    prefect_url: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    edition: Edition,
    notes: list[str],
    after: tuple[State[Any], ...],
) -> None:
    monkeypatch.setattr(run_state, "LOOK_SECONDS", 0.2)
    suspended, look = asyncio.Event(), run_state._read_state

    async def once_suspended(run_id: UUID) -> State[Any] | None:
        await suspended.wait()
        return await look(run_id)

    monkeypatch.setattr(run_state, "_read_state", once_suspended)

    @flow
    async def campaign() -> str | None:
        watched = RunState()
        async with get_client() as client, watched.watch(edition):
            run_id = await suspend(client, *after)
            suspended.set()
            async with asyncio.timeout(60):
                while True:
                    state = (await client.read_flow_run(run_id)).state
                    if watched.suspended and state is not None and state.message == NO_PAUSE:
                        return state.name
                    await asyncio.sleep(0.1)

    with temporary_settings({PREFECT_API_URL: prefect_url}):
        assert await campaign() == "Running"
    assert caplog.text.count(NO_PAUSE) == 1
    assert notes == ["Prefect starts no more task runs: the campaign goes on with direct calls"]


async def test_a_suspend_is_answered_and_calls_are_made_directly_if_prefect_starts_no_task_run(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, edition: Edition, notes: list[str]
) -> None:
    suspended: State[Any] = Suspended(timeout_seconds=60)
    made: list[str] = []

    async def poll(_edition: object) -> None:
        made.append("task run")
        raise Pause(state=suspended)

    async def poll_directly(_edition: object) -> None:
        made.append("direct call")

    monkeypatch.setattr("tasks.campaign_tasks.poll", poll)
    monkeypatch.setattr("live_activity.engine.campaign_calls.poll", poll_directly)
    monkeypatch.setattr(run_state, "get_run_logger", lambda: logging.getLogger("prefect.flow_runs"))
    async with campaign_tasks(RunLog(), RunState())(edition) as calls:
        await calls.poll(edition)
        await calls.poll(edition)
    assert made == ["task run", "direct call", "direct call"]
    assert caplog.text.count(NO_PAUSE) == 1
    assert notes == ["Prefect starts no more task runs: the campaign goes on with direct calls"]


async def state_after(
    prefect_url: str, play: Callable[[PrefectClient, RunState], Awaitable[UUID]]
) -> State[Any] | None:
    """Runs a flow that calls `play`; returns the state of its run once the final state was set."""
    states: list[State[Any] | None] = []

    @flow
    async def campaign() -> None:
        watched = RunState()
        async with get_client() as client:
            run_id = await play(client, watched)
            await watched.set_final(Completed(message="ended"))
            states.append((await client.read_flow_run(run_id)).state)

    with temporary_settings({PREFECT_API_URL: prefect_url}):
        await campaign(return_state=True)
    return states[0]


async def test_a_run_that_is_suspended_after_its_last_call_gets_its_final_state(
    prefect_url: str, monkeypatch: pytest.MonkeyPatch, edition: Edition, looked: asyncio.Event
) -> None:
    monkeypatch.setattr(run_state, "LOOK_SECONDS", NEVER)

    async def play(client: PrefectClient, watched: RunState) -> UUID:
        async with watched.watch(edition):
            await looked.wait()
            return await suspend(client, Running())

    state = await state_after(prefect_url, play)
    assert state is not None
    assert (state.name, state.message) == ("Completed", "ended")


async def test_a_process_that_resume_started_leaves_its_final_state_to_prefect(
    prefect_url: str, monkeypatch: pytest.MonkeyPatch, edition: Edition, looked: asyncio.Event
) -> None:
    monkeypatch.setattr(run_state, "LOOK_SECONDS", NEVER)

    async def play(client: PrefectClient, watched: RunState) -> UUID:
        run_id = await suspend(client, Running())
        async with watched.watch(edition):
            await looked.wait()
        return run_id

    state = await state_after(prefect_url, play)
    assert state is not None
    assert state.is_running()
