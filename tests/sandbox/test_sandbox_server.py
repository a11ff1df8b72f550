"""The sandbox on a port: it listens, serves many calls at once, stops cleanly, and reports if it cannot listen."""

from __future__ import annotations

import asyncio
import logging
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import ExitStack

import httpx
import pytest

from live_activity import sandbox
from live_activity.core.clock import RealClock
from live_activity.core.virtual_clock import VirtualClock
from live_activity.sandbox import PhoneCounts, SandboxOptions, SandboxServer, serve
from live_activity.sandbox.app import PREFIX
from live_activity.sandbox.server import listen
from tests.sandbox.sandbox_process import CONTENT, NOW, pushing, registering

KEY = {"X-Api-Key": "key"}
PEOPLE = [f"fan-{number}" for number in range(30)]


def test_the_public_names_are_these() -> None:
    assert set(sandbox.__all__) == {
        "AlertCounts",
        "CardRenderer",
        "Decode",
        "FleetProfile",
        "Part",
        "PhoneCounts",
        "SandboxOptions",
        "SandboxServer",
        "create_app",
        "serve",
    }


def test_it_listens_inside_the_block_and_counts_phones_also_after_it() -> None:
    with SandboxServer(SandboxOptions(), clock=VirtualClock(NOW)) as server:
        assert server.base_url.startswith("http://127.0.0.1:")
        with httpx.Client(base_url=server.base_url + PREFIX, headers=KEY) as client:
            answer = client.post("register", json=registering(*PEOPLE)).json()
            client.post("start", json=pushing(answer["activity_id"], CONTENT))
        counted = server.phones([answer["activity_id"], "unknown"])
        assert counted == PhoneCounts(reached=answer["matched"])
        assert server.alerts([answer["activity_id"], "unknown"]).total == answer["matched"]
        assert server.fleet.find("fan-1", now=NOW) is not None
    assert server.phones([answer["activity_id"]]) == counted
    with pytest.raises(httpx.ConnectError):
        httpx.get(server.base_url + "/sandbox")
    assert not [thread for thread in threading.enumerate() if thread.name == "sandbox"]


def test_it_has_no_address_before_the_block() -> None:
    with pytest.raises(RuntimeError, match="does not listen yet"):
        _ = SandboxServer(SandboxOptions(), clock=RealClock()).base_url


def test_servers_side_by_side_have_ports_and_activities_of_their_own() -> None:
    clock = VirtualClock(NOW)
    with (
        SandboxServer(SandboxOptions(), clock=clock) as one,
        SandboxServer(SandboxOptions(), clock=clock) as other,
    ):
        assert one.base_url != other.base_url
        httpx.post(one.base_url + PREFIX + "register", json=registering(*PEOPLE), headers=KEY)
        assert len(httpx.get(one.base_url + "/sandbox/activities").json()["activities"]) == 1
        assert httpx.get(other.base_url + "/sandbox/activities").json()["activities"] == []


def test_it_logs_nothing_and_takes_no_signals(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG, logger="uvicorn")
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with SandboxServer(SandboxOptions(), clock=VirtualClock(NOW)) as server:
        assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
        httpx.post(server.base_url + PREFIX + "register", json=registering(*PEOPLE), headers=KEY)
        with socket.create_connection(listening_on(server.base_url)) as line:
            line.sendall(b"no http\r\n\r\n")
            assert b"400" in line.recv(100)
    assert not [record for record in caplog.records if record.name.startswith("uvicorn")]
    assert capfd.readouterr() == ("", "")


HEAD = "Host: x\r\nX-Api-Key: key\r\nContent-Type: application/json\r\n"
ODD_HTTP = [
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "\x16\x03\x01\x02\x00\x01\x00",
    "GET /sandbox HTTP/1.1\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
    "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n",
    "FOO /sandbox HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET /sandbox/activities/%ff%00%2e%2e HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET /sandbox/wall?last=%f0&at=%ff:1 HTTP/1.1\r\nHost: x\r\n\r\n",
    f"POST {PREFIX}register HTTP/1.1\r\n{HEAD}Transfer-Encoding: chunked\r\n\r\nZZ\r\n",
    f"POST {PREFIX}register HTTP/1.1\r\n{HEAD}Content-Length: -1\r\n\r\n{{}}",
    f"POST {PREFIX}register HTTP/1.1\r\n{HEAD}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{{}}",
    f"POST {PREFIX}end HTTP/1.1\r\n{HEAD}Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00",
    f"POST {PREFIX}end HTTP/1.1\r\n{HEAD}Content-Length: 2\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n{{}}",
]


