"""The Prefect server is halted or killed for a minute during a campaign: every push is sent when it is due."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event

import httpx
import pytest

from live_activity.prefect_integration.local_server import QUIET, copy_template
from tests.chaos.campaign_stage import LAST_SCORE, ROOT, Stage, assert_played_to_its_end, stage
from tests.chaos.command_process import LONGEST_SECONDS, until

AWAY_SECONDS = 60.0
# The updates at 20 and 40 s are due in the minute without the server, and the end soon after it.
ROWS = (
    "0s,start,Derby,kick-off,0\n"
    "3s,update,Derby,goal,1\n"
    "20s,update,Derby,goal,2\n"
    "40s,update,Derby,goal,3\n"
    "75s,end,Derby,over,4\n"
)


class Server:
    """`prefect server start` with its own port and database, which are the same when it is started again."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}/api"
        self._folder = folder
        self.start()

    def start(self) -> None:
        words = ["server", "start", "--host", "127.0.0.1", "--port", str(self.port)]
        environment = {
            **os.environ,
            **QUIET,
            "PREFECT_HOME": str(self._folder),
            "PREFECT_API_URL": self.url,
            "PREFECT_API_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{self._folder / 'prefect.db'}",
        }
        with (self._folder / "server.txt").open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "prefect", *words],
                env=environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        until(self._answers, what="the Prefect server")

    def send_signal(self, signum: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signum)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health", timeout=2, trust_env=False).is_success
        except httpx.TransportError:
            return False


@pytest.mark.concurrent(seconds=150)
@pytest.mark.parametrize("how", ["halted", "killed"])
def test_every_push_is_sent_when_it_is_due_while_the_server_is_away(folder: Path, how: str) -> None:
    with stage(folder) as campaign, prefect_server(folder) as server:
        campaign.write(rows=ROWS)
        with _running(campaign, {"PREFECT_API_URL": server.url}) as run:
            until(lambda: _scores(campaign)[-1:] == (1,), what="the first update")
            server.send_signal(signal.SIGSTOP if how == "halted" else signal.SIGKILL)
            Event().wait(AWAY_SECONDS)
            assert _scores(campaign)[-1] == 3, "what was due while it was away waited for it"
            if how == "halted":
                server.send_signal(signal.SIGCONT)
            else:
                server.process.wait()
                server.start()
            assert run.wait(LONGEST_SECONDS) == 0, campaign.output
        assert_played_to_its_end(campaign)
        assert campaign.report()["status"] == "ended"
        assert _scores(campaign)[-1] == LAST_SCORE
        until(lambda: _state(server) == "COMPLETED", what="the run's last state")


def _scores(campaign: Stage) -> tuple[int, ...]:
    return next((each.scores for each in campaign.seen()), ())


def _state(server: Server) -> str:
    found = httpx.post(f"{server.url}/flow_runs/filter", json={}, timeout=30, trust_env=False)
    (run,) = found.json()
    return str(run["state_type"])


@contextmanager
def prefect_server(folder: Path) -> Iterator[Server]:
    (folder / "prefect").mkdir()
    copy_template(folder / "prefect" / "prefect.db")
    server = Server(folder / "prefect")
    try:
        yield server
    finally:
        server.send_signal(signal.SIGKILL)
        server.process.wait()


@contextmanager
def _running(campaign: Stage, more: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Runs the command in a new process: the forked ones have imported Prefect with the address of another server."""
    words = ["run", str(campaign.file), "--yes", "--report", str(campaign.report_file)]
    environment = {**campaign.environment, **QUIET, **more, "PREFECT_HOME": str(campaign.folder / "home")}
    with (campaign.folder / "output.txt").open("ab") as output:
        run = subprocess.Popen(
            [sys.executable, "-m", "live_activity.cli.main", *words],
            env=environment,
            cwd=ROOT,
            stdout=output,
            stderr=output,
        )
    try:
        yield run
    finally:
        run.kill()
        run.wait()
