"""The pages of a campaign are updated at once after a command, without waiting for the next interval."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from live_activity.core.events import Event
from live_activity.prefect_integration import artifact_publisher
from live_activity.prefect_integration.artifact_publisher import ArtifactPublisher


async def test_a_command_updates_the_pages_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artifact_publisher, "SOONEST_SECONDS", 3600.0)
    monkeypatch.setattr(artifact_publisher, "RunName", lambda _: None)
    edition = SimpleNamespace(
        campaign=SimpleNamespace(name="derby"), mode="test", ledger=SimpleNamespace(database=None)
    )
    publisher = ArtifactPublisher(cast(Any, edition))
    written: asyncio.Queue[None] = asyncio.Queue()
    monkeypatch.setattr(publisher, "refresh", lambda: written.put(None))
    refreshing = asyncio.create_task(publisher.keep_current())
    async with asyncio.timeout(10):
        await written.get()
        for _ in range(2):
            # An update waits for the next interval, an hour here; a command does not.
            for kind in ("updated", "steered"):
                publisher.handle(Event(cast(Any, kind), "a line", datetime.now(UTC)))
            await written.get()
        publisher.stop()
        await refreshing
