"""Stopping in an orderly way: Ctrl-C and SIGTERM cancel a flow where it waits, never in the middle of a line."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from prefect.client.schemas.objects import State
from prefect.states import Cancelled

Given = ParamSpec("Given")
Answer = TypeVar("Answer")

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_minded: ContextVar[bool] = ContextVar("signals_minded", default=False)


def stop_on_signals(
    doing: Callable[Given, Coroutine[Any, Any, Answer]],
) -> Callable[Given, Coroutine[Any, Any, Answer | State[Any]]]:
    """A flow that a signal cancels, as the first `await` that it comes to, and that ends as `Cancelled` then.

    Prefect and asyncio raise their exceptions wherever the program stands when the signal comes, which may be in
    the middle of a ledger entry. A second signal cancels what the flow does to close as well. Of flows within
    flows the outermost one is cancelled, and the others with it.
    """

    @wraps(doing)
    async def stoppable(*given: Given.args, **more: Given.kwargs) -> Answer | State[Any]:
        with _cancelling(asyncio.current_task()) as came:
            try:
                return await doing(*given, **more)
            except asyncio.CancelledError:
                if not came:
                    raise
                return Cancelled(message=f"Stopped by {came[0].name}; see the report for how it ended.")

    return stoppable


@contextmanager
def _cancelling(task: asyncio.Task[Any] | None) -> Iterator[list[signal.Signals]]:
    """Has signals cancel the task; the ones that came. Elsewhere than in the main thread nothing can be minded."""
    came: list[signal.Signals] = []
    if task is None or _minded.get() or threading.current_thread() is not threading.main_thread():
        yield came
        return

    def stop(number: signal.Signals) -> None:
        came.append(number)
        task.cancel()

    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) or signal.SIG_DFL for number in _SIGNALS}
    for number in _SIGNALS:
        loop.add_signal_handler(number, stop, number)
    minded = _minded.set(True)
    try:
        yield came
    finally:
        _minded.reset(minded)
        for number, earlier in before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, earlier)
