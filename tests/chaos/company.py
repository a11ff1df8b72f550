"""A real `prefect worker` of type process, and a deployment of the campaign that it serves."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.objects import FlowRun
from prefect.states import Cancelling, Scheduled

from flows.campaign import campaign
from tests.chaos.performing import until

ROOT = Path(__file__).parents[2]
POOL = "chaos"

Answer = TypeVar("Answer")


def does(doing: Coroutine[Any, Any, Answer]) -> Answer:
    return asyncio.run(doing)


@dataclass(frozen=True)
class Worker:
    """Runs what is asked for, and may be asked what became of it."""

    url: str
    deployment: UUID

    def runs(self, parameters: Mapping[str, Any]) -> UUID:
        """Asks for a run."""

        async def asked() -> UUID:
            async with self._client() as client:
                run = await client.create_flow_run_from_deployment(
                    self.deployment, parameters=dict(parameters), state=Scheduled()
                )
                return run.id

        return does(asked())

    def cancels(self, run: UUID) -> None:
        """What the button in the UI does."""

        async def cancelled() -> None:
            async with self._client() as client:
                await client.set_flow_run_state(run, Cancelling())

        does(cancelled())

    def run(self, run: UUID) -> FlowRun:
        async def read() -> FlowRun:
            async with self._client() as client:
                return await client.read_flow_run(run)

        return does(read())

    def state(self, run: UUID) -> str:
        state = self.run(run).state
        return state.type.value if state is not None else "none"

    def ends(self, run: UUID, state: str, *, within: float = 120) -> None:
        until(lambda: self.state(run) == state, within=within, what=f"the state {state}")

    def _client(self) -> PrefectClient:
        return PrefectClient(self.url)


@contextmanager
def worker(url: str, folder: Path, environment: Mapping[str, str]) -> Iterator[Worker]:
    """A worker and its deployment, for as long as the block lasts."""
    deployment = does(_deployed(url))
    with (folder / "worker.txt").open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "prefect", "worker", "start", "--pool", POOL, "--type", "process"],
            env={
                **environment,
                "PREFECT_API_URL": url,
                "PREFECT_HOME": str(folder / "prefect"),
                "PREFECT_WORKER_QUERY_SECONDS": "1",
                "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
                "DO_NOT_TRACK": "1",
                "PYTHONPATH": str(ROOT),
            },
            cwd=ROOT,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
        try:
            yield Worker(url, deployment)
        finally:
            process.terminate()
            try:
                process.wait(30)
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, 9)


async def _deployed(url: str) -> UUID:
    async with PrefectClient(url) as client:
        await client.create_work_pool(WorkPoolCreate(name=POOL, type="process"), overwrite=True)
        flow_id = await client.create_flow(campaign)
        return await client.create_deployment(
            flow_id,
            "campaign",
            work_pool_name=POOL,
            path=str(ROOT),
            entrypoint="flows/campaign.py:campaign",
            pull_steps=[{"prefect.deployments.steps.set_working_directory": {"directory": str(ROOT)}}],
        )
