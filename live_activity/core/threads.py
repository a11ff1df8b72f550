"""Work in threads that need not be waited for: a cancelled campaign does not wait until a large table is read."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Result = TypeVar("Result")

# Set when the thread that runs in this context is not waited for any more.
_ABANDONED: contextvars.ContextVar[threading.Event | None] = contextvars.ContextVar("abandoned", default=None)


class Abandoned(Exception):
    """The work was given up: its result is not waited for any more."""


def stop_if_abandoned() -> None:
    """Raises `Abandoned` in a thread of `run_in_daemon_thread` whose caller was cancelled.

    Long work calls it between its parts: work that is not needed any more delays the stop and the end of the process.
    """
    abandoned = _ABANDONED.get()
    if abandoned is not None and abandoned.is_set():
        raise Abandoned


def in_daemon_thread(
    function: Callable[Given, Result], *args: Given.args, **kwargs: Given.kwargs
) -> Future[Result]:
    """Calls a function in a thread of its own, which the end of the process does not wait for.

    At the end of the process, executors of `concurrent.futures` wait for their threads, however long that takes.
    """
    future: Future[Result] = Future()

    def work() -> None:
        try:
            future.set_result(function(*args, **kwargs))
        except BaseException as raised:  # raised again where the result is asked for
            future.set_exception(raised)

    _start(work, name=getattr(function, "__name__", "work"))
    return future


async def run_in_daemon_thread(
    function: Callable[Given, Result], *args: Given.args, **kwargs: Given.kwargs
) -> Result:
    """Calls a function in a thread beside the event loop; returns what it returns, or raises what it raises.

    When the caller is cancelled, the thread is left to itself: unlike `asyncio.to_thread`, neither the event loop nor
    the end of the process waits for it. It ends where the function next calls `stop_if_abandoned`.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Result] = loop.create_future()

    def deliver(settle: Callable[[], None]) -> None:
        if not future.done():
            settle()

    def work() -> None:
        try:
            settle = partial(future.set_result, function(*args, **kwargs))
        except BaseException as raised:  # raised again where the caller waits
            settle = partial(future.set_exception, raised)
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(deliver, settle)

    abandoned = threading.Event()
    _start(work, name=getattr(function, "__name__", "work"), abandoned=abandoned)
    try:
        return await future
    except asyncio.CancelledError:
        abandoned.set()
        raise


def _start(work: Callable[[], None], *, name: str, abandoned: threading.Event | None = None) -> None:
    # As in `asyncio.to_thread`: the context's variables (such as the flow run) hold in the thread, too.
    context = contextvars.copy_context()
    if abandoned is not None:
        context.run(_ABANDONED.set, abandoned)
    threading.Thread(target=context.run, args=(work,), name=name, daemon=True).start()
