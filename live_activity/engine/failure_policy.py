"""Handles failed calls, and a ledger that cannot be written."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta

from live_activity.api import ApiError, NobodyEligible, ProductDisabled, Repeat, Unauthorized, WrongAddress
from live_activity.core.clock import sleep
from live_activity.core.events import EventType
from live_activity.core.findings import Finding
from live_activity.decision.after_push import MOST_DENIED
from live_activity.decision.next_step import end_of
from live_activity.engine.activity import LiveActivity
from live_activity.engine.edition import Edition
from live_activity.ledger import LedgerUnwritable

# How long people whose look-up failed are added again before the start.
PARTIAL_PATIENCE = timedelta(seconds=60)
# How long registering is tried where the end is known only from the start on.
REGISTERED_BY = timedelta(minutes=10)
# The pause before checking whether the ledger can be written again, in seconds of campaign time: short at first, later
# half a minute.
LEDGER_PAUSE, LONGEST_LEDGER_PAUSE = 2.0, 30.0
# A full disk takes short entries but no long ones: a ledger that fails again within this time was never usable.
BACK_FOR_GOOD = timedelta(seconds=2 * LONGEST_LEDGER_PAUSE)


@asynccontextmanager
async def handle_step_errors(edition: Edition, activity: LiveActivity) -> AsyncIterator[None]:
    """Handles one step's errors: the failure is recorded, so `next_step` decides what follows.

    While the ledger cannot be written nothing is sent but an end that is overdue, or near its limit.
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
        if activity.activity_id is None and not isinstance(failed, NobodyEligible):
            activity.refusal = str(failed)
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


async def report_failed_batch(
    edition: Edition, activity: LiveActivity, call: Callable[[], Awaitable[object]]
) -> None:
    """Makes the call of one batch. A final failure is reported, and the other batches go on.

    The finding is taken back once every batch of the activity has its answer after all.
    """
    try:
        await call()
    except ApiError as failed:
        edition.emit("failed", str(failed), activity)
        finding = Finding.error(
            "batch_failed", f"a batch of people could not be added: {failed}", where=edition.campaign.name
        )
        edition.add_finding(finding)
        edition.failures.batches.setdefault(finding, set()).add(activity.number)
    else:
        if edition.failures.batches and not activity.people.unfinished():
            _take_back_failed_batches(edition, activity)


def _take_back_failed_batches(edition: Edition, activity: LiveActivity) -> None:
    for finding, numbers in list(edition.failures.batches.items()):
        numbers.discard(activity.number)
        if not numbers:
            del edition.failures.batches[finding]
            edition.drop_finding(finding)


async def partial_batches(edition: Edition, activity: LiveActivity) -> AsyncIterator[list[int]]:
    """Yields the batches with people who were not added yet, repeatedly, for at most a minute."""
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
    """Whether its end is known only once it starts, and registering it has failed for too long."""
    if end_of(activity.schedule, activity.state) is not None:
        return False
    return edition.clock.now() - edition.opened_at >= REGISTERED_BY


async def _wait_for_ledger(edition: Edition, activity: LiveActivity, unwritable: LedgerUnwritable) -> None:
    """Waits a while for a ledger that cannot be written; nothing is sent meanwhile but an end that is overdue.

    Raises the error where nothing was registered yet, and in rehearsals: there is nothing to wait for.
    """
    if edition.mode == "rehearse" or all(each.activity_id is None for each in edition.activities):
        raise unwritable
    away = edition.ledger_away
    if not away.now:
        away.now = True
        edition.emit("failed", f"{unwritable}; nothing is sent until it can be", activity)
        edition.add_finding(Finding.error("ledger_unwritable", f"{unwritable}", where=edition.campaign.name))
        if away.back_at is not None and edition.clock.now() - away.back_at > BACK_FOR_GOOD:
            away.checks = 0
    away.checks += 1
    await sleep(edition.clock, min(LEDGER_PAUSE * 2.0 ** min(away.checks // 4, 10), LONGEST_LEDGER_PAUSE))
    async with away.checking:
        if away.now and await _is_writable(edition):
            away.now, away.back_at = False, edition.clock.now()
            edition.emit("note", "the ledger can be written again")


async def _is_writable(edition: Edition) -> bool:
    """Checks once, without blocking the event loop. Raises `LostLease` where another run took the edition over."""
    try:
        await edition.ledger.wait_until_writable(patience=0.0)
    except LedgerUnwritable:
        return False
    return True


def _event_type(failed: ApiError, activity: LiveActivity) -> EventType:
    """`doubtful` while an unconfirmed call is repeated as a question, `failed` once that has failed too."""
    asked_again = failed.repeat is Repeat.AS_QUESTION and activity.state.over is None
    return "doubtful" if asked_again and activity.state.failures != 2 else "failed"
