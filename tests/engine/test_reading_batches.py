"""When and in which thread the people of a batch are read from the staged segment."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from live_activity.api import Client, RateLimiter
from live_activity.core.clock import RealClock
from live_activity.engine.batch_tracker import BatchTracker
from live_activity.engine.recorded_calls import RecordedCalls
from live_activity.ledger import BatchCall


class Played:
    """One activity with one batch; `happened` are the steps that were made, in order."""

    def __init__(self, read: Callable[[int], list[str]]) -> None:
        self.happened: list[str] = []
        self.readers: list[threading.Thread] = []
        self.activity: Any = SimpleNamespace(
            number=0,
            stopping=False,
            activity_id="a",
            activity_type="Match",
            people=BatchTracker({0: 2}),
            state=SimpleNamespace(plan=SimpleNamespace(expires_at=None)),
        )
        self._read = read
        ledger: Any = SimpleNamespace(
            intend_batch=lambda *_, **__: self.happened.append("intended"),
            answer_batch=lambda *_, **__: self.happened.append("answered"),
        )
        rate_limiter: Any = SimpleNamespace(slot=self._slot)
        heartbeat: Any = SimpleNamespace(check=lambda: None)
        clock = RealClock()
        client = Client(
            base_url="http://vendor",
            api_key=SecretStr("key"),
            rate_limiter=RateLimiter.in_memory(0, clock),
            clock=clock,
            transport=httpx.MockTransport(self._answer),
        )
        self.calls = RecordedCalls(
            client,
            ledger=ledger,
            heartbeat=heartbeat,
            rate_limiter=rate_limiter,
            clock=clock,
            read_batch=self._read_batch,
        )

    def add(self) -> BatchCall:
        return asyncio.run(self.calls.add_users(self.activity, 0))

    @contextlib.asynccontextmanager
    async def _slot(self, *_: Any, **__: Any) -> AsyncIterator[Any]:
        self.happened.append("slot")
        yield SimpleNamespace(release=self._release)

    async def _release(self, *, used: bool) -> None:
        self.happened.append("used" if used else "unused")

    def _read_batch(self, batch: int) -> list[str]:
        self.happened.append("read")
        self.readers.append(threading.current_thread())
        return self._read(batch)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.happened.append("sent")
        return httpx.Response(200, json={"status": "success", "activity_id": "a", "matched": 2})


def test_a_batch_is_read_once_it_has_a_slot_and_beside_the_event_loop() -> None:
    played = Played(lambda _: ["ann", "bob"])
    assert played.add().outcome == "done"
    assert played.happened == ["slot", "read", "intended", "sent", "answered"]
    assert threading.main_thread() not in played.readers


def test_a_batch_in_which_nobody_is_left_is_done_and_uses_no_slot() -> None:
    played = Played(lambda _: [])
    assert played.add().outcome == "done"
    assert played.happened == ["slot", "read", "unused"]
    assert played.activity.people.open() == []


@pytest.mark.parametrize("when", ["before", "while it is read"])
def test_a_batch_of_an_activity_that_is_to_stop_is_not_sent_and_uses_no_slot(when: str) -> None:
    def read(_: int) -> list[str]:
        played.activity.stopping = True
        return ["ann", "bob"]

    played = Played(read)
    played.activity.stopping = when == "before"
    assert played.add().outcome == "not_sent"
    assert played.happened == (["slot", "unused"] if when == "before" else ["slot", "read", "unused"])
    assert played.activity.people.open() == [0]
