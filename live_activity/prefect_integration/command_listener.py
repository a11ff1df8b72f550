"""Obeying what people tell a living campaign."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from live_activity.core.clock import VirtualClock
from live_activity.engine.edition import Edition
from live_activity.engine.steering.actions import Ahead, names_table, obey, read_ahead, resume_effects
from live_activity.ledger import Command, LedgerUnwritable, LostLease

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
    tables = _Tables(edition)
    while True:
        try:
            edition.heed_wish()
            for command in edition.ledger.commands(waiting=True):
                if not names_table(command):
                    obey(edition, command)
                elif (ahead := tables.read(command)) is not None:
                    obey(edition, command, ahead)
        except (LedgerUnwritable, LostLease):
            pass  # met by the next call as well, and dealt with there
        except Exception as trouble:  # one command that goes wrong must not make it deaf to all others
            edition.tell("failed", f"a command went wrong: {type(trouble).__name__}")
        await tables.wait(LOOK_SECONDS)


class _Tables:
    """Reads the tables that commands name, one after the other; meanwhile every other command is obeyed."""

    def __init__(self, edition: Edition) -> None:
        self._edition = edition
        self._command: int | None = None
        self._reading: asyncio.Task[Ahead | None] | None = None

    def read(self, command: Command) -> Ahead | None:
        """What the command's table says, None as long as it or that of an earlier one is being read."""
        if self._reading is None:
            self._command = command.id
            self._reading = asyncio.create_task(asyncio.to_thread(read_ahead, self._edition, command))
        if self._command != command.id or not self._reading.done():
            return None
        done, self._reading = self._reading, None
        return done.result()

    async def wait(self, seconds: float) -> None:
        """Waits so long, and no longer than until a table was read."""
        if self._reading is None:
            await asyncio.sleep(seconds)
        else:
            await asyncio.wait({self._reading}, timeout=seconds)
