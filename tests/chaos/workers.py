"""A real `prefect worker` of type process, and a deployment of the campaign that it serves."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import httpx
import psutil
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.actions import WorkPoolCreate, WorkPoolUpdate
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterTags,
    LogFilter,
    LogFilterFlowRunId,
)
from prefect.client.schemas.objects import FlowRun, State
from prefect.exceptions import PrefectHTTPStatusError
from prefect.states import Cancelling, Scheduled

from flows.campaign import campaign
from live_activity.prefect_integration.run_context import EDITION_TAG
from tests.chaos.campaign_stage import ROOT
from tests.chaos.command_process import LONGEST_SECONDS, until

POOL = "chaos"

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Worker:
    """A running worker with its deployment; starts runs and does what the buttons of the Prefect UI do."""

    url: str
    deployment: UUID
    environment: Mapping[str, str]
    pid: int

    def start_run(
        self, parameters: Mapping[str, Any], *, environment: Mapping[str, str] | None = None
    ) -> UUID:
        """Submits a run, as the form in the UI does; `environment` is added to that of its process."""
        variables = {"env": dict(environment)} if environment else None
        return self._request(
            lambda client: client.create_flow_run_from_deployment(
                self.deployment, parameters=dict(parameters), state=Scheduled(), job_variables=variables
            )
        ).id

    def approve(self, run: UUID) -> None:
        """Waits for the approval form of a run, and submits it."""
        self.wait_for_state(run, "PAUSED")
        self._request(lambda client: client.resume_flow_run(run, run_input={"decision": "approve"}))

    def cancel(self, run: UUID) -> None:
        """Does what the button Cancel does."""
        self.set_state(run, Cancelling())

    def set_state(self, run: UUID, state: State[Any]) -> None:
        """Sets the state of a run, as the buttons Suspend, Pause and Cancel do."""
        self._request(lambda client: client.set_flow_run_state(run, state))

    def resume(self, run: UUID) -> None:
        """Does what the button Resume does."""
        self._request(lambda client: client.resume_flow_run(run))

    def wait_until_reported(self, run: UUID) -> None:
        """Waits for the last line that the worker logs about a process that was killed.

        It reports the crash at once, runs the flow's hooks, and reports the crash again, which undoes a retry that came
        in between.
        """
        until(
            lambda: any("exceeded its memory" in line for line in self.log(run)),
            what="the worker's last line about the process",
        )

    def log(self, run: UUID) -> list[str]:
        """Returns the lines of a run's log."""
        of_run = LogFilter(flow_run_id=LogFilterFlowRunId(any_=[run]))
        return [each.message for each in self._request(lambda client: client.read_logs(of_run))]

    def retry(self, run: UUID) -> None:
        """Runs `prefect flow-run retry`, as a person does about a run that crashed."""
        command = [sys.executable, "-m", "prefect", "flow-run", "retry", str(run)]
        environment = dict(self.environment)
        subprocess.run(command, env=environment, check=True, capture_output=True, timeout=LONGEST_SECONDS)

    def pause_pool(self, paused: bool) -> None:
        """Pauses or resumes the work pool: the worker starts no run meanwhile, and still watches those it started."""
        self._request(lambda client: client.update_work_pool(POOL, WorkPoolUpdate(is_paused=paused)))

    def follow_ups(self, edition_id: str) -> list[UUID]:
        """Returns the runs that were submitted to continue an edition."""
        tagged = FlowRunFilter(tags=FlowRunFilterTags(all_=[f"{EDITION_TAG}{edition_id}"]))
        found = self._request(lambda client: client.read_flow_runs(flow_run_filter=tagged))
        return [each.id for each in found]

    def delete_follow_up(self, edition_id: str) -> None:
        """Waits for the run that is submitted to continue an edition, and deletes it."""
        until(lambda: self.follow_ups(edition_id), what="a run that continues the edition")
        for follow_up in self.follow_ups(edition_id):
            self._request(partial(PrefectClient.delete_flow_run, flow_run_id=follow_up))

    def run(self, run: UUID) -> FlowRun:
        """Returns the run as the server has it now."""
        return self._request(lambda client: client.read_flow_run(run))

    def state(self, run: UUID) -> str:
        """Returns the type of the run's state, "none" where it has no state."""
        state = self.run(run).state
        return state.type.value if state is not None else "none"

    def state_name(self, run: UUID) -> str | None:
        """Returns the name of the run's state."""
        state = self.run(run).state
        return state.name if state is not None else None

    def wait_for_state(self, run: UUID, state: str) -> None:
        """Waits until the run has a state of this type."""
        until(lambda: self.state(run) == state, what=f"the state {state}")

    def _request(self, request: Callable[[PrefectClient], Awaitable[Answer]]) -> Answer:
        """Makes a request, and repeats it where the server answers 503, as its database is locked.

        Prefect reads and then writes in one transaction, which SQLite refuses at once where another one wrote in
        between. Its client gives up after five more tries, and a busy server writes all the time.
        """

        async def answer() -> Answer:
            async with PrefectClient(self.url) as client:
                return await request(client)

        limit = time.monotonic() + LONGEST_SECONDS
        while True:
            try:
                return asyncio.run(answer())
            except PrefectHTTPStatusError as error:
                is_locked = error.response.status_code == httpx.codes.SERVICE_UNAVAILABLE
                if not is_locked or time.monotonic() > limit:
                    raise


@contextlib.contextmanager
def worker(url: str, folder: Path, environment: Mapping[str, str]) -> Iterator[Worker]:
    """Runs a worker with its deployment until the block ends."""
    deployment = asyncio.run(_deployed(url))
    variables = {
        **environment,
        "PREFECT_API_URL": url,
        "PREFECT_HOME": str(folder / "prefect"),
        "PREFECT_WORKER_QUERY_SECONDS": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PYTHONPATH": str(ROOT),
    }
    with (folder / "worker.txt").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "prefect", "worker", "start", "--pool", POOL, "--type", "process"],
            env=variables,
            cwd=ROOT,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            yield Worker(url, deployment, variables, process.pid)
        finally:
            # A worker waits for its runs, and each run is in a session of its own: a failed test leaves none behind.
            processes = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
            for each in processes:
                with contextlib.suppress(psutil.NoSuchProcess):
                    each.kill()
            process.wait(30)


def process_of(run: UUID) -> int:
    """Returns the id of the process that plays the run; fails where there is none."""
    found = find_process(run)
    assert found is not None, "no process plays it"
    return found


def find_process(run: UUID) -> int | None:
    """Returns the id of the process that plays the run, which its environment names; None where there is none."""
    for process in psutil.process_iter():
        try:
            if process.environ().get("PREFECT__FLOW_RUN_ID") == str(run):
                return process.pid
        except psutil.Error:
            continue
    return None


async def _deployed(url: str) -> UUID:
    async with PrefectClient(url) as client:
        await client.create_work_pool(WorkPoolCreate(name=POOL, type="process"), overwrite=True)
        flow_id = await client.create_flow(campaign)
        return await client.create_deployment(
            flow_id,
            "campaign",
            work_pool_name=POOL,
            path=str(ROOT),
            entrypoint="tests/chaos/halting_flow.py:campaign",
            pull_steps=[{"prefect.deployments.steps.set_working_directory": {"directory": str(ROOT)}}],
        )
