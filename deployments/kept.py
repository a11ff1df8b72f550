"""Keeps one program of the stack for as long as whoever started it lives, also when that one is killed.

Its standard input is the thread that it hangs by: once that closes, the program and all that it started are stopped
in order, and by force after its patience.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path


class Kept:
    """A program in a process group of its own, its words in a log file; it has `patience` seconds to stop."""

    def __init__(
        self, name: str, command: Sequence[str], *, log: Path, environment: Mapping[str, str], patience: float
    ) -> None:
        self.name = name
        self.log = log
        self._patience = patience
        with log.open("ab") as written:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "deployments.kept", str(patience), *command],
                stdin=subprocess.PIPE,
                stdout=written,
                stderr=written,
                env=dict(environment),
                start_new_session=True,
            )

    @property
    def lives(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def last_words(self) -> str:
        """The last line of its log."""
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return lines[-1].strip() if lines else "it said nothing"

    def stop(self) -> None:
        """Stops it in order, and returns once it and all that it started are gone."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(self._patience + 10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def keep(command: Sequence[str], *, patience: float) -> int:
    """Runs the command until it ends or standard input closes; its exit code."""
    # Its own signals come from the terminal's group; this one is told by its standard input alone.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    kept = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=_heed_signals
    )

    def stop_when_left_alone() -> None:
        sys.stdin.buffer.read()
        _stop(kept.pid, patience)

    threading.Thread(target=stop_when_left_alone, daemon=True).start()
    code = kept.wait()
    _stop(kept.pid, patience)
    return code


def _heed_signals() -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def _stop(group: int, patience: float) -> None:
    until = time.monotonic() + patience
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGTERM)
        while time.monotonic() < until:
            time.sleep(0.1)
            os.killpg(group, 0)
        os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(keep(sys.argv[2:], patience=float(sys.argv[1])))
