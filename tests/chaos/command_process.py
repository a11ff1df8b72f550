"""One run of the `live-activity` command in a process of its own, which kills itself at a given place.

The processes are forked from one that has imported everything: a campaign is killed and resumed dozens of times here,
and Prefect takes seconds to be imported.
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

from tests.chaos.traps import Place, set_traps

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

# A campaign takes half a minute; a busy machine more.
LONGEST_SECONDS = 150.0


@dataclass(frozen=True)
class Performance:
    """One run: its words, its environment, and what strikes it where. `odds` strikes anywhere, by a seed."""

    words: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    said: Path
    place: Place | None = None
    seed: int | None = None
    odds: float = 0.0
    blow: signal.Signals = signal.SIGKILL


class Running:
    """A performance that goes on."""

    def __init__(self, performance: Performance) -> None:
        self.performance = performance
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(PRELOADED)
        with _BEGINNING:
            self.process = context.Process(target=perform, args=(performance,), daemon=True)
            self.process.start()

    def ends(self, *, within: float = LONGEST_SECONDS + 10) -> int:
        """Waits for its end; the exit code, negative for a signal."""
        self.process.join(within)
        if self.process.exitcode is None:
            self.process.kill()
            self.process.join()
            raise AssertionError(f"did not end within {within:g} s:\n{self.said}")
        return self.process.exitcode

    def is_halted(self) -> bool:
        """Whether it stands still."""
        try:
            return psutil.Process(self.process.pid).status() == psutil.STATUS_STOPPED
        except psutil.NoSuchProcess:
            return False

    def strike(self, blow: signal.Signals) -> None:
        """Sends it a signal."""
        assert self.process.pid is not None
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process.pid, blow)

    @property
    def said(self) -> str:
        """What it printed so far."""
        return self.performance.said.read_text("utf-8", "replace") if self.performance.said.exists() else ""


_BEGINNING = threading.Lock()


def perform(performance: Performance) -> None:
    """Runs in the forked process."""
    with performance.said.open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    os.environ.update(performance.environment)
    # Whatever hangs says where, and outlives nobody.
    faulthandler.dump_traceback_later(LONGEST_SECONDS, exit=True)
    _strike_at(performance)
    from live_activity.cli.main import main

    sys.argv = ["live-activity", *performance.words]
    main()


def _strike_at(performance: Performance) -> None:
    chance = random.Random(performance.seed)
    struck = False

    def passes(here: Place) -> None:
        nonlocal struck
        if not struck and (here == performance.place or chance.random() < performance.odds):
            struck = True
            os.write(1, f"struck {here}\n".encode())
            os.kill(os.getpid(), performance.blow)

    set_traps(passes)


def until(true: Callable[[], Any], *, within: float = 60.0, what: str = "it") -> None:
    """Looks again and again; a limit for what never comes."""
    limit = time.monotonic() + within
    while not true():
        assert time.monotonic() < limit, f"{what} did not come within {within:g} s"
        time.sleep(0.05)
