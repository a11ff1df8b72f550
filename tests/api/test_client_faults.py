"""Connections that fail in every way, with a failing transport and with a real socket."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from live_activity.api import (
    ApiError,
    NeverLeft,
    OutcomeUnknown,
    RateLimited,
    Repeat,
    ServerFault,
)
from live_activity.api.rate_limiter import IN_FLIGHT_PER_ENDPOINT
from tests.api.client_calls import (
    CALLS,
    KEY,
    SECRETS,
    answering,
    client_at,
    client_of,
    error_of,
    raising,
    shown_by,
)

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

NEVER_LEFT = [
    httpx.ConnectError("refused"),
    httpx.ConnectTimeout(""),
    httpx.PoolTimeout(""),
    httpx.ProxyError("407 Proxy Authentication Required"),
]
UNKNOWN = [
    httpx.ReadTimeout(""),
    httpx.WriteTimeout(""),
    httpx.ReadError("reset"),
    httpx.WriteError("broken pipe"),
    httpx.CloseError(""),
    httpx.RemoteProtocolError("Server disconnected without sending a response."),
    httpx.LocalProtocolError("state"),
    httpx.DecodingError("bad gzip"),
    ConnectionResetError(104, "reset"),
    TimeoutError(),
]
UNKNOWN_REPEAT = {"start": Repeat.AS_QUESTION, "update": Repeat.WHILE_NEWEST}


@pytest.mark.parametrize("endpoint", CALLS)
@pytest.mark.parametrize("trouble", NEVER_LEFT, ids=lambda trouble: type(trouble).__name__)
async def test_a_call_that_was_never_sent_may_always_be_repeated(endpoint: str, trouble: Exception) -> None:
    error = await error_of(client_of(raising(trouble)), endpoint)
    assert type(error) is NeverLeft
    assert error.repeat is Repeat.ALWAYS
    assert error.unprocessed
    assert error.status is None
    assert type(trouble).__name__ in str(error)


@pytest.mark.parametrize("endpoint", CALLS)
@pytest.mark.parametrize("trouble", UNKNOWN, ids=lambda trouble: type(trouble).__name__)
async def test_a_call_that_was_sent_and_not_answered_is_unknown(endpoint: str, trouble: Exception) -> None:
    error = await error_of(client_of(raising(trouble)), endpoint)
    assert type(error) is OutcomeUnknown
    assert error.repeat is UNKNOWN_REPEAT.get(endpoint, Repeat.ALWAYS)
    assert not error.unprocessed
    assert error.status is None


@pytest.mark.parametrize("endpoint", CALLS)
async def test_the_error_does_not_hold_the_request(endpoint: str) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError(f"lost {request.content!r} with {KEY}", request=request)

    error = await error_of(client_of(handler), endpoint)
    assert error.__cause__ is None
    assert error.__context__ is None
    assert not any(secret in shown_by(error) for secret in SECRETS)


class BreaksOff(httpx.AsyncByteStream):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b'{"status": "succ'
        raise httpx.ReadError("reset")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, OutcomeUnknown),
        (401, OutcomeUnknown),
        (404, OutcomeUnknown),
        (429, RateLimited),
        (503, ServerFault),
    ],
)
async def test_an_answer_that_is_cut_off_still_has_its_status(status: int, kind: type[ApiError]) -> None:
    error = await error_of(client_of(answering(status, stream=BreaksOff())), "start")
    assert type(error) is kind
    assert error.status == status
    assert "broke off" in str(error)


async def test_an_answer_that_is_too_large_leaves_the_outcome_unknown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("live_activity.api.connection.LARGEST_ANSWER", 1000)
    error = await error_of(client_of(answering(200, content=b" " * 1001)), "end")
    assert type(error) is OutcomeUnknown


async def test_an_answer_that_is_nested_too_deep_leaves_the_outcome_unknown() -> None:
    error = await error_of(client_of(answering(200, content=b"[" * 200_000)), "end")
    assert type(error) is OutcomeUnknown


@asynccontextmanager
async def serving(serve: Serve) -> AsyncIterator[str]:
    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(one, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"


async def request_of(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
    )
    return head + await reader.readexactly(length)


def saying(raw: bytes) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        writer.write(raw)
        await writer.drain()

    return serve


def http(body: bytes, *, head: str = "200 OK", length: int | None = None, more: str = "") -> bytes:
    length = len(body) if length is None else length
    return f"HTTP/1.1 {head}\r\nContent-Length: {length}\r\n{more}\r\n".encode() + body


async def hang_up(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    return


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await request_of(reader)
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


SUCCESS = b'{"status": "success", "activity_id": "a-1"}'


@pytest.mark.parametrize("endpoint", CALLS)
async def test_a_server_that_answers_is_understood(endpoint: str) -> None:
    async with serving(saying(http(SUCCESS))) as url, client_at(url) as client:
        assert (await CALLS[endpoint](client)).status == "success"


@pytest.mark.parametrize("endpoint", CALLS)
async def test_a_call_to_a_closed_port_was_never_sent(endpoint: str) -> None:
    with socket.socket() as owned_elsewhere:
        # Bound and not listening, so that no other process can take the port.
        owned_elsewhere.bind(("127.0.0.1", 0))
        error = await error_of(client_at(f"http://127.0.0.1:{owned_elsewhere.getsockname()[1]}"), endpoint)
    assert type(error) is NeverLeft


@pytest.mark.parametrize(
    "serve",
    [
        hang_up,
        reset,
        saying(b""),
        saying(b"SSH-2.0-OpenSSH_9.6\r\n"),
        saying(b"HTTP/1.1 200"),
        saying(http(SUCCESS, length=500)),
        saying(http(SUCCESS, more="Content-Encoding: gzip\r\n")),
        saying(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        saying(http(b"\xef\xbb\xbf" + SUCCESS.replace(b"a-1", b"\xe9"))),
        saying(http(b"")),
    ],
    ids=[
        "hang_up",
        "reset",
        "empty",
        "ssh",
        "half_head",
        "short",
        "no_gzip",
        "bad_chunk",
        "latin_1",
        "no_body",
    ],
)
@pytest.mark.parametrize("endpoint", CALLS)
async def test_a_server_that_fails_after_the_request_leaves_the_outcome_unknown(
    serve: Serve, endpoint: str
) -> None:
    async with serving(serve) as url:
        error = await error_of(client_at(url), endpoint)
    assert type(error) is OutcomeUnknown
    assert error.repeat is UNKNOWN_REPEAT.get(endpoint, Repeat.ALWAYS)
    assert not any(secret in shown_by(error) for secret in SECRETS)


async def test_a_kept_connection_that_closes_under_a_call_is_unknown_and_not_repeated() -> None:
    requests: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(await request_of(reader))
        writer.write(http(SUCCESS))
        requests.append(await request_of(reader))

    async with serving(serve) as url, client_at(url) as client:
        await CALLS["update"](client)
        with pytest.raises(OutcomeUnknown):
            await CALLS["start"](client)
    assert len(requests) == 2


async def test_one_client_keeps_its_connection() -> None:
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        for _ in range(3):
            await request_of(reader)
            writer.write(http(SUCCESS))

    async with serving(serve) as url, client_at(url) as client:
        for _ in range(3):
            await CALLS["update"](client)
    assert connections == 1


async def test_a_call_that_has_its_slot_waits_for_no_connection_though_others_hang() -> None:
    arrived, everybody = 0, asyncio.Event()
    calls = 2 * IN_FLIGHT_PER_ENDPOINT

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal arrived
        await request_of(reader)
        arrived += 1
        if arrived == calls:
            everybody.set()
        await everybody.wait()
        writer.write(http(SUCCESS))
        await writer.drain()

    # No call is answered before all have arrived.
    async with serving(serve) as url, client_at(url) as client, asyncio.timeout(60):
        each = ("update", "end") * IN_FLIGHT_PER_ENDPOINT
        await asyncio.gather(*(CALLS[endpoint](client) for endpoint in each))
    assert arrived == calls
