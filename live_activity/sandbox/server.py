"""Serves the sandbox on a port."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from types import FrameType, TracebackType
from typing import Any, Self

import uvicorn
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from live_activity.core.clock import Clock
from live_activity.sandbox.app import create_app
from live_activity.sandbox.endpoints import TRANSPORT
from live_activity.sandbox.fleet import Fleet
from live_activity.sandbox.options import SandboxOptions
from live_activity.sandbox.sandbox import Sandbox
from live_activity.sandbox.screens import AlertCounts, PhoneCounts

_KEEP_ALIVE_SECONDS = 75
_GRACE_SECONDS = 5


class SandboxServer:
    """A sandbox that listens on a loopback port for as long as the block lasts, in a thread of its own.

    It listens when the block begins, handles no signals and logs only its own bugs. `port` 0 chooses a free
    port. Entering the block raises `OSError` if it cannot listen.
    """

    def __init__(
        self, options: SandboxOptions, *, clock: Clock, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        self._app = create_app(options, clock=clock)
        self._place = (host, port)
        self._thread: threading.Thread | None = None
        self._url: str | None = None

    @property
    def base_url(self) -> str:
        """The address where it listens, without the API's path and without a slash at the end."""
        if self._url is None:
            raise RuntimeError(
                "the sandbox does not listen yet; use it as `with SandboxServer(...) as server`"
            )
        return self._url

    @property
    def sandbox(self) -> Sandbox:
        """The sandbox behind the port. Hold `sandbox.lock` while reading it, as calls may come in."""
        sandbox: Sandbox = self._app.state.sandbox
        return sandbox

    @property
    def fleet(self) -> Fleet:
        """The fleet of phones."""
        return self.sandbox.fleet

    def phones(self, activity_ids: Iterable[str]) -> PhoneCounts:
        """What the phones of these activities show now; also after the block."""
        return self.sandbox.phones(activity_ids)

    def alerts(self, activity_ids: Iterable[str]) -> AlertCounts:
        """The phone alerts that phones of these activities had; also after the block."""
        return self.sandbox.alerts(activity_ids)

    def __enter__(self) -> Self:
        listener = listen(*self._place)
        self._url = url_of(listener)
        self._server = _Server(self._app)
        self._thread = threading.Thread(target=self._run, args=(listener,), name="sandbox", daemon=True)
        self._thread.start()
        self._server.ready.wait()
        if not self._server.started:
            raise RuntimeError("the sandbox could not start; see the traceback above")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.leave()
        if self._thread is not None:
            self._thread.join()

    def _run(self, listener: socket.socket) -> None:
        with _quiet():
            asyncio.run(self._server.serve(sockets=[listener]))


def serve(options: SandboxOptions, *, host: str = "127.0.0.1", port: int = 8700, clock: Clock) -> None:
    """Serves until Ctrl-C or SIGTERM. Prints one line with its URL.

    Raises `OSError` if it cannot listen, and `InvalidInput` for options that cannot be used.
    """
    app = create_app(options, clock=clock)
    listener = listen(host, port)
    server = _Server(app)
    url = url_of(listener)
    with _quiet(), _stopped_by_signals(server.leave):
        sys.stdout.write(f"The sandbox listens on {url} and shows its phones on {url}/sandbox\n")
        sys.stdout.flush()
        asyncio.run(server.serve(sockets=[listener]))


def listen(host: str, port: int) -> socket.socket:
    """A socket that already listens, so that no other process can take the port. Raises `OSError`."""
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listener = socket.socket(family, kind, protocol)
    try:
        if sys.platform != "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(2048)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener


def url_of(listener: socket.socket) -> str:
    """The address of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class _Protocol(H11Protocol):
    """Passes the connection to the app, which may reset it, and writes no access log."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.access_log = False
        inner = self.app

        async def with_transport(scope: Scope, receive: Receive, send: Send) -> None:
            scope["extensions"] = {**(scope.get("extensions") or {}), TRANSPORT: self.transport}
            await inner(scope, receive, send)

        self.app = with_transport

    def drop_incomplete(self) -> None:
        """Drops a request whose body is incomplete: the rest may never arrive."""
        if self.cycle is not None and self.cycle.more_body and not self.cycle.response_complete:
            self.transport.abort()


class _Server(uvicorn.Server):
    """A uvicorn server that can be stopped from any thread, at once instead of at its next tick."""

    def __init__(self, app: Starlette) -> None:
        config = uvicorn.Config(
            app,
            http=_Protocol,
            ws="none",
            lifespan="off",
            loop="asyncio",
            log_config=None,
            server_header=False,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
        super().__init__(config)
        self.ready = threading.Event()
        self._held: asyncio.Event = app.state.leaving
        self._loop: asyncio.AbstractEventLoop | None = None
        self._left = asyncio.Event()
        self._leaving = False

    def leave(self) -> None:
        """Stops serving gracefully. Callable from any thread and from signal handlers."""
        self._leaving = True
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._left.set)

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        try:
            await super().serve(sockets)
        finally:
            self.ready.set()

    async def main_loop(self) -> None:
        await self.on_tick(0)
        self.ready.set()
        if not self._leaving:
            await self._left.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._held.set()
        for connection in list(self.server_state.connections):
            if isinstance(connection, _Protocol):
                connection.drop_incomplete()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.contextmanager
def _stopped_by_signals(stop: Callable[[], None]) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def handler(_number: int, _frame: FrameType | None) -> None:
        stop()

    before = {number: signal.signal(number, handler) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Suppresses uvicorn's log records about this thread's server, except tracebacks."""
    here = threading.get_ident()

    def is_relevant(record: logging.LogRecord) -> bool:
        return record.thread != here or record.exc_info is not None

    log = logging.getLogger("uvicorn.error")
    log.addFilter(is_relevant)
    try:
        yield
    finally:
        log.removeFilter(is_relevant)
