"""A real `prefect worker` of type process, and a deployment of the campaign that it serves."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
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
from tests.chaos.command_process import until

POOL = "chaos"

Answer = TypeVar("Answer")


def does(doing: Coroutine[Any, Any, Answer]) -> Answer:
    return asyncio.run(doing)


@dataclass(frozen=True)
class Worker:
    """Runs what is asked for, and may be asked what became of it."""

    url: str
    deployment: UUID
    environment: Mapping[str, str]
    pid: int

    def runs(self, parameters: Mapping[str, Any], *, environment: Mapping[str, str] | None = None) -> UUID:
        """Asks for a run, as the form in the UI does; its process gets more environment."""

        async def asked() -> UUID:
            async with self._client() as client:
                run = await client.create_flow_run_from_deployment(
                    self.deployment,
                    parameters=dict(parameters),
                    state=Scheduled(),
                    job_variables={"env": dict(environment)} if environment else None,
                )
                return run.id

        return does(asked())

    def approves(self, run: UUID) -> None:
        """Fills in the form that a run waits with, once it does."""
        self.ends(run, "PAUSED")

        self._press(lambda client: client.resume_flow_run(run, run_input={"decision": "approve"}))

    def cancels(self, run: UUID) -> None:
        """What the button in the UI does."""
        self.sets(run, Cancelling())

    def sets(self, run: UUID, state: State[Any]) -> None:
        """Sets the state of a run, as the buttons in the UI do."""
        self._press(lambda client: client.set_flow_run_state(run, state))

    def resumes(self, run: UUID) -> None:
        """What the button Resume does."""
        self._press(lambda client: client.resume_flow_run(run))

    def reported(self, run: UUID) -> None:
        """Waits until the worker has said all that it has to say of a process that was killed.

        It reports the crash at once, runs the flow's hooks, and reports the crash again, which undoes a retry that came
        in between.
        """

        until(
            lambda: any("exceeded its memory" in line for line in self.log(run)),
            what="the worker's last line about the process",
        )

    def log(self, run: UUID) -> list[str]:
        """The lines of a run's log."""

        async def lines() -> list[str]:
            async with self._client() as client:
                found = await client.read_logs(LogFilter(flow_run_id=LogFilterFlowRunId(any_=[run])))
                return [each.message for each in found]

        return does(lines())

    def retries(self, run: UUID) -> None:
        """What a person at a shell does about a run that crashed."""
        words = [sys.executable, "-m", "prefect", "flow-run", "retry", str(run)]
        subprocess.run(words, env=dict(self.environment), check=True, capture_output=True, timeout=120)

    def rests(self, resting: bool) -> None:
        """Has the worker begin no run for the time being; what it has begun it still minds."""

        async def rested() -> None:
            async with self._client() as client:
                await client.update_work_pool(POOL, WorkPoolUpdate(is_paused=resting))

        does(rested())

    def forgets_who_follows(self, edition_id: str) -> None:
        """Takes the run back that was asked for to play an edition on."""

        async def forgotten() -> bool:
            tagged = FlowRunFilter(tags=FlowRunFilterTags(all_=[f"{EDITION_TAG}{edition_id}"]))
            async with self._client() as client:
                found = await client.read_flow_runs(flow_run_filter=tagged)
                for each in found:
                    await client.delete_flow_run(each.id)
                return bool(found)

        until(lambda: does(forgotten()), what="a run that plays it on")

    def run(self, run: UUID) -> FlowRun:
        async def read() -> FlowRun:
            async with self._client() as client:
                return await client.read_flow_run(run)

        return does(read())

    def state(self, run: UUID) -> str:
        state = self.run(run).state
        return state.type.value if state is not None else "none"

    def state_name(self, run: UUID) -> str | None:
        state = self.run(run).state
        return state.name if state is not None else None

    def ends(self, run: UUID, state: str, *, within: float = 150) -> None:
        until(lambda: self.state(run) == state, within=within, what=f"the state {state}")

    def _press(self, button: Callable[[PrefectClient], Awaitable[object]]) -> None:
        """Does what a button does, and again where the server answers 503, as a person does.

        Prefect reads and then writes in one transaction of SQLite, which fails at once when somebody else wrote in
        between; its client gives up after five more tries, and a busy server writes all the time.
        """

        async def pressed() -> bool:
            try:
                async with self._client() as client:
                    await button(client)
            except PrefectHTTPStatusError as problem:
                if problem.response.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                    raise
                return False
            return True

        until(lambda: does(pressed()), within=300, what="an answer to the button")

    def _client(self) -> PrefectClient:
        return PrefectClient(self.url)


@contextmanager
def worker(url: str, folder: Path, environment: Mapping[str, str]) -> Iterator[Worker]:
    """A worker and its deployment, for as long as the block lasts."""
    deployment = does(_deployed(url))
    around = {
        **environment,
        "PREFECT_API_URL": url,
        "PREFECT_HOME": str(folder / "prefect"),
        "PREFECT_WORKER_QUERY_SECONDS": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PYTHONPATH": str(ROOT),
    }
    with (folder / "worker.txt").open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "prefect", "worker", "start", "--pool", POOL, "--type", "process"],
            env=around,
            cwd=ROOT,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
        try:
            yield Worker(url, deployment, around, process.pid)
        finally:
            # A worker waits for its runs, and each run is a session of its own: a failed test leaves none behind.
            everybody = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
            for each in everybody:
                _strike(each)
            process.wait(30)


def process_of(run: UUID) -> int:
    """The process that plays the run."""
    found = find_process(run)
    assert found is not None, "no process plays it"
    return found


def find_process(run: UUID) -> int | None:
    """The process that plays the run: the worker says which one by its environment; None where there is none."""
    for process in psutil.process_iter():
        try:
            if process.environ().get("PREFECT__FLOW_RUN_ID") == str(run):
                return process.pid
        except psutil.Error:
            continue
    return None


def _strike(process: psutil.Process) -> None:
    try:
        os.kill(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


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
