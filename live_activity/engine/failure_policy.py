"""What a failed call, or a ledger that cannot be written, leads to."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

from live_activity.api import ApiError, ProductDisabled, Repeat, Unauthorized, WrongAddress
from live_activity.core.events import EventType
from live_activity.core.findings import Finding
from live_activity.decision.next_step import end_of
from live_activity.decision.state import MOST_DENIED, StopRequest
from live_activity.engine.activity import LiveActivity
from live_activity.engine.edition import Edition
from live_activity.ledger import LedgerUnwritable

# How long people whose look-up failed are asked for again before the start.
PARTIAL_PATIENCE = timedelta(seconds=60)
# How long registering is tried where no end is known before the start.
REGISTERED_BY = timedelta(minutes=10)
# How long the ledger may be away before the campaign is ended without it, in seconds of real time: less than a lease
# lasts, so that this run still owns the edition by then.
LEDGER_PATIENCE, LEDGER_PAUSE = 8.0, 1.0


@asynccontextmanager
async def handle_step_errors(edition: Edition, activity: LiveActivity) -> AsyncIterator[None]:
    """Handles one step's errors: the failure is recorded, so `next_step` decides what follows.

    While the ledger cannot be written nothing is sent; when it stays so, nothing is sent any more but /end.
    """
    try:
        yield
    except ApiError as failed:
        edition.emit(_event_type(failed, activity), str(failed), activity)
        if isinstance(failed, Unauthorized | ProductDisabled | WrongAddress):
            edition.failures.denied[activity.number] += 1
        hopeless = edition.failures.denied[activity.number] >= MOST_DENIED or _would_never_end(
            edition, activity
        )
        if activity.activity_id is None and hopeless:
            activity.change(over="failed")
        if activity.state.over is not None:
            activity.why = str(failed)
    except LedgerUnwritable as unwritable:
        await _wait_for_ledger(edition, activity, unwritable)


@contextlib.contextmanager
def report_first_failure(edition: Edition, activity: LiveActivity) -> Iterator[None]:
    """Reports the first failed attempt of a call at once, as the attempts after it may take minutes."""
    try:
        yield
    except ApiError as failed:
        if failed.safe_to_repeat and (activity.number, failed.endpoint) not in edition.failures.reported:
            edition.failures.reported.add((activity.number, failed.endpoint))
            edition.emit("note", f"{failed} (it is repeated)", activity)
        raise


async def report_failed_batch(edition: Edition, activity: LiveActivity, call: Awaitable[object]) -> None:
    """Awaits the call of one batch of many: when it fails for good that is reported, and the others go on."""
    try:
        await call
    except ApiError as failed:
        edition.emit("failed", str(failed), activity)
        edition.add_finding(
            Finding.error(
                "batch_failed",
                f"a batch of people could not be added: {failed}",
                where=edition.campaign.name,
            )
        )


async def partial_batches(edition: Edition, activity: LiveActivity) -> AsyncIterator[list[int]]:
    """The batches that left people out for now, again and again, for a minute at most."""
    clock = edition.clock
    until = clock.now() + PARTIAL_PATIENCE
    pause = timedelta(seconds=1)
    while (left_out := activity.people.left_out()) and not activity.stopping:
        pause = min(pause * 2, until - clock.now())
        if pause <= timedelta(0):
            break
        await clock.sleep_until(clock.now() + pause, activity.changed)
        activity.changed.clear()
        yield left_out


def _would_never_end(edition: Edition, activity: LiveActivity) -> bool:
    """Whether only its start would tell when it ends, and it could not be registered for long."""
    if end_of(activity.schedule, activity.state) is not None:
        return False
    return edition.clock.now() - edition.opened_at >= REGISTERED_BY


async def _wait_for_ledger(edition: Edition, activity: LiveActivity, unwritable: LedgerUnwritable) -> None:
    now = time.monotonic()
    first, last = edition.failures.unwritable.get(activity.number, (now, now))
    if now - last > LEDGER_PATIENCE:
        first = now
    edition.failures.unwritable[activity.number] = (first, now)
    if now - first < LEDGER_PATIENCE:
        if first == now:
            edition.emit("failed", f"{unwritable}; nothing is sent until it can be", activity)
        await asyncio.sleep(LEDGER_PAUSE)
        return
    edition.emit("failed", f"{unwritable}; nothing is sent any more but the end", activity)
    stop_request = activity.state.stop_request
    if stop_request is None or stop_request.settles:
        stop_request = stop_request or StopRequest("failed", edition.clock.now())
        activity.change(stop_request=replace(stop_request, settles=False))
    else:
        activity.change(over="failed")


def _event_type(failed: ApiError, activity: LiveActivity) -> EventType:
    """A call in doubt is only asked about again; once that fails too it has failed, which is reported once."""
    asked_again = failed.repeat is Repeat.AS_QUESTION and activity.state.over is None
    return "doubtful" if asked_again and activity.state.failures != 2 else "failed"
