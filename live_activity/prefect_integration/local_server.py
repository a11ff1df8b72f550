"""A Prefect server on this machine, with a database copied from a template; it stops with the process that started it.

The first start of a Prefect server migrates an empty database, which takes some 18 s of CPU. So one migrated database
is kept for each version of Prefect in the user's cache folder, and every new server begins with a copy of it.
The server stops when the pipe at its standard input is closed, so a killed command leaves no server running.
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
from importlib.metadata import version
from pathlib import Path

import httpx
import platformdirs

QUIET = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
}
# A first start migrates a database; on a busy machine that takes a while.
START_SECONDS = 120


class ServerDidNotStart(Exception):
    """The server ended, or was not up in time; the message is one line that says why."""


@contextlib.contextmanager
def local_server() -> Iterator[str]:
    """Runs a server until the block ends; yields the address of its API. Raises `ServerDidNotStart`."""
    home = Path(tempfile.mkdtemp(prefix="live-activity-prefect-"))
    log = home / "server.log"
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    listening.set_inheritable(True)
    try:
        environment = {
            **server_environment(home),
            "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
            "PREFECT_LOGGING_LEVEL": "WARNING",
        }
        copy_template(home / "prefect.db")
        with log.open("wb") as written:
            process = subprocess.Popen(
                [
                    sys.executable,
                    "-P",
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


def server_environment(home: Path) -> dict[str, str]:
    """The environment of a server whose database and settings are in `home`, without any other Prefect settings."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    return {
        **others,
        **QUIET,
        "PREFECT_HOME": str(home),
        "PREFECT_API_DATABASE_CONNECTION_URL": _database_url(home / "prefect.db"),
    }


def copy_template(database: Path) -> None:
    """Creates a migrated database unless the file exists. Raises `ServerDidNotStart` if the migration fails."""
    if database.exists():
        return
    template = _template()
    if not template.exists():
        _migrate(template)
    database.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(template, database)


def _template() -> Path:
    folder = Path(platformdirs.user_cache_dir("live-activity", appauthor=False))
    return folder / f"prefect-{version('prefect')}.db"


def _migrate(template: Path) -> None:
    """Makes the template under another name first, so that several processes can make it at the same time."""
    with tempfile.TemporaryDirectory(prefix="live-activity-template-") as folder:
        made = Path(folder) / "prefect.db"
        command = [sys.executable, "-P", "-m", "prefect", "server", "database", "upgrade", "--yes"]
        done = subprocess.run(
            command, env=server_environment(Path(folder)), capture_output=True, text=True, check=False
        )
        if done.returncode or not made.exists():
            last = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["no output"]
            raise ServerDidNotStart(f"Prefect's database could not be made: {last[0]}")
        template.parent.mkdir(parents=True, exist_ok=True)
        beside = template.with_suffix(f".{os.getpid()}")
        shutil.copyfile(made, beside)
        beside.replace(template)


def _database_url(file: Path) -> str:
    return f"sqlite+aiosqlite:///{file}"


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(f"{url}/health", timeout=2, trust_env=False).status_code == httpx.codes.OK:
                return
        time.sleep(0.1)
    last = log.read_text(errors="replace").strip().splitlines()[-1:] or ["no output"]
    raise ServerDidNotStart(f"the Prefect server did not start: {last[0]}")


def _serve(descriptor: int, home: Path) -> None:
    import uvicorn
    from prefect.server.api.server import create_app

    server = uvicorn.Server(
        uvicorn.Config(create_app(), fd=descriptor, log_level="warning", timeout_graceful_shutdown=3)
    )

    def stop_with_parent() -> None:
        sys.stdin.buffer.read()
        server.should_exit = True
        # A server that does not stop must not outlive the command, and neither must its folder.
        time.sleep(10)
        shutil.rmtree(home, ignore_errors=True)
        os._exit(1)

    threading.Thread(target=stop_with_parent, daemon=True).start()
    server.run()
    shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    _serve(int(sys.argv[1]), Path(sys.argv[2]))
