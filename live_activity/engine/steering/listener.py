"""Carries out the commands that people send to a running campaign."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from live_activity.core.background import in_background
from live_activity.core.threads import run_in_daemon_thread
from live_activity.core.virtual_clock import VirtualClock
from live_activity.engine.edition import Edition
from live_activity.engine.steering.actions import carry_out
from live_activity.engine.steering.effects import CommandTable, names_table, read_table, reapply_effects
from live_activity.ledger import Command, LedgerUnwritable, LostLease

# A command is carried out within 2 s of real time, whatever the campaign's clock says.
LOOK_SECONDS = 1.0


@asynccontextmanager
async def listen_for_commands(edition: Edition) -> AsyncIterator[None]:
    """Looks for commands every second for as long as the block lasts; does nothing in virtual time."""
    await reapply_effects(edition)
    if isinstance(edition.clock, VirtualClock):
        yield
        return
    async with in_background(_listen(edition)):
        yield


async def _listen(edition: Edition) -> None:
    tables = _TableReader(edition)
    try:
        await _carry_out_commands(edition, tables)
    finally:
        tables.close()


async def _carry_out_commands(edition: Edition, tables: _TableReader) -> None:
    while True:
        try:
            edition.take_stop_request()
            for command in edition.ledger.commands(waiting=True):
                if not names_table(command):
                    carry_out(edition, command)
                elif (table := tables.read(command)) is not None:
                    carry_out(edition, command, table)
        except (LedgerUnwritable, LostLease):
            pass  # the next call raises it as well, and there it is handled
        except Exception as error:  # one command that fails must not keep the others from being carried out
            edition.emit("failed", f"a command failed with {type(error).__name__}")
        await tables.wait(LOOK_SECONDS)


class _TableReader:
    """Reads the tables that commands name, one after the other, while other commands are carried out."""

    def __init__(self, edition: Edition) -> None:
        self._edition = edition
        self._command: int | None = None
        self._reading: asyncio.Task[CommandTable | None] | None = None

    def read(self, command: Command) -> CommandTable | None:
        """The command's table; None as long as it, or the table of an earlier command, is being read."""
        if self._reading is None:
            self._command = command.id
            self._reading = asyncio.create_task(run_in_daemon_thread(read_table, self._edition, command))
        if self._command != command.id or not self._reading.done():
            return None
        done, self._reading = self._reading, None
        return done.result()

    def close(self) -> None:
        """Stops reading: a table that is read for a campaign that is over must not keep the process alive."""
        if self._reading is not None:
            self._reading.cancel()

    async def wait(self, seconds: float) -> None:
        """Waits for `seconds`, or until a table was read."""
        if self._reading is None:
            await asyncio.sleep(seconds)
        else:
            await asyncio.wait({self._reading}, timeout=seconds)
