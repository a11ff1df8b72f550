"""A separate Redis server on a loopback port."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from redis import Redis, RedisError

NO_REDIS = "no redis-server here (apt-get install redis-server)"


@contextmanager
def redis_server(program: str, folder: Path, *, port: int) -> Iterator[str]:
    """Runs a server for as long as the block lasts; yields its address."""
    words = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen([program, *words], stdout=said, stderr=said)
        try:
            url = f"redis://127.0.0.1:{port}/0"
            until = time.monotonic() + 20
            while time.monotonic() < until:
                with suppress(RedisError):
                    Redis.from_url(url).ping()
                    break
            yield url
        finally:
            process.terminate()
            process.wait(20)
