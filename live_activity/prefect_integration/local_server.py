"""A Prefect server for one command: on a free loopback port, in a home of its own, gone with whoever started it.

Prefect's temporary server is no base for the main job (its start can pass a limit of 20 s, and its shutdown prints
tracebacks), so this is a real one, in a process of its own. It lives as long as its standard input is open: also a
killed command leaves none behind.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

QUIET = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
}
# The first start migrates a database; on a busy machine that takes a while.
START_SECONDS = 120
# One that is begun again is up in a quarter of that; what is to be played may have a minute to lose, not ten.
PATIENCE_SECONDS = 60.0
ANSWER_SECONDS = 10.0


class ServerDidNotStart(Exception):
    """There is no Prefect server: the private one ended or was not up in time, or the named one does not answer."""


@contextlib.contextmanager
def private_server() -> Iterator[str]:
    """The API address of a server that lives as long as the block. Raises `ServerDidNotStart`."""
    home = Path(tempfile.mkdtemp(prefix="live-activity-prefect-"))
    log = home / "server.log"
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    listening.set_inheritable(True)
    environment = {
        **os.environ,
        **QUIET,
        "PREFECT_HOME": str(home),
        "PREFECT_API_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{home / 'prefect.db'}",
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_LOGGING_LEVEL": "WARNING",
    }
    try:
        with log.open("wb") as written:
            process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "live_activity.prefect_integration.local_server",
                    str(listening.fileno()),
                    str(home),
                ],
                stdin=subprocess.PIPE,
                stdout=written,
                stderr=written,
                env=environment,
                pass_fds=(listening.fileno(),),
                start_new_session=True,
            )
        listening.close()
        try:
            _wait_for(f"http://127.0.0.1:{port}/api", process, log)
            yield f"http://127.0.0.1:{port}/api"
        finally:
            if process.stdin is not None:
                process.stdin.close()
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
    finally:
        shutil.rmtree(home, ignore_errors=True)


def wait_until_reachable(url: str, *, though_nobody_listens: bool = False) -> None:
    """Waits for the server that somebody named: a busy one answers late, and one that is begun again is soon back.

    Raises `ServerDidNotStart` where it stays away, at once where nobody listens and that is not to be waited out.
    """
    until = time.monotonic() + PATIENCE_SECONDS
    while (trouble := _trouble(url)) is not None:
        waits = though_nobody_listens or trouble != httpx.ConnectError.__name__
        if not waits or time.monotonic() >= until:
            raise ServerDidNotStart(
                f"no Prefect server answers at {url} ({trouble}); start it, or unset PREFECT_API_URL"
            )
        time.sleep(0.5)


def _trouble(url: str) -> str | None:
    """What keeps a server from being used, in a word; None where it answers."""
    try:
        answer = httpx.get(f"{url}/health", timeout=ANSWER_SECONDS)
    except httpx.TransportError as error:
        return type(error).__name__
    # What stands before a server that is begun again answers for it.
    return f"HTTP {answer.status_code}" if answer.is_server_error else None


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(f"{url}/health", timeout=2, trust_env=False).status_code == httpx.codes.OK:
                return
        time.sleep(0.1)
    last = log.read_text(errors="replace").strip().splitlines()[-1:] or ["it said nothing"]
    raise ServerDidNotStart(f"the private Prefect server did not start: {last[0]}")


def _serve(descriptor: int, home: Path) -> None:
    import uvicorn
    from prefect.server.api.server import create_app

    server = uvicorn.Server(
        uvicorn.Config(create_app(), fd=descriptor, log_level="warning", timeout_graceful_shutdown=3)
    )

    def stop_with_whoever_started_it() -> None:
        sys.stdin.buffer.read()
        server.should_exit = True
        # A server that does not come to its end must not outlive the command, and its home must not either.
        time.sleep(10)
        shutil.rmtree(home, ignore_errors=True)
        os._exit(1)

    threading.Thread(target=stop_with_whoever_started_it, daemon=True).start()
    server.run()
    shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    _serve(int(sys.argv[1]), Path(sys.argv[2]))
