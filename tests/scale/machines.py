"""A worker machine: a Prefect worker and a recovery service, in their own process namespace where that is possible.

In its own namespace a machine has its own host name and process ids, and the others cannot see its processes. As with
real machines, they know only from its leases whether it is alive.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]
RECOVERY_SECONDS = 10
_MARK = "SCALE_MACHINE"
_SCRIPT = """
hostname "$SCALE_HOST" 2>/dev/null
set -- --pool live-activity --type process --name "$SCALE_HOST" --limit "$CAPACITY"
"$PYTHON" -m prefect worker start "$@" >>worker.log 2>&1 &
"$PYTHON" -m live_activity.cli.main recover --every "$RECOVERY_SECONDS" >>recovery.log 2>&1 &
wait
"""


class Machine:
    """One machine, which starts when it is created."""

    def __init__(self, name: str, folder: Path, environment: Mapping[str, str], *, capacity: int) -> None:
        self.name = name
        self.lives = True
        self._folder = folder
        folder.mkdir()
        self._mark = f"{name}-{os.getpid()}"
        self._process = subprocess.Popen(
            [*namespace(), "sh", "-c", _SCRIPT],
            cwd=folder,
            env={
                **environment,
                _MARK: self._mark,
                "SCALE_HOST": name,
                "PYTHON": sys.executable,
                "CAPACITY": str(capacity),
                "RECOVERY_SECONDS": str(RECOVERY_SECONDS),
                "HOME": str(folder),
                "XDG_DATA_HOME": str(folder / "data"),
                "PREFECT_HOME": str(folder / "prefect"),
                "PYTHONPATH": str(ROOT),
            },
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    def kill(self) -> None:
        """Kills all processes at once, as when a machine loses power; also if it is halted or dead already."""
        self.lives = False
        self._signal(signal.SIGSTOP)
        self._signal(signal.SIGKILL)
        self._process.kill()
        self._process.wait()

    def halt(self) -> None:
        """Halts all processes with SIGSTOP."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Resumes all processes."""
        self._signal(signal.SIGCONT)

    def processes(self) -> list[psutil.Process]:
        """Returns all processes of the machine, also those whose parent has died."""
        return [each for each in psutil.process_iter() if _mark_of(each) == self._mark]

    def _signal(self, number: signal.Signals) -> None:
        done: set[int] = set()
        # Processes that start meanwhile are found in the next round.
        while fresh := [each for each in self.processes() if each.pid not in done]:
            for each in fresh:
                done.add(each.pid)
                with contextlib.suppress(psutil.Error):
                    each.send_signal(number)


@cache
def namespace() -> tuple[str, ...]:
    """Returns the command prefix that runs a command in its own namespaces; empty where that is not allowed."""
    words = ["unshare", "--pid", "--uts", "--mount-proc", "--fork", "--kill-child"]
    for more in ([], ["--user", "--map-root-user"]):
        tried = [*words, *more]
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            if subprocess.run([*tried, "true"], capture_output=True, timeout=10).returncode == 0:
                return tuple(tried)
    return ()


def _mark_of(process: psutil.Process) -> str | None:
    try:
        return process.environ().get(_MARK)
    except psutil.Error:
        return None
