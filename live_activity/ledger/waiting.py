"""Waiting for a ledger that cannot be written: in real time, without blocking the event loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from live_activity.ledger.database import Database
from live_activity.ledger.errors import LedgerUnwritable

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 5.0

Sleep = Callable[[float], Awaitable[object]]


async def wait_until_writable(
    database: Database,
    *,
    patience: float | None = None,
    sleep: Sleep = asyncio.sleep,
    monotonic: Callable[[], float] = time.monotonic,
    stopped: Callable[[], bool] = lambda: False,
) -> float:
    """Waits until an entry can be written; returns how many seconds that took.

    Raises the last `LedgerUnwritable` after `patience` seconds (None: it waits forever), or after the first failed
    attempt once `stopped()` is true. Every attempt runs in a thread; the pauses between them grow from 0.5 to 5 s.
    """
    began, pause = monotonic(), FIRST_PAUSE
    while True:
        try:
            await asyncio.to_thread(database.probe)
            return monotonic() - began
        except LedgerUnwritable:
            passed = monotonic() - began
            if stopped() or (patience is not None and passed >= patience):
                raise
            await sleep(pause if patience is None else min(pause, max(patience - passed, 0.0)))
            pause = min(pause * 2, LONGEST_PAUSE)
