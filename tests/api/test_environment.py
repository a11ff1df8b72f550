"""Proxies and certificate authorities of the environment, with real sockets."""

from __future__ import annotations

import asyncio
import datetime
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import SecretStr

from live_activity.api import Client, NeverLeft, OutcomeUnknown, RateLimiter
from live_activity.core.clock import RealClock
from tests.api.client_calls import CALLS, KEY, client_at, error_of

HOST = "live.example.test"
SUCCESS = b'{"status": "success", "activity_id": "a-1"}'
NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def http(head: str, body: bytes = b"") -> bytes:
    return f"HTTP/1.1 {head}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


class Proxy:
    """A proxy that answers itself, or connects CONNECT to `target`; `asked` are the requests."""

    def __init__(self, answer: Callable[[str], bytes], target: int | None = None) -> None:
        self.asked: list[str] = []
        self._answer = answer
        self._target = target

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.asked.append(head.split("\r\n")[0])
        writer.write(self._answer(head))
        if head.startswith("CONNECT") and self._target is not None:
            to_reader, to_writer = await asyncio.open_connection("127.0.0.1", self._target)
            await asyncio.gather(_pipe(reader, to_writer), _pipe(to_reader, writer))
        writer.close()


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while part := await reader.read(65536):
        writer.write(part)
    writer.close()


@asynccontextmanager
async def listening(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], object], tls: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)  # type: ignore[arg-type]  # the stubs want a coroutine function
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_calls_go_through_the_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = Proxy(lambda _head: http("200 OK", SUCCESS))
    async with listening(proxy.serve) as port:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{port}")
        async with client_at(f"http://{HOST}") as client:
            assert (await CALLS["update"](client)).status == "success"
    assert proxy.asked == [f"POST http://{HOST}/api/v1/live-activity/update HTTP/1.1"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_loopback_address_is_never_reached_through_a_proxy(
    monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    proxy, server = Proxy(lambda _head: http("502 Bad Gateway")), Proxy(lambda _head: http("200 OK", SUCCESS))
    async with listening(proxy.serve) as port, listening(server.serve) as direct:
        for name in ("HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
        async with client_at(f"http://{host}:{direct}") as client:
            assert (await CALLS["update"](client)).status == "success"
    assert proxy.asked == []


async def test_a_host_of_no_proxy_is_reached_without_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*_: object, **__: object) -> None:
        raise socket.gaierror("no such host")

    proxy = Proxy(lambda _head: http("200 OK", SUCCESS))
    async with listening(proxy.serve) as port:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{port}")
        monkeypatch.setenv("NO_PROXY", "other.test,example.test")
        monkeypatch.setattr(socket, "getaddrinfo", nowhere)
        assert type(await error_of(client_at(f"http://{HOST}"), "update")) is NeverLeft
    assert proxy.asked == []


@pytest.mark.parametrize(
    "head", ["407 Proxy Authentication Required", "502 Bad Gateway", "403 Forbidden", "302 Found"]
)
async def test_a_call_through_a_refused_tunnel_was_never_sent(
    monkeypatch: pytest.MonkeyPatch, head: str
) -> None:
    proxy = Proxy(lambda _head: http(head))
    async with listening(proxy.serve) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:hidden@127.0.0.1:{port}")
        error = await error_of(client_at(f"https://{HOST}"), "start")
    assert type(error) is NeverLeft
    assert "hidden" not in str(error)
    assert proxy.asked == [f"CONNECT {HOST}:443 HTTP/1.1"]


@pytest.mark.parametrize(
    ("head", "kind"),
    [("407 Proxy Authentication Required", NeverLeft), ("504 Gateway Timeout", OutcomeUnknown)],
)
async def test_a_proxys_own_page_is_not_the_apis_answer(
    monkeypatch: pytest.MonkeyPatch, head: str, kind: type[Exception]
) -> None:
    proxy = Proxy(lambda _head: http(head, b"<html><body>squid</body></html>"))
    async with listening(proxy.serve) as port:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{port}")
        assert type(await error_of(client_at(f"http://{HOST}"), "end")) is kind


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate for the host that no public authority has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "authority.pem"
    pem.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(pem, folder / "key.pem")
    return pem, tls


async def test_a_private_authority_is_trusted_where_the_environment_names_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pem, tls = certificate(tmp_path)
    server = Proxy(lambda _head: http("200 OK", SUCCESS))
    async with listening(server.serve, tls) as target:
        proxy = Proxy(lambda _head: b"HTTP/1.1 200 Connection established\r\n\r\n", target)
        async with listening(proxy.serve) as port:
            monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
            untrusted = await error_of(client_at(f"https://{HOST}"), "update")
            monkeypatch.setenv("SSL_CERT_FILE", str(pem))
            async with client_at(f"https://{HOST}") as client:
                assert (await CALLS["update"](client)).status == "success"
    assert type(untrusted) is NeverLeft
    assert "SSL_CERT_FILE" in str(untrusted)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HTTPS_PROXY", "gopher://proxy:hidden@host"),
        ("HTTPS_PROXY", "http://hidden:port:9"),
        ("SSL_CERT_FILE", "/no/such/hidden.pem"),
    ],
)
def test_what_the_environment_names_wrongly_is_reported_at_once_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    clock = RealClock()
    with pytest.raises(ValueError, match=name) as caught:
        Client(
            base_url=f"https://{HOST}",
            api_key=SecretStr(KEY),
            rate_limiter=RateLimiter.in_memory(0, clock),
            clock=clock,
        )
    assert "hidden" not in str(caught.value)
