"""Runs one program of the stack for as long as the process that started it is alive, even if that is killed.

When its standard input closes, the program and all that it started are stopped in order, and after `patience` by
force. With `again`, a program is started again when it dies; the processes that it had started go on meanwhile, as on
a machine whose worker died.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from deployments.child_process import module_command, with_checkout

_SET_CHILD_SUBREAPER = 36  # linux/prctl.h

SHORT_LIFE = 10.0
"""Seconds; a program that dies sooner is not started again."""


class Supervised:
    """A program in a process group of its own, with a log file for its output; it has `patience` seconds to stop.

    With `again` it is started again when it dies.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        environment: Mapping[str, str],
        patience: float,
        again: bool = False,
    ) -> None:
        self.name = name
        self.log = log
        self._patience = patience
        with log.open("ab") as written:
            self._process = subprocess.Popen(
                module_command("deployments.supervisor", str(patience), str(int(again)), *command),
                stdin=subprocess.PIPE,
                stdout=written,
                stderr=written,
                env=with_checkout(environment),
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
        """Stops the program in order, and returns once it and all that it started are gone."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(self._patience + 10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def keep(command: Sequence[str], *, patience: float, again: bool = False) -> int:
    """Runs the command until it ends for good or standard input closes. Returns its exit code.

    With `again` it ends for good only if it ran for less than `SHORT_LIFE`: another start would fail in the same way.
    """
    # Signals are ignored: this process stops only when its standard input closes or the command ends.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    _adopt_orphans()
    groups: list[int] = []
    left_alone = threading.Event()
    changing = threading.Lock()
    code = 0

    def stop_when_left_alone() -> None:
        sys.stdin.buffer.read()
        with changing:
            left_alone.set()
            living = list(groups)
        _stop(living, patience)
        _stop_orphans(patience, but=living)

    stopping = threading.Thread(target=stop_when_left_alone, daemon=True)
    stopping.start()
    while True:
        with changing:
            if left_alone.is_set():
                break
            groups[:] = [group for group in groups if _lives(group)]
            kept = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=_heed_signals
            )
            groups.append(kept.pid)
        began = time.monotonic()
        code = kept.wait()
        if not again or left_alone.is_set() or time.monotonic() - began < SHORT_LIFE:
            break
    if left_alone.is_set():
        # A second signal would make a process give up its closing: a campaign would leave its phones as they are.
        stopping.join()
        return code
    _stop(groups, patience)
    _stop_orphans(patience, but=groups)
    return code


def _heed_signals() -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def _stop(groups: Sequence[int], patience: float) -> None:
    until = time.monotonic() + patience
    living = [group for group in groups if _lives(group, signal.SIGTERM)]
    while living and time.monotonic() < until:
        time.sleep(0.1)
        living = [group for group in living if _lives(group)]
    for group in living:
        _lives(group, signal.SIGKILL)


def _adopt_orphans() -> None:
    """Makes this process the parent of what a dead program had started, also in other process groups. Linux only."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _stop_orphans(patience: float, *, but: Sequence[int]) -> None:
    children = {
        int(pid) for file in Path("/proc/self/task").glob("*/children") for pid in file.read_text().split()
    }
    orphans = children.difference(but)
    until = time.monotonic() + patience
    for pid in orphans:
        _lives(pid, signal.SIGTERM)
    while orphans:
        orphans = {pid for pid in orphans if not _reaped(pid)}
        if time.monotonic() > until:
            for pid in orphans:
                _lives(pid, signal.SIGKILL)
        time.sleep(0.1)


def _reaped(pid: int) -> bool:
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return True


def _lives(group: int, signal_number: int = 0) -> bool:
    """Sends the signal to a process group. Returns whether any process of it is alive; signal 0 only checks."""
    try:
        os.killpg(group, signal_number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


if __name__ == "__main__":
    sys.exit(keep(sys.argv[3:], patience=float(sys.argv[1]), again=sys.argv[2] == "1"))
