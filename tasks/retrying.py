"""How a task is repeated: the error says whether that is safe, and the call itself waits as long as it was asked to."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec

from prefect import Task, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun

from live_activity.api import ApiError
from tasks.grouped_calls import PATIENCE, ROUNDS

Given = ParamSpec("Given")


async def safe_to_repeat(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """Whether Prefect may repeat the call: only the error knows (reference, What it costs to repeat a call)."""
    error = await state.aresult(raise_on_failure=False)
    return isinstance(error, ApiError) and error.safe_to_repeat


def api_call(
    run_name: str,
) -> Callable[[Callable[Given, Coroutine[Any, Any, None]]], Callable[Given, Coroutine[Any, Any, None]]]:
    """A task that makes one API call; of many activities, a call that shares the task run of its round.

    Nothing of it is cached: the ledger is the record, not Prefect.
    """

    def made(doing: Callable[Given, Coroutine[Any, Any, None]]) -> Callable[Given, Coroutine[Any, Any, None]]:
        as_task = task(
            task_run_name=run_name,
            retries=PATIENCE,
            # The wait is inside the call: it depends on the answer, and a virtual clock must see it.
            retry_delay_seconds=0,
            retry_condition_fn=safe_to_repeat,
            cache_policy=NO_CACHE,
            persist_result=False,
        )(doing)
        asked = inspect.signature(doing)

        @functools.wraps(doing)
        async def call(*args: Given.args, **kwargs: Given.kwargs) -> None:
            rounds = ROUNDS.get()
            if rounds is None:
                return await as_task(*args, **kwargs)
            name = run_name.format(**asked.bind(*args, **kwargs).arguments)
            return await rounds.make(name, lambda: doing(*args, **kwargs))

        return call

    return made
