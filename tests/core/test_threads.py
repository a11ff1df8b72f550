from __future__ import annotations

import subprocess
import sys
import threading
from contextvars import ContextVar

import pytest

from live_activity.core.threads import run_in_daemon_thread

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
