"""Stopping a campaign whose segment is still being staged, which takes a while where it has millions of rows."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from live_activity.core.clock import VirtualClock
from live_activity.engine.edition import Edition
from live_activity.engine.steering.listener import LOOK_SECONDS
from live_activity.ledger import Command, LedgerUnwritable, LostLease

_ANSWER = "the campaign is cancelled while its segment is staged; nobody was sent anything"


class StoppedWhileStaging(Exception):
    """Somebody stopped or ended the campaign before it had anybody to send to."""


async def stage_unless_stopped(edition: Edition, stage: Callable[[Edition], Awaitable[str]]) -> None:
    """Stages the segment. Other commands wait until it is staged: they need its activities.

    Raises `StoppedWhileStaging` once a stop request or `end_now` for the whole campaign is in the ledger, whatever is
    left to stage, and what `stage` raises.
    """
    if isinstance(edition.clock, VirtualClock) or edition.opened is not None or edition.ledger.activities():
        # Nobody steers virtual time; activities that there are already are to be ended, not forgotten.
        await stage(edition)
        return
    staging = asyncio.ensure_future(stage(edition))
    stopped = asyncio.create_task(_is_stopped(edition))
    try:
        await asyncio.wait({staging, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if not staging.done():
            raise StoppedWhileStaging
        staging.result()
    finally:
        for task in (staging, stopped):
            task.cancel()
        await asyncio.gather(staging, stopped, return_exceptions=True)


async def _is_stopped(edition: Edition) -> None:
    """Returns once the whole campaign is to be stopped, which the ledger has by then."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        with contextlib.suppress(
            LedgerUnwritable, LostLease
        ):  # the next write meets it as well, and handles it
            if edition.ledger.stop_requested() is not None:
                return
            for command in edition.ledger.commands(waiting=True):
                if command.action == "end_now" and not command.key:
                    _cancel(edition, command)
                    return


def _cancel(edition: Edition, command: Command) -> None:
    edition.request_stop("cancelled")
    now = edition.clock.now()
    effect = {"action": command.action, "at": now.isoformat(), "number": command.id, "key": None}
    edition.ledger.carried_out(command.id, answer=_ANSWER, effect=effect, at=now)
    edition.emit("steered", f"{command.action}: {_ANSWER}")
