"""The private Prefect server: it comes with a command and goes with it, also with one that is killed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import httpx
import psutil
import pytest

from flows.private_server import private_server
from tests.flows.shelling import Shell

HOLDS_ONE = (
    "import time\nfrom flows.private_server import private_server\n"
    "with private_server() as url:\n    print(url, flush=True)\n    time.sleep(600)\n"
)


def test_it_is_gone_with_its_block() -> None:
    with private_server() as url:
        assert httpx.get(f"{url}/health", trust_env=False).json() is True
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/health", trust_env=False)


def test_it_dies_with_a_killed_command_too() -> None:
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


def test_a_server_that_is_not_there_is_told_in_one_line(tmp_path: Path) -> None:
    shell = Shell(tmp_path, "http://127.0.0.1:9/api")
    said = shell.says("rehearse", shell.campaign("0s,start,D,go,0\n5m,end,D,over,1\n"))
    assert said.code == 1
    assert "Traceback" not in said.out + said.err
    assert "127.0.0.1:9" in said.err
