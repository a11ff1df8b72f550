"""Registers what a Prefect server has to know: work pool, sandbox account, alerts, deployments and presets."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess

import click

from deployments.child_process import ROOT, module_command, with_checkout
from deployments.presets import WORK_POOL

# The sandbox takes any key that is not empty.
SANDBOX_KEY = "sandbox"


class NotDeployed(Exception):
    """What Prefect said when the deployments could not be made."""


async def register(sandbox: str) -> None:
    """The work pool, the account `sandbox` and the alerts, on the server that the environment names."""
    # Imported here: Prefect reads its settings once it is imported.
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.actions import WorkPoolCreate
    from prefect.exceptions import ObjectAlreadyExists
    from pydantic import SecretStr

    from deployments.automations import apply
    from live_activity.prefect_integration.account_block import LiveActivityAccount

    async with get_client() as client:
        with contextlib.suppress(ObjectAlreadyExists):
            await client.create_work_pool(WorkPoolCreate(name=WORK_POOL, type="process"))
    account = LiveActivityAccount(base_url=sandbox, api_key=SecretStr(SANDBOX_KEY))
    await account.asave("sandbox", overwrite=True)
    await apply()


def deploy() -> None:
    """The deployments of prefect.yaml and the presets. Raises `NotDeployed`."""
    words = ("--no-prompt", "deploy", "--prefect-file", "deployments/prefect.yaml", "--all")
    done = subprocess.run(
        module_command("prefect", *words),
        cwd=ROOT,
        env=with_checkout(os.environ),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise NotDeployed(f"the deployments could not be made:\n{(done.stdout + done.stderr).strip()}")


@click.command()
@click.option("--sandbox", required=True, help="Where the sandbox is reached: http://sandbox:8700")
def main(sandbox: str) -> None:
    """Register everything on the Prefect server that PREFECT_API_URL names; it can be repeated."""
    asyncio.run(register(sandbox))
    try:
        deploy()
    except NotDeployed as why:
        raise click.ClickException(str(why)) from None


if __name__ == "__main__":
    main()
