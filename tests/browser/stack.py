"""The stack of `make up` for a test session, in its own home folder, and calls to its API."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

ROOT = Path(__file__).parents[2]
# How long an answer of the stack may take on a busy machine.
ANSWER_SECONDS = 90


@dataclass(frozen=True)
class Stack:
    ui: str
    sandbox: str
    inputs: Path
    log: Path
    environment: Mapping[str, str] = field(repr=False)
    pid: int

    def ask(self, path: str, **body: Any) -> Any:
        """Sends a POST to Prefect's API; repeats it while its SQLite is busy."""
        for _ in range(20):
            answer = httpx.post(f"{self.ui}/api{path}", json=body, timeout=ANSWER_SECONDS, trust_env=False)
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                break
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def deployment(self, name: str) -> Any:
        (found,) = self.ask("/deployments/filter", deployments={"name": {"any_": [name]}})
        return found

    def runs(self, deployment: str) -> list[Any]:
        found: list[Any] = self.ask(
            "/flow_runs/filter",
            deployments={"name": {"any_": [deployment]}},
            sort="EXPECTED_START_TIME_DESC",
        )
        return found

    def artifact(self, *words: str) -> Any:
        """Returns the newest artifact whose key contains all these words."""
        found = self.ask("/artifacts/latest/filter")
        return next(each for each in found if each["key"] and all(word in each["key"] for word in words))

    def calls(self) -> Any:
        return httpx.get(f"{self.sandbox}/sandbox/calls", timeout=ANSWER_SECONDS, trust_env=False).json()

    def command(self, name: str, action: str) -> None:
        """Sends a steering command without the form."""
        steer = self.deployment("steer")["id"]
        self.ask(f"/deployments/{steer}/create_flow_run", parameters={"name": name, "action": action})

    def deploy(self) -> str:
        """Registers the deployments again; returns what that prints."""
        done = subprocess.run(
            [sys.executable, "-m", "deployments.register"],
            cwd=ROOT,
            env={**self.environment, "PREFECT_API_URL": f"{self.ui}/api"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=180,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @contextmanager
    def without_recovery(self) -> Iterator[None]:
        """Halts the recovery service, so that it does not continue a dead run before a worker's run does."""
        children = psutil.Process(self.pid).children(recursive=True)
        recovery = [each for each in children if "recover" in each.cmdline()]
        assert recovery
        for each in recovery:
            each.suspend()
        try:
            yield
        finally:
            for each in recovery:
                each.resume()


@contextmanager
def stack(folder: Path) -> Iterator[Stack]:
    """Runs `python -m deployments.local_stack` on free ports for as long as the block lasts."""
    inputs, log = folder / "inputs", folder / "up.log"
    inputs.mkdir()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LIVE_ACTIVITY_INPUTS": str(inputs),
        "COLUMNS": "200",
    }
    command = [
        sys.executable,
        "-m",
        "deployments.local_stack",
        "--port",
        "0",
        "--sandbox-port",
        "0",
        "--desk-port",
        "0",
    ]
    with log.open("wb") as written:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=written, stderr=written
        )
    try:
        until(lambda: "Ctrl-C" in log.read_text() or process.poll() is not None, seconds=300)
        said = log.read_text()
        ui = re.search(r"campaigns +(\S+)/artifacts/key/live-activities", said)
        sandbox = re.search(r"phones +(\S+)/sandbox", said)
        assert ui is not None, said
        assert sandbox is not None, said
        yield Stack(ui[1], sandbox[1], inputs, log, environment, process.pid)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(90)
        finally:
            process.kill()


def until(holds: Callable[[], object], *, seconds: float) -> None:
    """Polls until `holds` returns something true; fails after `seconds`."""
    last = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < last, f"the condition was not met within {seconds:g} s"
        time.sleep(0.3)
