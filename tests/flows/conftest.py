"""One real Prefect server for all tests of flows, and a sandbox on a real port for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.private_server import private_server
from live_activity.clock import RealClock
from live_activity.sandbox import SandboxOptions, SandboxServer
from tests.flows.shelling import Shell


@pytest.fixture(scope="session")
def prefect_url() -> Iterator[str]:
    with private_server() as url:
        yield url


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[SandboxServer]:
    fleet = tmp_path / "fleet.csv"
    rows = "".join(f"u{number:03d},phone-{number},ios,18.1,true,,t{number}\n" for number in range(25))
    fleet.write_text("insider_id,udid,platform,os_version,push_enabled,gdpr,push_to_start_token\n" + rows)
    options = SandboxOptions(api_keys=frozenset({"secret-key"}), fleet=fleet, sync_delay=0.2)
    with SandboxServer(options, clock=RealClock()) as server:
        yield server


@pytest.fixture
def shell(tmp_path: Path, prefect_url: str) -> Shell:
    return Shell(tmp_path, prefect_url)
