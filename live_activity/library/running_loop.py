"""Runs a coroutine from synchronous code, also where an event loop runs already, as in a notebook."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

_Result = TypeVar("_Result")


def run_to_end(start: Callable[[], Coroutine[Any, Any, _Result]]) -> _Result:
    """Runs a coroutine to its end: here, or in a thread with a loop of its own where one runs here already."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(start())
    result: _Result = _Aside(start).result()
    return result


class _Aside:
    """A coroutine that runs in a thread with a loop of its own, while the caller's thread waits for it."""

    def __init__(self, start: Callable[[], Coroutine[Any, Any, _Result]]) -> None:
        self._start = start
        self._outcome: list[Any] = []
        self._error: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[Any] | None = None

    def result(self) -> Any:
        context = contextvars.copy_context()
        thread = threading.Thread(target=context.run, args=(self._work,), name="live-activity")
        thread.start()
        try:
            thread.join()
        except KeyboardInterrupt:
            # The notebook's stop button: the activities are ended on all phones before the cell returns.
            if self._loop is not None and self._task is not None:
                with contextlib.suppress(RuntimeError):
                    self._loop.call_soon_threadsafe(self._task.cancel)
            thread.join()
            raise
        if self._error is not None:
            raise self._error
        return self._outcome[0]

    def _work(self) -> None:
        try:
            asyncio.run(self._run())
        except BaseException as error:
            # Raised again in the caller's thread.
            self._error = error

    async def _run(self) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        self._outcome.append(await self._start())
