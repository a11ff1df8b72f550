"""Three processes of one account on a busy machine: the vendor never counts more arrivals than the limit.

The vendor's window is 6 seconds here. Some answers take half of it, and others a tenth of a second at most.
"""

from __future__ import annotations

import multiprocessing
import random
import threading
import time
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.chaos.calling import call_api, use_cpu
from tests.chaos.chosen import is_soak

LIMIT, WINDOW = 100, 6.0
SECONDS = 300.0 if is_soak() else 30.0
PROCESSES, BURNERS = 3, 4


@contextmanager
def vendor() -> Iterator[tuple[str, list[float]]]:
    """Serves every push with success; yields its address, and the times at which the calls arrived."""
    arrived: list[float] = []
    chance = random.Random(1)

    class Vendor(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            arrived.append(time.monotonic())
            self.rfile.read(int(self.headers["Content-Length"]))
            time.sleep(WINDOW / 2 if chance.random() < 0.2 else chance.random() / 10)
            body = b'{"status": "success", "sessions_triggered": 1, "skipped_not_synced": 0}'
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """Ignores callers that stop in the middle of a call."""

    with Server(("127.0.0.1", 0), Vendor) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", arrived
        finally:
            server.shutdown()


def test_no_window_holds_more_arrivals_than_the_limit_though_the_machine_is_busy(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    with vendor() as (url, arrived):
        everybody = [
            *(context.Process(target=use_cpu, args=(SECONDS,), daemon=True) for _ in range(BURNERS)),
            *(
                context.Process(
                    target=call_api, args=(url, str(tmp_path), LIMIT, WINDOW, SECONDS), daemon=True
                )
                for _ in range(PROCESSES)
            ),
        ]
        for each in everybody:
            each.start()
        for each in everybody:
            each.join(SECONDS + 120)
    assert [each.exitcode for each in everybody] == [0] * len(everybody)
    moments = sorted(arrived)
    assert len(moments) > LIMIT
    most = max(bisect_right(moments, moment + WINDOW) - place for place, moment in enumerate(moments))
    assert most <= LIMIT
