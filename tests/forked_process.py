"""Processes that are forked from one that has already imported their modules.

A short command spends most of its time on imports. A forked process is as independent as a new one: it has its own
arguments, environment, folder, standard streams and signals, and the exit status that the interpreter gives it.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO, Any

# The longest request, and the number of bytes of a process id or an exit status, both in the protocol of the forker.
_LONGEST = 200_000
_NUMBER = 8


class ForkedProcess:
    """A process with the part of `subprocess.Popen` that the tests use."""

    def __init__(self, pid: int, stdout: IO[str], stderr: IO[str], status: int) -> None:
        self.pid = pid
        self.stdout = stdout
        self.stderr = stderr
        self.returncode: int | None = None
        self._status = status

    def poll(self) -> int | None:
        with suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            if not select.select([self._status], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
            self.returncode = _number(os.read(self._status, _NUMBER))
            os.close(self._status)
        return self.returncode

    def communicate(self, timeout: float = 100) -> tuple[str, str]:
        """Waits for the end of the process; returns the rest of its output and error output."""
        until = time.monotonic() + timeout
        said = {"out": "", "err": ""}

        def read(name: str, stream: IO[str]) -> None:
            with stream:
                said[name] = stream.read()

        streams = {"out": self.stdout, "err": self.stderr}
        readers = [
            threading.Thread(target=read, args=each, daemon=True)
            for each in streams.items()
            if not each[1].closed
        ]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join(max(until - time.monotonic(), 0))
        self.wait(max(until - time.monotonic(), 0))
        return said["out"], said["err"]

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Forker:
    """Starts processes that have imported `modules`; at the import their environment was `environment`."""

    def __init__(self, *modules: str, environment: Mapping[str, str]) -> None:
        self._requests, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.forked_process", *modules],
                env=dict(environment),
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
            )

    def close(self) -> None:
        self._requests.close()
        self._process.wait(60)

    def start(self, module: str, words: Sequence[str], *, environment: Mapping[str, str]) -> ForkedProcess:
        """Runs the module as `python -m MODULE WORDS` does, with an empty standard input."""
        request = json.dumps([module, words, dict(environment), os.getcwd()]).encode()
        (out, err, status), theirs = zip(*(os.pipe() for _ in range(3)), strict=True)
        try:
            socket.send_fds(self._requests, [request], theirs)
        finally:
            for descriptor in theirs:
                os.close(descriptor)
        pid = _number(os.read(status, _NUMBER))
        return ForkedProcess(pid, os.fdopen(out, encoding="utf-8"), os.fdopen(err, encoding="utf-8"), status)


def _number(written: bytes) -> int:
    assert len(written) == _NUMBER, "the process that forks the others has ended"
    return int.from_bytes(written, "big", signed=True)


def _send_number(descriptor: int, number: int) -> None:
    with suppress(BrokenPipeError):
        os.write(descriptor, number.to_bytes(_NUMBER, "big", signed=True))


def _fork_on_request(requests: socket.socket) -> tuple[str, list[str]] | None:
    """Forks a child for each request. Returns its module and arguments in a child, None in the parent at the end."""
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    living: dict[int, int] = {}
    while True:
        ready, _, _ = select.select([requests.fileno(), woken], [], [])
        if woken in ready:
            os.read(woken, 4096)
            _reap(living)
        if requests.fileno() not in ready:
            continue
        request, descriptors, _, _ = socket.recv_fds(requests, _LONGEST, 3)
        if not request:
            return None
        module, words, environment, folder = json.loads(request)
        out, err, status = descriptors
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            requests.close()
            nothing = os.open(os.devnull, os.O_RDONLY)
            for descriptor, standard in ((nothing, 0), (out, 1), (err, 2)):
                os.dup2(descriptor, standard)
            for descriptor in (nothing, *descriptors, woken, wake, *living.values()):
                os.close(descriptor)
            os.environ.clear()
            os.environ.update(environment)
            time.tzset()
            os.chdir(folder)
            return module, words
        os.close(out)
        os.close(err)
        living[pid] = status
        _send_number(status, pid)


def _reap(living: dict[int, int]) -> None:
    while living:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        descriptor = living.pop(pid)
        _send_number(descriptor, os.waitstatus_to_exitcode(status))
        os.close(descriptor)


def main(modules: Sequence[str]) -> tuple[str, list[str]] | None:
    requests = socket.socket(fileno=os.dup(0))
    for module in modules:
        importlib.import_module(module)
    # Frozen objects are not touched by the collector, so the children share their memory.
    gc.collect()
    gc.freeze()
    return _fork_on_request(requests)


if __name__ == "__main__":
    asked: Any = main(sys.argv[1:])
    if asked is not None:
        # At the top level, so that the interpreter sets the exit status as for any module.
        sys.argv[1:] = asked[1]
        runpy.run_module(asked[0], run_name="__main__", alter_sys=True)
