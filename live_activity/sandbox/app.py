"""The sandbox as an ASGI app."""

from __future__ import annotations

import asyncio

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from live_activity.core.clock import Clock
from live_activity.sandbox.admin_api import AdminApi
from live_activity.sandbox.answers import Refused, as_json
from live_activity.sandbox.call_log import ENDPOINTS
from live_activity.sandbox.endpoints import Endpoint
from live_activity.sandbox.operations import API_PREFIX
from live_activity.sandbox.options import SandboxOptions
from live_activity.sandbox.sandbox import Sandbox

PREFIX = API_PREFIX

_CODES = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}


def create_app(options: SandboxOptions, *, clock: Clock) -> Starlette:
    """Makes the sandbox of the API with a fleet of phones. Its time is that of `clock` until a client changes it.

    `app.state.sandbox` is the `Sandbox` behind it; setting the event `app.state.leaving` releases the calls that
    a fault holds back. Raises `InvalidInput` if the options name a fleet or faults that cannot be used.
    """
    sandbox = Sandbox(options, clock=clock)
    leaving, looking_up = asyncio.Event(), asyncio.Lock()
    app = Starlette(
        routes=[
            *(
                Route(PREFIX + name, Endpoint(name, sandbox, leaving, looking_up), methods=["POST"])
                for name in ENDPOINTS
            ),
            *AdminApi(sandbox).routes(),
        ],
        exception_handlers={
            HTTPException: _no_route,
            Refused: _refused,
            ClientDisconnect: _gone,
            Exception: _broken,
        },
    )
    # A path with an extra slash is unknown; it is not redirected.
    app.router.redirect_slashes = False
    app.state.sandbox = sandbox
    app.state.leaving = leaving
    return app


async def _no_route(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = _CODES.get(error.status_code, "REQUEST_INVALID")
    return as_json(
        {"error": error.detail, "code": code}, status=error.status_code, headers=dict(error.headers or {})
    )


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return error.response()


async def _gone(request: Request, error: Exception) -> Response:
    # The client has gone, so nobody reads the answer.
    return Response()


async def _broken(request: Request, error: Exception) -> Response:
    return as_json(
        {"error": "the sandbox has a bug: it could not answer this", "code": "INTERNAL_ERROR"}, status=500
    )
