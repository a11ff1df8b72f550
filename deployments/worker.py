"""A process worker that carries out steering commands in its own process, so that no process has to start for them.

Every other run gets a process of its own, as with `prefect worker start --type process`. Such a Prefect worker can
carry out commands too, a few seconds later.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from contextvars import copy_context
from typing import Any
from uuid import UUID

import anyio.abc
import click
from prefect import Flow
from prefect.client.schemas.objects import FlowRun
from prefect.flow_engine import run_flow_async
from prefect.utilities.processutils import setup_signal_handlers_worker
from prefect.workers.process import ProcessJobConfiguration, ProcessWorker, ProcessWorkerResult

from deployments.presets import WORK_POOL
from flows.steer import steer
from live_activity.core.settings import unknown_settings


class CampaignWorker(ProcessWorker):
    """A process worker that runs the flow `steer` itself."""

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        self._flow_names: dict[UUID, str] = {}

    @classmethod
    def __dispatch_key__(cls) -> str:
        """The name of this class among the worker classes; Prefect's process worker has another one."""
        return "live-activity-process"

    async def run(
        self,
        flow_run: FlowRun,
        configuration: ProcessJobConfiguration,
        task_status: anyio.abc.TaskStatus[int] | None = None,
    ) -> ProcessWorkerResult:
        """Carries out a command, or starts the process of another run."""
        if await self._flow_name(flow_run.flow_id) != steer.name:
            return await super().run(flow_run, configuration, task_status)
        if task_status is not None:
            task_status.started(os.getpid())
        commanded: Flow[..., Any] = steer
        # A ledger that does not answer delays the command, but not the worker.
        await _in_own_thread(
            run_flow_async(commanded, flow_run, dict(flow_run.parameters), return_type="state"),
            name=f"steer-{flow_run.id}",
        )
        return ProcessWorkerResult(status_code=0, identifier=str(os.getpid()))

    async def _flow_name(self, flow_id: UUID) -> str:
        if flow_id not in self._flow_names:
            self._flow_names[flow_id] = (await self.client.read_flow(flow_id)).name
        return self._flow_names[flow_id]


async def _in_own_thread(work: Coroutine[Any, Any, object], *, name: str) -> None:
    """Runs a coroutine in a thread with its own event loop; a hanging thread does not stop the worker from ending."""
    done: Future[object] = Future()
    context = copy_context()

    def run() -> None:
        try:
            done.set_result(context.run(asyncio.run, work))
        except BaseException as error:  # raised where the result is awaited
            done.set_exception(error)

    threading.Thread(target=run, name=name, daemon=True).start()
    await asyncio.wrap_future(done)


@click.command()
@click.option("--pool", default=WORK_POOL, show_default=True, help="The work pool that is polled.")
@click.option("--name", help="What the worker is called in the UI.")
@click.option("--with-healthcheck", is_flag=True, help="Serve /health on port 8080.")
def main(pool: str, name: str | None, with_healthcheck: bool) -> None:
    """Start a worker for campaigns and their steering commands."""
    for finding in unknown_settings():
        click.echo(f"{finding.severity}: {finding}", err=True)
    setup_signal_handlers_worker(os.getpid(), "the worker", click.echo)
    worker = CampaignWorker(work_pool_name=pool, name=name)
    try:
        asyncio.run(worker.start(with_healthcheck=with_healthcheck, printer=click.echo))
    except KeyboardInterrupt:
        click.echo("the worker stopped")
        sys.exit(130)


if __name__ == "__main__":
    main()
