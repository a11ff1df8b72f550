"""The client of the Live Activities API: one method an endpoint, one HTTP request a call."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, SecretStr

from live_activity.api.endpoints import (
    ADD_USERS,
    CONNECT_TIMEOUT,
    END,
    POOL_TIMEOUT,
    PREFIX,
    REGISTER,
    REMOVE_USERS,
    START,
    UPDATE,
    WRITE_TIMEOUT,
    Endpoint,
)
from live_activity.api.errors import ApiError, NeverLeft, OutcomeUnknown, RefusedRequest
from live_activity.api.models import Added, Pushed, Removed
from live_activity.api.parse_response import parse_response
from live_activity.api.rate_limiter import RateLimiter
from live_activity.api.redaction import told
from live_activity.api.response import ApiResponse
from live_activity.api.target_device import TargetDevice
from live_activity.core.clock import Clock

Answer = TypeVar("Answer", bound=BaseModel)

# Below the 256 files that some systems allow a process. A call that waits for a connection has had its turn in the
# pace already, so too few would let calls bunch up behind it.
MOST_CONNECTIONS = 200
# Many servers close a connection that was idle for 5 s; a call that meets the closing has an unknown outcome.
IDLE_SECONDS = 3.0
# An answer that counts 10,000 people by id has about 3 MB.
LARGEST_ANSWER = 32 * 1024 * 1024


class Client:
    """Speaks to one account. Keep one for each process and event loop: it holds the pool of connections.

    Each method waits for its turn in the pace and makes exactly one request; whether to repeat is for the caller to
    say, from `ApiError.repeat`. Every method raises `ApiError`, and nothing else for whatever a server answers.
    """

    def __init__(
        self,
        *,
        base_url: str,
        api_key: SecretStr,
        pace: RateLimiter,
        clock: Clock,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Raises `ValueError` where the URL or the key cannot be used; it shows neither."""
        self._root = _root(base_url)
        self._api_key = _usable(api_key)
        self._pace = pace
        self._clock = clock
        limits = httpx.Limits(
            max_connections=MOST_CONNECTIONS,
            max_keepalive_connections=MOST_CONNECTIONS // 2,
            keepalive_expiry=IDLE_SECONDS,
        )
        self._http = httpx.AsyncClient(
            # Proxies and credentials of the environment are not for these calls.
            transport=transport or httpx.AsyncHTTPTransport(limits=limits, trust_env=False),
            trust_env=False,
            follow_redirects=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Closes the connections. The client cannot be used any more."""
        await self._http.aclose()

    async def register(self, *, activity_type: str, insider_ids: Sequence[str], ends_at: datetime) -> Added:
        """Makes an activity with its first people. Repeating it makes another; the orphan pushes nothing."""
        body = {
            "activity_type": activity_type,
            "insider_ids": list(insider_ids),
            "ends_at": _rfc_3339(ends_at),
        }
        return await self._call(REGISTER, body, Added, people=lambda: insider_ids)

    async def add_users(self, *, activity_id: str, activity_type: str, insider_ids: Sequence[str]) -> Added:
        """Adds people before the start. Who is there already counts as refreshed."""
        body = {"activity_id": activity_id, "activity_type": activity_type, "insider_ids": list(insider_ids)}
        return await self._call(
            ADD_USERS, body, Added, people=lambda: insider_ids, defaults={"activity_id": activity_id}
        )

    async def remove_users(
        self, *, activity_id: str, activity_type: str, insider_ids: Sequence[str]
    ) -> Removed:
        """Takes people out before the start. Unknown ids are ignored."""
        body = {"activity_id": activity_id, "activity_type": activity_type, "insider_ids": list(insider_ids)}
        return await self._call(REMOVE_USERS, body, Removed, people=lambda: insider_ids)

    async def start(
        self,
        *,
        activity_id: str,
        activity_type: str,
        content: Mapping[str, Any],
        target_devices: Sequence[TargetDevice] | None = None,
    ) -> Pushed:
        """Starts the activity, on the whole segment or on the devices given. Locks it at once."""
        return await self._push(START, activity_id, activity_type, content, target_devices)

    async def update(
        self,
        *,
        activity_id: str,
        activity_type: str,
        content: Mapping[str, Any],
        target_devices: Sequence[TargetDevice] | None = None,
    ) -> Pushed:
        """Sends content to the phones that have synced."""
        return await self._push(UPDATE, activity_id, activity_type, content, target_devices)

    async def end(
        self,
        *,
        activity_id: str,
        activity_type: str,
        content: Mapping[str, Any],
        target_devices: Sequence[TargetDevice] | None = None,
    ) -> Pushed:
        """Sends the final content and closes the activity: also where it skipped phones there is no second try."""
        return await self._push(END, activity_id, activity_type, content, target_devices)

    async def _push(
        self,
        endpoint: Endpoint,
        activity_id: str,
        activity_type: str,
        content: Mapping[str, Any],
        devices: Sequence[TargetDevice] | None,
    ) -> Pushed:
        body: dict[str, Any] = {
            "activity_id": activity_id,
            "activity_type": activity_type,
            "content": dict(content),
        }
        if devices is not None:
            if not devices:
                raise ValueError("target_devices is empty; leave it out to reach the whole segment")
            body["target_devices"] = [{"insider_id": d.insider_id, "udid": d.udid} for d in devices]
        return await self._call(
            endpoint,
            body,
            Pushed,
            people=lambda: [part for d in devices or () for part in (d.insider_id, d.udid)],
        )

    async def _call(
        self,
        endpoint: Endpoint,
        body: Mapping[str, Any],
        model: type[Answer],
        *,
        people: Callable[[], Iterable[str]],
        defaults: Mapping[str, Any] | None = None,
    ) -> Answer:
        def secrets() -> tuple[str, ...]:
            return (self._api_key.get_secret_value(), *people())

        payload = _json(body)
        if isinstance(payload, str):
            raise RefusedRequest(told(payload, secrets()), endpoint=endpoint.name)
        await self._pace.acquire(endpoint.name)
        reply = await self._exchange(endpoint, payload, secrets)
        # Raised here, not where it was caught: httpx's exceptions hold the request, its key and its people, and one
        # that is raised while another is handled keeps that other one in its context.
        if isinstance(reply, ApiError):
            raise reply
        answer = parse_response(
            reply, model, endpoint=endpoint.name, secrets=secrets, now=self._clock.now(), defaults=defaults
        )
        if isinstance(answer, ApiError):
            raise answer
        return answer

    async def _exchange(
        self, endpoint: Endpoint, payload: bytes, secrets: Callable[[], Iterable[str]]
    ) -> ApiResponse | ApiError:
        request = self._http.build_request(
            "POST",
            self._root + endpoint.path,
            content=payload,
            headers={"X-Api-Key": self._api_key.get_secret_value(), "Content-Type": "application/json"},
            timeout=httpx.Timeout(
                connect=CONNECT_TIMEOUT, pool=POOL_TIMEOUT, write=WRITE_TIMEOUT, read=endpoint.read_timeout
            ),
        )
        response: httpx.Response | None = None
        try:
            async with asyncio.timeout(endpoint.deadline):
                response = await self._http.send(request, stream=True)
                return ApiResponse(response.status_code, response.headers, await _body(response))
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as trouble:
            return NeverLeft(told(_words(trouble), secrets()), endpoint=endpoint.name)
        except (httpx.HTTPError, OSError) as trouble:
            if response is not None:
                # The status had come, and often says all.
                return ApiResponse(response.status_code, response.headers, None)
            return OutcomeUnknown(told(_words(trouble), secrets()), endpoint=endpoint.name)
        finally:
            if response is not None:
                with contextlib.suppress(httpx.HTTPError, OSError):
                    await response.aclose()


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


def _rfc_3339(moment: datetime) -> str:
    if moment.utcoffset() is None:
        raise ValueError("ends_at has no time zone; give it one, such as UTC")
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def _json(body: Mapping[str, Any]) -> bytes | str:
    """The body as JSON, or what is wrong with it. Escaped to ASCII, which half a surrogate pair cannot break."""
    try:
        return json.dumps(body, separators=(",", ":"), allow_nan=False).encode("ascii")
    except (ValueError, TypeError, RecursionError) as invalid:
        return f"it did not leave, because its content cannot be written as JSON: {invalid}"


def _words(trouble: Exception) -> str:
    said = str(trouble)
    return f"{type(trouble).__name__}: {said}" if said else type(trouble).__name__
