"""Lets SIGINT and SIGTERM stop a flow in order, so that its run ends as Cancelled."""

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
    """Has a signal cancel a flow function at its next `await`; a second signal cancels its closing as well."""

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
