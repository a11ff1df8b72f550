"""`make up`: Prefect, the sandbox, a worker, the account block and the deployments on this machine, until Ctrl-C."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import secrets
import shutil
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import click
import httpx

from deployments.programs import DidNotStart, Programs, free_port, wait_for
from deployments.register import NotDeployed, deploy, register
from live_activity.cli.console import err, out
from live_activity.core.settings import data_folder, settings
from live_activity.ledger import Database
from live_activity.prefect_integration.local_server import (
    ServerDidNotStart,
    copy_template,
    server_environment,
)

# How long a worker may take to stop: a campaign has half a minute to end its activities on the phones.
WORKER_PATIENCE = 45.0
# The interval in which recovery looks for campaigns that dead runs left open.
RECOVERY_SECONDS = 10
# The key of the page of all campaigns.
OVERVIEW_KEY = "live-activities"
EXAMPLES = Path(__file__).parents[1] / "examples"


@click.command()
@click.option(
    "--port", default=4200, show_default=True, type=click.IntRange(0, 65535), help="Of the UI; 0: free."
)
@click.option(
    "--sandbox-port", default=8700, show_default=True, type=click.IntRange(0, 65535), help="0: free."
)
@click.option("--desk-port", default=8710, show_default=True, type=click.IntRange(0, 65535), help="0: free.")
def main(port: int, sandbox_port: int, desk_port: int) -> None:
    """Start everything that an analyst uses, and stop all of it on Ctrl-C."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        with _alone() as url_file, contextlib.ExitStack() as leaving:
            _up(leaving, url_file, port=port, sandbox_port=sandbox_port, desk_port=desk_port)
    except DidNotStart as why:
        err.print(str(why))
        sys.exit(1)
    except KeyboardInterrupt:
        out.print("stopped")


def _up(
    leaving: contextlib.ExitStack, url_file: Path, *, port: int, sandbox_port: int, desk_port: int
) -> None:
    at = _Addresses(
        port=free_port(port, "--port"),
        sandbox_port=free_port(sandbox_port, "--sandbox-port"),
        desk_port=free_port(desk_port, "--desk-port"),
    )
    folder = data_folder() / "stack"
    folder.mkdir(parents=True, exist_ok=True)
    programs = Programs(folder, _environment(folder, at.ui), leaving)
    _prepare_database(folder)
    _start_servers(programs, at)
    os.environ.update(programs.environment)
    _register(at)
    _make_deployments()
    token = _desk_token()
    _start_workers(programs, at, token)
    url_file.write_text(at.ui)
    _print_addresses(at, folder, token, form=_form(at.ui))
    programs.watch()


