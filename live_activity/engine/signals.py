"""Orderly stopping: Ctrl-C and SIGTERM cancel a task where it awaits, never in the middle of other code."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)
# The open blocks: the task that a signal cancels, and the signals that came. A process has one set of handlers.
_blocks: list[tuple[asyncio.Task[Any], list[signal.Signals]]] = []


@contextmanager
def cancel_on_signals() -> Iterator[list[signal.Signals]]:
    """Cancels the running task on SIGINT and SIGTERM for as long as the block lasts; yields the signals that came.

    Python's own handlers raise at any point of the program, also in the middle of a ledger entry. A second signal
    also cancels what the task does to close. Outside the main thread no signal can be handled.
    """
    came: list[signal.Signals] = []
    task = asyncio.current_task()
    if task is None or threading.current_thread() is not threading.main_thread():
        yield came
        return
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) or signal.SIG_DFL for number in SIGNALS}
    outermost = not _blocks
    block = (task, came)
    _blocks.append(block)
    if outermost:
        for number in SIGNALS:
            loop.add_signal_handler(number, _cancel_all, number)
    try:
        yield came
    finally:
        _blocks.remove(block)
        if outermost:
            for number, earlier in before.items():
                loop.remove_signal_handler(number)
                signal.signal(number, earlier)


def _cancel_all(number: signal.Signals) -> None:
    for _, came in _blocks:
        came.append(number)
    for task in {task for task, _ in _blocks}:
        task.cancel()
