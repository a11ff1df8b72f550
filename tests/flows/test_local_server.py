"""The private Prefect server: it starts with a command and ends with it, also if the command is killed."""

from __future__ import annotations

import subprocess
import sys

import httpx
import psutil
import pytest

from live_activity.prefect_integration.local_server import local_server

pytestmark = pytest.mark.prefect

HOLDS_ONE = (
    "import time\nfrom live_activity.prefect_integration.local_server import local_server\n"
    "with local_server() as url:\n    print(url, flush=True)\n    time.sleep(600)\n"
)


def test_the_server_ends_with_its_block() -> None:
    with local_server() as url:
        assert httpx.get(f"{url}/health", trust_env=False).json() is True
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/health", trust_env=False)


def test_the_server_ends_with_a_killed_command_too() -> None:
    command = subprocess.Popen([sys.executable, "-c", HOLDS_ONE], stdout=subprocess.PIPE, text=True)
    assert command.stdout is not None
    url = command.stdout.readline().strip()
    servers = psutil.Process(command.pid).children(recursive=True)
    assert servers
    command.kill()
    command.wait()
    command.stdout.close()
    gone, alive = psutil.wait_procs(servers, timeout=30)
    for each in alive:
        each.kill()
    assert not alive, f"{url} outlived its command"
    assert gone
