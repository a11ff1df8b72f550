"""The six API endpoints over HTTP: admission, fault rules, and the answer."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from datetime import timedelta
from email.utils import format_datetime
from typing import Any, Literal, assert_never

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from live_activity.sandbox.answers import Refused, as_json, empty, too_many
from live_activity.sandbox.faults import Garbage, Rule
from live_activity.sandbox.read_request import parse_body, read_body
from live_activity.sandbox.request_log import masked_body
from live_activity.sandbox.sandbox import Sandbox

TRANSPORT = "live_activity.transport"
"""The name of the ASGI extension in which `server` passes the connection, for resets."""


class Endpoint:
    """One endpoint, as an ASGI app.

    A request is checked in this order: faults, 401 and 503 of the authorization layer, 429 of the gateway (it
    counts by key, so the key is checked first), 403, PARTNER_REQUIRED, 413, then the body: 400, 404, and 409,
    412 or 422.
    """

    def __init__(self, name: str, sandbox: Sandbox, leaving: asyncio.Event, looking_up: asyncio.Lock) -> None:
        self._name = name
        self._sandbox = sandbox
        self._leaving = leaving
        self._looking_up = looking_up

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        call_log, request_log = self._sandbox.call_log, self._sandbox.request_log
        call_log.received(self._name)
        rule = self._sandbox.faults.next(self._name)
        request = Request(scope, receive)
        request.state.masked_body = {}
        outcome: Response | Literal["reset", "unanswered"]
        try:
            outcome, gone = await self._play(rule, request), False
        except ClientDisconnect:
            outcome, gone = "unanswered", True
        said = str(outcome.status_code) if isinstance(outcome, Response) else outcome
        call_log.answered(self._name, said)
        request_log.add(
            self._name,
            at=self._sandbox.clock.now(),
            has_key="x-api-key" in request.headers,
            outcome=said,
            fault=rule.do if rule is not None else None,
            body=request.state.masked_body,
            answer=bytes(outcome.body) if isinstance(outcome, Response) else None,
        )
        if isinstance(outcome, Response):
            await outcome(scope, receive, send)
        elif not gone:
            await _reset(scope, receive)

    async def _play(self, rule: Rule | None, request: Request) -> Response | Literal["reset", "unanswered"]:
        """The answer after the fault rule was applied, or a word if no answer is sent."""
        if rule is None:
            return await self._process(request)
        match rule.do:
            case "reset_before":
                return "reset"
            case "too_many":
                return too_many(self._retry_after(rule.retry_after))
            case "unavailable":
                return empty(503)
            case "server_error":
                if rule.processed:
                    await self._process(request)
                return _server_error()
            case "partial":
                return await self._process(request, unprocessed_share=rule.share)
            case "reset_after":
                await self._process(request)
                return "reset"
            case "timeout":
                await self._process(request)
                await self._wait_for_client(rule, request.receive)
                return "unanswered"
            case "delay":
                response = await self._process(request)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(rule.seconds):
                        await self._leaving.wait()
                return response
            case "garbage":
                return _garbage(await self._process(request), rule.kind)
            case _:
                assert_never(rule.do)

    async def _process(self, request: Request, *, unprocessed_share: float = 0.0) -> Response:
        try:
            stopped = self._admit(request.headers.get("x-api-key", "").strip())
            if stopped is not None:
                return stopped
            body = parse_body(request.headers.get("content-type", ""), await read_body(request))
            request.state.masked_body = masked_body(body)
            return as_json(await self._answer(body, unprocessed_share))
        except Refused as refused:
            return refused.response()

    async def _answer(self, body: dict[str, Any], unprocessed_share: float) -> dict[str, Any]:
        """The sandbox's answer. Between the slices of a call with many people, other calls are served."""
        steps = self._sandbox.steps(self._name, body, unprocessed_share=unprocessed_share)
        try:
            next(steps)
            # One call with many people at a time: several of them would leave the event loop no time for other calls.
            async with self._looking_up:
                while True:
                    await asyncio.sleep(0)
                    next(steps)
        except StopIteration as done:
            answer: dict[str, Any] = done.value
            return answer

    def _admit(self, key: str) -> Response | None:
        """The answer to a request that may not pass, else None; `SandboxOptions` lists the keys that play problems.

        Raises `Refused` for errors in the API's form.
        """
        sandbox = self._sandbox
        if not key or (sandbox.options.api_keys and key not in sandbox.options.api_keys):
            return empty(401)
        if key == "auth-down":
            return empty(503)
        wait = sandbox.limits.take(key=key, endpoint=self._name, now=sandbox.clock.now())
        if wait is not None:
            return too_many(str(wait))
        if key == "product-disabled":
            raise Refused("LIVE_ACTIVITY_DISABLED", "Live Activities are not activated for this app")
        if key == "no-partner":
            raise Refused("PARTNER_REQUIRED", "the API key is bound to no customer")
        return None

    def _retry_after(self, value: float | str | None) -> str | None:
        if value == "date":
            return format_datetime(self._sandbox.clock.now() + timedelta(seconds=1), usegmt=True)
        return f"{value:f}".rstrip("0").rstrip(".") if isinstance(value, int | float) else value

    async def _wait_for_client(self, rule: Rule, receive: Receive) -> None:
        """Waits until the client leaves, the sandbox stops, or the rule's time is over."""
        waits = {asyncio.ensure_future(_until_gone(receive)), asyncio.ensure_future(self._leaving.wait())}
        try:
            await asyncio.wait(waits, timeout=rule.timeout_seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()


def _garbage(response: Response, kind: Garbage) -> Response:
    match kind:
        case "html":
            return Response("<!doctype html><title>Welcome</title><p>It works!", media_type="text/html")
        case "truncated":
            whole = bytes(response.body)
            return Response(whole[: len(whole) // 2], media_type="application/json")
        case "wrong_shape":
            return as_json(["status", "success"])
        case "empty":
            return Response(media_type="application/json")
        case _:
            assert_never(kind)


def _server_error() -> Response:
    return as_json({"error": "something went wrong on our side", "code": "INTERNAL_ERROR"}, status=500)


async def _reset(scope: Scope, receive: Receive) -> None:
    """Resets the connection (a TCP RST). Raises `ConnectionResetError` if the app runs on another server."""
    transport = (scope.get("extensions") or {}).get(TRANSPORT)
    if not isinstance(transport, asyncio.WriteTransport):
        raise ConnectionResetError("the sandbox resets this connection, as a fault rule says")
    if transport.is_closing():
        return
    line = transport.get_extra_info("socket")
    if line is not None:
        # A linger time of 0 makes closing a reset instead of an orderly end.
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    # The server reports an app that returns without an answer as broken, unless the client has gone.
    await _until_gone(receive)


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
