"""Suspend is answered, however soon after it somebody resumes the run."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Set as AbstractSet
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest
from prefect import flow, get_client
from prefect.client.schemas.objects import State
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.states import Running, Suspended

from live_activity.engine.edition import Edition
from live_activity.prefect_integration import run_state
from live_activity.prefect_integration.run_state import NO_PAUSE, RunState, current_run_id


@pytest.mark.parametrize("resumed", [False, True])
async def test_suspend_is_answered_once_and_the_run_is_running_again(
    prefect_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, resumed: bool
) -> None:
    monkeypatch.setattr(run_state, "LOOK_SECONDS", 0.2)
    monkeypatch.setattr(logging.getLogger("prefect.flow_runs"), "propagate", True)
    looked = asyncio.Event()
    look = run_state._new_states  # counted, and made as ever

    async def counted(run_id: UUID, seen: AbstractSet[UUID]) -> list[State[Any]]:
        found = await look(run_id, seen)
        if seen:
            looked.set()
        return found

    monkeypatch.setattr(run_state, "_new_states", counted)
    notes: list[str] = []
    edition = cast(Edition, SimpleNamespace(emit=lambda _, note: notes.append(note)))

    @flow
    async def campaign() -> str | None:
        run_id: Any = current_run_id()
        state = RunState()
        async with get_client() as client, state.watch(edition):
            await looked.wait()
            assert not state.suspended
            await client.set_flow_run_state(run_id, Suspended(timeout_seconds=60), force=True)
            if resumed:
                await client.set_flow_run_state(run_id, Running(), force=True)
            async with asyncio.timeout(60):
                while True:
                    now = (await client.read_flow_run(run_id)).state
                    if state.suspended and now is not None and now.message == NO_PAUSE:
                        return now.name
                    await asyncio.sleep(0.1)

    with temporary_settings({PREFECT_API_URL: prefect_url}), caplog.at_level(logging.WARNING):
        assert await campaign() == "Running"
    assert caplog.text.count(NO_PAUSE) == 1
    assert notes == ["Prefect starts no task run any more: the campaign goes on with direct calls"]
