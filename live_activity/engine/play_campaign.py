"""The loop that plays a campaign: stage the segment, register, add people, start, update, settle, end, report.

Running, continuing, cancelling, device-started campaigns and recovery are this one loop over `next_step`; they differ
only in the recorded state. The calls are handed in, so that a shell, a notebook and a Prefect flow share it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

from live_activity.core.events import EventHandler
from live_activity.core.findings import InvalidInput
from live_activity.core.report import Report
from live_activity.core.statuses import StopStatus
from live_activity.decision.next_step import (
    End,
    Enrol,
    Finished,
    MarkUnchanged,
    Refresh,
    Settle,
    Start,
    Update,
    Wait,
)
from live_activity.decision.steps import earliest
from live_activity.engine import lifecycle
from live_activity.engine.activity import LiveActivity
from live_activity.engine.approval import AskApproval, approval
from live_activity.engine.backlog import watch_backlog
from live_activity.engine.campaign_calls import CampaignCalls, OpenCalls
from live_activity.engine.direct_calls import direct_calls
from live_activity.engine.edition import Edition
from live_activity.engine.failure_policy import handle_step_errors, partial_batches, report_failed_batch
from live_activity.engine.joining import joining, wait_for_more
from live_activity.engine.notifications import NotPlayed, notifications, notify_if_not_played
from live_activity.engine.polling import polling
from live_activity.engine.reminders import remind
from live_activity.engine.run_request import RunRequest
from live_activity.engine.session import finish, open_run
from live_activity.engine.steering.listener import listen_for_commands
from live_activity.engine.steering.while_staging import StoppedWhileStaging, stage_unless_stopped
from live_activity.ledger import LostLease

Companion = Callable[[Edition], AbstractAsyncContextManager[None]]


@dataclass(frozen=True, slots=True)
class Host:
    """What the loop needs from its host: the calls, and what runs beside it.

    `event_handlers` are called with each event; `companions` are contexts entered around the edition, such as the
    one that publishes artifacts; `calls` makes the API calls; `ask_approval` shows somebody a form that approves the
    start.
    """

    event_handlers: Sequence[EventHandler] = ()
    companions: Sequence[Companion] = ()
    calls: OpenCalls = direct_calls
    ask_approval: AskApproval | None = None


DIRECT = Host()


async def play_campaign(request: RunRequest, host: Host = DIRECT) -> Report:
    """Plays a campaign to its end and returns its report.

    Raises `InvalidInput` where an input cannot be used, `Owned` where another live run has the edition,
    `AlreadyPlayed` where the request's flow run has played it to the end, `LostLease` where another run took it over
    meanwhile. When the task is cancelled, every activity is closed first.
    """
    async with AsyncExitStack() as around:
        asked = request.campaign
        async with notify_if_not_played(NotPlayed(asked.name, request.mode, asked.account)):
            edition = await around.enter_async_context(open_run(request, event_handlers=host.event_handlers))
        for companion in (notifications, *host.companions):
            await around.enter_async_context(companion(edition))
        calls = await around.enter_async_context(host.calls(edition))
        try:
            await _record_a_stop_first(edition, _stage_and_play(edition, calls, request, host))
        except StoppedWhileStaging as stopped:
            return finish(edition, stopped.status)
        except LostLease:
            raise  # another run owns the edition, so this one has nothing to close
        except InvalidInput as wrong:
            edition.emit("failed", f"not played: {wrong.findings[0]}")
            raise  # nothing can be played, and there is nothing to close
        except asyncio.CancelledError:
            await close(edition, calls, "cancelled")
            raise
        except Exception:  # raised again once every activity is closed
            await close(edition, calls, "failed")
            raise
        return finish(edition)


async def _stage_and_play(edition: Edition, calls: CampaignCalls, request: RunRequest, host: Host) -> None:
    await stage_unless_stopped(edition, calls.stage)
    async with (
        polling(edition, calls.poll),
        joining(edition),
        watch_backlog(edition),
        listen_for_commands(edition),
        approval(edition, agreed=request.agreed, ask=host.ask_approval),
    ):
        await play_activities(edition, calls)


async def _record_a_stop_first(edition: Edition, work: Coroutine[Any, Any, None]) -> None:
    """Awaits the work in a task of its own; a cancellation of this task is recorded before any call is interrupted.

    If the process is killed meanwhile, recovery closes the campaign and does not continue it. Raises `LostLease` where
    another run has the edition: then there is nothing to record.
    """

    async def busy() -> None:
        with edition.clock.working():
            await work

    playing = asyncio.create_task(busy())
    try:
        await edition.clock.wait(playing)
    except asyncio.CancelledError:
        edition.request_stop("cancelled")
        raise
    finally:
        playing.cancel()
        await edition.clock.wait(playing)
        if not playing.cancelled():
            playing.exception()  # retrieved, or asyncio logs it where the cancellation is raised instead
    playing.result()


async def play_activities(edition: Edition, calls: CampaignCalls, *, since: int = 0) -> None:
    """Plays all activities side by side; one whose calls fail does not hold up the others.

    `since` is how many of the first ones are left out; those that join meanwhile are played as well.
    """
    plays = [partial(play_activity, edition, activity, calls) for activity in edition.activities[since:]]
    if edition.opened is not None:
        plays.append(partial(_play_those_that_join, edition, calls))
    await edition.run_concurrently(plays, bounded=False)


async def _play_those_that_join(edition: Edition, calls: CampaignCalls) -> None:
    count = len(edition.activities)
    if await wait_for_more(edition, count):
        await play_activities(edition, calls, since=count)


async def play_activity(edition: Edition, activity: LiveActivity, calls: CampaignCalls) -> None:
    """Plays one activity from its current state to its end, one `next_step` after the other."""
    while not isinstance(step := activity.next_step(), Finished):
        async with handle_step_errors(edition, activity):
            reminder = remind(edition, activity)
            match step:
                case Wait():
                    await activity.wait(Wait(earliest(step.until, reminder)))
                case Enrol():
                    await enrol(edition, activity, calls)
                case Refresh():
                    await add_people_without_token_again(edition, activity, calls)
                case Start():
                    await calls.start(edition, activity)
                case MarkUnchanged():
                    lifecycle.mark_unchanged(edition, activity, step)
                case Update():
                    await calls.update(edition, activity)
                case Settle():
                    await calls.settle(edition, activity)
                case End():
                    await calls.end(edition, activity)
    lifecycle.finished(edition, activity, step)


async def enrol(edition: Edition, activity: LiveActivity, calls: CampaignCalls) -> None:
    """Registers with the first batch in which anybody is eligible, adds all others, and repeats partial answers."""
    for batch in activity.people.open():
        if activity.activity_id is None and not activity.stopping:
            await calls.register(edition, activity, batch)
    await add_batches(edition, activity, calls, activity.people.open())
    for batch in activity.people.to_remove():
        await report_failed_batch(edition, activity, partial(calls.remove_users, edition, activity, batch))
    async for left_out in partial_batches(edition, activity):
        await add_batches(edition, activity, calls, left_out)
    lifecycle.people_added(edition, activity)


async def add_people_without_token_again(
    edition: Edition, activity: LiveActivity, calls: CampaignCalls
) -> None:
    """Adds the batches with phones that had not sent their token yet a second time, shortly before the start."""
    await add_batches(edition, activity, calls, activity.people.worth_another_try())
    lifecycle.tokens_refreshed(edition, activity)


async def add_batches(
    edition: Edition, activity: LiveActivity, calls: CampaignCalls, batches: list[int]
) -> None:
    """Adds batches, some side by side; one that cannot be added is reported, and counted as unprocessed."""
    await edition.run_concurrently(
        partial(report_failed_batch, edition, activity, partial(calls.add_users, edition, activity, batch))
        for batch in batches
    )


async def close(edition: Edition, calls: CampaignCalls, status: StopStatus) -> None:
    """Stops for good: the stop request goes to the ledger first, then every activity is brought to its end."""
    edition.request_stop(status)
    await play_activities(edition, calls)
    # An activity may end by a stop that was requested before this.
    finish(edition, status if edition.stopped_as == status else None)
