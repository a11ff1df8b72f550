"""The sandbox on a port, with a log of its own: arrival time, endpoint, key and status of each request.

    python -m tests.scale.sandbox_process --fleet FILE --limit N --log FILE

A line of the log is: monotonic seconds, endpoint, a digest of the key, status (`-` if the caller left before it).
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import sys
import time
from pathlib import Path
from typing import TextIO

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from live_activity.core.clock import RealClock
from live_activity.sandbox import SandboxOptions
from live_activity.sandbox.app import PREFIX, create_app
from live_activity.sandbox.server import listen, url_of

API_KEY = "key-of-the-scale-test"
SYNC_SECONDS = 1.0


class ArrivalLog:
    """Writes a line for each call to the API, with the time at which its headers had arrived."""

    def __init__(self, app: ASGIApp, log: TextIO) -> None:
        self._app = app
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self._app(scope, receive, send)
            return
        arrived = time.monotonic()
        status = "-"

        async def seen(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
            await send(message)

        key = next((value for name, value in scope["headers"] if name == b"x-api-key"), b"")
        try:
            await self._app(scope, receive, seen)
        finally:
            digest = hashlib.sha256(key).hexdigest()[:8]
            self._log.write(f"{arrived:.6f} {scope['path'].removeprefix(PREFIX)} {digest} {status}\n")
            self._log.flush()


def main() -> None:
    """Serves until SIGTERM; the first line of its output is its address."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--fleet", type=Path, required=True)
    parser.add_argument("--limit", type=int, required=True)
    parser.add_argument("--log", type=Path, required=True)
    asked = parser.parse_args()
    options = SandboxOptions(
        api_keys=frozenset({API_KEY}),
        fleet=asked.fleet,
        sync_delay=SYNC_SECONDS,
        requests_per_minute=asked.limit,
    )
    with asked.log.open("w") as log:
        app = ArrivalLog(create_app(options, clock=RealClock()), log)
        listener = listen("127.0.0.1", 0)
        sys.stdout.write(url_of(listener) + "\n")
        sys.stdout.flush()
        server = uvicorn.Server(
            uvicorn.Config(app, lifespan="off", log_config=None, ws="none", timeout_keep_alive=75)
        )
        asyncio.run(server.serve(sockets=[listener]))


if __name__ == "__main__":
    main()
