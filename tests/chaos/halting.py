"""A process that stops itself with SIGSTOP at the place that its environment names, until it is resumed."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable

import psutil

from tests.chaos.boundaries import Place, hook_boundaries
from tests.chaos.command_process import until

PLACE = "CHAOS_PLACE"
# Places that every campaign of four rows reaches, in a shell and under a worker.
PLACES = [
    Place("after", "stage_people", 1),
    Place("before", "register", 1),
    Place("after", "add_users", 1),
    Place("before", "start", 1),
    Place("after", "start", 1),
    Place("before", "intend_push", 2),
    Place("after", "update", 2),
    Place("before", "update", 3),
    Place("before", "end", 1),
    Place("after", "end", 1),
]


def halt_where_asked() -> None:
    """Makes this process stop itself at the place that the environment names, if it names one."""
    if PLACE not in os.environ:
        return
    place = Place.read(os.environ[PLACE])

    def at_boundary(here: Place) -> None:
        if here == place:
            os.kill(os.getpid(), signal.SIGSTOP)

    hook_boundaries(at_boundary)


def wait_until_halted(process_of: Callable[[], int | None]) -> psutil.Process:
    """Waits until the process has stopped; returns it."""

    def halted() -> bool:
        pid = process_of()
        try:
            return pid is not None and psutil.Process(pid).status() == psutil.STATUS_STOPPED
        except psutil.NoSuchProcess:
            return False

    until(halted, what="the place")
    pid = process_of()
    assert pid is not None
    return psutil.Process(pid)


def wake_halted(pid: int | None) -> None:
    """Resumes the process if it is stopped."""
    with contextlib.suppress(psutil.NoSuchProcess):
        if pid is not None and psutil.Process(pid).status() == psutil.STATUS_STOPPED:
            psutil.Process(pid).resume()


def pause(seconds: float) -> None:
    """Waits in real time, while a fault lasts."""
    time.sleep(seconds)
