"""A campaign: stage the segment, register, add everybody, start on the minute, update, end."""

from __future__ import annotations

import asyncio
from typing import Any

from prefect import flow

from live_activity.campaign.model import Campaign
from live_activity.core.findings import InvalidInput
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
from live_activity.engine.activity import LiveActivity
from live_activity.engine.check import check
from live_activity.engine.edition import Edition
from live_activity.engine.session import RunRequest, finish, open_run
from live_activity.ledger import LostLease
from live_activity.prefect_integration.approval_form import approval
from live_activity.prefect_integration.artifact_publisher import shown
from live_activity.prefect_integration.command_listener import obeying
from live_activity.prefect_integration.final_states import outcome
from live_activity.prefect_integration.form_parameters import takes_form_of
from live_activity.prefect_integration.hooks import finish_cancelled, finish_crashed
from live_activity.prefect_integration.options import OPTIONS
from live_activity.prefect_integration.run_context import (
    ModeParameter,
    log_event,
    parameters,
    run_name,
    run_request,
)
from live_activity.prefect_integration.signals import stop_on_signals
from tasks.grouped_calls import in_rounds
from tasks.people import add_users, register, remove_users
from tasks.pushes import end, settle, start, update
from tasks.segment import stage
from tasks.timeline import polling


@flow(
    name="campaign",
    flow_run_name=run_name,
    persist_result=False,
    on_crashed=[finish_crashed],
    on_cancellation=[finish_cancelled],
)
@takes_form_of(Campaign, parameters)
@stop_on_signals
async def campaign(asked: Campaign, mode: ModeParameter = "rehearse") -> dict[str, Any]:
    """Keeps a Live Activity on the Lock Screens of a segment of people, from its start to its end."""
    request = await run_request(asked, mode)
    if mode == "check":
        return check(request, event_handlers=(log_event,))
    return outcome(await played(request))


async def played(request: RunRequest) -> dict[str, Any]:
    """The whole story, whether it begins with a segment or with activities that phones opened; what came of it."""
    async with (
        open_run(request, event_handlers=(log_event,)) as edition,
        shown(edition, enabled=OPTIONS.get().shown),
    ):
        try:
            await stage(edition)
            async with polling(edition), obeying(edition), approval(edition, agreed=OPTIONS.get().agreed):
                await live_through_all(edition)
        except (LostLease, InvalidInput):
            raise  # another run's to play, or nothing that could be played: nothing is ours to close
        except asyncio.CancelledError:
            await close(edition, "cancelled")
            raise
        except Exception:
            await close(edition, "failed")
            raise
        return finish(edition)


async def live_through_all(edition: Edition) -> None:
    """Every activity side by side; one whose calls fail does not hold up the others."""
    async with in_rounds(edition):
        await edition.side_by_side(
            (live_through(edition, activity) for activity in edition.activities), bounded=False
        )


async def live_through(edition: Edition, activity: LiveActivity) -> None:
    """One activity, from wherever it is to its end: the heart says what comes next, and it is done."""
    while not isinstance(step := activity.next_step(), Finished):
        async with edition.handling_errors(activity):
            match step:
                case Wait():
                    await activity.wait(step)
                case Enrol():
                    await enrol(edition, activity)
                case Refresh():
                    await add_those_without_token_again(edition, activity)
                case Start():
                    await start(edition, activity)
                case MarkUnchanged():
                    edition.notes(activity, step)
                case Update():
                    await update(edition, activity)
                case Settle():
                    await settle(edition, activity)
                case End():
                    await end(edition, activity)
    edition.over(activity, step)


async def enrol(edition: Edition, activity: LiveActivity) -> None:
    """The first batch with anybody eligible registers; all others are added, and partial answers asked again."""
    for batch in activity.people.open():
        if activity.activity_id is None and not activity.stopping:
            await register(edition, activity, batch)
    await add(edition, activity, activity.people.open())
    for batch in activity.people.to_remove():
        await edition.reporting_failures(activity, remove_users(edition, activity, batch))
    async for left_out in edition.retrying_partial_batches(activity):
        await add(edition, activity, left_out)
    edition.enrolled(activity)


async def add_those_without_token_again(edition: Edition, activity: LiveActivity) -> None:
    """Phones that had not sent their token yet get a second chance, shortly before the start."""
    await add(edition, activity, activity.people.worth_another_try())
    edition.refreshed(activity)


async def add(edition: Edition, activity: LiveActivity, batches: list[int]) -> None:
    """Adds these batches, some side by side; what cannot be added is told, and counted as unprocessed."""
    await edition.side_by_side(
        edition.reporting_failures(activity, add_users(edition, activity, batch)) for batch in batches
    )


async def close(edition: Edition, why: str) -> None:
    """Stops for good: the wish goes to the ledger first, then every activity is brought to its end."""
    open_until_now = edition.stop_request(why)
    await live_through_all(edition)
    finish(edition, why if open_until_now else None)
