"""The client of the Live Activities API: one method per endpoint, one HTTP request per call."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
from pydantic import BaseModel, SecretStr

from live_activity.api.connection import Connection, Failure
from live_activity.api.endpoints import (
    ADD_USERS,
    END,
    REGISTER,
    REMOVE_USERS,
    START,
    UPDATE,
    Endpoint,
)
from live_activity.api.errors import ApiError, RefusedRequest
from live_activity.api.models import Added, Pushed, Removed
from live_activity.api.parse_response import parse_response
from live_activity.api.rate_limiter import RateLimiter
from live_activity.api.redaction import redacted_line
from live_activity.api.target_device import TargetDevice
from live_activity.core.clock import Clock

Model = TypeVar("Model", bound=BaseModel)


class Client:
    """Makes the calls of one account. Keep one per process and event loop: it holds the connection pool.

    Each method waits for a slot of the rate limiter and makes exactly one request; the caller decides from
    `ApiError.repeat` whether to repeat it. A method raises no other error than `ApiError`, whatever the server answers.
    Proxies and certificate authorities of the environment (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`,
    `SSL_CERT_FILE`, `SSL_CERT_DIR`) are used, except for a loopback address.
    """

    def __init__(
        self,
        *,
        base_url: str,
        api_key: SecretStr,
        rate_limiter: RateLimiter,
        clock: Clock,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Raises `ValueError` where the URL, the key or the environment's proxies and certificates cannot be used.

        The message contains none of them.
        """
        self._connection = Connection(base_url, api_key, transport)
        self._rate_limiter = rate_limiter
        self._clock = clock

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Closes the connections. The client cannot be used afterwards."""
        await self._connection.aclose()

    async def register(self, *, activity_type: str, insider_ids: Sequence[str], ends_at: datetime) -> Added:
        """Creates an activity with its first people. Repeating it creates another; the unused one sends nothing."""
        body = {
            "activity_type": activity_type,
            "insider_ids": list(insider_ids),
            "ends_at": _rfc_3339(ends_at),
        }
        return await self._call(REGISTER, body, Added, people=lambda: insider_ids)

    async def add_users(self, *, activity_id: str, activity_type: str, insider_ids: Sequence[str]) -> Added:
        """Adds people before the start. Somebody who is in it already counts as refreshed."""
        body = {"activity_id": activity_id, "activity_type": activity_type, "insider_ids": list(insider_ids)}
        return await self._call(
            ADD_USERS, body, Added, people=lambda: insider_ids, defaults={"activity_id": activity_id}
        )

    async def remove_users(
        self, *, activity_id: str, activity_type: str, insider_ids: Sequence[str]
    ) -> Removed:
        """Removes people before the start. Unknown ids are ignored."""
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
        """Starts the activity for all its people, or on the given devices. The activity is locked from then on."""
        return await self._push(START, activity_id, activity_type, content, target_devices)

    async def update(
        self,
        *,
        activity_id: str,
        activity_type: str,
        content: Mapping[str, Any],
        target_devices: Sequence[TargetDevice] | None = None,
    ) -> Pushed:
        """Sends content to the phones whose tokens have been synced."""
        return await self._push(UPDATE, activity_id, activity_type, content, target_devices)

    async def end(
        self,
        *,
        activity_id: str,
        activity_type: str,
        content: Mapping[str, Any],
        target_devices: Sequence[TargetDevice] | None = None,
    ) -> Pushed:
        """Sends the final content and closes the activity; phones that it skips cannot be reached any more."""
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
        model: type[Model],
        *,
        people: Callable[[], Iterable[str]],
        defaults: Mapping[str, Any] | None = None,
    ) -> Model:
        def secrets() -> tuple[str, ...]:
            return (self._connection.secret, *people())

        activity = body.get("activity_id")
        payload = _json(body)
        if isinstance(payload, str):
            raise RefusedRequest(redacted_line(payload, secrets()), endpoint=endpoint.name, activity=activity)
        async with self._rate_limiter.slot(endpoint.name):
            response = await self._connection.exchange(endpoint, payload)
        # Raised here, not in an `except` block: an error raised there keeps httpx's exception in its context, which
        # holds the request with its key and its people.
        if isinstance(response, Failure):
            raise response.kind(
                redacted_line(response.text, secrets()), endpoint=endpoint.name, activity=activity
            )
        answer = parse_response(
            response,
            model,
            endpoint=endpoint.name,
            activity=activity,
            secrets=secrets,
            now=self._clock.now(),
            defaults=defaults,
        )
        if isinstance(answer, ApiError):
            raise answer
        return answer


def _rfc_3339(moment: datetime) -> str:
    if moment.utcoffset() is None:
        raise ValueError("ends_at has no time zone; give it one, such as UTC")
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def _json(body: Mapping[str, Any]) -> bytes | str:
    """The body as JSON, or what is wrong with it. Escaped to ASCII, so that an unpaired surrogate can be encoded."""
    try:
        return json.dumps(body, separators=(",", ":"), allow_nan=False).encode("ascii")
    except (ValueError, TypeError, RecursionError) as invalid:
        return f"it was not sent, because its content cannot be written as JSON: {invalid}"
