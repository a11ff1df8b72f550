"""A flow that SIGINT and SIGTERM stop in order, and that ends as Cancelled then."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from prefect.client.schemas.objects import State
from prefect.states import Cancelled

from live_activity.engine.signals import cancel_on_signals

Given = ParamSpec("Given")
Result = TypeVar("Result")


def stop_on_signals(
    function: Callable[Given, Coroutine[Any, Any, Result]],
) -> Callable[Given, Coroutine[Any, Any, Result | State[Any]]]:
    """Makes a flow function that a signal cancels at its next `await`. A second signal cancels its closing as well."""

    @wraps(function)
    async def stoppable(*args: Given.args, **kwargs: Given.kwargs) -> Result | State[Any]:
        with cancel_on_signals() as came:
            try:
                return await function(*args, **kwargs)
            except asyncio.CancelledError:
                if not came:
                    raise
                return Cancelled(
                    message=f"Stopped by {came[0].name}, as Cancel does; the report says how it ended."
                )

    return stoppable
