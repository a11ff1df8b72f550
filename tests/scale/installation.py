"""Everything except the workers: PostgreSQL, Redis, three Prefect servers and the sandbox."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import httpx
import psycopg
from pydantic import SecretStr

from live_activity.prefect_integration.local_server import QUIET
from tests.postgres_server import free_port, postgres_server
from tests.redis_server import NO_REDIS, redis_server
from tests.scale.inputs import ACCOUNT
from tests.scale.machines import ROOT
from tests.scale.sandbox_process import API_KEY
from tests.scale.variant import Variant

API_SERVERS = 2
START_SECONDS = 180.0
# Three servers, three workers and a process for each campaign need more connections than PostgreSQL's default of 100.
MAX_CONNECTIONS = 300


@dataclass(frozen=True, slots=True)
class Installation:
    """The addresses and processes. `servers` are API addresses; the server with services comes last."""

    folder: Path
    postgres: str
    ledger_url: str
    redis_url: str
    servers: tuple[str, ...]
    sandbox: str
    arrivals: Path
    processes: Mapping[str, subprocess.Popen[Any]]

    def environment(self, number: int) -> dict[str, str]:
        """Returns the environment of the machine of that number, as docs/operations.md lists it."""
        return {
            "PATH": os.environ["PATH"],
            **QUIET,
            "PREFECT_API_URL": self.servers[number % API_SERVERS],
            "PREFECT_WORKER_QUERY_SECONDS": "3",
            "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
            "LIVE_ACTIVITY_DATABASE_URL": self.ledger_url,
            "LIVE_ACTIVITY_REDIS_URL": self.redis_url,
            "LIVE_ACTIVITY_INPUTS": (self.folder / "inputs").as_uri(),
            "LIVE_ACTIVITY_STORAGE": (self.folder / "segments").as_uri(),
        }

    def gone(self) -> list[str]:
        """Returns the names of the processes that have ended by themselves."""
        return [name for name, process in self.processes.items() if process.poll() is not None]


@contextmanager
def installation(folder: Path, variant: Variant, *, fleet: Path) -> Iterator[Installation]:
    """Starts everything and registers the deployments and the account; stops everything at the end of the block."""
    program = shutil.which("redis-server")
    if program is None:
        raise SystemExit(NO_REDIS)
    redis_folder = folder / "redis"
    redis_folder.mkdir()
    processes: dict[str, subprocess.Popen[Any]] = {}
    with (
        postgres_server(f"max_connections={MAX_CONNECTIONS}") as postgres,
        redis_server(program, redis_folder, port=free_port()) as redis_url,
    ):
        with psycopg.connect(f"{postgres}/postgres", autocommit=True) as connection:
            connection.execute("CREATE DATABASE prefect")
            connection.execute("CREATE DATABASE ledger")
        try:
            arrivals = folder / "arrivals.log"
            sandbox = _sandbox(folder, processes, variant, fleet=fleet, log=arrivals)
            servers = _prefect_servers(folder, processes, postgres, redis_url)
            made = Installation(
                folder=folder,
                postgres=f"{postgres}/ledger",
                ledger_url=postgres.replace("postgresql://", "postgresql+psycopg://") + "/ledger",
                redis_url=redis_url,
                servers=servers,
                sandbox=sandbox,
                arrivals=arrivals,
                processes=processes,
            )
            _register(made, variant)
            yield made
        finally:
            for process in processes.values():
                process.terminate()
            for process in processes.values():
                with suppress(subprocess.TimeoutExpired):
                    process.wait(15)
                process.kill()
                process.wait()


def _sandbox(
    folder: Path, processes: dict[str, subprocess.Popen[Any]], variant: Variant, *, fleet: Path, log: Path
) -> str:
    words = ["--fleet", str(fleet), "--limit", str(variant.limit), "--log", str(log)]
    with (folder / "sandbox.log").open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.scale.sandbox_process", *words],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
        )
    processes["sandbox"] = process
    assert process.stdout is not None
    return process.stdout.readline().strip()


def server_environment(postgres: str, redis_url: str) -> dict[str, str]:
    """Returns the settings of each of several Prefect servers, as docs/operations.md lists them."""
    database = postgres.replace("postgresql://", "postgresql+asyncpg://")
    return {
        "PREFECT_API_DATABASE_CONNECTION_URL": f"{database}/prefect",
        "PREFECT_MESSAGING_BROKER": "prefect_redis.messaging",
        "PREFECT_MESSAGING_CACHE": "prefect_redis.messaging",
        "PREFECT_SERVER_EVENTS_CAUSAL_ORDERING": "prefect_redis.ordering",
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect_redis.lease_storage",
        "PREFECT_REDIS_MESSAGING_URL": redis_url,
        "PREFECT_SERVER_DOCKET_URL": redis_url,
    }


# Further settings of the servers without services. They start after the one with services, which migrates the database
# and writes the block types: two servers that do so at the same time fail. They have a task queue of their own, since
# they would drop tasks of the services, which they do not know.
API_SERVER = {
    "PREFECT_SERVER_DATABASE_MIGRATE_ON_START": "false",
    "PREFECT_API_BLOCKS_REGISTER_ON_START": "false",
    "PREFECT_SERVER_DOCKET_NAME": "prefect-api",
}


def _prefect_servers(
    folder: Path, processes: dict[str, subprocess.Popen[Any]], postgres: str, redis_url: str
) -> tuple[str, ...]:
    home = folder / "prefect"
    home.mkdir()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")},
        **QUIET,
        **server_environment(postgres, redis_url),
        "PREFECT_HOME": str(home),
        "PREFECT_LOGGING_LEVEL": "WARNING",
        "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "WARNING",
        "NO_COLOR": "1",
    }

    def start(name: str, *more: str, **settings: str) -> str:
        port = str(free_port())
        words = ["server", "start", "--host", "127.0.0.1", "--port", port, *more]
        url = f"http://127.0.0.1:{port}/api"
        with (folder / f"{name}.log").open("wb") as said:
            processes[name] = subprocess.Popen(
                [sys.executable, "-m", "prefect", *words],
                env={**environment, **settings, "PREFECT_API_URL": url},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
            )
        return url

    services = start("prefect-services")
    _wait_for(services, processes["prefect-services"], "prefect-services")
    names = [f"prefect-api-{number}" for number in range(API_SERVERS)]
    urls = [start(name, "--no-services", **API_SERVER) for name in names]
    for name, url in zip(names, urls, strict=True):
        _wait_for(url, processes[name], name)
    return (*urls, services)


def _register(made: Installation, variant: Variant) -> None:
    """Registers the work pool, the alerts and the deployments as an installation does, and saves an account."""
    words = ["-m", "deployments.register", "--sandbox", made.sandbox]
    environment = {**made.environment(0), "PYTHONPATH": str(ROOT), "HOME": str(made.folder)}
    subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
        timeout=START_SECONDS,
    )
    os.environ.update({**QUIET, "PREFECT_API_URL": made.servers[0]})
    # Imported here: Prefect reads its settings when it is imported.
    from live_activity.prefect_integration.account_block import LiveActivityAccount

    account = LiveActivityAccount(
        base_url=made.sandbox,
        api_key=SecretStr(API_KEY),
        requests_per_minute=variant.limit,
        batch_size=variant.batch,
    )
    asyncio.run(cast(Any, account).asave(ACCOUNT, overwrite=True))


def _wait_for(api: str, process: subprocess.Popen[Any], name: str) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        with suppress(httpx.HTTPError):
            if httpx.get(f"{api}/health", timeout=5, trust_env=False).is_success:
                return
        time.sleep(0.2)
    raise SystemExit(f"{name} did not start; its log is in the folder of the run")
