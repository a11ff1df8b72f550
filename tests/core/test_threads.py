from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from contextvars import ContextVar

import pytest

from live_activity.core.threads import Abandoned, run_in_daemon_thread, stop_if_abandoned

WHO = ContextVar("WHO", default="nobody")


async def test_results_and_errors_come_back() -> None:
    assert await run_in_daemon_thread(sum, [1, 2]) == 3

    def fails() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await run_in_daemon_thread(fails)


async def test_the_function_runs_beside_the_event_loop() -> None:
    assert await run_in_daemon_thread(threading.current_thread) is not threading.current_thread()


async def test_the_function_has_the_context_of_its_caller() -> None:
    WHO.set("the caller")
    assert await run_in_daemon_thread(WHO.get) == "the caller"


def test_a_process_whose_task_was_cancelled_ends_though_the_thread_still_works() -> None:
    code = (
        "import asyncio, threading\n"
        "from live_activity.core.threads import run_in_daemon_thread\n"
        "async def main():\n"
        "    task = asyncio.create_task(run_in_daemon_thread(threading.Event().wait))\n"
        "    await asyncio.sleep(0)\n"
        "    await asyncio.sleep(0)\n"
        "    task.cancel()\n"
        "asyncio.run(main())\n"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0


async def test_an_abandoned_thread_stops_at_its_next_check() -> None:
    began, cancelled, stopped = threading.Event(), threading.Event(), threading.Event()

    def works() -> None:
        stop_if_abandoned()
        began.set()
        cancelled.wait(60)
        try:
            stop_if_abandoned()
        except Abandoned:
            stopped.set()
            raise

    task = asyncio.create_task(run_in_daemon_thread(works))
    await asyncio.to_thread(began.wait, 60)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    cancelled.set()
    assert await asyncio.to_thread(stopped.wait, 60)


def test_work_outside_such_a_thread_is_never_abandoned() -> None:
    stop_if_abandoned()
