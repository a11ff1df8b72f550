"""Runs of the `live-activity` command in processes that send themselves a signal at a given place.

The processes are forked from one that has imported everything: the tests start dozens of them, and importing Prefect
takes seconds.
"""

from __future__ import annotations

import contextlib
import faulthandler
import multiprocessing
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from tests.chaos.boundaries import Place, hook_boundaries

PRELOADED = [
    "live_activity.cli.main",
    "live_activity.cli.play_command",
    "live_activity.cli.recover_command",
    "flows.campaign",
    "flows.recover",
    "prefect.logging.handlers",
    "live_activity.views.picture",
    "matplotlib.figure",
    "matplotlib.dates",
    "matplotlib.backends.backend_agg",
]

# How long a busy machine may take for what takes an idle one half a minute. Whatever takes longer hangs.
LONGEST_SECONDS = 400.0


@dataclass(frozen=True)
class CommandRun:
    """One run of the command: arguments, environment, output file, and the signal that it sends itself.

    It sends itself `signum` once: at `place`, or at a boundary that `seed` draws with the probability `odds`.
    """

    arguments: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    output: Path
    place: Place | None = None
    seed: int | None = None
    odds: float = 0.0
    signum: signal.Signals = signal.SIGKILL


class CommandProcess:
    """A running command."""

    def __init__(self, run: CommandRun) -> None:
        self.run = run
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(PRELOADED)
        with _STARTING:
            self.process = context.Process(target=run_command, args=(run,), daemon=True)
            self.process.start()

    def wait(self, *, within: float = LONGEST_SECONDS + 10) -> int:
        """Waits for the end of the process; returns the exit code, negative for a signal."""
        self.process.join(within)
        if self.process.exitcode is None:
            self.process.kill()
            self.process.join()
            raise AssertionError(f"did not end within {within:g} s:\n{self.output}")
        return self.process.exitcode

    def is_halted(self) -> bool:
        """Returns whether the process is stopped by a signal."""
        try:
            return psutil.Process(self.process.pid).status() == psutil.STATUS_STOPPED
        except psutil.NoSuchProcess:
            return False

    def send_signal(self, signum: signal.Signals) -> None:
        assert self.process.pid is not None
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process.pid, signum)

    @property
    def output(self) -> str:
        """What the command printed so far."""
        return self.run.output.read_text("utf-8", "replace") if self.run.output.exists() else ""


_STARTING = threading.Lock()


def run_command(run: CommandRun) -> None:
    """Runs the command in the forked process."""
    with run.output.open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    os.environ.update(run.environment)
    # A process that hangs prints where, and exits.
    faulthandler.dump_traceback_later(LONGEST_SECONDS, exit=True)
    _hook_signal(run)
    from live_activity.cli.main import main

    sys.argv = ["live-activity", *run.arguments]
    main()


def _hook_signal(run: CommandRun) -> None:
    chance = random.Random(run.seed)
    sent = False

    def at_boundary(here: Place) -> None:
        nonlocal sent
        if not sent and (here == run.place or chance.random() < run.odds):
            sent = True
            os.write(1, f"signal sent {here}\n".encode())
            os.kill(os.getpid(), run.signum)

    hook_boundaries(at_boundary)


def until(true: Callable[[], Any], *, within: float = LONGEST_SECONDS, what: str = "it") -> None:
    """Polls until `true` returns something true; fails after `within` seconds."""
    limit = time.monotonic() + within
    while not true():
        assert time.monotonic() < limit, f"{what} did not come within {within:g} s"
        time.sleep(0.05)
