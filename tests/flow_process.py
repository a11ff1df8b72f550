"""Runs a flow as a worker does: in a process of its own, with the parameters that the form sends."""

from __future__ import annotations

import atexit
import importlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

import httpx

from tests.cli_process import IMPORTED_BY_COMMANDS, Shell
from tests.forked_process import ForkedProcess, Forker

Found = TypeVar("Found")


class Prefect:
    """Reads and answers what a Prefect server knows, over its API."""

    def __init__(self, url: str) -> None:
        self._url = url

    def post(self, path: str, **body: Any) -> Any:
        """Sends a POST, repeated while the server is busy (503), as Prefect's own client does."""
        for _ in range(10):
            answer = httpx.post(f"{self._url}/{path}", json=body, trust_env=False, timeout=30)
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                break
            time.sleep(1)
        assert answer.status_code < 400, (path, answer.status_code, answer.text)
        return answer.json()

    def run(self, name: str) -> Any:
        """Returns the newest flow run of that name; None where there is none."""
        runs = self.post(
            "flow_runs/filter", sort="START_TIME_DESC", flow_runs={"name": {"any_": [name]}}, limit=1
        )
        return runs[0] if runs else None

    def paused(self, name: str) -> Any:
        """Returns the flow run of that name with its form and text if it waits for input, else None."""
        run = self.run(name)
        if run is None or run["state_type"] != "PAUSED":
            return None
        keys = run["state"]["state_details"]["run_input_keyset"]
        address = f"{self._url}/flow_runs/{run['id']}/input"
        form, text = (
            httpx.get(f"{address}/{keys[part]}", trust_env=False) for part in ("schema", "description")
        )
        if not form.is_success or not text.is_success:
            return None
        return {**run, "form": form.json(), "text": text.json()}

    def answer(self, run: Any, **form: str) -> None:
        said = self.post(f"flow_runs/{run['id']}/resume", run_input=form)
        assert said["status"] == "ACCEPT", said

    def artifact(self, key: str) -> Any:
        """Returns the newest artifact of that key; None where there is none."""
        found = self.post(
            "artifacts/filter", artifacts={"key": {"any_": [key]}}, sort="CREATED_DESC", limit=1
        )
        return found[0] if found else None

    def versions(self, key: str) -> int:
        """Returns how many artifacts of that key were created."""
        return len(self.post("artifacts/filter", artifacts={"key": {"any_": [key]}}))

    def events(self, campaign: str) -> list[Any]:
        """Returns the custom events of a campaign, oldest first."""
        ids = {"id": [f"live-activity.campaign.{campaign}"]}
        found = self.post("events/filter", filter={"resource": ids, "order": "ASC"}, limit=50)
        events: list[Any] = found["events"]
        return events


@cache
def _flows(prefect_url: str) -> Forker:
    """Returns the forker for one server: Prefect reads its settings when it is imported."""
    home = tempfile.TemporaryDirectory()
    forker = Forker(
        "flows.campaign",
        *IMPORTED_BY_COMMANDS,
        environment=os.environ | {"PREFECT_API_URL": prefect_url, "PREFECT_HOME": home.name},
    )
    atexit.register(home.cleanup)
    atexit.register(forker.close)
    return forker


def start_flow(shell: Shell, flow: str, **parameters: object) -> ForkedProcess:
    """Starts the flow; `flow` is the name of the function and of its module in `flows`."""
    return _flows(shell.environment["PREFECT_API_URL"]).start(
        "tests.flow_process",
        [flow, json.dumps(parameters)],
        environment=shell.environment | {"LIVE_ACTIVITY_INPUTS": str(shell.folder)},
    )


def wait_for(look: Callable[[], Found | None], process: ForkedProcess | None = None) -> Found:
    """Calls `look` until it returns something; fails after a minute, or when the process fails."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if seen := look():
            return seen
        if process is not None and process.poll() not in (None, 0):
            raise AssertionError(process.communicate())
        time.sleep(0.2)
    raise AssertionError("nothing was found within a minute")


def result_of(process: ForkedProcess) -> Any:
    """Waits for the flow to succeed; returns what it returned."""
    out, err = process.communicate(timeout=90)
    assert process.returncode == 0, err[-3000:]
    return json.loads(out.splitlines()[-1])


def main(flow: str, parameters: str) -> None:
    import asyncio

    played = getattr(importlib.import_module(f"flows.{flow}"), flow)
    sys.stdout.write("\n" + json.dumps(asyncio.run(played(**json.loads(parameters)))) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
