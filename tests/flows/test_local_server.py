"""The private Prefect server: it comes with a command and goes with it, also with one that is killed."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import psutil
import pytest

from live_activity.cli.subcommands import _prefect
from live_activity.prefect_integration import local_server as module
from live_activity.prefect_integration.local_server import (
    ServerDidNotStart,
    private_server,
    wait_until_reachable,
)
from tests.cli_process import Shell

HOLDS_ONE = (
    "import time\nfrom live_activity.prefect_integration.local_server import private_server\n"
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


def test_a_reconciler_without_its_server_says_so_in_one_line(tmp_path: Path) -> None:
    said = Shell(tmp_path, "http://127.0.0.1:9/api").says("reconcile")
    assert said.code == 1
    assert said.err.count("\n") == 1
    assert "127.0.0.1:9" in said.err


def test_a_server_that_is_busy_or_begun_again_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ANSWER_SECONDS", 0.2)
    with answering("late", "late", "503", "200") as (url, answered):
        wait_until_reachable(url)
        assert answered == ["late", "late", "503", "200"]


def test_a_server_that_stays_away_is_waited_for_no_longer_than_that(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.0)
    with answering("503") as (url, _), pytest.raises(ServerDidNotStart, match="HTTP 503"):
        wait_until_reachable(url)
    with pytest.raises(ServerDidNotStart, match="ConnectError"):
        wait_until_reachable("http://127.0.0.1:9/api", though_nobody_listens=True)


def test_a_live_campaign_is_not_lost_with_the_server_that_would_show_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.0)
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    with _prefect(live=True, alone=True) as with_ui:
        assert not with_ui
        url = os.environ["PREFECT_API_URL"]
        assert httpx.get(f"{url}/health", trust_env=False).json() is True
    with pytest.raises(ServerDidNotStart), _prefect(live=True, alone=False):
        pass


@contextmanager
def answering(*hows: str) -> Iterator[tuple[str, list[str]]]:
    """A server that answers its requests in turn: late, or with a status; which of them it has had."""
    left, answered, over = list(hows), [], threading.Event()

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            how = left.pop(0) if left else hows[-1]
            answered.append(how)
            if how == "late":
                over.wait(30)
                return
            self.send_response(int(how))
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        serving = threading.Thread(target=server.serve_forever, daemon=True)
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/api", answered
        finally:
            over.set()
            server.shutdown()
