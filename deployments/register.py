"""Registers on a Prefect server the work pool, the sandbox account, alerts, deployments and presets."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess

import click

from deployments.child_process import ROOT, module_command, with_checkout
from deployments.presets import PRESET_LINE, WORK_POOL
from live_activity.core.yaml_file import read_yaml

# The sandbox takes any key that is not empty.
SANDBOX_KEY = "sandbox"
PREFECT_FILE = ROOT / "deployments" / "prefect.yaml"


class NotDeployed(Exception):
    """The deployments could not be made; the message has what Prefect printed."""


async def register(sandbox: str) -> None:
    """Registers the work pool, the account `sandbox` and the alerts on the server that the environment names."""
    # Imported here: Prefect reads its settings when it is imported.
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


def deploy() -> list[str]:
    """Makes the deployments of prefect.yaml and the presets. Raises `NotDeployed`.

    Returns lines about changes that people made in Prefect's UI.
    """
    # Imported here: Prefect reads its settings when it is imported.
    from deployments.hand_changes import put_back, read_deployments

    names = [each["name"] for each in read_yaml(PREFECT_FILE, what="Prefect file")["deployments"]]
    before = asyncio.run(read_deployments(names))
    words = ("--no-prompt", "deploy", "--prefect-file", str(PREFECT_FILE), "--all")
    done = subprocess.run(
        module_command("prefect", *words),
        cwd=ROOT,
        env=with_checkout(os.environ),
        capture_output=True,
        text=True,
    )
    lines = asyncio.run(put_back(before))
    if done.returncode:
        raise NotDeployed(f"the deployments could not be made:\n{(done.stdout + done.stderr).strip()}")
    return [*(line for line in done.stdout.splitlines() if line.startswith(PRESET_LINE)), *lines]


@click.command()
@click.option(
    "--sandbox",
    help="The sandbox's address, such as http://sandbox:8700. Without it, only the deployments are made.",
)
def main(sandbox: str | None) -> None:
    """Register everything on the Prefect server that PREFECT_API_URL names; it can be repeated."""
    if sandbox is not None:
        asyncio.run(register(sandbox))
    try:
        for line in deploy():
            click.echo(line)
    except NotDeployed as why:
        raise click.ClickException(str(why)) from None


if __name__ == "__main__":
    main()
