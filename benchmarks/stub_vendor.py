"""A server that answers every call of the API after a fixed time, and records when. It checks nothing."""

from __future__ import annotations

import asyncio
import contextlib
import json
import multiprocessing
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_SKIPPED = dict.fromkeys(
    (
        "push_permission_disabled",
        "unsupported_platform",
        "unsupported_os_version",
        "push_to_start_token_missing",
        "user_not_found",
    ),
    0,
)
_BATCH = 10_000
Arrival = tuple[str, float, bytes]
"""The endpoint, the time of the answer (`time.time`), and the body if it is small, else nothing."""


@dataclass
class StubVendor:
    """The address of the server, and the calls that it answered."""

    url: str
    _pipe: Any

    def arrivals(self) -> list[Arrival]:
        """All calls that were answered, oldest first."""
        self._pipe.send("arrivals")
        found: list[Arrival] = self._pipe.recv()
        return found


@contextlib.contextmanager
def stub_vendor(seconds: float) -> Iterator[StubVendor]:
    """Runs the server in a process of its own; each call is answered `seconds` after it was read."""
    processes = multiprocessing.get_context("spawn")
    ours, its = processes.Pipe()
    process = processes.Process(target=_serve, args=(its, seconds), daemon=True)
    process.start()
    try:
        yield StubVendor(ours.recv(), ours)
    finally:
        process.terminate()
        process.join()


def _serve(pipe: Any, seconds: float) -> None:
    asyncio.run(_served(pipe, seconds))


async def _served(pipe: Any, seconds: float) -> None:
    found: list[Arrival] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                body = await reader.readexactly(length)
                endpoint = head.split(b" ", 2)[1].rpartition(b"/")[2].decode()
                await asyncio.sleep(seconds)
                found.append((endpoint, time.time(), body if length < 10_000 else b""))
                content = json.dumps(_answer(endpoint)).encode()
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
                writer.write(b"Content-Length: %d\r\n\r\n%b" % (len(content), content))
                await writer.drain()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, limit=4_000_000)
    pipe.send(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    async with server:
        while True:
            await asyncio.to_thread(pipe.recv)
            pipe.send(list(found))


def _answer(endpoint: str) -> dict[str, Any]:
    if endpoint in ("register", "add-users"):
        activity = {"activity_id": "6f9619ff-8b86-4011-b42d-00c04fc964ff"}
        counted = {"matched": _BATCH, "added": _BATCH, "refreshed": 0, "removed": 0}
        return {"status": "success", **activity, **counted, "skipped": _SKIPPED}
    return {"status": "success", "sessions_triggered": _BATCH}
