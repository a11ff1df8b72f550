"""One task for each API call. A task gets a batch's number, never its ids."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from inspect import signature
from typing import Any, ParamSpec

from prefect import Task, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.states import Completed

from live_activity.api import ApiError
from live_activity.engine import campaign_calls
from live_activity.engine.activity import LiveActivity
from live_activity.engine.campaign_calls import RETRIES
from live_activity.engine.edition import Edition

Given = ParamSpec("Given")
ApiTask = Callable[Given, Coroutine[Any, Any, str]]


async def safe_to_repeat(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """Whether Prefect may repeat the call, which its error says."""
    error = await state.aresult(raise_on_failure=False)
    return isinstance(error, ApiError) and error.safe_to_repeat


def api_task(call: ApiTask[Given]) -> ApiTask[Given]:
    """Makes a task of an API call; the line that the call returns is the message of its final state.

    Its runs are named after the call, the activity and the batch. Nothing is cached or persisted: the ledger is the
    record, not Prefect.
    """
    _, *whose = signature(call).parameters

    @wraps(call)
    async def body(*args: Given.args, **kwargs: Given.kwargs) -> Any:
        line = await call(*args, **kwargs)
        return Completed(message=line, data=line)

    made: Any = task(
        task_run_name=" ".join((call.__name__, *(f"{{{name}}}" for name in whose))),
        retries=RETRIES,
        # The wait is inside the call: it depends on the answer, and a virtual clock must see it.
        retry_delay_seconds=0,
        retry_condition_fn=safe_to_repeat,
        cache_policy=NO_CACHE,
        persist_result=False,
    )(body)
    return made  # type: ignore[no-any-return]  # Prefect hands the state's data to the caller


@api_task
async def register(edition: Edition, activity: LiveActivity, batch: int) -> str:
    """Registers the activity with a batch of its people."""
    return await campaign_calls.register(edition, activity, batch)


@api_task
async def add_users(edition: Edition, activity: LiveActivity, batch: int) -> str:
    """Adds a batch of people to the registered activity."""
    return await campaign_calls.add_users(edition, activity, batch)


@api_task
async def remove_users(edition: Edition, activity: LiveActivity, batch: int) -> str:
    """Removes a batch of people who were taken out by hand."""
    return await campaign_calls.remove_users(edition, activity, batch)


@api_task
async def start(edition: Edition, activity: LiveActivity) -> str:
    """Starts the activity. After an unknown outcome the same call asks whether the first one arrived."""
    return await campaign_calls.start(edition, activity)


@api_task
async def update(edition: Edition, activity: LiveActivity) -> str:
    """Sends the newest content."""
    return await campaign_calls.update(edition, activity)


@api_task
async def settle(edition: Edition, activity: LiveActivity) -> str:
    """Sends the final content again, for the phones that were left behind."""
    return await campaign_calls.settle(edition, activity)


@api_task
async def end(edition: Edition, activity: LiveActivity) -> str:
    """Ends the activity with its final content."""
    return await campaign_calls.end(edition, activity)
