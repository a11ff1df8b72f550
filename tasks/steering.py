"""Obeying what people tell a living campaign."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from live_activity.clock import VirtualClock
from live_activity.edition import Edition
from live_activity.ledger import LedgerUnwritable, LostLease
from live_activity.steering import obey, read_ahead, resume_effects

# A command is obeyed within 2 s of real time, whatever the campaign's clock says.
LOOK_SECONDS = 1.0


@asynccontextmanager
async def obeying(edition: Edition) -> AsyncIterator[None]:
    """Looks for commands once a second for as long as the block lasts; in a rehearsal of virtual time nobody steers."""
    resume_effects(edition)
    if isinstance(edition.clock, VirtualClock):
        yield
        return
    listening = asyncio.create_task(_listen(edition))
    try:
        yield
    finally:
        listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listening


async def _listen(edition: Edition) -> None:
    while True:
        try:
            edition.heed_wish()
            for command in edition.book.commands(waiting=True):
                obey(edition, command, await asyncio.to_thread(read_ahead, edition, command))
        except (LedgerUnwritable, LostLease):
            pass  # met by the next call as well, and dealt with there
        except Exception as trouble:  # one command that goes wrong must not make it deaf to all others
            edition.tell("failed", f"a command went wrong: {type(trouble).__name__}")
        await asyncio.sleep(LOOK_SECONDS)