@dataclass(frozen=True)
class _Addresses:
    """The addresses of the parts of the stack on this machine."""

    port: int
    sandbox_port: int
    desk_port: int

    @property
    def ui(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def sandbox(self) -> str:
        return f"http://127.0.0.1:{self.sandbox_port}"

    @property
    def desk(self) -> str:
        return f"http://127.0.0.1:{self.desk_port}"


def _prepare_database(folder: Path) -> None:
    _print_step("preparing Prefect's database (the first time it takes half a minute)")
    try:
        copy_template(folder / "prefect.db")
    except ServerDidNotStart as why:
        raise DidNotStart(str(why)) from None


def _start_servers(programs: Programs, at: _Addresses) -> None:
    _print_step("starting the Prefect server and the sandbox")
    server = programs.start(
        "server", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(at.port)
    )
    sandbox = programs.start("sandbox", "live_activity.cli.main", "sandbox", "--port", str(at.sandbox_port))
    wait_for(f"{at.sandbox}/sandbox/calls", sandbox)
    wait_for(f"{at.ui}/api/health", server)


def _register(at: _Addresses) -> None:
    _print_step("registering the account, the alerts and the page of campaigns")
    asyncio.run(register(at.sandbox))
    asyncio.run(_write_overview(at.ui))


def _make_deployments() -> None:
    _print_step("making the deployments")
    try:
        for line in deploy():
            out.print(line, soft_wrap=True)
    except NotDeployed as why:
        raise DidNotStart(str(why)) from None


def _desk_token() -> str:
    chosen = settings().desk_token
    return chosen.get_secret_value() if chosen is not None else secrets.token_urlsafe(32)


def _start_workers(programs: Programs, at: _Addresses, token: str) -> None:
    _print_step("starting the worker, the desk and recovery")
    programs.start("worker", "deployments.worker", "--name", "up", patience=WORKER_PATIENCE, again=True)
    desk = programs.start(
        "desk",
        *("live_activity.cli.main", "desk", "--port", str(at.desk_port), "--prefect-ui", at.ui),
        more={"LIVE_ACTIVITY_DESK_TOKEN": token},
    )
    wait_for(f"{at.desk}/health", desk)
    programs.start(
        "recovery",
        *("live_activity.cli.main", "recover", "--every", str(RECOVERY_SECONDS)),
        patience=WORKER_PATIENCE,
        again=True,
    )


async def _write_overview(ui: str) -> None:
    """Writes the overview of campaigns, so that its link works before the first campaign."""
    # Imported here: Prefect reads its settings when it is imported.
    from live_activity.prefect_integration.overview import write_overview

    database = Database(settings().database_url)
    try:
        await write_overview(database, ui=ui)
    finally:
        database.close()


def _form(ui: str) -> str:
    """The address of the form of the deployment `campaign`."""
    found = httpx.get(f"{ui}/api/deployments/name/campaign/campaign", timeout=10, trust_env=False)
    if not found.is_success:
        return f"{ui}/deployments"
    return f"{ui}/deployments/deployment/{found.json()['id']}/run"


def _environment(folder: Path, ui: str) -> dict[str, str]:
    """The environment of all parts: this shell's settings without its account, as the account block has that."""
    chosen = settings()
    shared = server_environment(folder)
    for name in ("LIVE_ACTIVITY_BASE_URL", "LIVE_ACTIVITY_API_KEY"):
        shared.pop(name, None)
    return {
        **shared,
        "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "WARNING",
        "PREFECT_HOME": str(folder / "prefect"),
        "PREFECT_API_URL": f"{ui}/api",
        # A command waits for the next poll of the worker.
        "PREFECT_WORKER_QUERY_SECONDS": "1",
        # The automation `zombie detection` finds runs whose heartbeats stop.
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
        "LIVE_ACTIVITY_INPUTS": inputs_folder(
            chosen.inputs if "inputs" in chosen.model_fields_set else None, home=data_folder()
        ),
        "LIVE_ACTIVITY_STORAGE": chosen.storage,
        "LIVE_ACTIVITY_DATABASE_URL": chosen.database_url,
    }


def _print_addresses(at: _Addresses, folder: Path, token: str, *, form: str) -> None:
    out.print(f"campaigns  {at.ui}/artifacts/key/{OVERVIEW_KEY}", soft_wrap=True)
    out.print(f"form       {form}", soft_wrap=True)
    out.print(f"phones     {at.sandbox}/sandbox", soft_wrap=True)
    out.print(f"desk       {at.desk}/sign-in?token={token}", soft_wrap=True)
    out.print(f"inputs in {os.environ['LIVE_ACTIVITY_INPUTS']}, logs in {folder}", soft_wrap=True)
    out.print("Ctrl-C stops everything; running campaigns are ended on the phones first.")


def inputs_folder(chosen: str | None, *, home: Path) -> str:
    """Where the form's paths begin: the folder that was chosen, else one in `home` with a copy of the examples.

    The examples are copied only once, so changes and deletions by people are kept.
    """
    if chosen is not None:
        return chosen if "://" in chosen else str(Path(chosen).resolve())
    folder = home / "inputs"
    if not folder.exists():
        shutil.copytree(EXAMPLES, folder / "examples")
    return str(folder)


def _print_step(words: str) -> None:
    """Prints a line about the step that begins."""
    out.print(f"{words} ...", markup=False, soft_wrap=True)


@contextlib.contextmanager
def _alone() -> Iterator[Path]:
    """Yields the file for the stack's address; ends the process if this user runs a stack already."""
    folder = data_folder()
    folder.mkdir(parents=True, exist_ok=True)
    url_file = folder / "up.url"
    with (folder / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            where = url_file.read_text() if url_file.exists() else "an address that it prints in a moment"
            out.print(f"it is up already: {where}/deployments")
            sys.exit(0)
        url_file.unlink(missing_ok=True)
        try:
            yield url_file
        finally:
            url_file.unlink(missing_ok=True)


def _interrupt(number: int, frame: FrameType | None) -> None:
    # A second Ctrl-C must not leave parts of the stack running.
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    out.print("stopping")
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
