"""The connection to an account's API: one POST per exchange; a failure is returned, not raised."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx
from pydantic import SecretStr

from live_activity.api.endpoints import CONNECT_TIMEOUT, PREFIX, WRITE_TIMEOUT, Endpoint
from live_activity.api.errors import ApiError, NeverLeft, OutcomeUnknown
from live_activity.api.response import ApiResponse
from live_activity.core.http_environment import is_loopback

# No call waits for a connection after it was given its slot: the rate limiter bounds the calls in flight.
_LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=100, keepalive_expiry=3.0)
# An answer that counts 10,000 people by id has about 3 MB.
LARGEST_ANSWER = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Failure:
    """An exchange without an answer: the class of the error to raise, and what went wrong."""

    kind: type[ApiError]
    text: str = field(repr=False)


class Connection:
    """The pool of connections to one base URL, with the key that each request carries."""

    def __init__(self, base_url: str, api_key: SecretStr, transport: httpx.AsyncBaseTransport | None) -> None:
        """Raises `ValueError` where the URL, the key or the environment's proxies and certificates cannot be used.

        The message contains none of them.
        """
        self._root = _root(base_url)
        self._api_key = _usable(api_key)
        self._http = _http_client(self._root, transport)

    @property
    def secret(self) -> str:
        """The key, which no text that leaves this process may contain."""
        return self._api_key.get_secret_value()

    async def aclose(self) -> None:
        """Closes the connections. They cannot be used afterwards."""
        await self._http.aclose()

    async def exchange(self, endpoint: Endpoint, payload: bytes) -> ApiResponse | Failure:
        """Posts the payload. Returns the answer, or the failure where there is none.

        Raises nothing: httpx's exceptions hold the request, with its key and its people.
        """
        request = self._http.build_request(
            "POST",
            self._root + endpoint.path,
            content=payload,
            headers={"X-Api-Key": self._api_key.get_secret_value(), "Content-Type": "application/json"},
            timeout=httpx.Timeout(
                connect=CONNECT_TIMEOUT, pool=CONNECT_TIMEOUT, write=WRITE_TIMEOUT, read=endpoint.read_timeout
            ),
        )
        response: httpx.Response | None = None
        try:
            async with asyncio.timeout(endpoint.deadline):
                response = await self._http.send(request, stream=True)
                return ApiResponse(response.status_code, response.headers, await _body(response))
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError) as error:
            # A proxy's error comes from setting up the tunnel, before the request.
            return Failure(NeverLeft, _describe(error))
        except (httpx.HTTPError, OSError) as error:
            if response is not None:
                # The status had arrived, and is often enough.
                return ApiResponse(response.status_code, response.headers, None)
            return Failure(OutcomeUnknown, _describe(error))
        finally:
            if response is not None:
                with contextlib.suppress(httpx.HTTPError, OSError):
                    await response.aclose()


def _http_client(root: str, transport: httpx.AsyncBaseTransport | None) -> httpx.AsyncClient:
    url = httpx.URL(root)
    try:
        return httpx.AsyncClient(
            transport=transport,
            trust_env=not is_loopback(url.host),
            # Nothing is encrypted on the way to a loopback address, and reading all certificates takes a while.
            verify=url.scheme == "https" or not is_loopback(url.host),
            limits=_LIMITS,
            follow_redirects=False,
        )
    except (ValueError, httpx.InvalidURL, ImportError):
        raise ValueError(
            "a proxy of the environment (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY) cannot be used; write it as "
            "http://host:port"
        ) from None
    except OSError:  # also ssl.SSLError
        raise ValueError(
            "the certificates that SSL_CERT_FILE or SSL_CERT_DIR names cannot be read; name a PEM file, or a folder of "
            "them"
        ) from None


async def _body(response: httpx.Response) -> bytes | None:
    body = bytearray()
    async for part in response.aiter_bytes():
        body += part
        if len(body) > LARGEST_ANSWER:
            return None
    return bytes(body)


def _root(base_url: str) -> str:
    invalid = "the base URL must be like https://host, without a user, a query or a fragment"
    try:
        parts = urlsplit(base_url.strip())
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        httpx.URL(base_url.strip())
    except (ValueError, httpx.InvalidURL):
        usable = False
        parts = urlsplit("")
    if not usable or "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError(invalid)
    path = parts.path.rstrip("/")
    prefix = PREFIX.rstrip("/")
    if not path.endswith(prefix):
        path += prefix
    return f"{parts.scheme}://{parts.netloc}{path}/"


def _usable(api_key: SecretStr) -> SecretStr:
    key = api_key.get_secret_value().strip()
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise ValueError("the API key is empty, or has a character that no header can carry; copy it again")
    return SecretStr(key)


def _describe(error: Exception) -> str:
    message = str(error)
    if "CERTIFICATE_VERIFY_FAILED" in message:
        message += "; if a proxy of your network signs it, name its authority in SSL_CERT_FILE"
    return f"{type(error).__name__}: {message}" if message else type(error).__name__
