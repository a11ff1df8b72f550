"""A proxy between one campaign and the shared Prefect server, which can be away, halted, slow or busy."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

FAULTS = ("away", "halted", "slow", "busy")
# The delay of each answer of a slow server.
SLOW_SECONDS = 20.0
_LOOK_SECONDS = 0.1
_BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
)


class PrefectProxy:
    """Forwards bytes in both directions. `fault` is the current fault: None, or one of `FAULTS`."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        assert address.port is not None
        self._server = (address.hostname, address.port)
        self.fault: str | None = None
        self.url = ""

    async def serve(self, ready: threading.Event, stop: asyncio.Event) -> None:
        """Serves until `stop` is set."""
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/api"
        ready.set()
        await stop.wait()
        server.close()

    async def _connected(self, client: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        if self.fault == "away":
            answers.transport.abort()
            return
        with contextlib.suppress(OSError):
            server, requests = await asyncio.open_connection(*self._server)
            both = [
                asyncio.create_task(self._pass(client, requests, answers)),
                asyncio.create_task(self._pass(server, answers, answers, from_server=True)),
            ]
            try:
                await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for each in both:
                    each.cancel()
                requests.transport.abort()
        answers.close()

    async def _pass(
        self,
        source: asyncio.StreamReader,
        target: asyncio.StreamWriter,
        answers: asyncio.StreamWriter,
        *,
        from_server: bool = False,
    ) -> None:
        while chunk := await self._read(source):
            if self.fault == "slow" and from_server:
                await asyncio.sleep(SLOW_SECONDS)
            while self.fault == "halted":  # noqa: ASYNC110  # a test sets it from another thread
                await asyncio.sleep(_LOOK_SECONDS)
            if self.fault == "away":
                answers.transport.abort()
                return
            if self.fault == "busy" and not from_server:
                answers.write(_BUSY)
                await answers.drain()
                return
            target.write(chunk)
            await target.drain()

    async def _read(self, source: asyncio.StreamReader) -> bytes:
        reading = asyncio.ensure_future(source.read(65_536))
        try:
            while not reading.done():
                await asyncio.wait({reading}, timeout=_LOOK_SECONDS)
                if self.fault == "away":
                    return b""
            with contextlib.suppress(OSError):
                return reading.result()
            return b""
        finally:
            reading.cancel()


@contextmanager
def prefect_proxy(url: str) -> Iterator[PrefectProxy]:
    """Runs a proxy in a thread of its own, for as long as the block lasts."""
    proxy, ready, stop = PrefectProxy(url), threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    def run() -> None:
        loop.run_until_complete(proxy.serve(ready, stop))
        for each in asyncio.all_tasks(loop):
            each.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()

    thread = threading.Thread(target=run, name="prefect-proxy", daemon=True)
    thread.start()
    ready.wait()
    try:
        yield proxy
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
