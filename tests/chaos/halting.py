"""A process that halts itself at the place that its environment names, until somebody wakes it."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable

import psutil

from tests.chaos.command_process import until
from tests.chaos.traps import Place, set_traps

PLACE = "CHAOS_PLACE"
# Places that every campaign of four rows comes to, whoever plays it.
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
    """Sets the trap, where the environment names a place."""
    if PLACE not in os.environ:
        return
    place = Place.read(os.environ[PLACE])

    def passes(here: Place) -> None:
        if here == place:
            os.kill(os.getpid(), signal.SIGSTOP)

    set_traps(passes)


def wait_until_halted(process_of: Callable[[], int | None]) -> psutil.Process:
    """The process, once it stands still."""

    def halted() -> bool:
        pid = process_of()
        try:
            return pid is not None and psutil.Process(pid).status() == psutil.STATUS_STOPPED
        except psutil.NoSuchProcess:
            return False

    until(halted, within=200, what="the place")
    pid = process_of()
    assert pid is not None
    return psutil.Process(pid)


def wake_halted(pid: int | None) -> None:
    """Wakes the process where it stands still."""
    with contextlib.suppress(psutil.NoSuchProcess):
        if pid is not None and psutil.Process(pid).status() == psutil.STATUS_STOPPED:
            psutil.Process(pid).resume()


def pause(seconds: float) -> None:
    """Lets real time pass: a fault lasts for so long."""
    time.sleep(seconds)
