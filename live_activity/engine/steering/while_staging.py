"""Steering a campaign whose segment is still being staged, which takes a while where it has millions of rows."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

from live_activity.core.statuses import StopStatus
from live_activity.core.virtual_clock import VirtualClock
from live_activity.engine.approval import Decision, decide, decision_of
from live_activity.engine.edition import Edition
from live_activity.engine.steering.effects import new_effect
from live_activity.engine.steering.listener import LOOK_SECONDS
from live_activity.ledger import Command, LedgerUnwritable, LostLease

_CANCELLED = "the campaign is cancelled while its segment is staged; nobody was sent anything"
_REJECTED = "rejected while the segment is staged: nobody was sent anything, and the campaign is over"
_FROZEN = "frozen before anything was sent: nothing is started or updated before it is resumed"
_TOO_EARLY = (
    "not done: the segment is still being staged, and the plan is not complete; answer once you are asked"
)


class StoppedWhileStaging(Exception):
    """The campaign was stopped, ended or rejected before its segment was staged; `status` is its final status."""

    def __init__(self, status: StopStatus) -> None:
        super().__init__(status)
        self.status = status


async def stage_unless_stopped(edition: Edition, stage: Callable[[Edition], Awaitable[str]]) -> None:
    """Stages the segment, and answers commands meanwhile.

    A command that needs no activities is carried out at once; other commands are answered at once with what will
    happen, and are carried out when the segment is staged. Raises `StoppedWhileStaging` once a stop request, `end_now`
    or `reject` for the whole campaign is in the ledger, and what `stage` raises.
    """
    if isinstance(edition.clock, VirtualClock):
        await stage(edition)  # nobody steers virtual time
        return
    staging = asyncio.ensure_future(stage(edition))
    stopped = asyncio.create_task(_stopped_by(edition))
    try:
        await asyncio.wait({staging, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if not staging.done():
            raise StoppedWhileStaging(stopped.result())
        staging.result()
    finally:
        for task in (staging, stopped):
            task.cancel()
        await asyncio.gather(staging, stopped, return_exceptions=True)


async def _stopped_by(edition: Edition) -> StopStatus:
    """Answers commands until the ledger says that the campaign is to be stopped; returns its final status."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        # A ledger that fails here fails at the next write as well, and there it is handled.
        with contextlib.suppress(LedgerUnwritable, LostLease):
            # Activities that exist already have to be ended, not forgotten.
            new = edition.opened is None and not edition.ledger.activities()
            if new and (stop := edition.ledger.stop_requested()) is not None:
                why: StopStatus = stop["why"]
                return why
            waiting = edition.ledger.commands(waiting=True)
            for command in waiting:
                if new and (status := _obey(edition, command, waiting)) is not None:
                    return status
            for command in edition.ledger.commands(waiting=True):
                if command.answer is None:
                    edition.ledger.taken(command.id, answer=_taken(command))


def _obey(edition: Edition, command: Command, waiting: list[Command]) -> StopStatus | None:
    """Carries out a command that needs no activities; returns the final status if it ends the campaign."""
    if command.key:
        return None
    decided = decision_of(edition)
    undecided = edition.mode == "run" and (decided is None or decided.answer is None)
    resumed = any(each.action == "resume" and each.id < command.id for each in waiting)
    if command.action == "end_now":
        edition.request_stop("cancelled")
        _answer(edition, command, _CANCELLED)
        return "cancelled"
    if command.action == "reject" and undecided:
        note = str(command.arguments.get("note") or "")
        asked = decided or Decision((), edition.clock.now())
        decide(edition, asked, "rejected", note, author=command.author or "")
        _answer(edition, command, _REJECTED, note=note)
        return "rejected"
    if command.action == "freeze" and not resumed:
        _answer(edition, command, _FROZEN)
    elif command.action == "approve" and undecided:
        edition.ledger.carried_out(command.id, answer=_TOO_EARLY, effect=None, at=edition.clock.now())
        edition.emit("steered", f"{command.action}: {_TOO_EARLY}")
    return None


def _answer(edition: Edition, command: Command, answer: str, **more: Any) -> None:
    """Records the answer with the effect, which is applied once there are activities."""
    now = edition.clock.now()
    effect = {**new_effect(command, now), **more}
    edition.ledger.carried_out(command.id, answer=answer, effect=effect, at=now)
    edition.emit("steered", f"{command.action}: {answer}")


def _taken(command: Command) -> str:
    return (
        f"taken: the segment is still being staged, and {command.action} is carried out as soon as it is staged; "
        "the campaign's log then says what was done"
    )
