"""Serves the desk on a port."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Self

import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from live_activity.desk.app import create_app
from live_activity.desk.options import DeskOptions
from live_activity.ledger import Database
from live_activity.sandbox.server import listen, url_of

DEFAULT_PORT = 8710
_GRACE_SECONDS = 2
HEAD_SECONDS = 15.0


class DeskServer:
    """A desk that listens for as long as the block lasts, in a thread of its own. Raises `OSError`."""

    def __init__(
        self, database: Database, options: DeskOptions, *, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        self._listener = listen(host, port)
        self._server = _Server(create_app(database, options))
        self._thread = threading.Thread(target=self._run, name="desk", daemon=True)
        self.url = url_of(self._listener)
        self.sign_in_url = sign_in_url(self.url, options)

    def __enter__(self) -> Self:
        self._thread.start()
        self._server.ready.wait(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join()

    def _run(self) -> None:
        asyncio.run(self._server.serve(sockets=[self._listener]))


def serve(
    database: Database, options: DeskOptions, *, host: str = "127.0.0.1", port: int = DEFAULT_PORT
) -> None:
    """Serves until Ctrl-C or SIGTERM. Prints the address with the token. Raises `OSError` if it cannot listen."""
    listener = listen(host, port)
    server = _Server(create_app(database, options), signals=True)
    sys.stdout.write(f"The desk: {sign_in_url(url_of(listener), options)}\n")
    sys.stdout.flush()
    asyncio.run(server.serve(sockets=[listener]))


def sign_in_url(url: str, options: DeskOptions) -> str:
    """The address that signs in; behind a sign-in proxy it has no token."""
    return url if options.proxy_secret is not None else f"{url}/sign-in?token={options.token}"


def _without_traces(app: ASGIApp) -> ASGIApp:
    """The same app without its exceptions: the server would log them with tracebacks, which may have private data.

    The app has already answered the request and logged the exception.
    """

    async def answered(scope: Scope, receive: Receive, send: Send) -> None:
        with contextlib.suppress(Exception):  # see above
            await app(scope, receive, send)

    return answered


class _Protocol(H11Protocol):
    """Closes connections whose next request does not arrive: many of them would keep everybody else out."""

    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        super().connection_made(transport)
        self._wait_for_request()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._is_answering:
            self._stop_waiting()
        elif self._waiting is None:
            self._wait_for_request()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    @property
    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _wait_for_request(self) -> None:
        self._waiting = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _give_up(self) -> None:
        self._waiting = None
        if not self._is_answering:
            self.transport.close()


class _Server(uvicorn.Server):
    """A uvicorn server that writes no access log (addresses hold the token), and ends its event streams."""

    def __init__(self, app: Starlette, *, signals: bool = False) -> None:
        config = uvicorn.Config(
            _without_traces(app),
            http=_Protocol,
            ws="none",
            lifespan="off",
            loop="asyncio",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=500,
            h11_max_incomplete_event_size=32 * 1024,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
        super().__init__(config)
        self._desk = app
        self._signals = signals
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._desk.state.changes.leaving.set()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        if not self._signals:
            yield
            return
        with super().capture_signals():
            yield
