"""How long a steering command takes from Submit in the Prefect UI to the call of the API, on the stack of `make up`.

Run it with `python -m benchmarks.command_latency`. Exits with 1 if the bound is exceeded.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[1]
COMMANDS = 5
MOST_SECONDS = 8.0
START_SECONDS, WAIT_SECONDS = 240.0, 120.0
ROWS = "at,event,title,message,state.score\n0s,start,Derby,kick-off,0\n3h,end,Derby,over,1\n"


def main() -> int:
    """Measures some commands and prints the results. Returns the exit code."""
    with (
        tempfile.TemporaryDirectory(prefix="live-activity-latency-") as folder,
        _stack(Path(folder)) as stack,
    ):
        stack.play("latency")
        took = [stack.command("latency", number) for number in range(COMMANDS)]
    sys.stdout.write(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
    for number, (effect, done) in enumerate(took, 1):
        sys.stdout.write(f"command {number}: the call after {effect:.1f} s, the answer after {done:.1f} s\n")
    slowest = max(effect for effect, _ in took)
    sys.stdout.write(f"the slowest of {COMMANDS}: {slowest:.1f} s (at most {MOST_SECONDS:g})\n")
    return 1 if slowest > MOST_SECONDS else 0


class _Stack:
    def __init__(self, ui: str, sandbox: str, inputs: Path) -> None:
        self._ui, self._sandbox, self._inputs = ui, sandbox, inputs

    def play(self, name: str) -> None:
        """Begins a live campaign to the sandbox, and waits for its start."""
        (self._inputs / "people.csv").write_text("insider_id\n" + "".join(f"p{n}\n" for n in range(50)))
        (self._inputs / "rows.csv").write_text(ROWS)
        values = {"segment": "people.csv", "timeline": "rows.csv", "activity_type": "Match"}
        run = self._run("campaign", mode="run", name=name, min_seconds_between_updates=0, **values)
        _until(lambda: self._state(run) == "PAUSED", seconds=WAIT_SECONDS)
        self._post(f"/flow_runs/{run}/resume", run_input={"decision": "approve"})
        _until(lambda: self._calls()["start"] == 1, seconds=WAIT_SECONDS)

    def command(self, name: str, score: int) -> tuple[float, float]:
        """Sends a command. Returns the seconds until the call of the API, and until the end of the command's run."""
        began = time.monotonic()
        state = f'{{"score": {score + 100}}}'
        run = self._run("steer", name=name, action="send_now", state=state)
        _until(lambda: self._was_sent(score + 100), seconds=WAIT_SECONDS)
        effect = time.monotonic() - began
        _until(lambda: self._state(run) == "COMPLETED", seconds=WAIT_SECONDS)
        return effect, time.monotonic() - began

    def _run(self, deployment: str, **parameters: Any) -> str:
        (found,) = self._post("/deployments/filter", deployments={"name": {"any_": [deployment]}})
        run: str = self._post(f"/deployments/{found['id']}/create_flow_run", parameters=parameters)["id"]
        return run

    def _state(self, run: str) -> str:
        answer = httpx.get(f"{self._ui}/api/flow_runs/{run}", timeout=30, trust_env=False)
        state: str = answer.json().get("state_type", "")
        return state

    def _was_sent(self, score: int) -> bool:
        newest = httpx.get(f"{self._sandbox}/sandbox/requests?last=20", trust_env=False).text
        return re.search(rf'"score": *{score}\b', newest) is not None

    def _calls(self) -> Any:
        return httpx.get(f"{self._sandbox}/sandbox/calls", trust_env=False).json()["requests"]

    def _post(self, path: str, **body: Any) -> Any:
        """Posts to Prefect's API, again while its SQLite is busy."""
        for _ in range(20):
            answer = httpx.post(f"{self._ui}/api{path}", json=body, timeout=30, trust_env=False)
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                break
        answer.raise_for_status()
        return answer.json() if answer.content else None


@contextmanager
def _stack(folder: Path) -> Iterator[_Stack]:
    inputs, log = folder / "inputs", folder / "up.log"
    inputs.mkdir()
    command = [sys.executable, "-m", "deployments.local_stack"]
    for option in ("--port", "--sandbox-port", "--desk-port"):
        command += [option, "0"]
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LIVE_ACTIVITY_INPUTS": str(inputs),
        "COLUMNS": "200",
    }
    with log.open("wb") as written:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=written, stderr=written
        )
    try:
        _until(lambda: "Ctrl-C" in log.read_text() or process.poll() is not None, seconds=START_SECONDS)
        said = log.read_text()
        ui = re.search(r"campaigns +(\S+)/artifacts/key/live-activities", said)
        sandbox = re.search(r"phones +(\S+)/sandbox", said)
        if ui is None or sandbox is None:
            raise SystemExit(said)
        yield _Stack(ui[1], sandbox[1], inputs)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(90)


def _until(holds: Callable[[], object], *, seconds: float) -> None:
    last = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > last:
            raise SystemExit(f"the condition was not met within {seconds:g} s")
        time.sleep(0.05)


if __name__ == "__main__":
    sys.exit(main())
