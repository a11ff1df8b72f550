"""The programs that `make up` starts, each with a log of its own, and the ports that they listen on."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from pathlib import Path

import httpx

from deployments.child_process import module_command
from deployments.supervisor import Supervised
from live_activity.prefect_integration.local_server import START_SECONDS
from live_activity.sandbox.server import listen


class DidNotStart(Exception):
    """A part of the stack did not start, or has ended; the message is one line that says which and why."""


class Programs:
    """Starts the parts of the stack in one environment; `leaving` stops them, in reverse order."""

    def __init__(self, folder: Path, environment: Mapping[str, str], leaving: contextlib.ExitStack) -> None:
        self.environment = environment
        self._started: list[Supervised] = []
        self._folder = folder
        self._leaving = leaving

    def start(
        self,
        name: str,
        *command: str,
        patience: float = 10.0,
        again: bool = False,
        more: Mapping[str, str] | None = None,
    ) -> Supervised:
        """Starts a program; `more` are environment variables for this program only."""
        log = self._folder / f"{name}.log"
        log.write_bytes(b"")
        program = Supervised(
            name,
            module_command(*command),
            log=log,
            environment={**self.environment, **(more or {})},
            patience=patience,
            again=again,
        )
        self._leaving.callback(program.stop)
        self._started.append(program)
        return program

    def watch(self) -> None:
        """Watches the programs without end. Raises `DidNotStart` when one of them has ended."""
        while True:
            time.sleep(1)
            for program in self._started:
                if not program.lives:
                    raise DidNotStart(f"the {program.name} ended: {program.last_words()}")


def free_port(port: int, option: str) -> int:
    """Returns the port, or a free one for 0. Raises `DidNotStart` if something listens on it already."""
    try:
        with contextlib.closing(listen("127.0.0.1", port)) as listener:
            found: int = listener.getsockname()[1]
            return found
    except OSError:
        who = _who_is_there(port)
        raise DidNotStart(
            f"{who} on port {port} already; choose another with {option}, 0 is a free one"
        ) from None


def _who_is_there(port: int) -> str:
    for path, what in (("/api/health", "a Prefect server runs"), ("/sandbox/calls", "a sandbox runs")):
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(f"http://127.0.0.1:{port}{path}", timeout=2, trust_env=False).is_success:
                return what
    return "something else listens"


def wait_for(url: str, program: Supervised) -> None:
    """Waits until the program answers at the address. Raises `DidNotStart` if it does not."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and program.lives:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(url, timeout=2, trust_env=False).is_success:
                return
        time.sleep(0.1)
    raise DidNotStart(f"the {program.name} did not start: {program.last_words()}")
