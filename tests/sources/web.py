"""A real server on a loopback port; a test changes, breaks and repairs the table that it serves."""

from __future__ import annotations

import gzip
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class AdminApi:
    """The server's next answers, and the requests that it got."""

    body: str = ""
    etag: str | None = None
    modified: str | None = None
    status: int = 200
    kind: str = "text/csv"
    url: str = ""
    # Bytes sent instead of `body`, and whether a Content-Encoding header says that they are compressed.
    packed: bytes | None = None
    encoded: bool = True
    # Whether Content-Length is sent, further headers, and the target of a redirect.
    delimited: bool = True
    headers: dict[str, str] = field(default_factory=dict)
    location: str | None = None
    # Bodies of other paths by their file name, and the header without which the answer is 401.
    pages: dict[str, str] = field(default_factory=dict)
    needs: tuple[str, str] | None = None
    asked: list[dict[str, str]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    answering: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.answering.set()

    def pack(self, *, most: int | None = None) -> None:
        """Sends the body compressed from now on, cut off after `most` bytes."""
        self.packed = gzip.compress(self.body.encode())[:most]


@contextmanager
def serving(desk: AdminApi, context: ssl.SSLContext | None = None) -> Iterator[AdminApi]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            same = (desk.etag and self.headers["If-None-Match"] == desk.etag) or (
                desk.modified and not desk.etag and self.headers["If-Modified-Since"] == desk.modified
            )
            status = 304 if same and desk.status == 200 else desk.status
            if desk.location is not None:
                status = 302
                desk.headers = {"Location": desk.location}
            if desk.needs is not None and self.headers[desk.needs[0]] != desk.needs[1]:
                status = 401
            desk.answering.wait()
            page = desk.pages.get(self.path.rpartition("/")[2], desk.body)
            body = b"" if status == 304 else desk.packed or page.encode()
            self.send_response(status)
            for name, value in (("ETag", desk.etag), ("Last-Modified", desk.modified)):
                if value:
                    self.send_header(name, value)
            self.send_header("Content-Type", desk.kind)
            if desk.packed and desk.encoded and status == 200:
                self.send_header("Content-Encoding", "gzip")
            if desk.delimited:
                self.send_header("Content-Length", str(len(body)))
            for name, value in desk.headers.items():
                self.send_header(name, value)
            desk.asked.append(dict(self.headers))
            # Recorded first: a client that has the last byte may look at the record at once.
            desk.answers.append(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Prints nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    # A client that does not trust its certificate hangs up.
    server.handle_error = lambda request, client_address: None  # type: ignore[method-assign]  # a client that goes away prints nothing
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    scheme = "http" if context is None else "https"
    desk.url = f"{scheme}://127.0.0.1:{server.server_port}/rows.csv"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield desk
    finally:
        desk.answering.set()
        server.shutdown()
        thread.join()
        server.server_close()
