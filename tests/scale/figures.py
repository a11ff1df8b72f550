"""What the parts of the installation use while campaigns run: memory, processor time, connections, task runs."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import httpx
import psutil
import psycopg
from redis import Redis

SAMPLE_SECONDS = 5.0
# The role of a process, by a word of its command line.
_ROLES = (
    ("prefect.engine", "campaign"),
    ("worker", "worker"),
    ("recover", "recovery"),
)


class Figures:
    """Takes samples, and reports the maxima."""

    def __init__(self, servers: dict[str, int], postgres: str, redis_url: str) -> None:
        """`servers` are process ids by name; `postgres` is the address of any of its databases."""
        self._servers = servers
        self._postgres = postgres
        self._redis_url = redis_url
        self._sampled = 0.0
        self._megabytes: dict[str, float] = defaultdict(float)
        self._seconds: dict[str, dict[int, float]] = defaultdict(dict)
        self._connections: dict[str, int] = defaultdict(int)

    def sample(self, of_machines: Sequence[psutil.Process]) -> None:
        """Takes a sample, unless the last one is less than SAMPLE_SECONDS old."""
        if time.monotonic() - self._sampled < SAMPLE_SECONDS:
            return
        self._sampled = time.monotonic()
        for name, pid in self._servers.items():
            self._look_at(psutil.Process(pid), name)
        for process in of_machines:
            try:
                words = process.cmdline()
            except psutil.Error:
                continue
            role = next((role for word, role in _ROLES if word in words), None)
            if role is not None:
                self._look_at(process, role)
        with psycopg.connect(self._postgres) as connection:
            for database, number in connection.execute(
                "SELECT datname, count(*) FROM pg_stat_activity WHERE datname IS NOT NULL GROUP BY datname"
            ):
                self._connections[database] = max(self._connections[database], number)

    def lines(self, api: str) -> list[str]:
        """Returns the lines to print; `api` is a Prefect server, which counts the task runs."""
        found = [
            f"{role}: at most {self._megabytes[role]:.0f} MB, {sum(seconds.values()):.0f} s of a core in "
            f"{len(seconds)} process{'es' if len(seconds) > 1 else ''}"
            for role, seconds in sorted(self._seconds.items())
        ]
        runs = httpx.post(f"{api}/task_runs/count", json={}, trust_env=False, timeout=60).json()
        found.append(f"task runs: {runs:,}")
        connections = sorted(self._connections.items())
        found += [f"connections to {name}: at most {number}" for name, number in connections]
        with psycopg.connect(self._postgres) as connection:
            for name, size in connection.execute(
                "SELECT datname, pg_database_size(datname) FROM pg_database WHERE datname IN ('ledger', 'prefect')"
            ):
                found.append(f"size of {name}: {size / 1e6:.0f} MB")
        memory: Any = Redis.from_url(self._redis_url).info("memory")
        return [*found, f"Redis: at most {memory['used_memory_peak'] / 1e6:.0f} MB"]

    def _look_at(self, process: psutil.Process, role: str) -> None:
        try:
            megabytes = process.memory_info().rss / 1e6
            times = process.cpu_times()
        except psutil.Error:
            return
        self._megabytes[role] = max(self._megabytes[role], megabytes)
        self._seconds[role][process.pid] = times.user + times.system