def test_odd_http_and_odd_bodies_are_refused_and_harm_nothing(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    bodies = [
        b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
        b'{"insider_ids":[' + b"{}," * 50_000 + b"{}]}",
        b'{"do":"step","seconds":' + b"9" * 4_000 + b"}",
        b'[{"do":"timeout","seed":' + b"9" * 4_000 + b"}]",
        b'[{"endpoint":"\\ud800","do":{"delay":{"\\ud800":1}}}]',
        b"\xef\xbb\xbf{}",
    ]
    with SandboxServer(SandboxOptions(), clock=VirtualClock(NOW)) as server:
        for request in ODD_HTTP:
            with socket.create_connection(listening_on(server.base_url), timeout=10) as line:
                line.sendall(request.encode("latin-1"))
                assert re.match(rb"HTTP/1.1 4\d\d ", line.recv(100)), request
        with httpx.Client(base_url=server.base_url, headers=KEY) as client:
            for body in bodies:
                for path in (PREFIX + "register", PREFIX + "update", "/sandbox/device-started"):
                    headers = {"Content-Type": "application/json"}
                    assert client.post(path, content=body, headers=headers).status_code == 400
                for path in ("/sandbox/faults", "/sandbox/clock"):
                    assert client.put(path, content=body).status_code == 400
            for path in ("/sandbox", "/sandbox/requests", "/sandbox/activities", "/sandbox/calls"):
                assert client.get(path).status_code == 200
    assert not [record for record in caplog.records if record.name.startswith("uvicorn")]
    assert capfd.readouterr() == ("", "")


def listening_on(url: str) -> tuple[str, int]:
    parsed = httpx.URL(url)
    assert parsed.port is not None
    return parsed.host, parsed.port


def test_stopping_the_server_ends_calls_that_a_fault_holds() -> None:
    outcome: list[str] = []

    def held(url: str) -> None:
        try:
            httpx.post(url + PREFIX + "register", json=registering(*PEOPLE), headers=KEY, timeout=100)
        except httpx.NetworkError:
            outcome.append("released")

    with SandboxServer(SandboxOptions(), clock=VirtualClock(NOW)) as server:
        httpx.put(server.base_url + "/sandbox/faults", json=[{"do": "timeout", "seconds": 100.0}])
        thread = threading.Thread(target=held, args=(server.base_url,))
        thread.start()
        while not httpx.get(server.base_url + "/sandbox/activities").json()["activities"]:
            time.sleep(0.01)
    thread.join(10)
    assert outcome == ["released"]


@pytest.mark.parametrize("start", [f"POST {PREFIX}register", "PUT /sandbox/faults"])
def test_a_request_that_never_ends_is_dropped_without_an_answer(
    start: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    head = (
        f"{start} HTTP/1.1\r\nHost: x\r\nX-Api-Key: key\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n"
    )
    # The connections stay open longer than the server, which must close by itself.
    with ExitStack() as lines, SandboxServer(SandboxOptions(), clock=VirtualClock(NOW)) as server:
        for leaves in (True, False):
            line = lines.enter_context(socket.create_connection(listening_on(server.base_url)))
            line.sendall(head.encode())
            # Sent when the server waits for the body.
            assert line.recv(100).startswith(b"HTTP/1.1 100 ")
            line.sendall(b"{")
            if leaves:
                line.close()
    assert not [record for record in caplog.records if record.name.startswith("uvicorn")]
    assert capfd.readouterr() == ("", "")


async def test_one_of_many_concurrent_starts_succeeds() -> None:
    with SandboxServer(SandboxOptions(), clock=VirtualClock(NOW)) as server:
        limits = httpx.Limits(max_connections=200)
        async with httpx.AsyncClient(base_url=server.base_url + PREFIX, headers=KEY, limits=limits) as client:
            answer = (await client.post("register", json=registering(*PEOPLE))).json()
            body = pushing(answer["activity_id"], CONTENT)
            responses = await asyncio.gather(*(client.post("start", json=body) for _ in range(200)))
    assert Counter(response.status_code for response in responses) == {200: 1, 409: 199}


async def test_an_answer_that_comes_before_the_body_was_read_is_not_lost() -> None:
    with SandboxServer(SandboxOptions(), clock=VirtualClock(NOW)) as server:
        async with httpx.AsyncClient(base_url=server.base_url + PREFIX) as client:
            for headers, status in (({}, 401), (KEY | {"Content-Type": "application/json"}, 413)):
                response = await client.post("register", content=b" " * (9 * 1024 * 1024), headers=headers)
                assert response.status_code == status
            assert (await client.post("register", json=registering(*PEOPLE), headers=KEY)).status_code == 200


def test_a_port_in_use_is_an_os_error_that_says_so() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match="Address already in use"):
            serve(SandboxOptions(), port=port, clock=RealClock())
        with (
            pytest.raises(OSError, match="Address already in use"),
            SandboxServer(SandboxOptions(), clock=RealClock(), port=port),
        ):
            pass


SERVE = """
from live_activity.core.clock import RealClock
from live_activity.sandbox import SandboxOptions, serve
serve(SandboxOptions(), port=0, clock=RealClock())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of another process work otherwise there")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serving_says_where_and_a_signal_ends_it_quietly(number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SERVE], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            url = line.split()[4]
            assert url.startswith("http://127.0.0.1:")
            with httpx.Client(base_url=url) as client:
                assert client.get("/sandbox").status_code == 200
                process.send_signal(number)
                rest, errors = process.communicate(timeout=20)
        finally:
            process.kill()
    assert (process.returncode, rest, errors) == (0, "", "")


@pytest.mark.parametrize("invalid", [{"sync_delay": -1}, {"requests_per_minute": -1}, {"max_insider_ids": 0}])
def test_invalid_options_are_refused(invalid: dict[str, int]) -> None:
    (name,) = invalid
    with pytest.raises(ValueError, match=name):
        SandboxOptions(**invalid)  # type: ignore[arg-type]  # one of several fields
